import { eventTypes, wireType, type CloudEvent, type EventType, type PrincipalInput } from '@onbehalf/events'
import fc from 'fast-check'
import { alice, at, ben, bot, helper, server } from './tell.ts'
import type { Told } from './world.ts'

/** A step of a random history. Pools of ids are small, so that things meet. */
interface Said { type: EventType; seconds: number; data: Record<string, unknown>; traceparent?: string; anonymous?: boolean }

const traceparent = (span: number) => `00-${'7'.repeat(32)}-${String(span + 1).repeat(16)}-01`
const explicitTrace = '8'.repeat(32)
/** A trace in which only this call was made: "trace T is in session s" then says no more than the entries do. */
const traceOf = (call: string) => Buffer.from(call).toString('hex').padEnd(32, '0')
const seconds = fc.integer({ min: 0, max: 24 })
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 })
const from = <T>(...values: T[]) => fc.constantFrom(...values)
const principal = from<PrincipalInput>(alice, ben, bot, helper)
const digest = from(`sha-256:${'a'.repeat(64)}`, `sha-256:${'b'.repeat(64)}`)
const decisionId = from('d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7')
const approvalId = from('ap0', 'ap1')
const delegationId = from('g0', 'g1', 'g2', 'g3', 'g4', 'g5', 'never-granted')

/**
 * 0 and 1 work in sessions, with a call id of their own (or a shared one), which 1 also scopes by a trace; 2 and 3 in a
 * trace without a session.
 */
function linksOf(action: number, reuse: boolean): Record<string, unknown> {
  if (action === 1 && !reuse) return { session_id: 's1', trace_id: traceOf('c1'), tool_call_id: 'c1' }
  if (action < 2 || reuse) return { session_id: reuse ? 's0' : `s${action}`, tool_call_id: reuse ? 'call_0' : `c${action}` }
  return { trace_id: explicitTrace, tool_call_id: `c${action}` }
}

const scope = fc.record({
  actions: fc.subarray(['*', 'pay.*', 'pay.refund', 'read', 'pay']),
  resources: fc.subarray(['order/*', 'order/1', 'customer/*']),
  audience: fc.subarray(['x', 'y', 'z']),
  oauth_scopes: fc.subarray(['r', 'w']),
  constraints: fc.record({ max_uses: fc.nat(3), environment: fc.subarray(['dev', 'prod']) }, { requiredKeys: [] }),
}, { requiredKeys: [] })

const parent = fc.oneof(
  fc.constant({ kind: 'root' }), fc.constant({ kind: 'unknown' }), fc.constant({ kind: 'external', domain: 'partner.example' }),
  { arbitrary: delegationId.map((delegation_id) => ({ kind: 'delegation', delegation_id })), weight: 5 },
)

