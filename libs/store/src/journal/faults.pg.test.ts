import { setTimeout as sleep } from 'node:timers/promises'
import { createTestDatabase, startTestPostgres } from '@onbehalf/testkit'
import type { TestDatabase } from '@onbehalf/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../migrate.ts'
import { createClient, createPool } from '../pool.ts'
import { startCommitProxy, type CommitProxy } from '../testing/commit-proxy.ts'
import { append, dataLogs, expectedJournal, readJournal, someEntries } from '../testing/journal-fixture.ts'
import { openPartition } from './partition-writer.ts'
import { readHeads } from './read.ts'
import { verifyJournal } from './verify.ts'

const topic = 't'
const tenants = ['a', 'b', 'c']
type Pool = ReturnType<typeof createPool>
type Client = ReturnType<typeof createClient>

/** The oracle after every fault: nothing lost, doubled or changed, and every hash right. */
async function expectJournal(client: Client, count: number): Promise<void> {
  expect(dataLogs(await readJournal(client))).toEqual(expectedJournal(topic, 0, someEntries(0, count, tenants)))
  for await (const problem of verifyJournal(client)) expect(problem).toBeNull()
}

/** Appends until there are `goal` entries, opening the partition anew after every failure. */
async function appendUntil(pool: Pool, goal: number, batch: () => number, beforeCommit: () => void = () => {}): Promise<number> {
  let failures = 0
  for (;;) {
    try {
      const writer = await openPartition(pool, { topic, partition: 0 })
      let committing: Promise<void> = Promise.resolve()
      for (let at = Number(writer.position ?? 0n); at < goal;) {
        const entries = someEntries(at, Math.min(batch(), goal - at), tenants)
        const prepared = writer.prepare({ entries, expectOffset: BigInt(at), nextOffset: BigInt(at + entries.length) })
        at += entries.length
        await committing
        beforeCommit()
        committing = writer.commit(prepared)
        committing.catch(() => undefined)
      }
      await committing
      return failures
    } catch {
      failures++
      await sleep(20)
    }
  }
}

describe('faults at the write', () => {
  let database: TestDatabase
  let proxy: CommitProxy
  let pool: Pool
  let admin: Client

  beforeAll(async () => {
    database = await createTestDatabase()
    admin = await database.client()
    proxy = await startCommitProxy(database.url)
    pool = createPool({ url: proxy.url, role: 'writer' })
  })
  afterAll(async () => {
    await pool.end()
    await proxy.close()
    await database.drop()
  })
  beforeEach(async () => {
    await admin.query('truncate journal.partitions, journal.tenants, journal.logs, journal.segments, ledger.tiles')
  })

  for (const first of [true, false]) {
    for (const [when, what, position] of [['before', 'failed and is not persisted', 0], ['after', 'failed but is persisted', 400]] as const) {
      test(`J5: a ${first ? 'first' : 'later'} commit that ${what} is found out when the partition is opened anew`, async () => {
        const before = first ? 0 : 300
        let writer = await openPartition(pool, { topic, partition: 0 })
        if (!first) await append(writer, someEntries(0, before, tenants))
        const prepared = writer.prepare({ entries: someEntries(before, 400, tenants), expectOffset: BigInt(before), nextOffset: BigInt(before + 400) })
        proxy.breakNextCommit(when)
        await expect(writer.commit(prepared)).rejects.toThrow()
        expect(writer.dead).toBe(true)
        expect(() => writer.prepare({ entries: [], expectOffset: 0n, nextOffset: 1n })).toThrow(expect.objectContaining({ code: 'writer_dead' }))
        writer = await openPartition(pool, { topic, partition: 0 })
        const expected = before + position
        expect(writer.position).toBe(expected === 0 ? null : BigInt(expected))
        await append(writer, someEntries(expected, 1000 - expected, tenants))
        await expectJournal(admin, 1000)
      })
    }
  }

  test('J5: faults at random, before and after commits, leave every entry once', async () => {
    let commits = 0
    const failures = await appendUntil(pool, 3_000, () => 1 + Math.floor(Math.random() * 60), () => {
      if (++commits % 7 === 3) proxy.breakNextCommit(commits % 2 === 0 ? 'before' : 'after')
    })
    expect(failures).toBeGreaterThan(4)
    await expectJournal(admin, 3_000)
  })

  test('J5: backends that are terminated at any moment leave every entry once', async () => {
    const pids = () => admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'onbehalf-writer'`)
    let commits = 0
    const killed: Promise<unknown>[] = []
    const failures = await appendUntil(pool, 3_000, () => 1 + Math.floor(Math.random() * 40), () => {
      if (++commits % 9 === 4) killed.push(sleep(Math.random() * 5).then(pids))
    })
    await Promise.all(killed)
    expect(failures).toBeGreaterThan(2)
    await expectJournal(admin, 3_000)
  })

  test('J3: a commit that cannot be completed leaves nothing of itself', async () => {
    const writer = await openPartition(pool, { topic, partition: 0 })
    await append(writer, someEntries(0, 10, tenants))
    const before = await readHeads(admin)
    // A segment is in the way: the last statements of the transaction fail.
    await admin.query(`insert into journal.segments (tenant, log_id, first_index, count, received_at, encoding, kinds, producers, offsets, commitments, content)
      select tenant, log_id, 3, count, received_at, encoding, kinds, producers, offsets, commitments, content from journal.segments where tenant = 'b' and log_id = 't/0'`)
    await expect(append(writer, someEntries(10, 10, tenants))).rejects.toMatchObject({ code: '23505' })
    expect(await readHeads(admin)).toEqual(before)
    expect((await admin.query('select next_offset from journal.partitions')).rows).toEqual([{ next_offset: 10 }])
  })

  test('J6: a head that was changed behind the writer\'s back is not built upon', async () => {
    const writer = await openPartition(pool, { topic, partition: 0 })
    await append(writer, someEntries(0, 10, tenants))
    await admin.query("update journal.logs set size = 12 - 8, frontier = substr(frontier, 1, 32) where tenant = 'b' and log_id = 't/0'")
    await expect(append(writer, someEntries(10, 10, tenants))).rejects.toMatchObject({ code: 'journal_damaged' })
    await expect(openPartition(pool, { topic, partition: 0 })).rejects.toMatchObject({ code: 'journal_damaged' })
  })
})

describe('faults of the server', () => {
  for (const how of ['kill', 'stop'] as const) {
    test(`J5: PostgreSQL that is ${how === 'kill' ? 'killed' : 'stopped'} and started again in mid-stream loses and doubles nothing`, async () => {
      const server = await startTestPostgres()
      const admin = createClient({ url: server.url })
      await admin.connect()
      await migrate(admin)
      await admin.end()
      const pool = createPool({ url: server.url, role: 'writer' })
        try {
        const appending = appendUntil(pool, 5_000, () => 25)
        for (let i = 0; i < 3; i++) {
          await sleep(150)
          await server.restart(how)
        }
        expect(await appending).toBeGreaterThan(0)
        const client = createClient({ url: server.url })
        await client.connect()
        await expectJournal(client, 5_000)
        await client.end()
      } finally {
        await pool.end()
        await server.remove()
      }
    })
  }
})
