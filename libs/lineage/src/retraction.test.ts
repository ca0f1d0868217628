import { expect, test } from 'vitest'
import { Retractions } from './retraction.ts'
import { alice, at, own, requested } from './testing/tell.ts'
import { world } from './testing/world.ts'

const retractions = (...said: object[]) =>
  new Retractions(world(said.map((data) => own('assertion.retracted', 100, { producer: 'sdk', reason: 'wrong', by: alice, ...data }))).facts)
const entry = (seconds: number, data: object = {}) => ({ log: 'l', index: 5, received_at: at(seconds).replace('Z', '000Z'), producer: 'sdk', ...data }) as Parameters<Retractions['has']>[0]

test('M270: everything that a producer has sent is retracted, up to the retraction itself', () => {
  const all = retractions({})
  expect([all.none, all.has(entry(-1e6)), all.has(entry(100)), all.has(entry(100.001)), all.has(entry(0, { producer: 'other' }))]).toEqual([false, true, true, false, false])
})

test('M270: nothing is retracted by what is no retraction', () => {
  const none = new Retractions(world([requested(0)]).facts)
  expect([none.none, none.has(entry(0))]).toEqual([true, false])
})

test('M271: it may say what was received from when until when, both included', () => {
  const some = retractions({ received_from: at(10), received_to: at(200) })
  expect([9.999, 10, 150, 200, 200.001].map((seconds) => some.has(entry(seconds)))).toEqual([false, true, true, true, false])
})

test('M272: it may say positions of logs, both ends included', () => {
  const some = retractions({ positions: [{ log: 'other', from: 0, to: 9 }, { log: 'l', from: 4, to: 6 }] })
  expect([3, 4, 6, 7].map((index) => some.has(entry(0, { index })))).toEqual([false, true, true, false])
  expect([some.has(entry(0, { log: 'third' })), some.has(entry(0, { producer: 'other' })), some.has(entry(101))]).toEqual([false, false, false])
  expect(retractions({ positions: [{ log: 'l', from: 4, to: 6 }], received_from: at(10) }).has(entry(0))).toBe(false)
})

test('M272: each retraction counts by itself', () => {
  const two = retractions({ producer: 'other' }, { positions: [{ log: 'l', from: 5, to: 5 }] })
  expect([two.has(entry(0)), two.has(entry(0, { producer: 'other' })), two.has(entry(0, { index: 6 }))]).toEqual([true, true, false])
})
