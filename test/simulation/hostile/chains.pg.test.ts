import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alice, at, Attacked, bot, mallory, say, times, type Sent } from './attacked.ts'

/** Attacks on the graph of delegations, through the real journal and the real projector. */
describe('a hostile graph of delegations', () => {
  let it: Attacked
  beforeAll(async () => { it = await Attacked.create() })
  afterAll(() => it.drop())

  test("another tenant's delegation authorises nothing, and says nothing there", async () => {
    const unharmed = await it.bystanders('borrower')
    await it.append('lender', [grant('g-lent', root, { delegate: mallory })])
    await it.append('borrower', under('borrowed', 'g-lent', { agent: mallory }))
    const { chain, legs } = await it.lineage('borrower', 'borrowed')
    expect(chain).toEqual([])
    expect(legs.delegation.reason).toMatch(/g-lent, of which no grant has been received/)
    await it.append('borrower', [say('delegation.revoked', 5, { delegation_id: 'g-lent' })])
    await it.append('lender', under('lent', 'g-lent', { agent: mallory, seconds: 1_000 }))
    expect(await it.findings('lender', 'lent')).not.toContain('TIM-02')
    await unharmed()
  })

  test('a parent that was granted after its child is a finding', async () => {
    const unharmed = await it.bystanders('future')
    await it.append('future', [grant('child', 'parent', { time: -10, not_before: at(-10) }), grant('parent', root, { time: 3_600, not_before: at(3_600) }), ...under('early', 'child')])
    expect(await it.findings('future', 'early')).toContain('SCP-02')
    await unharmed()
  })

  test('of 10,000 hops 64 are followed, and it is said', async () => {
    const unharmed = await it.bystanders('deep')
    const hops = times(10_000, (i) => grant(`g${i}`, i === 0 ? root : `g${i - 1}`))
    it.expectPace(await it.append('deep', hops), hops.length)
    it.expectPace(await it.append('deep', under('deep', 'g9999')), 64 * 10)
    const { lineage, rows } = await it.read('deep', 'deep')
    expect(lineage!.chain).toHaveLength(64)
    expect(lineage!.legs.delegation.reason).toMatch(/longer than 64/)
    expect(rows).toBeLessThan(64 * 10)
    expect(await it.findings('deep', 'deep')).toContain('CHN-06')
    // Revoked at its root: what rests on it is gone through so far and no further.
    const cost = await it.append('deep', [say('delegation.revoked', 1, { delegation_id: 'g0' })])
    expect(cost.behind).toBeLessThan(80)
    it.expectPace(cost, 640)
    await unharmed()
  })

  test.each([1, 2, 64])('a circle of %i delegations comes to an end, revoked while actions rest on it', async (length) => {
    const tenant = `circle-${length}`
    const unharmed = await it.bystanders(tenant)
    const circle = times(length, (i) => grant(`g${i}`, `g${(i + 1) % length}`))
    const actions = times(200, (i) => under(`a${i}`, `g${i % length}`, { seconds: 100 + i }))
    await it.append(tenant, [...circle, ...actions.flat()])
    expect(await it.findings(tenant, 'a0')).toContain('CHN-07')
    const cost = await it.append(tenant, [say('delegation.revoked', 1, { delegation_id: 'g0' })])
    expect(cost.stale.at(-1) ?? 0).toBe(0)
    expect(cost.behind).toBeLessThan(100)
    expect(await it.findings(tenant, 'a150')).toContain('TIM-02')
    for (const action of ['a0', 'a101', 'a199']) await it.expectRow(tenant, action)
    await unharmed()
  })

  test('120 delegations that are all made from each other come to an end', async () => {
    const unharmed = await it.bystanders('web')
    const ids = times(120, (i) => `g${i}`)
    const web = ids.flatMap((id, i) => ids.filter((_, j) => j % 4 === i % 4 && j !== i).map((parent) => grant(id, parent)))
    await it.append('web', [...web, ...times(100, (i) => under(`a${i}`, `g${i}`, { seconds: 100 })).flat()])
    const cost = await it.append('web', [say('delegation.revoked', 1, { delegation_id: 'g0' })])
    expect(cost.behind).toBeLessThan(30)
    for (const action of ['a0', 'a4', 'a99']) await it.expectRow('web', action)
    await unharmed()
  })

  test('5,000 actions on a delegation that is revoked do not hold up a new one', async () => {
    const unharmed = await it.bystanders('root')
    // One in ten has run.
    const actions = times(5_000, (i) => under(`a${i}`, 'g', { seconds: 200 + i / 100 }).slice(0, i % 10 ? 1 : 2))
    await it.append('root', [grant('g', root), ...actions.flat()])
    await it.send('root', [say('delegation.revoked', 50, { delegation_id: 'g' })])
    let rounds = 0
    let newest = 0
    for (let open = true; open; rounds++) {
      if (rounds < 30) await it.send('root', under(`new-${rounds}`, 'g', { seconds: 300 + rounds }))
      // As the live projector does: what is new first, then a page of what has changed.
      await it.step()
      if (rounds < 30) {
        newest++
        await it.expectRow('root', `new-${rounds}`)
      }
      open = await it.stepBehind() || rounds < 30
    }
    expect(newest).toBe(30)
    expect(rounds).toBeLessThan(200)
    expect(await it.stale()).toEqual([])
    for (const action of ['a0', 'a2500', 'a4990']) {
      expect(await it.findings('root', action)).toContain('TIM-02')
      await it.expectRow('root', action)
    }
    await unharmed()
  })

  test('a circle with 500 actions on it, revoked, does not cost 64 times as much', async () => {
    const unharmed = await it.bystanders('amplified')
    await it.append('amplified', [grant('g0', 'g1'), grant('g1', 'g0'), ...times(500, (i) => under(`a${i}`, 'g0', { seconds: 100 })).flat()])
    const cost = await it.append('amplified', [say('delegation.revoked', 50, { delegation_id: 'g0' })])
    expect(cost.behind).toBeLessThan(60)
    await unharmed()
  })

  test('a change of what is far below another change still reaches what rests on it', async () => {
    const unharmed = await it.bystanders('two-waves')
    const chain = times(130, (i) => grant(`g${String(i).padStart(3, '0')}`, i === 0 ? root : `g${String(i - 1).padStart(3, '0')}`))
    await it.append('two-waves', [...chain, ...under('leaf', 'g129', { seconds: 100 })])
    // The first change has come down 64 hops, when one of what it has reached there is revoked itself.
    await it.send('two-waves', [say('delegation.revoked', 1, { delegation_id: 'g010' })])
    await it.step()
    const reached = async () => (await it.stale()).some(({ key }) => key === 'delegation:g072')
    for (let i = 0; i < 100 && !(await reached()); i++) await it.stepBehind()
    expect(await reached()).toBe(true)
    await it.append('two-waves', [say('delegation.revoked', 2, { delegation_id: 'g072' })])
    expect(await it.findings('two-waves', 'leaf')).toContain('TIM-02')
    await it.expectRow('two-waves', 'leaf')
    await unharmed()
  })

  test('events of the years 0000 and 9999 are told like any other', async () => {
    const unharmed = await it.bystanders('ends-of-time')
    const [first, last] = ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z']
    await it.append('ends-of-time', [
      grant('old', root, { time: first, not_before: first, expires_at: last }), grant('older', 'old', { time: first }),
      say('session.started', first, { session_id: 's', agent: bot, initiator: alice, trigger: 'interactive' }),
      ...under('early', 'older', { time: first }), ...under('late', 'older', { time: last, session_id: 's' }),
    ])
    await it.append('ends-of-time', [
      say('delegation.revoked', first, { delegation_id: 'old' }), say('session.ended', first, { session_id: 's' }),
      say('agent.suspended', first, { agent: bot }), say('agent.suspended', last, { agent: bot }),
      say('policy.retired', first, { policy: { id: 'q' }, effective_from: first }), say('policy.published', last, { policy: { id: 'q' }, effective_from: last }),
      say('signal.received', first, { signal: 'account-disabled', principal: alice }), say('signal.received', last, { signal: 'account-disabled', principal: alice }),
      say('principal.linked', first, { principals: [alice, bot], basis: 'x' }),
    ])
    const { time } = await it.lineage('ends-of-time', 'early')
    expect(time).toBe(first)
    expect(await it.findings('ends-of-time', 'late')).toContain('TIM-02')
    await it.expectRow('ends-of-time', 'late')
    await it.expectRow('ends-of-time', 'early')
    await unharmed()
    // With deadlines: what is due in the year 9999, and what has long been due.
    await it.own('ends-of-time', 'config.changed', { config: { producers: [{ id: 'pdp', legs: ['decision', 'outcome'] }], budgets: { outcome_due_ms: 86_400_000 } }, effective_from: first })
    await it.own('ends-of-time', 'clock.ticked', { at: last, sizes: {} }, last)
    for (const action of ['early', 'bystander']) {
      expect(await it.findings('ends-of-time', action)).toContain('DEC-02')
      await it.expectRow('ends-of-time', action)
    }
  })

  test('leaves read models that differ in no row from what the journal says', async () => {
    expect(await it.differences()).toEqual({ differences: [], stale: 0 })
  })
})

const root = null

function grant(id: string, parent: string | null, { time = -100, ...data }: { time?: number | string } & Record<string, unknown> = {}): Sent {
  return say('delegation.granted', time, {
    delegation_id: id, parent: parent === null ? { kind: 'root' } : { kind: 'delegation', delegation_id: parent }, grantor: alice, delegate: bot, subject: alice, mode: 'delegation', ...data,
  })
}

function under(id: string, delegation_id: string, { seconds = 0, time, ...data }: { seconds?: number; time?: string } & Record<string, unknown> = {}): Sent[] {
  return [
    say('action.requested', time ?? seconds, { action_id: id, agent: bot, operation: 'pay', delegation_id, ...data }),
    say('action.started', time ?? seconds + 1, { action_id: id }),
  ]
}
