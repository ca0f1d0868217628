import { createTestDatabase } from '@onbehalf/testkit'
import type { TestDatabase } from '@onbehalf/testkit'
import { read } from '@onbehalf/events'
import { Tree, parseTile } from '@onbehalf/ledger'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256Hex } from '../lineage/facts.ts'
import { sha256 } from '../sha256.ts'
import { appendOwn } from './own.ts'
import { readHeads, readSegments } from './read.ts'

describe('append_own', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  const events = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ specversion: '1.0', n: from + i, text: 'ü'.repeat(i % 5) }))

  test('J10: head and tiles are those of the tree over the entry texts, over tile after tile', async () => {
    const client = await database.client('projector')
    await client.query('begin')
    let total = 0
    for (const count of [1, 3, 250, 256, 1, 700, 40, 1, 1]) {
      const appended = await appendOwn(client, 'acme', events(count, total))
      // Entry 0 says that the log exists.
      expect(appended).toMatchObject({ firstIndex: total + 1, count })
      total += count
    }
    await client.query('commit')
    const tree = new Tree(sha256)
    const contents: string[] = []
    while (tree.size <= total) {
      for (const segment of await readSegments(client, 'acme', 'own', tree.size)) {
        for (let i = 0; i < segment.count; i++) {
          expect(segment.commits(i)).toBe(true)
          expect(segment.kind(i)).toBe('own')
          tree.append(segment.leaf(i))
          contents.push(String(segment.entry(i).content))
        }
      }
    }
    const [head] = await readHeads(client, 'acme')
    expect(head).toMatchObject({ size: total + 1, rootHash: tree.root(), frontier: tree.frontier() })
    expect(contents.slice(1).map((text) => JSON.parse(text).n)).toEqual(Array.from({ length: total }, (_, i) => i))
    const stored = await client.query('select level, index, hashes, root from ledger.tiles order by level, index')
    expect(stored.rows.map((row) => ({ level: row.level, index: row.index, hashes: parseTile(row.hashes), root: row.root.toString('latin1') })))
      .toEqual(tree.takeTiles())
  })

  test('J10: a tile of the second level is completed as well', { timeout: 180_000 }, async () => {
    const client = await database.client('projector')
    const many = events(256).map((event) => Buffer.from(JSON.stringify(event)))
    const salts = many.map((_, i) => Buffer.alloc(16, i))
    await client.query('begin')
    for (let i = 0; i < 256; i++) await client.query('select journal.append_own($1, $2, $3)', ['big', salts, many])
    await client.query('commit')
    const tree = new Tree(sha256)
    while (tree.size < 65_537) {
      for (const segment of await readSegments(client, 'big', 'own', tree.size)) for (let i = 0; i < segment.count; i++) tree.append(segment.leaf(i))
    }
    expect((await readHeads(client, 'big'))[0]).toMatchObject({ size: 65_537, rootHash: tree.root() })
    const top = tree.takeTiles().find((tile) => tile.level === 1)!
    const stored = await client.query("select hashes from ledger.tiles where tenant = 'big' and level = 1")
    expect(parseTile(stored.rows[0].hashes)).toEqual(top.hashes)
  })

  test('J10: several writers at once leave one gapless log', async () => {
    const clients = await Promise.all((['writer', 'projector', 'eraser', 'notary'] as const).map((role) => database.client(role)))
    await Promise.all(clients.map(async (client, who) => {
      for (let i = 0; i < 25; i++) await appendOwn(client, 'shared', [{ who, i }])
    }))
    const segments = await readSegments(clients[0]!, 'shared', 'own', 0)
    expect(segments.map((segment) => segment.firstIndex)).toEqual(Array.from({ length: 101 }, (_, i) => i))
    const times = segments.map((segment) => segment.receivedAt)
    expect(times).toEqual(times.toSorted())
    const first = segments[0]!.entry(0)
    expect(read('own', first.content!, { tenant: 'shared', producer: first.producer, sha256: sha256Hex })).toMatchObject({
      ok: true, statements: [{ type: 'log.opened', data: { log: 'shared/own' } }] })
  })

  test('J10: what is not a salt, not a content, too many or none is refused whole', async () => {
    const client = await database.client('writer')
    const call = (salts: unknown[], contents: unknown[]) => client.query('select journal.append_own($1, $2, $3)', ['acme', salts, contents])
    const salt = Buffer.alloc(16)
    const before = await readHeads(client, 'acme')
    await expect(call([], [])).rejects.toMatchObject({ code: '22023' })
    await expect(call([salt], [])).rejects.toMatchObject({ code: '22023' })
    await expect(call([Buffer.alloc(15)], [salt])).rejects.toMatchObject({ code: '22023' })
    await expect(call([salt], [null])).rejects.toMatchObject({ code: '22023' })
    await expect(call(Array.from({ length: 257 }, () => salt), Array.from({ length: 257 }, () => salt))).rejects.toMatchObject({ code: '22023' })
    await expect(client.query('select journal.append_own($1, $2, $3)', ['Not Valid', [salt], [salt]])).rejects.toMatchObject({ code: '23514' })
    expect(await readHeads(client, 'acme')).toEqual(before)
  })
})
