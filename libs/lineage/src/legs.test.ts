import { describe, expect, test } from 'vitest'
import type { Lineage } from './index.ts'
import { alice, asked, ben, bot, completed, decided, granted, helper, observed, requested, resolved, server, session, started, tell, without } from './testing/tell.ts'
import { lineageOf, lineageOfId, lineages, world, type Told } from './testing/world.ts'

/** The leg in short: evidence, link, and whether it can still come. */
const short = (lineage: Lineage, leg: keyof Lineage['legs']) =>
  [lineage.legs[leg].evidence, lineage.legs[leg].link, lineage.legs[leg].provisional]

const compensated = (seconds: number) => tell('outcome.compensated', seconds, { action_id: 'a', by_action_id: 'undo' })
const deny = (seconds: number, data: object = {}) => decided(seconds, { effect: 'deny', ...data })
const permit = decided
const root = { kind: 'root' }
/** Another action that claims decision `d` and approval `ap`, too. */
const rival = (keys: object) => requested(0, { action_id: 'b', ...keys })

describe('every leg', () => {
  const cases: [when: string, leg: keyof Lineage['legs'], given: Told[], then: unknown[]][] = [
    ['nobody says who started it', 'initiator', [requested(0)], ['not_covered', null, false]],
    ['the request names the initiator', 'initiator', [requested(0, { initiator: alice })], ['asserted', 'explicit', false]],
    ['only the session does', 'initiator', [session(0, { initiator: alice }), requested(1, { session_id: 's' })], ['asserted', 'inherited', false]],
    ['the session is autonomous', 'initiator', [session(0, { trigger: 'autonomous' }), requested(1, { session_id: 's' })], ['asserted', 'inherited', false]],
    ['the session is of a webhook that names nobody', 'initiator', [session(0, { trigger: 'webhook' }), requested(1, { session_id: 's' })], ['not_covered', null, false]],
    ['another session has an initiator', 'initiator', [session(0, { initiator: alice, session_id: 'other' }), requested(1, { session_id: 's' })], ['not_covered', null, false]],
    ['no delegation is named', 'delegation', [requested(0)], ['not_covered', null, false]],
    ['one is named and was never granted', 'delegation', [requested(0, { delegation_id: 'g' })], ['not_covered', null, false]],
    ['one is named and granted', 'delegation', [requested(0, { delegation_id: 'g' }), granted(0, 'g', root)], ['asserted', 'explicit', false]],
    ['it was granted after the action', 'delegation', [requested(0, { delegation_id: 'g' }), granted(9, 'g', root)], ['asserted', 'explicit', false]],
    ['a grant is in the trace, which a delegation never joins by', 'delegation', [requested(0, {}, { traceparent: `00-${'7'.repeat(32)}-${'1'.repeat(16)}-01` }),
      granted(0, 'g', root, {}, { traceparent: `00-${'7'.repeat(32)}-${'1'.repeat(16)}-01` })], ['not_covered', null, false]],
    ['nothing was decided', 'decision', [requested(0), completed(1)], ['not_covered', null, false]],
    ['a decision names the action', 'decision', [requested(0), permit(1)], ['asserted', 'explicit', false]],
    ['the execution names the decision', 'decision', [requested(0), without(permit(1, { decision_id: 'd' }), 'action_id'), completed(2, { decision_id: 'd' })], ['asserted', 'explicit', false]],
    ['both name one call', 'decision', [requested(0, { session_id: 's', tool_call_id: 'c' }), without(permit(1, { session_id: 's', tool_call_id: 'c' }), 'action_id')], ['asserted', 'explicit', false]],
    ['both name a call of another session', 'decision', [requested(0, { session_id: 's', tool_call_id: 'c' }), without(permit(1, { session_id: 't', tool_call_id: 'c' }), 'action_id')].slice(0, 1), ['not_covered', null, false]],
    ['it is told from the span of the action', 'decision', [requested(0, {}, { traceparent: `00-${'7'.repeat(32)}-${'1'.repeat(16)}-01` }),
      without(permit(1, {}, { traceparent: `00-${'7'.repeat(32)}-${'1'.repeat(16)}-01` }), 'action_id')], ['asserted', 'located', false]],
    ['only a sign-in was decided', 'decision', [requested(0), permit(0, { phase: 'sign_in' })], ['asserted', 'explicit', false]],
    ['nothing requires an approval', 'approval', [requested(0), permit(1), completed(2)], ['not_required', null, false]],
    ['a permit requires one, and none came', 'approval', [requested(0), permit(1, { requires_approval: {} }), completed(2)], ['not_covered', null, false]],
    ['a permit requires one, and it came', 'approval', [requested(0), permit(1, { requires_approval: {} }), resolved(2), completed(3)], ['asserted', 'explicit', false]],
    ['none is required, and one is there', 'approval', [requested(0), permit(1), resolved(2)], ['asserted', 'explicit', false]],
    ['nothing ran yet', 'execution', [requested(0)], ['missing', null, true]],
    ['it started', 'execution', [requested(0), started(1)], ['observed', 'explicit', false]],
    ['it ended without a start', 'execution', [requested(0), completed(1)], ['observed', 'explicit', false]],
    ['it was denied, and nothing ran', 'execution', [requested(0), deny(1)], ['not_required', null, false]],
    ['it was denied, and ran', 'execution', [requested(0), deny(1), completed(2)], ['observed', 'explicit', false]],
    ['nothing ended', 'outcome', [requested(0), started(1)], ['not_covered', null, false]],
    ['the execution says how it ended', 'outcome', [requested(0), completed(1)], ['asserted', 'explicit', false]],
    ['somebody observed the effect', 'outcome', [requested(0), observed(1)], ['asserted', 'explicit', false]],
    ['it was denied, and nothing ran: no outcome is due', 'outcome', [requested(0), deny(1)], ['not_required', null, false]],
  ]
  test.each(cases)('M10: when %s, leg %s', (_, leg, given, then) => {
    expect(short(lineageOf(given), leg)).toEqual(then)
  })

  test('M11: an entry that could belong to two actions makes their leg ambiguous and satisfies it nowhere', () => {
    const told = [requested(0, { decision_id: 'd', approval_id: 'ap' }), rival({ decision_id: 'd', approval_id: 'ap' }),
      without(permit(1, { decision_id: 'd', requires_approval: {} }), 'action_id'), without(resolved(2), 'action_id')]
    for (const lineage of lineages(world(told))) {
      expect([lineage.legs.decision.evidence, lineage.legs.approval.evidence]).toEqual(['ambiguous', 'ambiguous'])
      expect([lineage.decision, lineage.ambiguous.length, lineage.decisions.length]).toEqual([null, 2, 1])
      expect(lineage.completeness).toEqual({ required: 1, present: 0 })
    }
  })

  test('M12: whoever says it, what this cut knows as `default` observes execution and asserts everything else', () => {
    const lineage = lineageOf([session(0, { initiator: alice }), granted(0, 'g', root), requested(1, { session_id: 's', delegation_id: 'g' }),
      permit(2, { requires_approval: {} }), resolved(3), started(4, { executor: server }), completed(5), observed(6)])
    expect(Object.values(lineage.legs).map((leg) => leg.evidence)).toEqual(['asserted', 'asserted', 'asserted', 'asserted', 'observed', 'asserted'])
    expect(lineage.completeness).toEqual({ required: 6, present: 6 })
    expect(lineage.findings).toEqual([])
    expect([lineage.roles.initiator, lineage.roles.subject, lineage.roles.actor, lineage.roles.executor].map((role) => [role.principal!.sub, role.evidence, role.link]))
      .toEqual([['alice', 'asserted', 'inherited'], ['alice', 'asserted', 'inherited'], ['refund-bot', 'observed', 'explicit'], ['payments-mcp', 'observed', 'explicit']])
  })
})

