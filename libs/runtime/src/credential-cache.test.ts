import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCredentialCache, type Credential, type CredentialCacheLimits, type CredentialSource } from './credential-cache.ts'

const credential = (tenant: string, revokedAtMs: number | null = null): Credential =>
  ({ tenant, roles: ['producer'], producer: 'pdp', digest: Buffer.alloc(32), expiresAtMs: null, revokedAtMs })

/** A table of keys, with a way to it that may be slow or broken. */
class Table implements CredentialSource {
  readonly rows = new Map<string, Credential>()
  readonly asked: string[] = []
  readonly waiting: (() => void)[] = []
  broken = false
  slow = false
  nowMs = 0
  stepMs = 0
  #listener: (prefixes: readonly string[] | null) => void = () => undefined

  find(prefix: string): Promise<Credential | null> {
    this.asked.push(prefix)
    if (this.broken) return Promise.reject(new Error('connect ECONNREFUSED'))
    const row = this.rows.get(prefix) ?? null
    return this.slow ? new Promise((resolve) => this.waiting.push(() => resolve(row))) : Promise.resolve(row)
  }

  onChange(listener: (prefixes: readonly string[] | null) => void): void {
    this.#listener = listener
  }

  inStepMs(): number {
    return this.stepMs
  }

  used(): void {}

  set(prefix: string, row: Credential): void {
    this.rows.set(prefix, row)
  }

  /** The change is heard of. */
  tell(prefixes: readonly string[] | null): void {
    this.stepMs = this.nowMs
    this.#listener(prefixes)
  }
}

function cached(limits: Partial<CredentialCacheLimits> = {}) {
  const table = new Table()
  return { table, cache: createCredentialCache(table, limits, () => table.nowMs) }
}

test('is asked for once, then answered at once', async () => {
  const { table, cache } = cached()
  table.set('obk_a', credential('acme'))
  expect(await cache.find('obk_a')).toMatchObject({ tenant: 'acme' })
  expect(cache.find('obk_a')).toMatchObject({ tenant: 'acme' })
  expect(table.asked).toEqual(['obk_a'])
})

test('many at once ask once', async () => {
  const { table, cache } = cached()
  table.slow = true
  table.set('obk_a', credential('acme'))
  const all = Array.from({ length: 100 }, () => cache.find('obk_a'))
  table.waiting.splice(0).forEach((end) => end())
  expect((await Promise.all(all)).every((found) => found?.tenant === 'acme')).toBe(true)
  expect(table.asked).toHaveLength(1)
})

test('a change that was told is seen by the next request', async () => {
  const { table, cache } = cached()
  table.set('obk_a', credential('acme'))
  await cache.find('obk_a')
  table.set('obk_a', credential('acme', 1))
  table.tell(['obk_a'])
  expect(await cache.find('obk_a')).toMatchObject({ revokedAtMs: 1 })
  table.set('obk_a', credential('acme', 2))
  table.tell(null)
  expect(await cache.find('obk_a')).toMatchObject({ revokedAtMs: 2 })
})

test('what was read before a change is not kept, though it arrives after it', async () => {
  const { table, cache } = cached()
  table.slow = true
  table.set('obk_a', credential('acme'))
  const before = cache.find('obk_a')
  table.set('obk_a', credential('acme', 1))
  table.tell(['obk_a'])
  // Whoever comes after the change does not join the question from before it.
  const after = cache.find('obk_a')
  table.waiting.splice(0).forEach((end) => end())
  await before
  expect(await after).toMatchObject({ revokedAtMs: 1 })
  expect(cache.find('obk_a')).toMatchObject({ revokedAtMs: 1 })
})

test('a new key is known although it was asked for before it was there', async () => {
  const { table, cache } = cached()
  expect(await cache.find('obk_a')).toBeNull()
  table.set('obk_a', credential('acme'))
  expect(cache.find('obk_a')).toBeNull()
  table.tell(['obk_a'])
  expect(await cache.find('obk_a')).toMatchObject({ tenant: 'acme' })
})

