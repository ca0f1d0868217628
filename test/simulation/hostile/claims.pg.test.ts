import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Attacked, mallory, ordinary, say, times } from './attacked.ts'

/** Attacks on whose keys are whose, through the real journal and the real projector. */
describe('hostile claims', () => {
  let it: Attacked
  beforeAll(async () => { it = await Attacked.create() })
  afterAll(() => it.drop())

  const parties = { initiator: 'idp', delegation: 'sts', decision: 'pdp', approval: 'desk', execution: 'runner', outcome: 'ledger' }
  const owners = { producers: Object.entries(parties).map(([leg, id]) => ({ id, legs: [leg] })) }

  test('who is not registered says nothing of an action that names its id', async () => {
    await it.own('owned', 'config.changed', { config: owners })
    await it.append('owned', ordinary('victim', { parties }))
    const unharmed = await it.bystanders('owned')
    const before = await it.lineage('owned', 'victim')
    await it.append('owned', lies('victim'))
    const after = await it.lineage('owned', 'victim')
    expect(before).toMatchObject({ decision: 'permit', status: 'succeeded', agreement: 'agree' })
    for (const field of ['roles', 'chain', 'legs', 'decision', 'status', 'agreement', 'completeness', 'operation', 'resource', 'session', 'ambiguous'] as const)
      expect(after[field], field).toEqual(before[field])
    expect(after.findings.map(({ rule }) => rule)).toEqual(before.findings.map(({ rule }) => rule))
    // Shown, with who said it.
    expect(after.decisions.map(({ producer }) => producer)).toContain('mallory')
    expect(after.executions.map(({ producer }) => producer)).toContain('mallory')
    await it.expectRow('owned', 'victim')
    await unharmed()
  })

  test("who is not registered does not draw another's decision or call to its own action", async () => {
    await it.own('drawn', 'config.changed', { config: owners })
    await it.append('drawn', ordinary('victim', { parties, data: { tool_call_id: 'c' } }))
    const unharmed = await it.bystanders('drawn')
    const before = await it.document('drawn', 'victim')
    await it.append('drawn', times(3, (i) => say('action.requested', 0, {
      action_id: `thief-${i}`, agent: mallory, operation: 'steal', decision_id: 'd-victim', session_id: 's-victim', tool_call_id: 'c', approval_id: 'a',
    }, { producer: 'mallory' })))
    expect(await it.document('drawn', 'victim')).toEqual(before)
    expect((await it.lineage('drawn', 'thief-0')).decision).toBeNull()
    await unharmed()
  })

  test('with nobody registered, what two claim is shown on both, and a deny counts against both', async () => {
    const unharmed = await it.bystanders('open')
    const deny = say('decision.recorded', 1, { decision_id: 'd-victim', effect: 'deny', phase: 'runtime', policies: [{ id: 'p', version: '1' }] })
    await it.append('open', [...ordinary('victim').filter(({ event }) => !event.type.includes('decision')), deny])
    expect(await it.findings('open', 'victim')).toContain('DEC-01')
    await it.append('open', [say('action.requested', 0, { action_id: 'thief', agent: mallory, operation: 'pay', decision_id: 'd-victim' }), say('action.started', 2, { action_id: 'thief' })])
    for (const id of ['victim', 'thief']) {
      const { decision, legs, ambiguous } = await it.lineage('open', id)
      expect({ decision, evidence: legs.decision.evidence, ambiguous }).toEqual({
        decision: 'deny', evidence: 'ambiguous', ambiguous: [{ kind: 'decision_id', key: 'd-victim', candidates: ['thief', 'victim'] }],
      })
      expect(await it.findings('open', id)).toContain('DEC-01')
      await it.expectRow('open', id)
    }
    await unharmed()
  })

  const denial = { effect: 'deny', phase: 'runtime', policies: [{ id: 'p', version: '1' }] }
  const undecided = (id: string, by: Record<string, string> = {}) => ordinary(id, { parties: by }).filter(({ event }) => !event.type.includes('decision'))

  test.each(['before', 'after'] as const)('thousands of strangers claim a key %s its owners do: it stays theirs', async (when) => {
    const tenant = `flood-${when}`
    await it.own(tenant, 'config.changed', { config: owners })
    const unharmed = await it.bystanders(tenant)
    const truth = [...undecided('victim', parties), say('decision.recorded', 1, { decision_id: 'd-victim', ...denial }, { producer: 'pdp' })]
    // Ids that sort before and after the true one.
    const flood = times(when === 'before' ? 10_000 : 2_000, (i) => say('action.requested', 0, { action_id: `${i % 2 ? 'a' : 'z'}-${i}`, agent: mallory, operation: 'x', decision_id: 'd-victim' }, { producer: 'mallory' }))
    if (when === 'after') await it.append(tenant, truth)
    it.expectPace(await it.append(tenant, flood), flood.length)
    // One by one, and with nothing in memory, each comes to the action that it is of.
    if (when === 'before') for (const part of truth) {
      it.forget()
      it.expectPace(await it.append(tenant, [part]), 300)
    }
    const { lineage, rows } = await it.read(tenant, 'victim')
    expect(rows).toBeLessThan(1_200)
    expect(lineage).toMatchObject({ decision: 'deny', ambiguous: [] })
    expect(await it.findings(tenant, 'victim')).toContain('DEC-01')
    expect((await it.lineage(tenant, 'a-1')).decision).toBeNull()
    await it.expectRow(tenant, 'victim')
    await it.expectRow(tenant, 'a-1')
    await unharmed()
  })

  test.each(['before', 'after'] as const)('with nobody registered, a key that 2,000 claim %s the true one is void, and costs no more', async (when) => {
    const tenant = `void-${when}`
    const unharmed = await it.bystanders(tenant)
    const truth = [...undecided('victim'), say('decision.recorded', 1, { decision_id: 'd-victim', ...denial })]
    const flood = times(2_000, (i) => say('action.requested', 0, { action_id: `${i % 2 ? 'a' : 'z'}-${i}`, agent: mallory, operation: 'x', decision_id: 'd-victim' }))
    if (when === 'after') await it.append(tenant, truth)
    it.expectPace(await it.append(tenant, flood), flood.length)
    if (when === 'before') for (const part of truth) it.expectPace(await it.append(tenant, [part]), 300)
    expect((await it.read(tenant, 'victim')).rows).toBeLessThan(1_200)
    await it.expectRow(tenant, 'victim')
    await it.expectRow(tenant, 'a-1')
    await unharmed()
  })

  test('with nobody registered, whose claims are not followed cannot make a key void', async () => {
    const unharmed = await it.bystanders('strangers')
    await it.append('strangers', times(20, (i) => say('action.requested', 0, { action_id: `a-${i}`, agent: mallory, operation: 'x', decision_id: 'd-victim' }, { producer: 'mallory' })))
    for (const part of [...undecided('victim'), say('decision.recorded', 1, { decision_id: 'd-victim', ...denial })]) await it.append('strangers', [part])
    expect((await it.lineage('strangers', 'victim')).decision).toBe('deny')
    await it.expectRow('strangers', 'victim')
    await unharmed()
  })

  test("who is not registered does not use up another's approval", async () => {
    await it.own('used-up', 'config.changed', { config: owners })
    await it.append('used-up', [
      ...ordinary('victim', { parties, data: { approval_id: 'ap' } }),
      say('approval.resolved', 1, { approval_id: 'ap', resolution: 'approved', scope: 'once', approver: mallory }, { producer: 'desk' }),
    ])
    const unharmed = await it.bystanders('used-up')
    await it.append('used-up', [
      say('action.requested', -9, { action_id: 'thief', agent: mallory, operation: 'pay', approval_id: 'ap' }, { producer: 'mallory' }),
      say('action.started', -8, { action_id: 'thief' }, { producer: 'mallory' }),
    ])
    expect(await it.findings('used-up', 'victim')).not.toContain('APR-03')
    await it.expectRow('used-up', 'victim')
    await unharmed()
  })

  test('many claimants, each told of many times, do not make the action of another dear to read', async () => {
    await it.own('weighty', 'config.changed', { config: owners })
    const unharmed = await it.bystanders('weighty')
    const flood = times(5_000, (i) => say('action.completed', 0, { action_id: `a-${i % 500}`, status: 'succeeded', decision_id: 'd-victim' }, { producer: 'mallory' }))
    it.expectPace(await it.append('weighty', flood), flood.length)
    it.forget()
    it.expectPace(await it.append('weighty', ordinary('victim', { parties })), 300)
    const { lineage, rows, segments } = await it.read('weighty', 'victim')
    expect(lineage!.decision).toBe('permit')
    expect({ rows: rows < 1_200, segments: segments < 5 }).toEqual({ rows: true, segments: true })
    await it.expectRow('weighty', 'victim')
    await unharmed()
  })

  test.each([true, false])('600 strangers on a trace do not hide where a decision belongs (arriving last: %s)', async (last) => {
    const tenant = `trace-${last}`
    const unharmed = await it.bystanders(tenant)
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const flood = times(600, (i) => say('action.requested', 0, { action_id: `a-${i}`, agent: mallory, operation: 'x' }, { traceparent: `00-${'a'.repeat(32)}-${(i + 1).toString(16).padStart(16, '0')}-01` }))
    const request = [say('action.requested', 0, { action_id: 'victim', agent: mallory, operation: 'x' }, { traceparent }), say('action.started', 5, { action_id: 'victim' })]
    const deny = [say('decision.recorded', 1, { decision_id: 'd', ...denial }, { traceparent })]
    for (const part of last ? [flood, request, deny] : [request, deny, flood]) await it.append(tenant, part)
    expect((await it.lineage(tenant, 'victim')).decision).toBe('deny')
    await it.expectRow(tenant, 'victim')
    await unharmed()
  })

  test('leaves read models that differ in no row from what the journal says', async () => {
    expect(await it.differences()).toEqual({ differences: [], stale: 0 })
  })
})

/** Everything that can be said of an action, by somebody who has no business with it. */
function lies(id: string) {
  const by = { producer: 'mallory' }
  return [
    say('action.requested', -5, { action_id: id, agent: mallory, operation: 'steal', delegation_id: 'g-mallory', session_id: 's-mallory', decision_id: 'd-mallory', initiator: mallory, subject: mallory }, by),
    say('decision.recorded', -1, { action_id: id, decision_id: 'd-mallory', effect: 'deny', phase: 'runtime', policies: [{ id: 'p' }] }, by),
    say('approval.resolved', -1, { action_id: id, approval_id: 'a-mallory', resolution: 'denied', approver: mallory }, by),
    say('action.started', -4, { action_id: id }, by),
    say('action.completed', -3, { action_id: id, status: 'failed' }, by),
    say('outcome.observed', 4, { action_id: id, outcome_id: 'o', observer: mallory, observed_effect: 'did_not_occur' }, by),
    say('outcome.compensated', 5, { action_id: id, by_action_id: 'x' }, by),
    say('session.ended', -6, { session_id: `s-${id}` }, by),
    say('delegation.revoked', -1_000, { delegation_id: `g-${id}` }, by),
  ]
}
