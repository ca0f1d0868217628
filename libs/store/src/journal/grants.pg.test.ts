import { createTestDatabase } from '@onbehalf/testkit'
import type { TestDatabase } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { append, someEntries } from '../testing/journal-fixture.ts'
import { appendOwn } from './own.ts'
import { openPartition } from './partition-writer.ts'
import { readHeads, readSegments } from './read.ts'

const roles = ['writer', 'projector', 'reader', 'eraser', 'notary'] as const
const denied = { code: '42501' }
const outcome = (query: Promise<unknown>) => query.then(() => 'done', (error: { code: string }) => error.code)

describe('grants', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    const pool = database.pool('writer')
    await append(await openPartition(pool, { topic: 't', partition: 0 }), someEntries(0, 600, ['a', 'b']))
  })
  afterAll(() => database.drop())

  for (const role of roles) {
    test(`J12: the ${role} deletes nothing, and changes nothing of a segment but, as eraser, its content`, async () => {
      const client = await database.client(role)
      for (const table of ['journal.segments', 'journal.logs', 'journal.tenants', 'journal.partitions', 'ledger.tiles']) {
        await expect(client.query(`delete from ${table}`)).rejects.toMatchObject(denied)
        await expect(client.query(`truncate ${table}`)).rejects.toMatchObject(denied)
      }
      for (const column of ['first_index', 'count', 'received_at', 'kinds', 'producers', 'offsets', 'commitments', 'tenant', 'log_id']) {
        await expect(client.query(`update journal.segments set ${column} = ${column}`)).rejects.toMatchObject(denied)
      }
      for (const column of ['hashes', 'root', 'index']) {
        await expect(client.query(`update ledger.tiles set ${column} = ${column}`)).rejects.toMatchObject(denied)
      }
      expect(await outcome(client.query('update journal.segments set content = content'))).toBe(role === 'eraser' ? 'done' : denied.code)
    })

    test(`J12: the ${role} ${role === 'writer' ? 'moves partitions and heads' : 'moves neither a partition nor a head'}`, async () => {
      const client = await database.client(role)
      for (const sql of ['update journal.partitions set epoch = epoch', 'update journal.logs set size = size',
        "insert into journal.tenants values ('x-' || current_user, 0)"]) {
        expect(await outcome(client.query(sql))).toBe(role === 'writer' ? 'done' : denied.code)
      }
      await expect(client.query("update journal.logs set origin = 'x'")).rejects.toMatchObject(denied)
    })
  }

  test('J13: a reader sees its own tenant, and nothing without one', async () => {
    const reader = await database.client('reader')
    expect(await readHeads(reader)).toEqual([])
    await reader.query("select set_config('onbehalf.tenant', 'a', false)")
    expect((await readHeads(reader)).map((head) => head.origin)).toEqual(['a/own', 'a/t/0'])
    expect(await readSegments(reader, 'b', 't/0', 0)).toEqual([])
    expect(await readSegments(reader, 'a', 't/0', 0)).not.toEqual([])
    for (const table of ['journal.segments', 'journal.tenants', 'ledger.tiles']) {
      const seen = await reader.query(`select distinct tenant from ${table}`)
      expect(seen.rows).toEqual([{ tenant: 'a' }])
    }
  })

  test('J13: a reader says what it did in its own tenant\'s log alone', async () => {
    const reader = await database.client('reader')
    await reader.query("select set_config('onbehalf.tenant', 'a', false)")
    await appendOwn(reader, 'a', [{ read: true }])
    await expect(appendOwn(reader, 'b', [{ read: true }])).rejects.toMatchObject(denied)
    await reader.query("select set_config('onbehalf.tenant', '', false)")
    await expect(appendOwn(reader, 'a', [{ read: true }])).rejects.toMatchObject(denied)
  })
})