test('while the database is away a known key goes on for a minute, and after that nobody can tell: 503, never "not valid"', async () => {
  const { table, cache } = cached()
  table.set('obk_a', credential('acme'))
  await cache.find('obk_a')
  table.broken = true
  table.nowMs = 60_000
  expect(cache.find('obk_a')).toMatchObject({ tenant: 'acme' })
  await expect(cache.find('obk_b')).rejects.toMatchObject({ code: 'database_unavailable', retryAfterS: 2 })
  table.nowMs = 60_001
  await expect(cache.find('obk_a')).rejects.toMatchObject({ code: 'database_unavailable' })
  table.broken = false
  expect(await cache.find('obk_a')).toMatchObject({ tenant: 'acme' })
})

test('a key is believed as long as changes are heard of, without asking', async () => {
  const { table, cache } = cached()
  table.set('obk_a', credential('acme'))
  await cache.find('obk_a')
  for (let hour = 1; hour <= 24; hour++) {
    table.nowMs = table.stepMs = hour * 3_600_000
    expect(cache.find('obk_a')).toMatchObject({ tenant: 'acme' })
  }
  expect(table.asked).toHaveLength(1)
})

test('an unknown prefix is asked for again after seconds, and an outage is not remembered as an answer', async () => {
  const { table, cache } = cached()
  expect(await cache.find('obk_a')).toBeNull()
  table.nowMs = 5_000
  expect(cache.find('obk_a')).toBeNull()
  table.nowMs = 5_001
  table.broken = true
  await expect(cache.find('obk_a')).rejects.toMatchObject({ code: 'database_unavailable' })
  table.broken = false
  expect(await cache.find('obk_a')).toBeNull()
})

test('prefixes that somebody makes up grow no memory and push out no key', async () => {
  const { table, cache } = cached({ unknown_max: 100, keys_max: 100 })
  table.set('obk_a', credential('acme'))
  await cache.find('obk_a')
  for (let i = 0; i < 10_000; i++) expect(await cache.find(`obk_${i}`)).toBeNull()
  expect(cache.size).toBe(101)
  expect(cache.find('obk_a')).toMatchObject({ tenant: 'acme' })
})

test('keys beyond the bound are asked for again', async () => {
  const { table, cache } = cached({ keys_max: 10 })
  for (let i = 0; i < 100; i++) {
    table.set(`obk_${i}`, credential(`t${i}`))
    await cache.find(`obk_${i}`)
  }
  expect(cache.size).toBe(10)
  expect(await cache.find('obk_0')).toMatchObject({ tenant: 't0' })
})

test('at most so many are looked up at a time; the others are told to come again, known keys come in', async () => {
  const { table, cache } = cached({ lookups_max: 4 })
  table.set('obk_a', credential('acme'))
  await cache.find('obk_a')
  table.slow = true
  const all = Array.from({ length: 4 }, (_, i) => cache.find(`obk_${i}`))
  expect(() => cache.find('obk_9')).toThrow(expect.objectContaining({ code: 'overloaded' }))
  expect(cache.find('obk_a')).toMatchObject({ tenant: 'acme' })
  table.waiting.splice(0).forEach((end) => end())
  await Promise.all(all)
  table.slow = false
  expect(await cache.find('obk_9')).toBeNull()
})

test('in whatever order questions, answers and changes come, a change that was told is never unseen', async () => {
  type Step = { do: 'ask' | 'change' | 'answer'; key: number }
  const step: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom('ask', 'ask', 'change', 'answer'), key: fc.nat(2) })
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const { table, cache } = cached()
    table.slow = true
    let version = 0
    const told = [0, 0, 0]
    const open: Promise<void>[] = []
    for (const { do: what, key } of steps) {
      const prefix = `obk_${key}`
      if (what === 'change') {
        table.set(prefix, credential('acme', ++version))
        told[key] = version
        table.tell([prefix])
      } else if (what === 'answer') {
        table.waiting.splice(0, 1).forEach((end) => end())
        await Promise.resolve()
      } else {
        const atLeast = told[key]!
        const found = cache.find(prefix)
        open.push(Promise.resolve(found).then((row) => expect(row?.revokedAtMs ?? 0).toBeGreaterThanOrEqual(atLeast)))
      }
    }
    table.waiting.splice(0).forEach((end) => end())
    await Promise.all(open)
  }))
})
