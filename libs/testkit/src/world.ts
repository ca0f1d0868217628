import type { CloudEvent, EventData, EventType, Parent, PrincipalInput } from '@onbehalf/events'
import { envelopeOf } from './event-generator.ts'
import type { Random } from './random.ts'

export interface WorldOptions {
  /** Actions; each brings about eight events. */
  actions: number
  /** Share of events that are sent again with the same id and other content. */
  equivocations?: number
}

/** A random history: what happened, in the order in which it happened, and what there is to ask about. */
export interface World {
  events: CloudEvent[]
  action_ids: string[]
  delegation_ids: string[]
  session_ids: string[]
}

/**
 * Users, agents, chains of delegations (some with a hole, some revoked), sessions and actions. Facts carry mixed keys, as
 * real parties have them: the agent knows its action id and tool call, the policy point its decision id or the tool call
 * of the session, the approver only the decision, bookkeeping only an upstream request id. Some denials stand alone.
 */
export function randomWorld(random: Random, { actions, equivocations = 0 }: WorldOptions): World {
  const world: World = { events: [], action_ids: [], delegation_ids: [], session_ids: [] }
  const users = people(random, 'user', 1 + random.int(4))
  const agents = people(random, 'agent', 2 + random.int(5))
  const tools = people(random, 'service', 1 + random.int(3))
  let nowMs = Date.UTC(2026, 10, 24, 9, 0, 0)
  const say: Say = (type, data, { source, trace, span } = {}) => {
    nowMs += random.int(2_000)
    const traceparent = trace === undefined ? null : `00-${trace}-${span ?? random.hex(16)}-01`
    world.events.push(envelopeOf(random, type, nowMs, data, { source: source ?? 'urn:world:agents', traceparent }))
  }
  const at = (ms: number) => new Date(nowMs + ms).toISOString()

  const chains = Array.from({ length: 1 + random.int(1 + Math.ceil(actions / 3)) }, () => chain())
  for (let i = 0; i < actions; i++) act()
  const toldTwice = world.events.filter(() => random.chance(equivocations))
  world.events.push(...toldTwice.map((event) => ({ ...event, data: { ...event.data, purpose: `changed ${random.word(4)}`, reason: 'changed' } })))
  return world

  /** One to three hops from a user to an agent; the top is not always a root. */
  function chain(): { delegation_id: string; agent: PrincipalInput; subject: PrincipalInput } {
    const subject = random.pick(users)
    let grantor = subject
    let parent: Parent = random.pick<Parent>([
      { kind: 'root' }, { kind: 'root' }, { kind: 'root' }, { kind: 'unknown' }, { kind: 'external', domain: 'partner.example' },
      { kind: 'delegation', delegation_id: `del-unseen-${random.word(4)}` },
    ])
    let last = { delegation_id: '', agent: random.pick(agents), subject }
    for (let hop = 0, hops = 1 + random.int(3); hop < hops; hop++) {
      const delegate = random.pick(agents)
      const delegation_id = `del-${random.word(8)}`
      world.delegation_ids.push(delegation_id)
      const scope = random.pick([undefined, { actions: ['stripe.*', 'crm.*'] }, { actions: ['stripe.refund'], resources: ['customer/*'] }])
      const granted = { delegation_id, parent, grantor, delegate, subject, ...(scope === undefined ? {} : { scope }), mode: 'delegation' as const }
      say('delegation.granted', granted, { source: 'urn:world:tokens' })
      if (random.chance(0.15)) say('delegation.revoked', { delegation_id, ...(random.chance(0.5) ? { cascade: random.chance(0.5) } : {}) }, { source: 'urn:world:tokens' })
      last = { delegation_id, agent: delegate, subject }
      grantor = delegate
      parent = { kind: 'delegation', delegation_id }
    }
    return last
  }

  function act(): void {
    const action_id = `act-${random.word(8)}`
    const { delegation_id, agent, subject } = random.pick(chains)
    const session_id = world.session_ids.length > 0 && random.chance(0.5) ? random.pick(world.session_ids) : `ses-${random.word(8)}`
    const trace = random.hex(32)
    const span = random.hex(16)
    const call = { session_id, tool_call_id: random.chance(0.2) ? 'call_0' : `call_${random.word(6)}` }
    const operation = random.pick(['stripe.refund', 'crm.update_contact', 'files.read'])
    const arguments_digest = `sha-256:${random.hex(64)}`
    const decision_id = `dec-${random.word(8)}`
    const upstream = `req-${random.word(8)}`

    if (!world.session_ids.includes(session_id)) {
      world.session_ids.push(session_id)
      if (random.chance(0.8)) say('session.started', { session_id, agent, ...(random.chance(0.8) ? { initiator: subject } : {}), trigger: random.pick(['interactive', 'autonomous']) }, { trace })
    }
    if (random.chance(0.1)) {
      // Only the policy point tells of it: a denial that names agent and operation is an action by itself.
      say('decision.recorded', { decision_id, effect: 'deny', phase: 'runtime', policies: [{ id: 'p', version: '1' }], evaluated: { actor: agent, operation } }, { source: 'urn:world:pdp' })
      return
    }
    world.action_ids.push(action_id)
    say('action.requested', {
      action_id, ...call, agent, operation, resource: { type: 'customer', id: String(random.int(9)) }, arguments_digest,
      ...(random.chance(0.8) ? { delegation_id } : {}), ...(random.chance(0.5) ? { initiator: subject, subject } : {}),
    }, { trace, span })

    const denied = random.chance(0.25)
    const asksApproval = random.chance(0.3)
    const pointer = random.pick([{ action_id }, { ...call }, { action_id, ...call }, { located: true as const }])
    if (random.chance(0.9)) {
      const { located, ...keys } = pointer as typeof pointer & { located?: true }
      say('decision.recorded', {
        ...keys, decision_id, effect: denied || asksApproval ? 'deny' : 'permit', phase: random.chance(0.9) ? 'runtime' : 'sign_in',
        policies: [{ id: 'refunds', version: String(random.int(9)) }], pdp: random.pick(['pdp-1', 'pdp-2']), pep: 'gw',
        ...(asksApproval ? { requires_approval: { min: 1 } } : {}),
        evaluated: { actor: agent, operation, ...(random.chance(0.5) ? { arguments_digest } : {}) },
      }, { source: 'urn:world:pdp', trace, ...(located === true ? { span } : {}) })
    }
    if (asksApproval) approve(action_id, decision_id, arguments_digest)
    if (denied && random.chance(0.9)) return
    if (random.chance(0.9)) say('action.started', { action_id, executor: random.pick(tools), ...(random.chance(0.5) ? { arguments_digest } : {}) }, { source: 'urn:world:gateway', trace, span })
    if (random.chance(0.9)) say('action.completed', { action_id, status: random.pick(['succeeded', 'succeeded', 'succeeded', 'failed', 'timed_out', 'partial']), upstream_request_ids: [upstream] }, { source: 'urn:world:gateway', trace, span })
    if (random.chance(0.5)) {
      const key = random.pick<object>([{ action_id }, { upstream_request_ids: [upstream] }, { ...call }])
      say('outcome.observed', { ...key, outcome_id: `out-${random.word(8)}`, observer: random.pick(tools), observed_effect: random.pick(['occurred', 'occurred', 'did_not_occur', 'differs']) }, { source: 'urn:world:ledger' })
    }
    if (random.chance(0.05) && world.action_ids.length > 1) say('outcome.compensated', { action_id, by_action_id: world.action_ids[0]! })
    if (random.chance(0.1)) say('session.ended', { session_id })
  }

  function approve(action_id: string, decision_id: string, arguments_digest: string): void {
    const approval_id = `apr-${random.word(8)}`
    const approver = random.pick(users)
    const key = random.pick<object>([{ decision_id }, { action_id }, { action_id, decision_id }])
    say('approval.requested', { ...key, approval_id, approvers: [approver], expires_at: at(600_000), arguments_digest }, { source: 'urn:world:approvals' })
    if (random.chance(0.2)) return
    const resolution = random.pick(['approved', 'approved', 'denied', 'expired'] as const)
    say('approval.resolved', { approval_id, resolution, approver, arguments_digest }, { source: 'urn:world:approvals' })
    if (resolution !== 'approved') return
    say('decision.recorded', {
      decision_id: `dec-${random.word(8)}`, action_id, effect: 'permit', phase: 'runtime', policies: [{ id: 'refunds', version: '7' }], pdp: 'pdp-1', pep: 'gw', requires_approval: { min: 1 },
    }, { source: 'urn:world:pdp' })
  }
}

type Say = <Type extends EventType>(type: Type, data: EventData[Type], where?: { source?: string; trace?: string; span?: string }) => void

function people(random: Random, kind: 'user' | 'agent' | 'service', count: number): PrincipalInput[] {
  return Array.from({ length: count }, (_, i) => ({
    sub: `${kind}-${i}-${random.word(4)}`, kind, ...(random.chance(0.8) ? { iss: 'https://idp.example' } : {}), ...(random.chance(0.5) ? { name: `${kind} ${i}` } : {}),
  }))
}
