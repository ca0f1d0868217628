import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { silentLogger } from '@onbehalf/runtime'
import { readHeads, readPartitions, readSegments, verifyJournal } from '@onbehalf/store'
import { PartitionLost, createEmbeddedStream, type PartitionHandler, type StreamBatch, type StreamConsumer } from '@onbehalf/stream'
import { createTestDatabase, type TestDatabase } from '@onbehalf/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createIngest, createPartitionHandler, defaultTopics } from './index.ts'

const topic = 'onbehalf.events'
let database: TestDatabase
let pool: ReturnType<TestDatabase['pool']>
let admin: Awaited<ReturnType<TestDatabase['client']>>

beforeAll(async () => {
  database = await createTestDatabase()
  pool = database.pool('writer')
  admin = await database.client()
})
afterAll(() => database.drop())
beforeEach(async () => {
  await admin.query('truncate journal.partitions, journal.tenants, journal.logs, journal.segments, ledger.tiles')
})

const handler = (): PartitionHandler =>
  createPartitionHandler({ pool, stream: null as never, topics: defaultTopics, isTenant: (tenant) => tenant === 'default', logger: silentLogger() })

type Signalled = StreamBatch & { done: Promise<'committed' | 'aborted'> }

/** `count` records from offset `from`, as a fetch brings them. */
function batch(from: number, count: number, more: Partial<StreamBatch> = {}): Signalled {
  const { promise, resolve } = Promise.withResolvers<'committed' | 'aborted'>()
  return {
    topic, partition: 0, fetchedOffset: BigInt(from), nextOffset: BigInt(from + count), endOffset: 1_000_000n, fetchStartedAtMs: 5_000,
    records: Array.from({ length: count }, (_, i) => ({ offset: BigInt(from + i), key: null, value: Buffer.from(`{"n":${from + i}}`), headers: [], timestampMs: 0 })),
    committed: () => resolve('committed'), aborted: () => resolve('aborted'), ...more, done: promise,
  }
}

async function stored(log = `${topic}/0`): Promise<string[]> {
  const contents: string[] = []
  for (const segment of await readSegments(admin, 'default', log, 0)) {
    for (let i = 0; i < segment.count; i++) contents.push(String(segment.entry(i).content))
  }
  return contents
}
const numbers = (count: number) => Array.from({ length: count }, (_, n) => `{"n":${n}}`)

async function expectSound(): Promise<void> {
  for await (const problem of verifyJournal(admin)) expect(problem).toBeNull()
}

