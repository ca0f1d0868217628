import { describe, expect, test } from 'vitest'
import { beatsOf, clockOf, Horizon, offline_hold_ms } from './horizon.ts'
import { at, own, tell, ticked } from './testing/tell.ts'
import { world, type Told } from './testing/world.ts'

const ms = (seconds: number) => Date.parse(at(seconds))
const horizonOf = (told: Told[], position?: Record<string, number>) =>
  new Horizon({ ...world(told).known, ...(position && { position: new Map(Object.entries(position)) }) })
const beat = (seconds: number, watermark = seconds, source = 'urn:edge', producer = 'edge') =>
  tell('source.heartbeat', seconds, { watermark: at(watermark) }, { source, producer })
const started = (seconds: number, import_id: string, producer = 'edge') => own('import.started', seconds, { import_id, producer })
const ended = (seconds: number, import_id: string) => own('import.ended', seconds, { import_id, lines: 1, refused: 0 })
const hold = offline_hold_ms / 1_000

describe('ticks', () => {
  test('M250: the horizon is the greatest tick whose sizes have been read', () => {
    const told = [ticked(10, { a: 5 }), ticked(20, { a: 7, b: 1 }), ticked(15, { a: 6 })]
    expect(horizonOf(told).atMs).toBe(ms(20))
    expect(horizonOf(told, { a: 7, b: 1 }).atMs).toBe(ms(20))
    expect(horizonOf(told, { a: 7 }).atMs).toBe(ms(15))
    expect(horizonOf(told, { a: 6, b: 1 }).atMs).toBe(ms(15))
    expect(horizonOf([ticked(10, { a: 0 })], {}).atMs).toBe(ms(10))
  })

  test('M250: before the first one nothing is said to be absent, of no producer', () => {
    expect([horizonOf([]).atMs, horizonOf([ticked(10, { a: 5 })], { a: 4 }).atMs]).toEqual([-Infinity, -Infinity])
    expect(horizonOf([beat(0)]).of('edge', 1_000)).toBe(-Infinity)
  })
})

describe('the clock of a producer', () => {
  test('M251: who never sent a heartbeat is at the horizon', () => {
    expect(horizonOf([ticked(100), beat(10)]).of('other', 5_000)).toBe(ms(100))
  })

  test('M251: it is held back to what its heartbeats say is sent, with the delay that it may take', () => {
    expect(horizonOf([ticked(100), beat(10, 8)]).of('edge', 5_000)).toBe(ms(13))
    expect(horizonOf([ticked(100), beat(99)]).of('edge', 5_000)).toBe(ms(100))
  })

  test('M251: not by a heartbeat that has been retracted', () => {
    const retracted = own('assertion.retracted', 200, { producer: 'edge', reason: 'wrong', by: { iss: 'https://login.example', sub: 'alice', kind: 'user' } })
    expect(horizonOf([ticked(100), beat(10), retracted]).of('edge', 5_000)).toBe(ms(100))
  })

  test('M251: by the source that has sent the least', () => {
    expect(horizonOf([ticked(100), beat(50, 50, 'urn:1'), beat(20, 20, 'urn:2')]).of('edge', 0)).toBe(ms(20))
    expect(horizonOf([ticked(100), beat(50, 50, 'urn:1'), beat(20, 20, 'urn:2', 'other')]).of('edge', 0)).toBe(ms(50))
  })

  test('M252: for 72 hours, and then a source that has been silent for as long holds nothing', () => {
    expect(horizonOf([ticked(hold), beat(0)]).of('edge', 1_000)).toBe(ms(1))
    expect(horizonOf([ticked(hold + 0.999), beat(0)]).of('edge', 1_000)).toBe(ms(1))
    expect(horizonOf([ticked(hold + 1), beat(0)]).of('edge', 1_000)).toBe(ms(hold + 1))
    expect(horizonOf([ticked(hold + 1), beat(0), beat(5, 5, 'urn:2')]).of('edge', 1_000)).toBe(ms(6))
  })

  test('M252: which is known of what it did not send', () => {
    const horizon = horizonOf([ticked(1_000_000), beat(100)])
    const times = [100, 100.001, 100 + hold, 100 + hold + 0.001]
    expect(times.map((seconds) => horizon.wentSilentBefore('edge', ms(seconds)))).toEqual([false, true, true, false])
    expect(horizon.wentSilentBefore('other', ms(200))).toBe(false)
    expect(horizonOf([ticked(1_000_000), beat(100), beat(900, 900, 'urn:2')]).wentSilentBefore('edge', ms(200))).toBe(true)
  })

  test('M253: an import holds it at its beginning until it has ended', () => {
    expect(horizonOf([ticked(100), started(40, 'i')]).of('edge', 1_000)).toBe(ms(41))
    expect(horizonOf([ticked(100), started(40, 'i'), started(30, 'j'), started(50, 'k')]).of('edge', 1_000)).toBe(ms(31))
    expect(horizonOf([ticked(100), started(40, 'i'), started(30, 'j'), ended(60, 'j')]).of('edge', 1_000)).toBe(ms(41))
    expect(horizonOf([ticked(100), started(40, 'i'), ended(60, 'i')]).of('edge', 1_000)).toBe(ms(100))
    expect(horizonOf([ticked(100), started(40, 'i', 'other')]).of('edge', 1_000)).toBe(ms(100))
    expect(horizonOf([ticked(100), started(40, 'i'), beat(20)]).of('edge', 1_000)).toBe(ms(21))
  })

  test('M253: for 72 hours at most', () => {
    expect(horizonOf([ticked(hold + 500), started(40, 'i')]).of('edge', 0)).toBe(ms(500))
  })

  test('M254: it has a name that says the producer and its delay', () => {
    const horizon = horizonOf([ticked(100), beat(10, 10, 'urn:1', 'a+b')])
    expect([clockOf('a+b', 5_000), horizon.ofClock('a+b+5000'), horizon.ofClock('')]).toEqual(['a+b+5000', ms(15), ms(100)])
  })
})

test('M255: of the heartbeats of a source the latest counts; of two at one time the later in the story, of copies the first received', () => {
  const at = (told: Told, received_at: string): Told => ({ ...told, received_at })
  const two = (id: string, watermark: number) => tell('source.heartbeat', 50, { watermark: new Date(ms(watermark)).toISOString() }, { source: 'urn:edge', producer: 'edge', id })
  const latest = (...told: Told[]) => beatsOf(world(told).known, 'edge').get('urn:edge')
  for (const told of [[beat(10), beat(50), beat(30)], [beat(50), beat(10)]]) expect(latest(...told)!.timeMs).toBe(ms(50))
  for (const told of [[two('a', 1), two('b', 2)], [two('b', 2), two('a', 1)]]) expect(latest(...told)!.id).toBe('b')
  const [early, late] = [at(two('a', 1), '2026-11-24T10:00:00.000000Z'), at({ ...two('a', 1), producer: 'edge' }, '2026-11-24T10:00:01.000000Z')]
  for (const told of [[early, late], [late, early]]) expect(latest(...told)!.entry.received_at).toBe('2026-11-24T10:00:00.000000Z')
})