describe('roles', () => {
  test.each<[string, Told[], string | null]>([
    ['the request', [requested(0, { initiator: ben })], 'ben'],
    ['the request before the session', [session(0, { initiator: alice }), requested(1, { session_id: 's', initiator: ben })], 'ben'],
    ['the session', [session(0, { initiator: alice }), requested(1, { session_id: 's' })], 'alice'],
    ['the agent of an autonomous session', [session(0, { trigger: 'autonomous', agent: helper }), requested(1, { session_id: 's' })], 'helper'],
    ['the schedule', [session(0, { trigger: 'schedule', trigger_ref: 'nightly' }), requested(1, { session_id: 's' })], 'nightly'],
    ['nobody', [requested(1, { session_id: 's' })], null],
  ])('M13: the initiator is said by %s', (_, told, sub) => {
    expect(lineageOf(told).roles.initiator.principal?.sub ?? null).toBe(sub)
  })

  test('M14: actor, initiator and subject are never collapsed: each is who was named for it', () => {
    const { roles } = lineageOf([requested(0, { agent: bot, initiator: ben, subject: alice }), started(1, { executor: server })])
    expect([roles.initiator, roles.subject, roles.actor, roles.executor].map((role) => role.principal!.sub)).toEqual(['ben', 'alice', 'refund-bot', 'payments-mcp'])
  })

  test('M15: a bare agent id is qualified by its producer', () => {
    expect(lineageOf([requested(0, { agent: { sub: 'bot', kind: 'agent' } })]).roles.actor.principal!.iss).toBe('urn:onbehalf:unqualified:default')
  })
})

