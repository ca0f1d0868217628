import { createTestDatabase } from '@onbehalf/testkit'
import { afterEach, describe, expect, test } from 'vitest'
import { migrate, missingMigrations, ourMigrations } from './migrate.ts'
import { createClient } from './pool.ts'

describe('migrate', () => {
  const databases: { drop(): Promise<void> }[] = []
  afterEach(async () => {
    for (const each of databases.splice(0)) await each.drop()
  })
  const fresh = async () => {
    const database = await createTestDatabase({ migrated: false })
    databases.push(database)
    return database
  }

  test('J20: twenty installs at once apply each migration once, and a second run none', async () => {
    const database = await fresh()
    const clients = await Promise.all(Array.from({ length: 20 }, () => database.client()))
    const applied = await Promise.all(clients.map((client) => migrate(client)))
    expect(applied.flat().sort()).toEqual(ourMigrations().map((each) => each.name))
    expect(await migrate(clients[0]!)).toEqual([])
    expect(await missingMigrations(clients[0]!)).toEqual([])
  })

  test('J20: two databases of one cluster are installed at once', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, async () => (await fresh()).client()))
    await Promise.all(clients.map((client) => migrate(client)))
  })

  test('J21: a database of a newer release is refused, and so is an edited migration', async () => {
    const database = await fresh()
    const client = await database.client()
    const all = ourMigrations()
    await migrate(client)
    await expect(migrate(client, all.slice(0, -1))).rejects.toMatchObject({ code: 'database_newer' })
    await expect(migrate(client, all.map((each) => ({ ...each, checksum: 'x' }))))
      .rejects.toMatchObject({ code: 'migration_changed' })
  })

  test('J20: a migration that fails leaves nothing of itself, and the next run goes on from there', async () => {
    const database = await fresh()
    const client = await database.client()
    const all = ourMigrations()
    const bad = { number: all.length + 1, name: 'bad.sql', sql: 'create table t (); select 1 / 0', checksum: 'c' }
    await expect(migrate(client, [...all, bad])).rejects.toMatchObject({ code: 'migration_failed' })
    expect((await client.query("select to_regclass('t') as t")).rows[0].t).toBeNull()
    expect(await migrate(client, [...all, { ...bad, sql: 'create table t ()' }])).toEqual(['bad.sql'])
  })

  test('J22: a login that may not create roles is told the SQL for an administrator', async () => {
    const database = await fresh()
    const admin = await database.client()
    const login = `weak_${Math.random().toString(36).slice(2, 8)}`
    await admin.query(`create role ${login} login password 'weak'`)
    await admin.query(`grant create on database "${new URL(database.url).pathname.slice(1)}" to ${login}`)
    const url = new URL(database.url)
    url.username = login
    url.password = 'weak'
    const weak = createClient({ url: url.href })
    await weak.connect()
    try {
      const failure = await migrate(weak).then(() => null, (error: Error & { code: string; details: { sql: string } }) => error)
      expect(failure).toMatchObject({ code: 'roles_missing' })
      // What the message says is what helps. Roles that exist already (other tests of this server) are left out.
      for (const statement of failure!.details.sql.split(';').map((each) => each.trim()).filter(Boolean)) {
        await admin.query(statement).catch((error) => expect(error.code).toBe('42710'))
      }
      await migrate(weak)
      await weak.query('set role onbehalf_writer')
    } finally {
      await weak.end()
      await admin.query(`drop owned by ${login}`)
      await admin.query(`drop role ${login}`)
    }
  })
})
