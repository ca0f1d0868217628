import { describe, expect, test } from 'vitest'
import { createIdempotencyCache, idempotencyKey } from './idempotency.ts'

const scope = (key: string, producer = 'p') => ({ tenant: 'default', producer, key })

describe('a key', () => {
  test('gives the same answer again without doing the work again', async () => {
    const cache = createIdempotencyCache<number>({ keysMax: 10, ageMsMax: 1_000 })
    let runs = 0
    const work = async () => ++runs
    expect(await cache.once(scope('k'), 'd', work)).toBe(1)
    expect(await cache.once(scope('k'), 'd', work)).toBe(1)
    expect(await cache.once(scope('k', 'other producer'), 'd', work)).toBe(2)
  })

  test('used for another request is an error', async () => {
    const cache = createIdempotencyCache<number>({ keysMax: 10, ageMsMax: 1_000 })
    await cache.once(scope('k'), 'd', async () => 1)
    await expect(cache.once(scope('k'), 'other', async () => 2)).rejects.toMatchObject({ code: 'idempotency_key_reused', status: 422 })
  })

  test('whose request is in hand makes the second wait for it', async () => {
    const cache = createIdempotencyCache<number>({ keysMax: 10, ageMsMax: 1_000 })
    const gate = Promise.withResolvers<number>()
    const first = cache.once(scope('k'), 'd', () => gate.promise)
    const second = cache.once(scope('k'), 'd', async () => 99)
    gate.resolve(1)
    expect(await Promise.all([first, second])).toEqual([1, 1])
  })

  test('of a failed request is free again', async () => {
    const cache = createIdempotencyCache<number>({ keysMax: 10, ageMsMax: 1_000 })
    await expect(cache.once(scope('k'), 'd', () => Promise.reject(new Error('503')))).rejects.toThrow('503')
    expect(await cache.once(scope('k'), 'other', async () => 2)).toBe(2)
  })
})

test('the memory is bounded by number and by age', async () => {
  let clock = 0
  const cache = createIdempotencyCache<number>({ keysMax: 3, ageMsMax: 1_000, now: () => clock })
  for (let i = 0; i < 100; i++) await cache.once(scope(`k${i}`), 'd', async () => i)
  expect(cache.size).toBeLessThanOrEqual(4)
  clock = 2_000
  expect(await cache.once(scope('k99'), 'd', async () => -1)).toBe(-1)
  expect(cache.size).toBe(1)
})

test('the header is a bare or a quoted string', () => {
  expect(idempotencyKey(undefined)).toBeNull()
  expect(idempotencyKey('"abc"')).toBe('abc')
  expect(idempotencyKey('abc')).toBe('abc')
  for (const bad of ['', '""', 'with space', 'ü', 'x'.repeat(256)]) {
    expect(() => idempotencyKey(bad)).toThrow(expect.objectContaining({ code: 'idempotency_key_invalid' }))
  }
})