describe('a partition', () => {
  test('is read from the earliest, then from where its journal ends, and every batch is said to be committed', async () => {
    const first = handler()
    expect(await first.assigned(topic, 0)).toBeNull()
    const batches = [batch(7, 10), batch(17, 300)]
    for (const each of batches) expect(await first.batch(each)).toBeUndefined()
    expect(await Promise.all(batches.map((each) => each.done))).toEqual(['committed', 'committed'])
    await first.revoked(topic, 0)
    expect(await handler().assigned(topic, 0)).toBe(317n)
    expect(await stored()).toHaveLength(310)
    await expectSound()
  })

  test('drops a batch that does not begin where the journal ends, and asks for the right one', async () => {
    const ingest = handler()
    await ingest.assigned(topic, 0)
    await ingest.batch(batch(0, 10))
    expect(await ingest.batch(batch(5, 10))).toEqual({ seek: 10n })
    expect(await ingest.batch(batch(20, 10))).toEqual({ seek: 10n })
    await ingest.batch(batch(10, 10))
    await ingest.revoked(topic, 0)
    expect(await stored()).toEqual(numbers(20))
  })

  test('is let go of when another process has it: a paused zombie stores nothing', async () => {
    const zombie = handler()
    await zombie.assigned(topic, 0)
    await zombie.batch(batch(0, 10))
    await zombie.end(topic, 0, 10n, 1)
    const heir = handler()
    expect(await heir.assigned(topic, 0)).toBe(10n)
    const late = batch(10, 10)
    await zombie.batch(late)
    expect(await late.done).toBe('aborted')
    await expect(zombie.batch(batch(20, 1))).rejects.toThrow(PartitionLost)
    await expect(zombie.end(topic, 0, 10n, 9)).rejects.toThrow(PartitionLost)
    await zombie.revoked(topic, 0)
    await heir.batch(batch(10, 5))
    await heir.revoked(topic, 0)
    expect(await stored()).toEqual(numbers(15))
    await expectSound()
  })

  test('after a failed commit goes on from what was stored', async () => {
    const ingest = handler()
    await ingest.assigned(topic, 0)
    await ingest.batch(batch(0, 10))
    await ingest.end(topic, 0, 99n, 1)
    await admin.query('begin')
    await admin.query('lock table journal.segments in access exclusive mode')
    const failing = batch(10, 10)
    await ingest.batch(failing)
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'onbehalf-writer' and datname = current_database()`)
    await admin.query('rollback')
    expect(await failing.done).toBe('aborted')
    await expect(ingest.batch(batch(20, 1))).rejects.toThrow()
    await ingest.revoked(topic, 0)
    expect(await ingest.assigned(topic, 0)).toBe(10n)
    await ingest.batch(batch(10, 10))
    await ingest.revoked(topic, 0)
    expect(await stored()).toEqual(numbers(20))
  })

  test('says when it stood at the end, in the batch\'s own transaction or while idle', async () => {
    const ingest = handler()
    const caughtUpAt = async () => (await readPartitions(admin, topic))[0]?.caughtUpAt
    await ingest.assigned(topic, 0)
    await ingest.batch(batch(0, 10, { endOffset: 20n }))
    await ingest.end(topic, 0, 20n, 6_000)
    expect(await caughtUpAt()).toBeNull()
    const last = batch(10, 10, { endOffset: 20n, fetchStartedAtMs: 7_000 })
    await ingest.batch(last)
    await last.done
    expect(await caughtUpAt()).toBe('1970-01-01T00:00:07.000000Z')
    await ingest.end(topic, 0, 20n, 7_000)
    await ingest.end(topic, 0, 20n, 8_500)
    expect(await caughtUpAt()).toBe('1970-01-01T00:00:08.500000Z')
    await ingest.revoked(topic, 0)
  })

  test('whose topic has lost records says so in the journal, and goes on', async () => {
    const ingest = handler()
    await ingest.assigned(topic, 0)
    await ingest.batch(batch(0, 2))
    expect(await ingest.outOfRange(topic, 0, 2n, 50n, 90n)).toEqual({ seek: 50n })
    await ingest.batch(batch(50, 1))
    await ingest.revoked(topic, 0)
    expect(await stored()).toEqual([...numbers(2), JSON.stringify({ topic, partition: 0, from: '2', to: '50', reason: 'retention' }), '{"n":50}'])
    await expectSound()
  })

  test('whose topic ends before the journal does stops, and nothing is stored', async () => {
    const ingest = handler()
    await ingest.assigned(topic, 0)
    await ingest.batch(batch(0, 20))
    expect(await ingest.outOfRange(topic, 0, 20n, 0n, 5n)).toBe('stop')
    expect(await ingest.outOfRange(topic, 0, 20n, 0n, 50n)).toBe('stop')
    await ingest.revoked(topic, 0)
    expect(await stored()).toEqual(numbers(20))
  })
})

describe('a configuration that changes', () => {
  const headers = (tenant: string): [string, Buffer][] =>
    Object.entries({ 'onbehalf-tenant': tenant, 'onbehalf-producer': 'default', 'onbehalf-kind': 'cloudevent' }).map(([name, value]) => [name, Buffer.from(value)])
  const of = (tenant: string, offset: number) => ({ offset: BigInt(offset), key: null, value: Buffer.from('{}'), headers: headers(tenant), timestampMs: 0 })

  test('a tenant that was made a moment ago is looked up once more before its entries are nobody\'s', async () => {
    const tenants = new Set(['default'])
    let looks = 0
    const ingest = createPartitionHandler({
      pool, stream: null as never, topics: defaultTopics, logger: silentLogger(), isTenant: (tenant) => tenants.has(tenant),
      lookAgain: async () => looks++ === 0 && tenants.add('acme'),
    })
    await ingest.assigned('onbehalf.gateway', 0)
    const batches = [[of('acme', 0), of('default', 1)], [of('acme', 2), of('stranger', 3)], [of('default', 4)]]
      .map((records) => batch(Number(records[0]!.offset), records.length, { topic: 'onbehalf.gateway', records }))
    for (const each of batches) await ingest.batch(each)
    await Promise.all(batches.map((each) => each.done))
    expect(looks).toBe(2)
    const sizes = (await readHeads(admin)).filter(({ logId }) => logId !== 'own').map(({ tenant, size }) => [tenant, size])
    expect(sizes).toEqual([['_unassigned', 1], ['acme', 2], ['default', 2]])
  })

  test('topics that come and go are followed: what is new is read, what is gone is let go of, the same are read on', async () => {
    const read: string[][] = []
    const stopped: string[][] = []
    const stream = {
      consumer: (topics: readonly string[]): StreamConsumer => ({
        start: async () => void read.push([...topics]), stop: async () => void stopped.push([...topics]), failed: new Promise<never>(() => {}),
        status: () => ({ connected: true, error: null, missingTopics: [], partitions: [] }),
      }),
    }
    const one = { kind: 'cloudevents', tenant: 'default', producer: 'default' } as const
    const ingest = createIngest({ pool, stream, topics: new Map([['a', one]]), isTenant: () => true, logger: silentLogger() })
    await ingest.follow(new Map([['a', one], ['b', one]]))
    await ingest.start()
    await ingest.follow(new Map([['b', { ...one, producer: 'pdp' }], ['a', one]]))
    await Promise.all([ingest.follow(new Map([['b', one]])), ingest.follow(new Map([['b', one], ['c', one]]))])
    await ingest.stop()
    expect(read).toEqual([['a', 'b'], ['b'], ['b', 'c']])
    expect(stopped).toEqual([['a', 'b'], ['b'], ['b', 'c']])
  })
})

describe('over the embedded stream', () => {
  const options = () => ({ pool, topics: new Map([['onbehalf.embedded', { kind: 'gateway' as const }]]), isTenant: (tenant: string) => tenant === 'default', logger: silentLogger() })
  const headers = { 'onbehalf-tenant': 'default', 'onbehalf-producer': 'default', 'onbehalf-kind': 'cloudevent' }

  test('what produce has acknowledged is in the journal, in order, and offsets go on after a restart', async () => {
    for (let run = 0; run < 3; run++) {
      const stream = createEmbeddedStream({})
      const ingest = createIngest({ ...options(), stream })
      await ingest.start()
      const producer = stream.producer('onbehalf.embedded')
      for (let i = 0; i < 5; i++) {
        const from = (run * 5 + i) * 20
        const produced = await producer.produce(Array.from({ length: 20 }, (_, n) => ({ key: null, value: Buffer.from(`{"n":${from + n}}`), headers })))
        expect(produced.map((each) => each.offset)).toEqual(Array.from({ length: 20 }, (_, n) => BigInt(from + n)))
        expect((await readHeads(admin, 'default')).find((head) => head.logId === 'onbehalf.embedded/0')!.size).toBe(from + 20)
      }
      await ingest.stop()
      await producer.stop()
      await stream.stop()
    }
    expect(await stored('onbehalf.embedded/0')).toEqual(numbers(300))
    await expectSound()
  })

  test('many producers at once while backends are terminated: what was acknowledged is stored, and nothing twice', async () => {
    const stream = createEmbeddedStream({ retry: { minMs: 10, maxMs: 50 } })
    const ingest = createIngest({ ...options(), stream })
    await ingest.start()
    const producer = stream.producer('onbehalf.embedded')
    const acknowledged: number[] = []
    const sent: number[] = []
    await Promise.all(Array.from({ length: 8 }, async (_, who) => {
      for (let i = 0; i < 25; i++) {
        const n = who * 1000 + i
        sent.push(n)
        await producer.produce([{ key: null, value: Buffer.from(`{"n":${n}}`), headers }]).then(() => acknowledged.push(n), () => undefined)
        if (who === 0 && i % 8 === 4) {
          await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'onbehalf-writer' and datname = current_database()`)
        }
      }
    }))
    await ingest.stop()
    await producer.stop()
    await stream.stop()
    const got = (await stored('onbehalf.embedded/0')).map((text) => JSON.parse(text).n as number)
    expect(new Set(got).size).toBe(got.length)
    expect(got).toEqual(expect.arrayContaining(acknowledged))
    expect(sent).toEqual(expect.arrayContaining(got))
    expect(acknowledged.length).toBeGreaterThan(100)
    await expectSound()
  })
})

test('as a process of its own it needs Kafka: exit code 2', () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const done = spawnSync(process.execPath, [main], { encoding: 'utf8', env: { PATH: process.env['PATH'] } })
  expect(done.status, done.stderr).toBe(2)
  expect(done.stderr).toContain('kafka_required')
})
