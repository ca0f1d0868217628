import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meaning } from '@onbehalf/lineage'
import { Projection, type ProjectionOptions } from '@onbehalf/projector'
import type { ClientBase, Entry } from '@onbehalf/store'
import { createRandom, createTestDatabase, duplicated, lineagesOfEntries, randomTraces, split, testSeed, type RawEntry, type TestDatabase } from '@onbehalf/testkit'
import { append, openPartitions } from './producing.ts'
import { everyBucket, lineagesIn, openReadModels, rebuildAll, verifyAll } from './read-models.ts'

/**
 * Random traces, each a tenant of its own, as unmodified agents send them: through the real journal and the real projector,
 * shuffled, doubled, split, a few entries at a time. Which span is which call depends on spans that come later.
 */
const tenants = 200
const partitions = 3
const seed = testSeed()
const options: ProjectionOptions = { facts_max: 4_000, batch: { entries_max: 60, bytes_max: 4 << 20 } }

describe(`random traces (ONBEHALF_TEST_SEED=${seed})`, () => {
  let database: TestDatabase
  let client: ClientBase
  const traces = new Map<string, RawEntry[]>()

  beforeAll(async () => {
    const random = createRandom(seed)
    for (let i = 0; i < tenants; i++) traces.set(`t-${i}`, randomTraces(random.fork(`trace ${i}`), 1 + random.int(16)))
    database = await createTestDatabase()
    const models = await openReadModels(database)
    client = models.client
    const queues: Entry[][] = Array.from({ length: partitions }, () => [])
    for (const [tenant, entries] of traces)
      split(random, random.shuffled(duplicated(random, entries, 0.2)), partitions).forEach((part, partition) =>
        queues[partition]!.push(...part.map(({ kind, content }) => ({ tenant, kind, producer: 'default', content: Buffer.from(content), offset: 0n }))))
    const producing = await openPartitions(database, partitions)
    const projection = new Projection({ reader: models.reader, ...options, records: true })
    const catchUp = async () => {
      while ((await projection.advance(client, everyBucket, null)) || (await projection.deriveStale(client, everyBucket, null)));
    }
    // A part at a time, so that rows are there before what changes them.
    for (let from = 0; queues.some((queue) => queue.length > from); from += 150) {
      for (const [partition, queue] of queues.entries()) if (queue.length > from) await append(producing[partition]!, queue.slice(from, from + 150), random, 400)
      await catchUp()
    }
  })
  afterAll(() => database.drop())

  test('mean the same as all spans at once, in order', async () => {
    let actions = 0
    for (const [tenant, entries] of traces) {
      const expected = lineagesOfEntries(entries, tenant).map(meaning).sort()
      expect((await lineagesIn(client, tenant)).map(meaning).sort(), `traces ${tenant} of seed ${seed}`).toEqual(expected)
      actions += expected.length
    }
    expect(actions).toBeGreaterThan(tenants)
  })

  test('leave read models that differ in no row from what the journal says', async () => {
    const { differences, stale } = await verifyAll(database, options)
    expect({ differences, stale }).toEqual({ differences: [], stale: 0 })
  })

  test('give the same bytes when they are rebuilt', async () => {
    const answers = async () => Promise.all([...traces.keys()].map(async (tenant) => JSON.stringify(await lineagesIn(client, tenant))))
    const before = await answers()
    await rebuildAll(database, options)
    expect(await answers()).toEqual(before)
  })
})
