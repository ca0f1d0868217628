import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meaning } from '@onbehalf/lineage'
import { Projection, type ProjectionOptions } from '@onbehalf/projector'
import { readPosition, type ClientBase, type Entry } from '@onbehalf/store'
import {
  createRandom, createTestDatabase, duplicated, lineagesOf, randomWorld, split, testSeed,
  type Random, type TestDatabase, type World,
} from '@onbehalf/testkit'
import { append, openPartitions } from './producing.ts'
import { everyBucket, lineagesIn, openReadModels, rebuildAll, verifyAll } from './read-models.ts'

/**
 * Many random histories, each a tenant of its own, through the real journal and the real projector: shuffled, duplicated,
 * split over three partitions, with transactions that fail before or after their commit. What comes out must mean what a
 * fold of all events at once, in memory and in order, says.
 */
const histories = 300
const partitions = 3
const seed = testSeed()
const options: ProjectionOptions = { facts_max: 4_000, batch: { entries_max: 800, bytes_max: 4 << 20 } }

describe(`random histories (ONBEHALF_TEST_SEED=${seed})`, () => {
  let database: TestDatabase
  let client: ClientBase
  const worlds = new Map<string, World>()

  beforeAll(async () => {
    const random = createRandom(seed)
    for (let i = 0; i < histories; i++)
      worlds.set(`h-${i}`, randomWorld(random.fork(`world ${i}`), { actions: 1 + random.int(5), equivocations: i % 3 === 0 ? 0.1 : 0 }))
    database = await createTestDatabase()
    const models = await openReadModels(database)
    client = models.client
    await tell(database, worlds, random)
    await projectWithFaults(models, random)
  })
  afterAll(() => database.drop())

  test('mean the same as all events at once, in order', async () => {
    let actions = 0
    for (const [tenant, world] of worlds) {
      const expected = lineagesOf(world.events, { tenant }).map(meaning).sort()
      const found = (await lineagesIn(client, tenant)).map(meaning).sort()
      expect(found, `history ${tenant} of seed ${seed}`).toEqual(expected)
      actions += expected.length
    }
    expect(actions).toBeGreaterThan(histories)
  })

  test('give the same bytes when they are rebuilt', async () => {
    const before = await answers()
    await rebuildAll(database, options)
    expect(await answers()).toEqual(before)
  })

  test('leave read models that differ in no row from what the journal says', async () => {
    const { entries, differences, stale } = await verifyAll(database, options)
    expect({ differences, stale }).toEqual({ differences: [], stale: 0 })
    expect(entries).toBeGreaterThan(histories * 5)
  })

  async function answers(): Promise<Record<string, unknown>> {
    const all: Record<string, unknown> = {}
    for (const tenant of worlds.keys())
      all[tenant] = [await readPosition({ client, tenant }), JSON.stringify(await lineagesIn(client, tenant))]
    return all
  }
})

/** Each history split over the partitions, shuffled and with copies; the tenants' events interleaved in batches. */
async function tell(database: TestDatabase, worlds: ReadonlyMap<string, World>, random: Random): Promise<void> {
  const queues: Entry[][] = Array.from({ length: partitions }, () => [])
  for (const [tenant, { events }] of worlds)
    split(random, random.shuffled(duplicated(random, events, 0.2)), partitions).forEach((part, partition) =>
      queues[partition]!.push(...part.map((event) => ({
        tenant, kind: 'cloudevent' as const, producer: 'default', content: Buffer.from(JSON.stringify(event)), offset: 0n,
      }))))
  const producing = await openPartitions(database, partitions)
  for (const [partition, queue] of queues.entries()) await append(producing[partition]!, queue, random, 4_000)
}

async function projectWithFaults({ client, reader }: { client: ClientBase; reader: ClientBase }, random: Random): Promise<void> {
  let faults = 0
  const projection = new Projection({
    reader,
    ...options,
    records: true,
    fault(point) {
      if (faults >= 40 || !random.chance(point === 'before-commit' ? 0.4 : 0.3)) return
      faults++
      throw new Error(`fault ${point}`)
    },
  })
  for (;;)
    try {
      if (!(await projection.advance(client, everyBucket, null)) && !(await projection.deriveStale(client, everyBucket, null))) break
    } catch (error) {
      if (!(error as Error).message.startsWith('fault ')) throw error
    }
  expect(faults).toBeGreaterThan(5)
}
