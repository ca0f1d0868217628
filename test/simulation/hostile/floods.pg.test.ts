import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alice, at, Attacked, bot, mallory, ordinary, say, times, type Sent } from './attacked.ts'

/** Very many facts about one thing, and facts that are very large, through the real journal and the real projector. */
describe('hostile floods', () => {
  let it: Attacked
  beforeAll(async () => { it = await Attacked.create() })
  afterAll(() => it.drop())

  const done = (id: string, i: number, more: Partial<Sent['event']> & { producer?: string } = {}) =>
    say('action.completed', i % 1_000, { action_id: id, status: 'succeeded', result_digest: `sha-256:${(i % 97).toString(16).padStart(64, '0')}` }, { id: `f${i}`, source: 'urn:flood', ...more })

  test('30,000 facts about one action: 1,000 of each producer are read, and the rest is counted', async () => {
    const unharmed = await it.bystanders('flood')
    await it.append('flood', ordinary('one', { producer: 'default' }))
    const facts = times(30_000, (i) => done('one', i, { producer: 'flooder' }))
    const cost = await it.append('flood', facts)
    it.expectPace(cost, facts.length)
    expect(await it.quarantine('flood')).toMatchObject([{ producer: 'flooder', count: 29_000, reason: expect.stringContaining('more than 1000 entries'), samples: { length: 5 } }])
    const { lineage, ms, rows } = await it.read('flood', 'one')
    expect(lineage).toMatchObject({ decision: 'permit', status: 'succeeded' })
    expect(lineage!.entries.length).toBe(1_004)
    expect(rows).toBeLessThan(200)
    expect(ms).toBeLessThan(2_000)
    // Another producer is still heard, and nothing is lost by a projector that begins anew.
    it.forget()
    await it.append('flood', [say('outcome.observed', 9, { action_id: 'one', outcome_id: 'o', observer: alice, observed_effect: 'occurred' }, { producer: 'ledger' })])
    expect((await it.lineage('flood', 'one')).outcomes).toHaveLength(1)
    await it.expectRow('flood', 'one')
    // What was dropped comes again: it is counted again, and changes nothing.
    const before = await it.document('flood', 'one')
    it.forget()
    await it.append('flood', facts.slice(20_000, 22_000))
    expect(await it.document('flood', 'one')).toEqual(before)
    expect((await it.quarantine('flood'))[0]!.count).toBe(31_000)
    await unharmed()
  })

  test('the same over three partitions, in small commits, with a projector that forgets', async () => {
    const unharmed = await it.bystanders('three')
    await it.append('three', ordinary('one'))
    for (let round = 0; round < 3; round++) {
      for (let partition = 0; partition < 3; partition++)
        await it.send('three', times(1_500, (i) => done('one', round * 4_500 + partition * 1_500 + i, { producer: 'flooder' })), { partition, perCommit: 400 })
      it.forget()
      await it.catchUp()
    }
    expect(await it.quarantine('three')).toMatchObject([{ producer: 'flooder', count: 3 * 4_500 - 3_000 }])
    await it.expectRow('three', 'one')
    await unharmed()
  })

  test('one action, told of over ten years', async () => {
    const unharmed = await it.bystanders('decade')
    await it.append('decade', ordinary('slow', { seconds: -10 * 365 * 86_400 }))
    const cost = await it.append('decade', times(800, (i) => done('slow', i, { time: at(-10 * 365 * 86_400 + i * 4 * 86_400) })), { perCommit: 10 })
    it.expectPace(cost, 800, 50)
    const { lineage, ms } = await it.read('decade', 'slow')
    expect(ms).toBeLessThan(1_000)
    expect(lineage!.entries).toHaveLength(804)
    expect(lineage!.findings.some(({ rule }) => rule.startsWith('INT-05'))).toBe(false)
    await it.expectRow('decade', 'slow')
    await unharmed()
  })

  test('one call id, used again in 330 turns', async () => {
    const unharmed = await it.bystanders('reused')
    const turns = times(330, (i) => [
      say('action.requested', i * 5, { action_id: `t-${i}`, session_id: 's', tool_call_id: 'call_0', agent: bot, operation: 'read' }),
      say('decision.recorded', i * 5 + 1, { decision_id: `d-${i}`, session_id: 's', tool_call_id: 'call_0', effect: i % 2 ? 'permit' : 'deny', phase: 'runtime', policies: [{ id: 'p' }] }),
      say('action.completed', i * 5 + 2, { action_id: `t-${i}`, session_id: 's', tool_call_id: 'call_0', status: i % 2 ? 'succeeded' : 'blocked' }),
    ]).flat()
    it.expectPace(await it.append('reused', turns, { perCommit: 30 }), turns.length, 30)
    expect(await it.actions('reused')).toBe(331)
    for (const i of [0, 151, 328, 329]) {
      expect((await it.lineage('reused', `t-${i}`)).decision).toBe(i % 2 ? 'permit' : 'deny')
      await it.expectRow('reused', `t-${i}`)
    }
    await unharmed()
  })

  test('principals linked in a chain of 1,000, and one linked with 200 at once', async () => {
    await it.own('linked', 'config.changed', { config: { producers: [{ id: 'hr', legs: ['inventory'] }] } })
    const unharmed = await it.bystanders('linked')
    const person = (i: number) => ({ iss: `https://id${i}.example`, sub: 'p', kind: 'user' })
    const requires = { requires_approval: { separation: true, min: 1, approvers: [person(0), person(900)] } }
    const approved = [
      ...ordinary('approved', { data: { approval_id: 'ap', initiator: person(0), subject: person(0) } }),
      say('decision.recorded', 1.5, { decision_id: 'd-approved', effect: 'permit', phase: 'runtime', pdp: 'x', policies: [{ id: 'p' }], ...requires }),
      say('approval.resolved', 1.7, { approval_id: 'ap', action_id: 'approved', resolution: 'approved', approver: person(999) }),
    ]
    await it.append('linked', approved)
    const links = times(999, (i) => say('principal.linked', -100, { principals: [person(i), person(i + 1)], basis: 'x' }, { producer: 'hr' }))
    const hub = [say('principal.linked', -100, { principals: times(200, person), basis: 'x' }, { producer: 'mallory' })]
    const cost = await it.append('linked', [...links, ...hub])
    it.expectPace(cost, 3 * 2_000)
    const { rows, ms } = await it.read('linked', 'approved')
    expect(rows).toBeLessThan(2_000)
    expect(ms).toBeLessThan(2_000)
    // Not known to be another person.
    expect(await it.findings('linked', 'approved')).toContain('APR-02')
    await it.expectRow('linked', 'approved')
    await unharmed()
  })

  test('a flood of signals about somebody does not hide the one of another producer', async () => {
    const unharmed = await it.bystanders('signals')
    await it.append('signals', ordinary('hers', { data: { initiator: alice, subject: alice }, seconds: 500 }))
    const flood = times(5_000, (i) => say('signal.received', i % 400, { signal: 'token-claims-change', principal: alice }, { producer: 'flooder' }))
    const cost = await it.append('signals', flood)
    it.expectPace(cost, flood.length)
    await it.append('signals', [say('signal.received', 100, { signal: 'account-disabled', principal: alice }, { producer: 'idp' })])
    expect(await it.findings('signals', 'hers')).toContain('TIM-03')
    expect(await it.quarantine('signals')).toMatchObject([{ producer: 'flooder', count: 4_000 }])
    await it.expectRow('signals', 'hers')
    await unharmed()
  })

  test('a heartbeat of the year 9999 says nothing of the silence of others', async () => {
    await it.own('beats', 'config.changed', { config: { producers: [{ id: 'edge', legs: ['heartbeat', 'outcome'], delay_ms: 1_000 }] } })
    const unharmed = await it.bystanders('beats')
    const last = '9999-12-31T23:59:59Z'
    await it.append('beats', [
      say('source.heartbeat', 0, { watermark: at(0), next_before: at(60) }, { producer: 'edge', source: 'urn:edge' }),
      ...times(200, (i) => say('source.heartbeat', last, { watermark: last, next_before: last }, { producer: 'mallory', source: i === 0 ? 'urn:edge' : `urn:m${i}` })),
      say('source.gap', 0, { dropped: 1 }, { producer: 'mallory', source: 'urn:mallory' }),
    ])
    await it.own('beats', 'clock.ticked', { at: at(1_000), sizes: {} }, at(1_000))
    const silent = async () => (await it.rows(`select id, provisional from violations where tenant = 'beats' and rule = 'INT-04'`, []))
    expect(await silent()).toMatchObject([{ id: 'INT-04:urn:edge' }])
    // Nor may a producer say how time has gone on, what is configured, what counts, or what was found.
    await it.append('beats', [
      say('clock.ticked', last, { at: last, sizes: {} }, { producer: 'mallory' }), say('config.changed', 0, { config: {} }, { producer: 'mallory' }),
      say('assertion.retracted', 0, { producer: 'edge', reason: 'x', by: mallory }, { producer: 'mallory' }),
      say('finding.resolved', 0, { finding_id: 'INT-04:urn:edge', rule: 'INT-04', cause: 'x' }, { producer: 'mallory' }),
      say('import.started', 0, { import_id: 'i', producer: 'edge' }, { producer: 'mallory' }),
    ])
    expect(await silent()).toMatchObject([{ id: 'INT-04:urn:edge' }])
    expect((await it.quarantine('beats')).map(({ producer, count }) => [producer, count])).toEqual(expect.arrayContaining([['mallory', expect.any(Number)]]))
    await unharmed()
  })

  test('ticks whose sizes lie', async () => {
    await it.own('ticks', 'config.changed', { config: { producers: [{ id: 'pdp', legs: ['decision'], delay_ms: 1_000 }] } })
    const unharmed = await it.bystanders('ticks', { decision: 'pdp' })
    await it.append('ticks', ordinary('undecided', { parties: { decision: 'nobody' } }))
    await it.own('ticks', 'clock.ticked', { at: at(500), sizes: { 'ticks/onbehalf.events/0': 1_000_000 } }, at(500))
    expect(await it.findings('ticks', 'undecided')).not.toContain('DEC-02')
    await it.own('ticks', 'clock.ticked', { at: at(500), sizes: { 'ticks/onbehalf.events/0': 1, 'nowhere/else': 0 } }, at(500))
    expect(await it.findings('ticks', 'undecided')).toContain('DEC-02')
    // Beside a true one, one that is not takes nothing back.
    await it.own('ticks', 'clock.ticked', { at: at(505), sizes: { 'ticks/onbehalf.events/0': 1_000_000 } }, at(505))
    expect(await it.findings('ticks', 'undecided')).toContain('DEC-02')
    await it.expectRow('ticks', 'undecided')
    await unharmed()
  })

  test('300 policies on one decision, one that supersedes itself, and 1,000 approvers', async () => {
    const unharmed = await it.bystanders('many')
    const policies = times(300, (i) => ({ id: `p${i}`, version: '1' }))
    const approvers = times(1_000, (i) => ({ iss: 'https://id.example', sub: `approver-${i}`, kind: 'user' }))
    await it.append('many', [
      ...policies.flatMap((policy) => [say('policy.published', -200, { policy, effective_from: at(-100) }), say('policy.published', -100, { policy, effective_from: at(-100) })]),
      ...ordinary('many', { data: { approval_id: 'ap' } }).filter(({ event }) => !event.type.includes('decision')),
    ])
    const cost = await it.append('many', [
      say('decision.recorded', 1, { decision_id: 'd-many', effect: 'permit', phase: 'runtime', policies, requires_approval: { approvers, min: 2, separation: true } }),
      ...times(50, (i) => say('approval.resolved', 1.5, { approval_id: 'ap', action_id: 'many', resolution: 'approved', approver: { iss: 'https://elsewhere.example', sub: `x-${i}`, kind: 'user' } })),
    ])
    it.expectPace(cost, 1_000)
    const { ms, rows } = await it.read('many', 'many')
    expect(ms).toBeLessThan(2_000)
    expect(rows).toBeLessThan(3_000)
    expect(await it.findings('many', 'many')).toContain('APR-04')
    expect(await it.findings('many', 'many')).not.toContain('DEC-05')
    await it.expectRow('many', 'many')
    await unharmed()
  })

  test('5,000 entries retracted at once', async () => {
    const unharmed = await it.bystanders('retracted')
    const wrong = times(1_250, (i) => ordinary(`a${i}`, { producer: 'wrong' }).slice(2)).flat()
    const { rows: [before] } = await it.client.query(`select size::int from journal.logs where tenant = 'retracted' and log_id = 'onbehalf.events/0'`)
    await it.append('retracted', wrong)
    await it.append('retracted', [say('action.completed', 3, { action_id: 'a7', status: 'failed' }, { producer: 'default' })])
    const range = { log: 'retracted/onbehalf.events/0', from: before.size, to: before.size + wrong.length }
    const cost = await it.own('retracted', 'assertion.retracted', { producer: 'wrong', positions: [range], reason: 'a wrong mapping', by: alice })
    it.expectPace(cost, wrong.length)
    const struck = await it.lineage('retracted', 'a0')
    expect(struck.executions.every((each) => each.struck)).toBe(true)
    expect(struck.status).toBe('unknown')
    await it.expectRow('retracted', 'a0')
    expect((await it.lineage('retracted', 'a7')).status).toBe('failed')
    await it.expectRow('retracted', 'a7')
    await unharmed()
  })

  test('one retraction of 1,000 ranges', async () => {
    const unharmed = await it.bystanders('ranges')
    await it.append('ranges', times(400, (i) => ordinary(`a${i}`)).flat())
    const positions = times(1_000, (i) => ({ log: 'ranges/onbehalf.events/0', from: 1_000_000 + i, to: 1_000_000 + i }))
    const cost = await it.own('ranges', 'assertion.retracted', { producer: 'default', positions, reason: 'x', by: alice })
    it.expectPace(cost, 2_400)
    it.expectPace(await it.append('ranges', times(100, (i) => ordinary(`b${i}`)).flat()), 600)
    await unharmed()
  })

  test('one action that names very many others', async () => {
    const unharmed = await it.bystanders('names')
    const flood = times(30, (i) => say('action.completed', 0, { action_id: 'hub', status: 'succeeded', upstream_request_ids: times(1_000, (j) => `u-${i}-${j}`) }, { producer: 'mallory' }))
    const cost = await it.append('names', flood)
    it.expectPace(cost, 30_000)
    const { ms, rows } = await it.read('names', 'hub')
    expect(ms).toBeLessThan(3_000)
    expect(rows).toBeLessThan(100)
    await unharmed()
  })

  test('leaves read models that differ in no row from what the journal says', async () => {
    expect(await it.differences()).toEqual({ differences: [], stale: 0 })
  })
})