function said(reuse = false): fc.Arbitrary<Said> {
  const action = fc.nat(3)
  /** Which of the action's own weaker keys an execution fact carries. */
  const carries = fc.record({
    call: reuse ? fc.constant(true) : fc.boolean(), span: maybe(fc.nat(2)), decision_id: maybe(decisionId), approval_id: maybe(approvalId),
    request_id: maybe(from('r0', 'r1')), upstream_request_ids: maybe(fc.subarray(['u0', 'u1'])), arguments_digest: maybe(digest),
  })
  const ofAction = (n: number, c: { call: boolean; span?: number | undefined; [key: string]: unknown }, data: object) => {
    const { call, span, ...keys } = c
    return {
      data: { action_id: `a${n}`, ...(call ? linksOf(n, reuse) : {}), ...keys, ...data },
      traceparent: span !== undefined && n < 2 && !reuse ? traceparent(span) : undefined,
    }
  }
  const requested = fc.tuple(seconds, action, carries, fc.record({
    agent: from(bot, helper), operation: from('pay', 'read'), initiator: maybe(principal), subject: maybe(principal), delegation_id: maybe(delegationId),
  })).map(([seconds, n, c, data]) => ({ type: 'action.requested' as const, seconds, ...ofAction(n, c, data) }))
  const started = fc.tuple(seconds, action, carries, maybe(from<PrincipalInput>(server, helper)))
    .map(([seconds, n, c, executor]) => ({ type: 'action.started' as const, seconds, ...ofAction(n, c, { executor }) }))
  const completed = fc.tuple(seconds, action, carries, from('succeeded', 'failed', 'blocked', 'cancelled', 'timed_out', 'partial'))
    .map(([seconds, n, c, status]) => ({ type: 'action.completed' as const, seconds, ...ofAction(n, c, { status }) }))
  /** What a decision, an approval or an outcome says of where it belongs. */
  const pointer: fc.Arbitrary<{ data: object; traceparent?: string }> = fc.oneof(
    action.map((n) => ({ data: { action_id: `a${n}` } })),
    action.map((n) => ({ data: linksOf(n, reuse) })),
    from('c1', 'z0').map((call) => ({ data: { trace_id: traceOf(call), tool_call_id: call } })),
    fc.constant({ data: {} }),
    { weight: 2, arbitrary: fc.nat(2).map((span) => ({ data: {}, traceparent: traceparent(span) })) },
    from('r0', 'r1').map((request_id) => ({ data: { request_id } })),
    from('u0', 'u1').map((id) => ({ data: { upstream_request_ids: [id] } })),
  )
  const at = <T extends EventType>(type: T, data: fc.Arbitrary<object>) => fc.tuple(seconds, pointer, data)
    .map(([seconds, to, data]) => ({ type, seconds, data: { ...to.data, ...data } as Record<string, unknown>, traceparent: to.traceparent }))
  const decision = at('decision.recorded', fc.record({
    decision_id: decisionId, effect: from('permit', 'permit', 'deny', 'indeterminate', 'not_applicable'),
    phase: from('runtime', 'runtime', 'runtime', 'sign_in', 'post_hoc'), policies: fc.constant([{ id: 'p', version: '1' }]),
    pdp: maybe(from('pdp0', 'pdp1')), enforcement: maybe(from('enforced', 'failed_open', 'failed_closed', 'not_enforced')),
    requires_approval: maybe(fc.constant({ min: 1 })), approval_id: maybe(approvalId),
    evaluated: maybe(fc.record({ actor: from(bot, helper), operation: from('pay', 'read'), arguments_digest: maybe(digest) })),
  }))
  const approval = fc.oneof(
    at('approval.requested', fc.record({ approval_id: approvalId })),
    at('approval.resolved', fc.record({ approval_id: approvalId, resolution: from('approved', 'denied', 'expired', 'cancelled'), approver: maybe(principal) })),
  )
  const outcome = fc.oneof(
    at('outcome.observed', fc.record({ outcome_id: from('o0', 'o1'), observer: fc.constant(server), observed_effect: from('occurred', 'did_not_occur', 'differs') })),
    fc.tuple(seconds, action).map(([seconds, n]) => ({ type: 'outcome.compensated' as const, seconds, data: { action_id: `a${n}`, by_action_id: 'undo' } as Record<string, unknown> })),
  )
  const session = fc.tuple(seconds, fc.record({
    session_id: from('s0', 's1'), agent: from(bot, helper), initiator: maybe(principal),
    trigger: from('interactive', 'schedule', 'webhook', 'agent', 'autonomous'), trigger_ref: maybe(fc.constant('nightly')),
  })).map(([seconds, data]) => ({ type: 'session.started' as const, seconds, data: data as Record<string, unknown> }))
  const delegation = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(seconds, fc.record({
      delegation_id: delegationId.filter((id) => id !== 'never-granted'), parent, grantor: principal, delegate: principal, subject: principal, mode: fc.constant('delegation'), scope: maybe(scope),
    })).map(([seconds, data]) => ({ type: 'delegation.granted' as const, seconds, data: data as Record<string, unknown> })) },
    { weight: 1, arbitrary: fc.tuple(seconds, delegationId, maybe(fc.boolean()))
      .map(([seconds, delegation_id, cascade]) => ({ type: 'delegation.revoked' as const, seconds, data: { delegation_id, cascade } as Record<string, unknown> })) },
  )
  /** Spans that name no action: only a call id, which is used again. */
  const anonymous = fc.tuple(seconds, from('z0', 'z1'), fc.oneof(
    fc.record({ type: fc.constant('action.requested' as const), data: fc.record({ agent: from(bot, helper), operation: from('pay', 'read') }) }),
    fc.record({ type: fc.constant('action.started' as const), data: fc.constant({}) }),
    fc.record({ type: fc.constant('action.completed' as const), data: fc.record({ status: from('succeeded', 'failed') }) }),
  ), maybe(decisionId), from('session', 'trace', 'both')).map(([seconds, call, { type, data }, decision_id, scope]) => ({
    type, seconds, anonymous: true, data: {
      action_id: 'dropped', tool_call_id: call, decision_id, ...data,
      ...(scope === 'trace' ? {} : { session_id: 's0' }), ...(scope === 'session' ? {} : { trace_id: traceOf(call) }),
    } as Record<string, unknown>,
  }))
  const all: fc.WeightedArbitrary<Said>[] = [
    { weight: 4, arbitrary: requested }, { weight: 3, arbitrary: started }, { weight: 4, arbitrary: completed },
    { weight: 6, arbitrary: decision }, { weight: 3, arbitrary: approval }, { weight: 2, arbitrary: outcome },
    { weight: 2, arbitrary: session }, { weight: 4, arbitrary: delegation },
  ]
  return fc.oneof(...(reuse ? all : [...all, { weight: 3, arbitrary: anonymous }]))
}