describe('status', () => {
  test.each<[string, Told[]]>([
    ['requested', [requested(0)]],
    ['requested', [requested(0), permit(1)]],
    ['running', [requested(0), permit(1), started(2)]],
    ...(['succeeded', 'failed', 'blocked', 'cancelled', 'timed_out', 'partial'] as const).map((status): [string, Told[]] =>
      [status, [requested(0), started(1), completed(2, { status })]]),
    ['succeeded', [requested(0), deny(1), completed(2)]],
    ['failed', [requested(0), completed(1, { status: 'failed' }), completed(2, { status: 'succeeded' })]],
    ['denied', [requested(0), deny(1)]],
    ['denied', [without(deny(1, { evaluated: { actor: bot, operation: 'pay' } }), 'action_id')]],
    ['pending_approval', [requested(0), permit(1, { requires_approval: {} }), asked(2)]],
    ['compensated', [requested(0), completed(1), compensated(2)]],
    ['unknown', [permit(1)]],
  ])('M16: %s', (status, told) => {
    expect(lineageOf(told).status).toBe(status)
  })
})

describe('agreement', () => {
  const contradicted = (status: string, observed_effect: string): Told[] => [requested(0), permit(1), completed(2, { status }), observed(3, { observed_effect })]
  test.each<[string, string, Told[]]>([
    ['agree', 'permitted and succeeded', [requested(0), permit(1), completed(2)]],
    ['agree', 'permitted, succeeded and confirmed', contradicted('succeeded', 'occurred')],
    ['disagree', 'denied and ran', [requested(0), deny(1), completed(2)]],
    ['disagree', 'denied and started', [requested(0), deny(1), started(2)]],
    ['disagree', 'denied, and the effect was seen', [requested(0), deny(1), observed(2)]],
    ['disagree', 'succeeded, and nothing happened', contradicted('succeeded', 'did_not_occur')],
    ['disagree', 'succeeded, and something else happened', contradicted('succeeded', 'differs')],
    ['disagree', 'failed, and the effect was seen', contradicted('failed', 'occurred')],
    ['disagree', 'blocked, and the effect was seen', contradicted('blocked', 'occurred')],
    ['undetermined', 'denied and nothing ran', [requested(0), deny(1)]],
    ['undetermined', 'denied and blocked', [requested(0), deny(1), completed(2, { status: 'blocked' })]],
    ['undetermined', 'permitted and failed', [requested(0), permit(1), completed(2, { status: 'failed' })]],
    ['undetermined', 'permitted and not ended', [requested(0), permit(1), started(2)]],
    ['undetermined', 'succeeded without a decision', [requested(0), completed(2)]],
    ['undetermined', 'fail-open and succeeded', [requested(0), permit(1, { enforcement: 'failed_open' }), completed(2)]],
  ])('M17: %s when %s', (agreement, _, told) => {
    expect(lineageOf(told).agreement).toBe(agreement)
  })
})

