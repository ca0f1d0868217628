import zlib from 'node:zlib'
import { createTestDatabase } from '@onbehalf/testkit'
import type { TestDatabase } from '@onbehalf/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { append, someEntries } from '../testing/journal-fixture.ts'
import { openPartition } from './partition-writer.ts'
import { verifyJournal, type Check, type Problem } from './verify.ts'

type Client = Awaited<ReturnType<TestDatabase['client']>>

// 3,000 entries of `a` in segments of 250, so that tiles and segments do not end together; the last tile is partial.
const log = 'a/t/0'
const of = "tenant = 'a' and log_id = 't/0'"

describe('verify', () => {
  let database: TestDatabase
  let client: Client

  beforeAll(async () => {
    database = await createTestDatabase()
    client = await database.client()
  })
  afterAll(() => database.drop())
  beforeEach(async () => {
    await client.query('truncate journal.partitions, journal.tenants, journal.logs, journal.segments, ledger.tiles')
    let at = 1_700_000_000_000_000
    const writer = await openPartition(database.pool('writer'), { topic: 't', partition: 0, clock: () => (at += 1_000) })
    for (let i = 0; i < 12; i++) await append(writer, [...someEntries(i * 300, 250, ['a']), ...someEntries(i * 300 + 250, 50, ['b', 'c'])])
  })

  const found = async (): Promise<Problem[]> => collect(verifyJournal(client))
  /** Plants something, looks, and takes it back. */
  const planted = async (sql: string, look: () => Promise<void>) => {
    await client.query('begin')
    try {
      await change(sql)
      await look()
    } finally {
      await client.query('rollback')
    }
  }
  const expectFound = async (...expected: [Check, number | undefined, string?][]) =>
    expect((await found()).map((each) => [each.check, each.index, each.log]))
      .toEqual(expected.map(([check, index, inLog]) => [check, index, inLog ?? log]))
  const change = async (sql: string, values: unknown[] = []) => expect((await client.query(sql, values)).rowCount).toBeGreaterThan(0)

  test('J15: a sound journal has no problem, and everything was looked at', async () => {
    const verification = verifyJournal(client)
    expect(await collect(verification)).toEqual([])
    expect(verification.totals).toMatchObject({ logs: 6, entries: 3_600 + 6, segments: 12 * 3 + 6, tiles: 11 + 1 + 1, problems: 0 })
  })

  test('J15: a flipped byte of content', async () => {
    const { rows } = await client.query(`select content from journal.segments where ${of} and first_index = 500`)
    const body = zlib.zstdDecompressSync(rows[0].content)
    body[body.length - 1]! ^= 1
    await change(`update journal.segments set content = $1 where ${of} and first_index = 500`, [zlib.zstdCompressSync(body)])
    await expectFound(['commitment', 749])
  })

  test('J15: a flipped byte of compressed content', async () => {
    await change(`update journal.segments set content = set_byte(content, 200, get_byte(content, 200) # 1) where ${of} and first_index = 250`)
    for (const problem of await found()) expect(['segment', 'commitment']).toContain(problem.check)
    expect(await found()).not.toEqual([])
  })

  test('J15: a flipped byte of a commitment', async () => {
    await change(`update journal.segments set commitments = set_byte(commitments, 32 * 7, get_byte(commitments, 32 * 7) # 1) where ${of} and first_index = 250`)
    await expectFound(['commitment', 257], ['entry', 257])
  })

  test('J15: another kind, producer or time', async () => {
    await change(`update journal.segments set kinds = 'cloudevent*200,opa*1,cloudevent*49' where ${of} and first_index = 500`)
    await change(`update journal.segments set producers = 'default*249,someone*1' where ${of} and first_index = 750`)
    await expectFound(['entry', 700], ['entry', 999])
    await change(`update journal.segments set received_at = received_at + interval '1 microsecond' where ${of} and first_index = 2000`)
    expect((await found()).length).toBe(252)
  })

  test('J15: a missing segment, in the middle and at the end', async () => {
    await change(`delete from journal.segments where ${of} and first_index = 1000`)
    await expectFound(['gap', 1000])
    await change(`delete from journal.segments where ${of} and first_index = 2750`)
    await expectFound(['gap', 1000], ['gap', 2750])
    await change(`delete from journal.segments where ${of}`)
    expect(await found()).toEqual([expect.objectContaining({ check: 'gap', log, index: 0 })])
  })

  test('J15: two swapped segments, and two swapped entries', async () => {
    const swap = async (a: number, b: number) => {
      for (const [from, to] of [[a, 1e9], [b, a], [1e9, b]]) await change(`update journal.segments set first_index = $2 where ${of} and first_index = $1`, [from, to])
    }
    await swap(500, 1500)
    const problems = await found()
    expect(problems).toContainEqual({ check: 'order', log, index: 500, message: 'At 500 stands the entry that the ledger has at 1500.' })
    expect(problems.filter((each) => each.check === 'order')).toHaveLength(500)
    expect(problems.map((each) => each.check)).toContain('time')
    expect(problems.map((each) => each.check)).toContain('offset')
    await swap(500, 1500)
    await expectFound()

    const { rows } = await client.query(`select content, commitments from journal.segments where ${of} and first_index = 500`)
    const body = zlib.zstdDecompressSync(rows[0].content)
    const lengths = Array.from({ length: 250 }, (_, i) => body.readUInt32LE(4 * i))
    let at = 1000
    const parts = lengths.map((length) => body.subarray(at, (at += 16 + length)))
    const commitments = Array.from({ length: 250 }, (_, i) => rows[0].commitments.subarray(i * 32, i * 32 + 32))
    for (const list of [lengths, parts, commitments] as unknown[][]) [list[3], list[9]] = [list[9], list[3]]
    const head = Buffer.alloc(1000)
    lengths.forEach((length, i) => head.writeUInt32LE(length, 4 * i))
    await change(`update journal.segments set content = $1, commitments = $2, encoding = 0 where ${of} and first_index = 500`,
      [Buffer.concat([head, ...parts]), Buffer.concat(commitments)])
    await expectFound(['order', 503], ['order', 509])
  })

  test('J15: a changed entry that no full tile holds yet', async () => {
    await change(`update journal.segments set kinds = 'cloudevent*249,opa*1' where ${of} and first_index = 2750`)
    const problems = await found()
    expect(problems.map((each) => each.check)).toEqual(['entry'])
    expect(problems[0]!.index).toBeGreaterThan(2815)
  })

  test('J15: a wrong head', async () => {
    const resized = (size: number) => `update journal.logs set size = ${size},
      frontier = substr(frontier || frontier, 1, 32 * bit_count(${size}::bigint::bit(64))::int) where ${of}`
    for (const column of ['root_hash', 'frontier']) {
      await planted(`update journal.logs set ${column} = set_byte(${column}, 5, get_byte(${column}, 5) # 1) where ${of}`,
        () => expectFound(['head', 3000]))
    }
    await planted(resized(3001), () => expectFound(['gap', 3000]))
    await planted(resized(2750), () => expectFound(['head', 2750], ['extra', 2750], ['tile', undefined]))
    await planted(resized(2800), async () => expect((await found()).map((each) => each.check)).toContain('head'))
  })

  test('J15: a wrong head, although entries are wrong as well', async () => {
    await change(`update journal.segments set commitments = set_byte(commitments, 32 * 7, get_byte(commitments, 32 * 7) # 1) where ${of} and first_index = 250`)
    await change(`update journal.logs set root_hash = set_byte(root_hash, 5, get_byte(root_hash, 5) # 1) where ${of}`)
    await expectFound(['commitment', 257], ['entry', 257], ['head', 3000])
  })

  test('J15: a wrong, a missing and a surplus tile', async () => {
    await change(`update ledger.tiles set hashes = set_byte(hashes, 32 * 9, get_byte(hashes, 32 * 9) # 1) where ${of} and index = 3`)
    await change(`update ledger.tiles set root = set_byte(root, 0, get_byte(root, 0) # 1) where ${of} and index = 4`)
    await change(`update ledger.tiles set index = 700 where ${of} and index = 6`)
    const problems = await found()
    expect(problems.map((each) => [each.check, each.index])).toEqual(expect.arrayContaining([['tile', 777], ['tile', 1024], ['tile', 1536], ['tile', undefined]]))
    expect(problems.every((each) => each.check === 'tile')).toBe(true)
  })

  test('J15: time that goes back, a wrong count, wrong offsets', async () => {
    await planted(`update journal.segments set received_at = '2001-01-01' where ${of} and first_index = 250`,
      async () => expect(await found()).toContainEqual(expect.objectContaining({ check: 'time', index: 250 })))
    await planted(`update journal.segments set kinds = 'cloudevent*251' where ${of} and first_index = 250`,
      async () => expect(await found()).toContainEqual(expect.objectContaining({ check: 'segment', index: 250 })))
    await planted(`update journal.segments set offsets = '0+250' where ${of} and first_index = 250`,
      () => expectFound(['offset', 250]))
    await planted('update journal.partitions set next_offset = 5',
      () => expectFound(['offset', 2999], ['offset', 299, 'b/t/0'], ['offset', 299, 'c/t/0']))
  })

  test('J11: a log that is withheld is missed, and one that was never opened is noticed', async () => {
    await planted(`with gone as (delete from journal.logs where ${of}), tiles as (delete from ledger.tiles where ${of})
      delete from journal.segments where ${of}`, () => expectFound(['opened', undefined]))
    await planted(`update journal.logs set log_id = 't/7', origin = 'a/t/7' where ${of}`, async () => {
      const problems = await found()
      expect(problems).toContainEqual(expect.objectContaining({ check: 'opened', log: 'a/t/7' }))
      expect(problems).toContainEqual(expect.objectContaining({ check: 'head', log }))
    })
  })
})

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const each of all) list.push(each)
  return list
}
