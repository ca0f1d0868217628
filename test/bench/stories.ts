import { randomUUID } from 'node:crypto'
import type { CloudEvent } from '@onbehalf/events'
import type { InputEvent } from './input.ts'

/** An action that violates a rule: what is told ahead, and the one event that makes it a finding. */
export interface Violation {
  ahead: InputEvent[]
  violating: InputEvent
  /** Of the finding. */
  id: string
}

/** In turn an action that is executed although it was denied, and one that starts after its delegation was revoked. */
export function violation(turn: number, nowMs: number): Violation {
  const id = randomUUID()
  const { say, principal } = storyteller(nowMs)
  const agent = principal(`agent:rogue-${turn % 7}`, 'agent')
  const user = principal(`user:u-${turn % 97}`, 'user')
  const request = (seconds: number, more: object) => say('action.requested', seconds, { action_id: id, agent, operation: 'stripe.refund', initiator: user, ...more })
  const start = say('action.started', 0, { action_id: id, executor: principal('svc:tool-runner-1', 'service') })
  const input = (event: CloudEvent) => inputOf(event, id)
  if (turn % 2 === 0) {
    const decision = say('decision.recorded', -4, { action_id: id, decision_id: randomUUID(), effect: 'deny', phase: 'runtime',
      policies: [{ id: 'pol-1', version: '14' }], evaluated: { actor: agent, operation: 'stripe.refund' } })
    return { ahead: [request(-5, {}), decision].map(input), violating: input(start), id: `DEC-01:${id}` }
  }
  const delegation_id = randomUUID()
  const granted = say('delegation.granted', -1_200, { delegation_id, parent: { kind: 'root' }, grantor: user, delegate: agent, subject: user,
    scope: { actions: ['stripe.*'] }, mode: 'delegation' })
  const revoked = say('delegation.revoked', -600, { delegation_id, by: user })
  return { ahead: [granted, revoked, request(-5, { delegation_id })].map(input), violating: input(start), id: `TIM-02:${id}` }
}

/** Everything about one action: 12 events of about 800 bytes, authority over three hops. */
export function wholeStory(turn: number, nowMs: number): CloudEvent[] {
  const id = randomUUID()
  const { say, principal } = storyteller(nowMs, 800)
  const user = principal(`user:u-${turn % 997}`, 'user', 'Anna')
  const boss = principal(`user:boss-${turn % 7}`, 'user')
  const agents = ['orchestrator', 'planner', 'executor'].map((name) => principal(`agent:${name}-${turn % 97}`, 'agent'))
  const [root, middle, last] = [randomUUID(), randomUUID(), randomUUID()]
  const [decision_id, approval_id, session_id] = [randomUUID(), randomUUID(), randomUUID()]
  const arguments_digest = `sha-256:${id.replaceAll('-', '').repeat(2)}`
  const evaluated = { actor: agents[2], operation: 'stripe.refund', arguments_digest }
  const grant = (seconds: number, delegation_id: string, parent: object, grantor: object | undefined, delegate: object | undefined, actions: string[]) =>
    say('delegation.granted', seconds, { delegation_id, parent, grantor, delegate, subject: user, scope: { actions, resources: ['customer/*'] }, max_depth: 3, mode: 'delegation' })
  return [
    say('policy.published', -90, { policy: { id: `pol-${turn % 31}`, version: '14' } }),
    say('session.started', -60, { session_id, agent: agents[0], initiator: user, trigger: 'interactive' }),
    grant(-50, root, { kind: 'root' }, user, agents[0], ['stripe.*', 'crm.*']),
    grant(-40, middle, { kind: 'delegation', delegation_id: root }, agents[0], agents[1], ['stripe.*']),
    grant(-30, last, { kind: 'delegation', delegation_id: middle }, agents[1], agents[2], ['stripe.refund']),
    say('action.requested', -20, { action_id: id, session_id, agent: agents[2], operation: 'stripe.refund', tool: { name: 'stripe.refund', version: '2.3.1' },
      resource: { type: 'customer', id: String(turn) }, delegation_id: last, initiator: user, subject: user, arguments_digest, side_effect: 'write' }),
    say('decision.recorded', -19, { action_id: id, decision_id, effect: 'permit', phase: 'runtime', policies: [{ id: `pol-${turn % 31}`, version: '14' }],
      pdp: 'opa-eu-1', pep: 'gw-eu-2', evaluated }),
    say('approval.requested', -18, { action_id: id, approval_id, decision_id, arguments_digest, approvers: [boss] }),
    say('approval.resolved', -10, { action_id: id, approval_id, resolution: 'approved', approver: boss, arguments_digest }),
    say('action.started', -5, { action_id: id, session_id, executor: principal('svc:tool-runner-1', 'service'), arguments_digest }),
    say('action.completed', -4, { action_id: id, session_id, status: 'succeeded', result_digest: arguments_digest, upstream_request_ids: [`req_${id}`] }),
    say('outcome.observed', -2, { action_id: id, outcome_id: randomUUID(), observer: principal('svc:ledger', 'service'), observed_effect: 'occurred',
      resource: { type: 'customer', id: String(turn) } }),
  ]
}