describe('the deciding decision', () => {
  test.each<[string, string | null, Told[]]>([
    ['the last of one point', 'permit', [requested(0), deny(1, { pdp: 'x' }), permit(2, { pdp: 'x' }), started(3)]],
    ['the last of one point, told late', 'permit', [requested(0), permit(2, { pdp: 'x' }), started(3), deny(1, { pdp: 'x' })]],
    ['deny before permit across points', 'deny', [requested(0), deny(1, { pdp: 'x' }), permit(2, { pdp: 'y' }), started(3)]],
    ['deny before permit at equal times', 'deny', [requested(0), permit(1, { pdp: 'x' }), deny(1, { pdp: 'x', decision_id: 'z' })]],
    ['deny before permit at equal times, the other way round', 'deny', [requested(0), deny(1, { pdp: 'x' }), permit(1, { pdp: 'x', decision_id: 'z' })]],
    ['fail-open is no permit', 'indeterminate', [requested(0), permit(1, { enforcement: 'failed_open' }), started(3)]],
    ['fail-open of one point beside a permit of another', 'indeterminate', [requested(0), permit(1, { pdp: 'x', enforcement: 'failed_open' }), permit(1, { decision_id: 'y', pdp: 'y' })]],
    ['fail-open beside a deny', 'deny', [requested(0), permit(1, { pdp: 'x', enforcement: 'failed_open' }), deny(1, { decision_id: 'y', pdp: 'y' })]],
    ['fail-closed', 'deny', [requested(0), deny(1, { enforcement: 'failed_closed' })]],
    ['not enforced', null, [requested(0), deny(1, { enforcement: 'not_enforced' }), started(3)]],
    ['indeterminate', 'indeterminate', [requested(0), permit(1, { effect: 'indeterminate' })]],
    ['not applicable', 'not_applicable', [requested(0), permit(1, { effect: 'not_applicable' })]],
    ['not applicable beside a permit', 'permit', [requested(0), permit(1, { pdp: 'x', effect: 'not_applicable' }), permit(2, { pdp: 'y' })]],
    ['sign-in only', null, [requested(0), deny(1, { phase: 'sign_in' }), started(2)]],
    ['sign-in beside runtime', 'permit', [requested(0), deny(2, { phase: 'sign_in', pdp: 'x' }), permit(1, { pdp: 'x' })]],
    ['after the start, within skew', 'deny', [requested(0), started(1), deny(6)]],
    ['after the start, beyond skew', null, [requested(0), started(1), deny(6.001)]],
    ['before and after the start', 'permit', [requested(0), permit(0, { pdp: 'x' }), started(1), deny(9, { pdp: 'x' })]],
    ['after the end of what never said that it started', null, [requested(0), completed(1), permit(9)]],
    ['of nothing that ran: the last', 'deny', [requested(0), permit(1, { pdp: 'x' }), deny(1_000, { pdp: 'x' })]],
    ['of other arguments', null, [requested(0, { arguments_digest: `sha-256:${'a'.repeat(64)}` }), permit(1, { evaluated: { arguments_digest: `sha-256:${'b'.repeat(64)}` } }), started(2)]],
    ['of these arguments', 'permit', [requested(0, { arguments_digest: `sha-256:${'a'.repeat(64)}` }), permit(1, { evaluated: { arguments_digest: `sha-256:${'a'.repeat(64)}` } }), started(2)]],
  ])('M18: %s', (_, effect, told) => {
    expect(lineageOf(told).decision).toBe(effect)
  })

  test('M19: a deny that may belong to several actions counts against each of them', () => {
    const told = [requested(0, { decision_id: 'd' }), rival({ decision_id: 'd' }), completed(3), permit(2), without(deny(1, { decision_id: 'd' }), 'action_id')]
    expect(lineageOfId(told, 'a')).toMatchObject({ decision: 'deny', agreement: 'disagree', legs: { decision: { evidence: 'ambiguous' } } })
    expect(lineageOfId(told, 'b')).toMatchObject({ decision: 'deny', status: 'denied' })
  })

  test('M20: "deny, approval asked, approved, permit, run" is clean', () => {
    const lineage = lineageOf([requested(0), deny(1, { pdp: 'x', requires_approval: {} }), asked(2), resolved(3), permit(4, { pdp: 'x' }), started(5), completed(6)])
    expect(lineage).toMatchObject({ decision: 'permit', status: 'succeeded', agreement: 'agree', legs: { approval: { evidence: 'asserted' } }, completeness: { required: 4, present: 4 } })
    expect([lineage.decisions.length, lineage.approvals.length]).toEqual([2, 2])
  })

  test.each<[string, string, Told[]]>([
    ['after the deny', 'denied', [requested(0), deny(1, { pdp: 'x' })]],
    ['after the approval, before the permit', 'denied', [requested(0), deny(1, { pdp: 'x' }), asked(2), resolved(3)]],
    ['after the permit', 'requested', [requested(0), deny(1, { pdp: 'x' }), asked(2), resolved(3), permit(4, { pdp: 'x' })]],
    ['after the start', 'running', [requested(0), deny(1, { pdp: 'x' }), asked(2), resolved(3), permit(4, { pdp: 'x' }), started(5)]],
  ])('M20: that flow %s is %s', (_, status, told) => {
    expect(lineageOf(told).status).toBe(status)
  })
})
