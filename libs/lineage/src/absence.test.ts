import { describe, expect, test } from 'vitest'
import { Absences, deadlineBeforeStart, deadlineOf } from './absence.ts'
import { at, completed, configured, decided, requested, started, tell, ticked } from './testing/tell.ts'
import { views, world, type Told } from './testing/world.ts'

const ms = (seconds: number) => Date.parse(at(seconds))
const viewOf = (...told: Told[]) => views(world(told)).find((view) => view.action.root === 'action:a')!
const two = configured({ producers: [{ id: 'p', legs: ['decision'], delay_ms: 5_000 }, { id: 'q', legs: ['decision'], delay_ms: 9_000 }] })
const beat = (seconds: number, producer: string) => tell('source.heartbeat', seconds, { watermark: at(seconds) }, { source: `urn:${producer}`, producer })
const absencesOf = (...told: Told[]) => new Absences(viewOf(...told, requested(0)).story)
const absence = (deadline: number, ...told: Told[]) => {
  const absences = absencesOf(...told)
  return [absences.of('decision', ms(deadline)), absences.dues]
}

describe('how far an absence may be said', () => {
  test('M260: without a deadline never', () => {
    const absences = absencesOf(two, ticked(1_000))
    expect([absences.of('decision', null), absences.dues]).toEqual([{ state: 'early', offline: false }, []])
  })

  test('M260: before the deadline it is early, then provisional until every owner must have told, then final', () => {
    expect(absence(60, two, ticked(59.999))).toEqual([{ state: 'early', offline: false }, [{ clock: '', atMs: ms(60) }]])
    expect(absence(60, two, ticked(60))).toEqual([{ state: 'provisional', offline: false }, [{ clock: 'p+5000', atMs: ms(65) }]])
    expect(absence(60, two, ticked(65))).toEqual([{ state: 'provisional', offline: false }, [{ clock: 'q+9000', atMs: ms(69) }]])
    expect(absence(60, two, ticked(69))).toEqual([{ state: 'final', offline: false }, []])
  })

  test('M261: who has sent heartbeats is waited for, 72 hours at most; then it is said that a source was offline', () => {
    const day = 86_400
    expect(absence(60, two, beat(50, 'p'), ticked(2 * day))[0]).toEqual({ state: 'provisional', offline: false })
    expect(absence(60, two, beat(50, 'p'), ticked(4 * day))[0]).toEqual({ state: 'final', offline: true })
    expect(absence(60, two, beat(60, 'p'), ticked(4 * day))[0]).toEqual({ state: 'final', offline: false })
    expect(absence(60, two, beat(50, 'p'), beat(99, 'q'), ticked(4 * day))[0]).toEqual({ state: 'final', offline: true })
  })

  test('M260: nobody is waited for where it is known that nobody would tell', () => {
    const absences = absencesOf(two, ticked(60))
    expect(absences.of('decision', ms(60), [])).toEqual({ state: 'final', offline: false })
    expect(absences.of('decision', ms(60), ['q'])).toEqual({ state: 'provisional', offline: false })
  })

  test('M262: of each clock only the earliest is worth looking at again', () => {
    for (const deadlines of [[80, 70, 90], [90, 80, 70], [70, 90, 80]]) {
      const absences = absencesOf(two, ticked(60))
      for (const deadline of deadlines) absences.of('decision', ms(deadline))
      expect(absences.dues).toEqual([{ clock: '', atMs: ms(70) }])
    }
  })
})

describe('by when', () => {
  const budgets = configured({ budgets: { decision_due_ms: 20_000, execution_due_ms: 40_000, outcome_due_ms: 50_000, context_due_ms: 30_000 } })
  const due = (leg: Parameters<typeof deadlineOf>[0], ...told: Told[]) => (deadlineOf(leg, viewOf(budgets, ...told).story)! - ms(0)) / 1_000

  test('M263: from when it was asked for, by the budget of the leg; an outcome from the start', () => {
    expect([due('decision', requested(10)), due('execution', requested(10)), due('approval', requested(10)), due('inventory', requested(10))]).toEqual([30, 50, 40, 40])
    expect([due('outcome', requested(10)), due('outcome', requested(10), started(12), completed(14))]).toEqual([60, 62])
    expect(deadlineOf('execution', viewOf(requested(0)).story)).toBeNull()
  })

  test('M263: or sooner, as a request says', () => {
    expect([due('decision', requested(10, { decision_due: at(15) })), due('decision', requested(10, { decision_due: at(900) }))]).toEqual([15, 30])
    expect([due('outcome', requested(10, { outcome_due: at(15) })), due('outcome', requested(10, { outcome_due: at(900) }))]).toEqual([15, 60])
  })

  test('M263: where nobody asked for it, from the first that is told; a request counts before that', () => {
    expect([due('approval', started(5), completed(9)), due('approval', decided(5), requested(10))]).toEqual([35, 40])
  })

  test('M264: what must have been there before the start cannot be missed before it', () => {
    const before = (...told: Told[]) => (deadlineBeforeStart('approval', viewOf(budgets, ...told).story)! - ms(0)) / 1_000
    expect([before(requested(0)), before(requested(0), started(10)), before(requested(0), started(100))]).toEqual([30, 30, 100])
    expect(deadlineBeforeStart('execution', viewOf(requested(0), started(5)).story)).toBeNull()
  })
})
