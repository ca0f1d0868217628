import { createTestDatabase } from '@onbehalf/testkit'
import type { TestDatabase } from '@onbehalf/testkit'
import { Tree, inclusionProof, verifyInclusion } from '@onbehalf/ledger'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../sha256.ts'
import { append, dataLogs, expectedJournal, readJournal, someEntries } from '../testing/journal-fixture.ts'
import type { Entry } from './entry.ts'
import { PartitionLost, openPartition } from './partition-writer.ts'
import { leavesOf, readEntry, readHeads, readSegments, tileReader } from './read.ts'
import { verifyJournal } from './verify.ts'

let database: TestDatabase
let pool: ReturnType<TestDatabase['pool']>
let admin: ReturnType<TestDatabase['pool']>
let topic: string
let run = 0

beforeAll(async () => {
  database = await createTestDatabase()
  pool = database.pool('writer')
  admin = database.pool()
})
afterAll(() => database.drop())
beforeEach(async () => {
  topic = `topic.${++run}`
  await admin.query('truncate journal.partitions, journal.tenants, journal.logs, journal.segments, ledger.tiles')
})

const open = (options: { clock?: () => number; random?: (bytes: number) => Buffer } = {}) =>
  openPartition(pool, { topic, partition: 0, ...options })

describe('append', () => {
  test('J1: what is read back is what was appended, in order', async () => {
    const writer = await open()
    const entries = someEntries(0, 700, ['default', 'acme', '_unassigned'])
    await append(writer, entries.slice(0, 300))
    await append(writer, entries.slice(300, 301))
    await append(writer, entries.slice(301))
    expect(dataLogs(await readJournal(admin))).toEqual(expectedJournal(topic, 0, entries))
  })

  test('J1: any sizes, tenants, kinds and batches come back as they were', { timeout: 120_000 }, async () => {
    const entry = fc.record({
      tenant: fc.constantFrom('a', 'b', 'c-1', '_unassigned', 'z.9'),
      kind: fc.constantFrom('cloudevent' as const, 'tombstone' as const, 'unreadable' as const),
      producer: fc.constantFrom('default', 'pdp-eu'),
      size: fc.oneof({ weight: 200, arbitrary: fc.integer({ min: 0, max: 3000 }) },
        { weight: 1, arbitrary: fc.constantFrom(1 << 20, (1 << 20) - 16, 3 << 20) }),
      step: fc.constantFrom(0, 1, 1, 1, 1, 7),
    })
    const batches = fc.array(fc.oneof({ weight: 5, arbitrary: fc.array(entry, { maxLength: 60 }) },
      { weight: 1, arbitrary: fc.array(entry, { minLength: 300, maxLength: 2000, size: 'max' }) }), { minLength: 1, maxLength: 5 })
    await fc.assert(fc.asyncProperty(batches, async (shape) => {
      await admin.query('truncate journal.partitions, journal.tenants, journal.logs, journal.segments, ledger.tiles')
      let writer = await open()
      const all: Entry[] = []
      let offset = 0n
      for (const batch of shape) {
        const expectOffset = writer.position ?? 0n
        offset = expectOffset
        const entries = batch.map(({ size, step, ...rest }) => {
          offset += BigInt(step)
          return { ...rest, offset, content: filler(size, Number(offset)) }
        })
        const prepared = writer.prepare({ entries, expectOffset, nextOffset: offset + 1n })
        await writer.commit(prepared)
        all.push(...entries)
        // Half of the time as after a restart.
        if (batch.length % 2 === 0) writer = await open()
      }
      expect(dataLogs(await readJournal(admin))).toEqual(expectedJournal(topic, 0, all))
    }), { numRuns: 12 })
  })

  test('J1: the entries that one record is cut into share its offset, also from one segment to the next', async () => {
    const writer = await open()
    const entries = someEntries(0, 700, ['default']).map((entry, i) => ({ ...entry, offset: i < 3 ? 0n : i < 600 ? 5n : BigInt(i - 594) }))
    await writer.commit(writer.prepare({ entries, expectOffset: 0n, nextOffset: 106n }))
    expect(dataLogs(await readJournal(admin))).toEqual(expectedJournal(topic, 0, entries))
    const segments = await readSegments(admin, 'default', `${topic}/0`, 0)
    expect(segments.length).toBeGreaterThan(2)
    expect(segments.flatMap((segment) => Array.from({ length: segment.count }, (_, place) => segment.offset(place)))).toEqual(entries.map(({ offset }) => offset))
    const client = await admin.connect()
    try {
      for await (const problem of verifyJournal(client)) expect(problem).toBeNull()
    } finally {
      client.release()
    }
    // A writer that begins anew goes on behind the record, and never within it.
    expect((await open()).position).toBe(106n)
    expect(() => writer.prepare({ entries: entries.slice(0, 1), expectOffset: 106n, nextOffset: 107n })).toThrow(expect.objectContaining({ code: 'journal_misuse' }))
  })

  test('J2: however the input is cut into batches, each log has the same leaves', async () => {
    const fixed = { clock: () => 1_700_000_000_000_000, random: (bytes: number) => Buffer.alloc(bytes, 7) }
    const entries = someEntries(0, 1_500, ['a', 'b'])
    const roots: string[][] = []
    for (const cut of [1_500, 100, 257, 1]) {
      topic = 'same'
      await admin.query('truncate journal.partitions, journal.tenants, journal.logs, journal.segments, ledger.tiles')
      const writer = await open(fixed)
      const some = cut === 1 ? entries.slice(0, 40) : entries
      for (let at = 0; at < some.length; at += cut) await append(writer, some.slice(at, at + cut))
      if (cut === 1) await append(writer, entries.slice(40))
      roots.push((await readHeads(admin)).filter((head) => head.logId !== 'own').map((head) => head.rootHash))
    }
    expect(new Set(roots.map(String)).size).toBe(1)
  })

  test('J6: head, peaks and tiles are those of the tree over the entry texts', async () => {
    const writer = await open()
    const entries = someEntries(0, 70_000, ['solo'])
    for (let at = 0; at < entries.length; at += 9_000) await append(writer, entries.slice(at, at + 9_000))
    const head = (await readHeads(admin, 'solo')).find((each) => each.logId !== 'own')
    const tree = new Tree(sha256)
    const leaves = await leavesOf(admin, 'solo', head!.logId, 0, 70_000)
    for (const leaf of leaves) tree.append(leaf)
    expect(head).toMatchObject({ size: 70_000, rootHash: tree.root(), frontier: tree.frontier() })
    const read = tileReader(admin, 'solo', head!.logId)
    const tiles = tree.takeTiles()
    expect(tiles.map((tile) => tile.level)).toContain(1)
    for (const tile of tiles.slice(-5)) expect(await read(tile.level, tile.index, 256)).toEqual(tile.hashes)
    expect((await admin.query("select count(*) from ledger.tiles where log_id <> 'own'")).rows[0].count).toBe(tiles.length)
    for (const index of [0, 255, 256, 65_535, 65_536, 69_999]) {
      const proof = await inclusionProof(sha256, read, index, 70_000)
      expect(verifyInclusion(sha256, { leaf: leaves[index]!, index, size: 70_000, proof, root: tree.root() })).toBe(true)
    }
    // And a new writer goes on from there.
    await append(await open(), someEntries(70_000, 10, ['solo']))
    tree.append((await leavesOf(admin, 'solo', head!.logId, 70_000, 1))[0]!)
    expect((await readHeads(admin, 'solo')).find((each) => each.logId !== 'own')!.size).toBe(70_010)
  })

  test('J8: a segment has at most 256 entries or 1 MiB, and one larger entry is one of its own', async () => {
    const writer = await open()
    const sized = (sizes: number[]) => sizes.map((size, i) => ({ ...someEntries(i, 1)[0]!, content: filler(size, i) }))
    await append(writer, sized([...Array.from({ length: 300 }, () => 10), 600_000, 600_000, 3_000_000, 5]))
    const segments = await readSegments(admin, 'default', `${topic}/0`, 0, { bytes_max: 1 << 30 })
    expect(segments.map((each) => each.count)).toEqual([256, 45, 1, 1, 1])
    expect((await readEntry(admin, 'default', `${topic}/0`, 302))?.entry.content?.length).toBe(3_000_000)
    expect((await readEntry(admin, 'default', `${topic}/0`, 299))?.segment.firstIndex).toBe(256)
    expect(await readEntry(admin, 'default', `${topic}/0`, 304)).toBeNull()
  })

  test('J7: received_at never decreases in a log, whatever the clock does', async () => {
    const times = [5_000_000_123_456, 4_000_000_000_000, 5_000_000_123_457, 1]
    let at = 0
    const writer = await open({ clock: () => times[at]! })
    for (at = 0; at < 3; at++) await append(writer, someEntries(at, 1))
    at = 3
    await append(await open({ clock: () => times[at]! }), someEntries(3, 1))
    const segments = await readSegments(admin, 'default', `${topic}/0`, 0)
    expect(segments.map((each) => each.receivedAtUs)).toEqual([times[0], times[0], times[2], times[2]])
    expect(segments[0]!.receivedAt).toBe('1970-02-27T20:53:20.123456Z')
  })

  test('J3: an empty batch moves the offset and writes nothing', async () => {
    const writer = await open()
    await append(writer, someEntries(0, 1))
    await writer.commit(writer.prepare({ entries: [], expectOffset: 1n, nextOffset: 40n }))
    expect((await open()).position).toBe(40n)
    expect((await readHeads(admin)).map((head) => head.size)).toEqual([2, 1])
  })

  test('J11: a log is opened together with an entry that says so in the tenant\'s own log', async () => {
    await append(await open(), someEntries(0, 2, ['b', 'a']))
    await append(await openPartition(pool, { topic, partition: 1 }), someEntries(0, 2, ['b', 'a']))
    for (const tenant of ['a', 'b']) {
      const said = (await readSegments(admin, tenant, 'own', 0)).map((each) => JSON.parse(String(each.entry(0).content)))
      expect(said.map((event) => event.type)).toEqual(Array.from({ length: 3 }, () => 'onbehalf.log.opened.v1'))
      expect(said.map((event) => event.data.log)).toEqual([`${tenant}/own`, `${tenant}/${topic}/0`, `${tenant}/${topic}/1`])
      expect(said[2].data).toMatchObject({ topic, partition: 1 })
    }
  })

  test('J18: what a topic has lost is said in every data log of the partition', async () => {
    const writer = await open()
    await append(writer, someEntries(0, 2, ['a', 'b']))
    await writer.commit(writer.prepare({ entries: writer.lostEntries(2n, 90n), expectOffset: 2n, nextOffset: 90n }))
    for (const tenant of ['a', 'b']) {
      const { entry } = (await readEntry(admin, tenant, `${topic}/0`, 1))!
      expect(entry.kind).toBe('lost')
      expect(JSON.parse(String(entry.content))).toEqual({ topic, partition: 0, from: '2', to: '90', reason: 'retention' })
    }
  })
})

