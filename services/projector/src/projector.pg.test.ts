import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { meaning } from '@onbehalf/lineage'
import { silentLogger } from '@onbehalf/runtime'
import {
  ensureReadModels, listActions, openPartition, readActionsAt, renewLeases,
  type ClientBase, type Entry, type PartitionWriter,
} from '@onbehalf/store'
import { createRandom, createTestDatabase, lineagesOf, randomWorld, type TestDatabase } from '@onbehalf/testkit'
import { createProjector, defaultProjection, rebuild, verifyReadModels, type Projector, type ProjectorDeps } from './index.ts'

const world = randomWorld(createRandom('projector'), { actions: 12 })
const options = { ...defaultProjection, logger: silentLogger(), leaseTtlMs: 600 }

describe('a live projector', () => {
  let database: TestDatabase
  let client: ClientBase
  let writer: PartitionWriter
  let offset = 0n
  const projectors: Projector[] = []

  beforeEach(async () => {
    database = await createTestDatabase()
    await ensureReadModels(await database.client())
    client = await database.client()
    await client.query('set search_path = lineage')
    writer = await openPartition(database.pool('writer'), { topic: 'onbehalf.events', partition: 0 })
    offset = 0n
  })
  afterEach(async () => {
    await Promise.all(projectors.splice(0).map((projector) => projector.stop()))
    await database.drop()
  })

  test('follows the journal, woken by its commits', async () => {
    start('one')
    for (const event of world.events) await append([event])
    await projected()
    expect(await meanings()).toEqual(lineagesOf(world.events).map(meaning).sort())
  })

  test.each(['before-commit', 'after-commit'] as const)('a transaction that fails %s is made good', async (point) => {
    let faults = 0
    start('one', { fault: (at) => {
      if (at === point && faults++ % 2 === 0 && faults < 12) throw new Error('fault')
    } })
    for (let i = 0; i < world.events.length; i += 10) {
      await append(world.events.slice(i, i + 10))
      await projected()
    }
    expect(faults).toBeGreaterThan(5)
    expect(await differences()).toEqual([])
  })

  test('a connection that the server ends is replaced', async () => {
    start('one')
    await append(world.events.slice(0, 20))
    await projected()
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like '%leases%' or query like 'listen%'`)
    await append(world.events.slice(20))
    await projected()
    expect(await differences()).toEqual([])
  })

  test('two share the buckets, and one takes over what the other leaves', async () => {
    start('one')
    await owners(['one'])
    start('two')
    await owners(['one', 'two'])
    await append(world.events)
    await projected()
    await projectors.shift()!.stop()
    await owners(['two'])
    await append(world.events)
    await projected()
    expect(await differences()).toEqual([])
  })

  test('one that was taken over writes nothing more, and begins again when it may', async () => {
    let taken = false
    start('one', { async fault(at) {
      if (at !== 'before-commit' || taken) return
      taken = true
      // As after a long pause of this process: the leases have expired and are somebody else's. Its own transaction holds
      // them still, so the thief waits for it: what is committed now is the last that it commits.
      thief = renew('thief')
    } })
    let thief: Promise<unknown> = Promise.resolve()
    async function renew(owner: string): Promise<void> {
      const other = await database.client()
      await other.query(`update journal.leases set lease_until = '-infinity'`)
      await renewLeases(other, owner, 700)
    }
    await append(world.events.slice(0, 30))
    await projected()
    await thief
    await append(world.events.slice(30))
    await projected()
    expect(await differences()).toEqual([])
  })

  test('goes on from new read models when a rebuild has put them in place', async () => {
    start('one')
    await append(world.events.slice(0, 40))
    await projected()
    const before = await meanings()
    const [builder, gate, reader] = [await database.client(), await database.client(), await database.client()]
    await rebuild({ ...options, builder, gate, reader })
    expect(await meanings()).toEqual(before)
    await append(world.events.slice(40))
    await projected()
    expect(await differences()).toEqual([])
    expect(await meanings()).toEqual(lineagesOf(world.events).map(meaning).sort())
  })

  function start(owner: string, more: Partial<ProjectorDeps> = {}): void {
    const pool = database.pool('projector')
    pool.on('connect', (connection) => void connection.query('set search_path = lineage'))
    const projector = createProjector({ ...options, pool, owner, ...more })
    projectors.push(projector)
    projector.start()
  }

  async function append(events: readonly object[]): Promise<void> {
    const entries = events.map((event): Entry => ({
      tenant: 'default', kind: 'cloudevent', producer: 'default', content: Buffer.from(JSON.stringify(event)), offset: offset++,
    }))
    await writer.commit(writer.prepare({ entries, expectOffset: offset - BigInt(entries.length), nextOffset: offset }))
  }

  /** Until the cursors stand at the ends of the logs and nothing is left to be derived again. */
  async function projected(): Promise<void> {
    await until(async () => {
      const { rows } = await client.query<{ behind: boolean }>(`
        select exists (select from stale) or exists (
          select from journal.logs l left join cursors c using (tenant, log_id) where l.size > coalesce(c.position, 0)) as behind`)
      return !rows[0]!.behind
    }, 'the projector to catch up')
  }

  async function owners(expected: string[]): Promise<void> {
    await until(async () => {
      const { rows } = await client.query<{ owner: string; buckets: number }>(
        'select owner, count(*)::int as buckets from journal.leases where lease_until > now() group by owner order by owner')
      return rows.map((row) => row.owner).join() === expected.join() && rows.every((row) => row.buckets === 64 / expected.length)
    }, `the leases to be shared by ${expected.join(' and ')}`)
  }

  async function until(done: () => Promise<boolean>, what: string): Promise<void> {
    for (const deadline = Date.now() + 20_000; !(await done());) {
      if (Date.now() > deadline) throw new Error(`waited 20 s for ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async function meanings(): Promise<string[]> {
    const page = await listActions(client, 'default', undefined, 1_000)
    return (await readActionsAt({ client, tenant: 'default' }, page)).map(meaning).sort()
  }

  async function differences(): Promise<unknown[]> {
    const [builder, gate] = [await database.client(), await database.client()]
    return (await verifyReadModels({ ...options, builder, gate })).differences
  }
})