/** A history as a journal of one log, in the order told; some events equivocate: the same id says two things. */
export function history(reuse = false): fc.Arbitrary<Told[]> {
  return fc.tuple(fc.array(said(reuse), { minLength: 1, maxLength: 32, size: 'max' }), fc.array(fc.nat(40), { maxLength: 3 })).map(([steps, twice]) => {
    const told = steps.map((step, n) => entry(step, `e${n}`, n))
    // Equivocation: an id that is used again for what somebody else says.
    for (const n of twice) if (n > 0 && told[n]) told[n] = { ...told[n]!, event: { ...told[n]!.event, id: told[n - 1]!.event.id } }
    return told
  })
}

function entry({ type, seconds, data, traceparent, anonymous }: Said, id: string, index: number): Told {
  const event: CloudEvent = { specversion: '1.0', id, source: 'urn:test', type: wireType(eventTypes[type]), time: at(seconds), data: defined(data), ...(traceparent ? { traceparent } : {}) }
  return { log: 'default/onbehalf.embedded/0', index, received_at: received(index), producer: 'default', event, anonymous }
}

/** Another arrival: shuffled, some entries once more, spread over three logs, received at other times. */
export function delivered(told: readonly Told[]): fc.Arbitrary<Told[]> {
  const indexes = told.map((_, i) => i)
  return fc.record({
    order: fc.shuffledSubarray(indexes, { minLength: indexes.length }),
    again: fc.array(fc.nat(indexes.length - 1), { maxLength: 6 }),
    logs: fc.array(fc.nat(2), { minLength: 1, maxLength: 7 }),
  }).map(({ order, again, logs }) => [...order, ...again].map((from, index) => ({
    ...told[from]!, index, received_at: received(Math.floor(index / 3) + 100), log: `default/onbehalf.events/${logs[index % logs.length]}`,
  })))
}

function received(n: number): string {
  return new Date(Date.parse('2026-11-24T12:00:00Z') + n * 1000).toISOString().replace('Z', '000Z')
}

function defined(data: Record<string, unknown>): object {
  return JSON.parse(JSON.stringify(data)) as object
}