/** Many actions of 100 agents, whose delegations all hang under one root; what is told of the root besides; and what has nothing to do with it. */
export function underOneRoot(nowMs: number) {
  const { say, principal } = storyteller(nowMs)
  const user = principal('user:anna', 'user')
  const orchestrator = principal('agent:orchestrator', 'agent')
  const bot = (i: number) => principal(`agent:bot-${i % botsCount}`, 'agent')
  const input = (event: CloudEvent) => inputOf(event, String((event.data as { action_id?: string }).action_id ?? 'root'))
  const grant = (delegation_id: string, parent: object, grantor: object, delegate: object) =>
    say('delegation.granted', -7_200, { delegation_id, parent, grantor, delegate, subject: user, scope: { actions: ['stripe.*'] }, mode: 'delegation' })
  return {
    delegations: [
      grant('root', { kind: 'root' }, user, orchestrator),
      ...Array.from({ length: botsCount }, (_, i) => grant(`child-${i}`, { kind: 'delegation', delegation_id: 'root' }, orchestrator, bot(i))),
    ].map(input),
    /** Asked for and started, after the time at which the revocation will say that it was made. */
    action: (i: number) => [
      say('action.requested', i / 1_000 - 3_600, { action_id: `a-${i}`, agent: bot(i), operation: 'stripe.refund', delegation_id: `child-${i % botsCount}`, initiator: user }),
      say('action.started', i / 1_000 - 3_599, { action_id: `a-${i}`, executor: principal('svc:tool-runner-1', 'service') }),
    ].map(input),
    revocation: input(say('delegation.revoked', -7_000, { delegation_id: 'root', by: user })),
    other: (i: number) => input(say('action.requested', 0, { action_id: `other-${i}`, agent: principal('agent:other', 'agent'), operation: 'mail.send', initiator: user })),
  }
}

const botsCount = 100

function inputOf(event: CloudEvent, key: string): InputEvent {
  return { tenant: 'default', key, value: Buffer.from(JSON.stringify(event)) }
}

function storyteller(nowMs: number, bytesLeast = 0) {
  return {
    say(type: string, seconds: number, data: object): CloudEvent {
      const event: CloudEvent = {
        // In this order: whoever checks what is stored looks for the first `"id":"`.
        specversion: '1.0', id: randomUUID(), source: 'urn:gw:eu-1', type: `onbehalf.${type}.v1`, time: new Date(nowMs + seconds * 1_000).toISOString(),
        datacontenttype: 'application/json', tenantid: 'default', data: { ...data },
      }
      const missing = bytesLeast - JSON.stringify(event).length - ',"purpose":""'.length
      if (missing > 0) Object.assign(event.data, { purpose: randomUUID().repeat(Math.ceil(missing / 36)).slice(0, missing) })
      return event
    },
    principal: (sub: string, kind: string, name?: string) => ({ iss: 'https://idp.example.com', sub, kind, ...(name === undefined ? {} : { name }) }),
  }
}
