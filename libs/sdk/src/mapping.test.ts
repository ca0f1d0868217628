import { read, splitOtlp, type EventData, type EventType } from '@onbehalf/events'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { agent, digestOf, received, service } from './index.ts'
import { recordSpans } from './testing/recorded-spans.ts'

/** What the package writes is sent as the official exporter sends it, and read as Onbehalf reads it. */
const spans = recordSpans()
const anna = { iss: 'https://login.example', sub: 'anna', kind: 'user' } as const
const support = agent({ iss: 'https://agents.example', sub: 'support-agent' })
const refunds = agent({ iss: 'https://agents.example', sub: 'refund-bot' })
const payments = service({ iss: 'https://services.example', sub: 'payments' })
const permit = { effect: 'permit', id: 'dec-1', policy: { id: 'refunds', version: '14' }, pdp: 'opa-eu-1' } as const
const args = { order: '881', amount: 49, card: '4242' }

interface Said { type: EventType; time: string; data: Record<string, unknown>; inferred?: true }

describe.each(['proto', 'json'] as const)('by OTLP in %s', (encoding) => {
  function told(): Said[] {
    const body = (encoding === 'proto' ? ProtobufTraceSerializer : JsonTraceSerializer).serializeRequest(spans.all())!
    const cut = splitOtlp(body, 'traces', encoding, 1_000)
    if (!cut.ok) throw new Error(cut.rule)
    return cut.records.flatMap((record) => {
      const reading = read(`otlp-span-${encoding}`, record, { tenant: 'default', producer: 'sdk', sha256: (text) => createHash('sha256').update(text).digest('hex') })
      if (!reading.ok) throw new Error(reading.rejection.message)
      return reading.statements as unknown as Said[]
    })
  }
  const of = <Type extends EventType>(type: Type) => told().filter((each) => each.type === type).map(({ data }) => data as EventData[Type])

  test('a chain of delegations, its actions, decisions and outcomes are the facts that the program said', async () => {
    await support.session({ id: 'ses-1', initiator: { ...anna, name: 'Anna' }, subject: anna, purpose: 'Refund', trigger: 'interactive', triggerRef: 'ticket-1' }, () => {
      const root = support.delegate({ id: 'del-1', from: anna, to: support.principal, parent: { kind: 'root' } })
      return root.run(() => {
        const grant = support.delegate({ id: 'del-2', to: refunds.principal, scope: { actions: ['refund'] }, expiresAt: '2030-01-01T00:00:00Z', maxDepth: 0 })
        return support.action('ask', { id: 'act-1' }, () => received(grant.headers(), () =>
          refunds.session({}, () => refunds.action('refund', { id: 'act-2', resource: { type: 'order', id: '881' }, arguments: args, omit: ['card'], callId: 'call_0' }, (action) =>
            received(action.meta(), () => payments.execute('refund', { arguments: args, omit: ['card'], decide: () => permit }, async () => { await sleep(2) }))))))
      })
    })
    support.revoke('del-2', { reason: 'done' })

    expect(of('session.started')).toMatchObject([{ session_id: 'ses-1', agent: { sub: 'support-agent' }, initiator: { sub: 'anna', name: 'Anna' }, trigger: 'interactive', trigger_ref: 'ticket-1' }])
    const bare = { grantor: { iss: 'https://agents.example', sub: 'support-agent', kind: 'agent' }, delegate: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent' }, subject: anna, mode: 'delegation' }
    expect(of('delegation.granted')).toMatchObject([
      { delegation_id: 'del-1', parent: { kind: 'root' }, grantor: anna, delegate: { sub: 'support-agent' }, subject: anna },
      { delegation_id: 'del-2', parent: { kind: 'delegation', delegation_id: 'del-1' }, ...bare, scope: { actions: ['refund'] }, expires_at: '2030-01-01T00:00:00Z', max_depth: 0 },
    ])
    expect(of('delegation.revoked')).toMatchObject([{ delegation_id: 'del-2', by: { sub: 'support-agent' }, reason: 'done' }])
    const { digest, projection } = digestOf(args, { omit: ['card'] })!
    const requested = of('action.requested')
    expect(requested.map((data) => data.action_id)).toEqual(['act-2', 'act-1'])
    expect(requested[0]).toMatchObject({
      operation: 'refund', agent: { iss: 'https://agents.example', sub: 'refund-bot' }, delegation_id: 'del-2', parent_action_id: 'act-1', session_id: 'ses-1', tool_call_id: 'call_0',
      initiator: anna, subject: anna, resource: { type: 'order', id: '881' }, arguments_digest: digest, arguments_projection: projection,
    })
    expect(requested[1]).toMatchObject({ operation: 'ask', agent: { sub: 'support-agent' }, delegation_id: 'del-1', purpose: 'Refund' })
    expect(of('decision.recorded')).toMatchObject([{ action_id: 'act-2', decision_id: 'dec-1', effect: 'permit', policies: [{ id: 'refunds', version: '14' }], pdp: 'opa-eu-1', enforcement: 'enforced' }])
    expect(of('action.started').filter((data) => data.executor)).toMatchObject([{ action_id: 'act-2', executor: { iss: 'https://services.example', sub: 'payments', kind: 'service' } }])
    expect(of('action.completed').map(({ action_id, status }) => `${action_id} ${status}`).toSorted()).toEqual(['act-1 succeeded', 'act-2 succeeded', 'act-2 succeeded'])
    expect(told().filter(({ type, inferred }) => type.startsWith('action.') && inferred)).toEqual([])
    // In the order in which it happened.
    const times = told().filter(({ data }) => data['action_id'] === 'act-2' && data['span_id'] === spans.named('onbehalf.execute').spanContext().spanId)
      .toSorted((a, b) => (a.time < b.time ? -1 : 1)).map(({ type }) => type)
    expect(times.slice(-3)).toEqual(['decision.recorded', 'action.started', 'action.completed'])
  })

  test('a denial is told as one, and nothing as started', async () => {
    await expect(refunds.action('refund', { id: 'act-1', decide: () => ({ effect: 'deny', reason: 'above_limit' }) }, () => 1)).rejects.toThrow('not permitted')
    expect(of('decision.recorded')).toMatchObject([{ action_id: 'act-1', effect: 'deny', reasons: [{ code: 'above_limit' }], enforcement: 'enforced' }])
    expect(of('action.completed')).toMatchObject([{ action_id: 'act-1', status: 'blocked', error: { type: 'Denied' } }])
    expect(of('action.started')).toEqual([])
  })

  test('after a denial that proves nothing nobody says how it ended', async () => {
    await refunds.action('refund', { id: 'act-1' }, (action) => action.decided({ effect: 'deny' }))
    expect(told().map(({ type }) => type).filter((type) => type.startsWith('action.'))).toEqual(['action.requested'])
  })

  test('a decision of a policy point is told, and no request', () => {
    payments.decide({ ...permit, actionId: 'act-1', operation: 'refund', resource: { type: 'order', id: '881' } })
    expect(of('decision.recorded')).toMatchObject([{ action_id: 'act-1', decision_id: 'dec-1', effect: 'permit' }])
    expect(of('action.requested')).toEqual([])
  })

  test('a delegation that says nothing of whose authority it is, or whose end is no time, is none', () => {
    support.delegate({ id: 'del-1', to: refunds.principal })
    support.delegate({ id: 'del-2', to: refunds.principal, subject: anna, expiresAt: 'soon' })
    expect(of('delegation.granted')).toEqual([])
  })
})