describe('fencing', () => {
  test('J4: a writer whose partition was taken over commits nothing', async () => {
    const zombie = await open()
    await append(zombie, someEntries(0, 10))
    const paused = zombie.prepare({ entries: someEntries(10, 10), expectOffset: 10n, nextOffset: 20n })
    const heir = await open()
    expect(heir.position).toBe(10n)
    await expect(zombie.commit(paused)).rejects.toThrow(PartitionLost)
    expect(zombie.dead).toBe(true)
    expect(() => zombie.prepare({ entries: [], expectOffset: 20n, nextOffset: 21n })).toThrow(PartitionLost)
    await append(heir, someEntries(10, 5))
    await expect(zombie.caughtUp(1, 15n)).rejects.toThrow(PartitionLost)
    expect(dataLogs(await readJournal(admin))).toEqual(expectedJournal(topic, 0, someEntries(0, 15)))
  })

  test('J4: taking over waits for a commit that is under way, and begins after it', async () => {
    const first = await open()
    await append(first, someEntries(0, 10))
    for (let round = 0; round < 10; round++) {
      const writer = await open()
      const at = Number(writer.position)
      const commit = writer.commit(writer.prepare({ entries: someEntries(at, 50), expectOffset: BigInt(at), nextOffset: BigInt(at + 50) }))
      const [outcome, heir] = await Promise.all([commit.then(() => true, () => false), open()])
      expect(heir.position).toBe(BigInt(outcome ? at + 50 : at))
    }
    const size = Number((await open()).position)
    expect(dataLogs(await readJournal(admin))).toEqual(expectedJournal(topic, 0, someEntries(0, size)))
  })

  test('J4: two writers that fight for a partition store every entry once', async () => {
    const goal = 600
    const fight = async () => {
      for (;;) {
        try {
          const writer = await open()
          for (;;) {
            const at = Number(writer.position ?? 0n)
            if (at >= goal) return
            await append(writer, someEntries(at, Math.min(20, goal - at), ['a', 'b', 'c']))
          }
        } catch (error) {
          if (!(error instanceof PartitionLost)) throw error
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 30))
        }
      }
    }
    await Promise.all([fight(), fight(), fight()])
    expect(dataLogs(await readJournal(admin))).toEqual(expectedJournal(topic, 0, someEntries(0, goal, ['a', 'b', 'c'])))
  })

  test('J16: a process that stops in mid-transaction does not hold the partition', async () => {
    const client = await pool.connect()
    expect((await client.query('show transaction_timeout')).rows[0].transaction_timeout).toBe('10s')
    client.release()
  })
})

