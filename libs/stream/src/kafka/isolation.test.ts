import { expect, test } from 'vitest'
import { Isolation } from './isolation.ts'

/** Records which partitions kafkajs would be fetching. */
function subject(keys: string[]) {
  const isolation = new Isolation()
  const fetching = new Set<string>()
  const controls = keys.map((key) =>
    isolation.control(key, {
      seek() {},
      pause: () => void fetching.delete(key),
      resume: () => void fetching.add(key),
    }),
  )
  return { isolation, fetching, controls }
}

test('S15: while looking for a broken batch, one partition is fetched at a time, each in turn', () => {
  const { isolation, fetching, controls } = subject(['t/0', 't/1', 't/2'])
  for (const control of controls) control.resume()
  const turns: string[] = []
  for (let turn = 0; turn < 6; turn++) {
    expect(fetching.size).toBe(1)
    turns.push(isolation.active!)
    isolation.fetchStarted(1)
    isolation.fetchEnded(1)
  }
  expect(turns).toEqual(['t/0', 't/1', 't/2', 't/0', 't/1', 't/2'])
})

test('S15: a turn ends when every broker has answered a fetch that began in it', () => {
  const { isolation, controls } = subject(['t/0', 't/1'])
  isolation.fetchStarted(1)
  isolation.fetchStarted(2)
  for (const control of controls) control.resume()
  // Both began before the turn: they say nothing about it.
  isolation.fetchEnded(1)
  isolation.fetchEnded(2)
  expect(isolation.active).toBe('t/0')
  isolation.fetchStarted(1)
  isolation.fetchEnded(1)
  expect(isolation.active).toBe('t/0')
  isolation.fetchStarted(2)
  isolation.fetchEnded(2)
  expect(isolation.active).toBe('t/1')
})

test('S15: a partition that pauses loses its turn and is not fetched until it resumes', () => {
  const { isolation, fetching, controls } = subject(['t/0', 't/1'])
  for (const control of controls) control.resume()
  controls[0]!.pause()
  expect([...fetching]).toEqual(['t/1'])
  controls[1]!.pause()
  expect(isolation.active).toBe(null)
  controls[0]!.resume()
  expect([...fetching]).toEqual(['t/0'])
})
