import { expect, test } from 'vitest'
import { read, type CloudEvent } from '@onbehalf/events'
import { meaning } from '@onbehalf/lineage'
import { batches, duplicated, jittered, split } from './arrival.ts'
import { benchDigest, benchEvents } from './bench-events.ts'
import { sha256Hex } from './digest.ts'
import { anyEvent, spokenTypes } from './event-generator.ts'
import { lineagesOf } from './lineages-of.ts'
import { createRandom } from './random.ts'
import { randomWorld } from './world.ts'

const atMs = Date.UTC(2026, 10, 24, 9)
const rejectionOf = (value: Uint8Array, tenant = 'default') => {
  const reading = read('cloudevent', value, { tenant, producer: 'default', sha256: sha256Hex })
  return reading.ok ? null : reading.rejection
}
const bytesOf = (event: CloudEvent) => Buffer.from(JSON.stringify(event))

test.each(spokenTypes)('every generated %s is valid', (type) => {
  for (let seed = 0; seed < 100; seed++) {
    expect(rejectionOf(bytesOf(anyEvent(createRandom(seed), type, atMs))), `seed ${seed}`).toBeNull()
  }
})

test('every event of a random world is valid, and the same seed gives the same world', () => {
  for (let seed = 0; seed < 60; seed++) {
    const { events } = randomWorld(createRandom(seed), { actions: 5, equivocations: 0.1 })
    for (const event of events) expect(rejectionOf(bytesOf(event)), `seed ${seed}`).toBeNull()
    expect(randomWorld(createRandom(seed), { actions: 5, equivocations: 0.1 }).events).toEqual(events)
  }
})

test('worlds have what their ids name, and every kind of fact and status in some of them', () => {
  const statuses = new Set<string>()
  const types = new Set<string>()
  for (let seed = 0; seed < 40; seed++) {
    const world = randomWorld(createRandom(seed), { actions: 8 })
    const lineages = lineagesOf(world.events)
    for (const id of world.action_ids) expect(lineages.some((lineage) => lineage.id === id), `seed ${seed}, ${id}`).toBe(true)
    for (const { status } of lineages) statuses.add(status)
    for (const { type } of world.events) types.add(type)
  }
  expect([...statuses]).toEqual(expect.arrayContaining(['succeeded', 'failed', 'denied', 'running', 'requested']))
  expect(types.size).toBeGreaterThanOrEqual(12)
})

test('a shuffled and duplicated world means the same', () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = createRandom(seed)
    const { events } = randomWorld(random, { actions: 6, equivocations: 0.05 })
    const arrived = random.shuffled(duplicated(random, events, 0.2))
    expect(lineagesOf(arrived).map(meaning), `seed ${seed}`).toEqual(lineagesOf(events).map(meaning))
  }
})

test('arrivals lose nothing and add only copies', () => {
  const random = createRandom(7)
  const items = Array.from({ length: 200 }, (_, i) => i)
  const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b)
  expect(sorted(random.shuffled(items))).toEqual(items)
  expect(sorted(jittered(random, items, 10))).toEqual(items)
  expect([...new Set(sorted(duplicated(random, items, 0.5)))]).toEqual(items)
  expect(duplicated(random, items, 0.5).length).toBeGreaterThan(220)
  const parts = split(random, items, 3)
  expect(sorted(parts.flat())).toEqual(items)
  for (const part of parts) expect(part).toEqual(sorted(part))
  expect(batches(random, items, 9).flat()).toEqual(items)
})

test('bench events: valid for their tenant, ten tenants, ten events an action, 805 bytes on average, the same bytes for ever', () => {
  const events = [...benchEvents(10_000)]
  const tenants = new Set<string>()
  const actions = new Map<string, number>()
  let bytes = 0
  for (const { tenant, key, value } of events) {
    expect(rejectionOf(value, tenant)).toBeNull()
    tenants.add(tenant)
    actions.set(key, (actions.get(key) ?? 0) + 1)
    bytes += value.length
  }
  expect([...tenants].toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `tenant-${i}`))
  expect([...actions.values()].filter((count) => count === 10).length).toBeGreaterThanOrEqual(990)
  expect(Math.abs(bytes / events.length - 805)).toBeLessThan(5)
  expect(benchDigest(benchEvents(1_000))).toBe('8f98888e650afa824e41dab476e7ad0d432709ed05ad4decc9b76c36259c57b2')
  expect([...benchEvents(500, { tenants: 1 })].every(({ tenant }) => tenant === 'default')).toBe(true)
  const ids = [...benchEvents(5_000, { duplicates: 0.1 })].map(({ value }) => value.toString())
  expect(new Set(ids).size).toBeLessThan(4_700)
})