describe('order', () => {
  test('J5: the next batch is prepared while one is committed, and a failure stops both', async () => {
    const writer = await open()
    const first = writer.prepare({ entries: someEntries(0, 500), expectOffset: 0n, nextOffset: 500n })
    const done = writer.commit(first)
    const second = writer.prepare({ entries: someEntries(500, 500), expectOffset: 500n, nextOffset: 1000n })
    await done
    await writer.commit(second)
    const third = writer.prepare({ entries: someEntries(1000, 1), expectOffset: 1000n, nextOffset: 1001n })
    const fourth = writer.prepare({ entries: someEntries(1001, 1), expectOffset: 1001n, nextOffset: 1002n })
    await expect(writer.commit(fourth)).rejects.toMatchObject({ code: 'journal_misuse' })
    await expect(writer.commit(third)).rejects.toMatchObject({ code: 'writer_dead' })
    expect(dataLogs(await readJournal(admin))).toEqual(expectedJournal(topic, 0, someEntries(0, 1000)))
  })

  test('J5: a batch that does not follow, or an entry that does not belong, is refused before anything happens', async () => {
    const writer = await open()
    await append(writer, someEntries(0, 10))
    const [good] = someEntries(10, 1)
    const refused = (entries: Entry[], expectOffset = 10n) =>
      expect(() => writer.prepare({ entries, expectOffset, nextOffset: 12n })).toThrow(expect.objectContaining({ code: 'journal_misuse' }))
    refused([good!], 11n)
    refused([{ ...good!, tenant: 'Not A Tenant' }])
    refused([{ ...good!, producer: 'a\nb' }])
    refused([{ ...good!, offset: 12n }])
    refused([{ ...good!, offset: 11n }, good!])
    await append(writer, [good!])
  })

  test('J9: caught_up_at is set at the end of the topic alone, and never goes back', async () => {
    const writer = await open()
    const caughtUp = async () => (await admin.query('select caught_up_at from journal.partitions')).rows[0].caught_up_at
    await writer.commit(writer.prepare({ entries: someEntries(0, 5), expectOffset: 0n, nextOffset: 5n, caughtUpAtUs: 1_000_000, endOffset: 9n }))
    expect(await caughtUp()).toBeNull()
    await writer.caughtUp(3_000_000, 6n)
    expect(await caughtUp()).toBeNull()
    await writer.caughtUp(4_000_001, 5n)
    expect(await caughtUp()).toBe('1970-01-01T00:00:04.000001Z')
    await writer.caughtUp(2_000_000, 5n)
    await writer.commit(writer.prepare({ entries: someEntries(5, 1), expectOffset: 5n, nextOffset: 6n, caughtUpAtUs: 3_000_000, endOffset: 6n }))
    expect(await caughtUp()).toBe('1970-01-01T00:00:04.000001Z')
  })
})

function filler(size: number, seed: number): Buffer {
  return Buffer.alloc(size, `${seed} some text that compresses well enough `)
}
