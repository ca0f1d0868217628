import crypto from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTestDatabase, type TestDatabase } from '@onbehalf/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { migrate, ourMigrations } from '../migrate.ts'
import { createPool } from '../pool.ts'
import { createCredential, revokeCredential, type NewCredential } from './change.ts'
import { followCredentials, type FollowedCredentials } from './follow.ts'
import { keepCredentials } from './keeper.ts'
import { listCredentials } from './list.ts'

let database: TestDatabase
let pool: ReturnType<typeof createPool>

beforeAll(async () => {
  database = await createTestDatabase()
  pool = database.pool('writer')
})
afterAll(() => database?.drop())

const letters = 'abcdefghijklmnopqrstuvwxyz234567'
const newPrefix = () => `obk_${Array.from(crypto.randomBytes(8), (byte) => letters[byte & 31]).join('')}`

const wanted = (fields: Partial<NewCredential> = {}): NewCredential => ({
  tenant: 'acme', prefix: newPrefix(), digest: crypto.randomBytes(32), roles: ['producer'], producer: 'pdp', name: null, expiresAt: null, by: 'bootstrap', ...fields,
})
const create = (fields: Partial<NewCredential> = {}) => createCredential(pool, wanted(fields)).then((made) => made!)

/** A reader of one tenant, as the API reads. */
async function readerOf(tenant: string) {
  const client = await database.client('reader')
  await client.query("select set_config('onbehalf.tenant', $1, false)", [tenant])
  return client
}

describe('keys', () => {
  test('J40: is kept as it was made, without its secret, and listed for its tenant, the newest first', async () => {
    const first = await create({ tenant: 'listed', name: 'first', expiresAt: '2099-01-01T00:00:00Z' })
    const second = await create({ tenant: 'listed', roles: ['auditor', 'responder'], producer: null, by: first.prefix })
    expect(first).toMatchObject({ roles: ['producer'], producer: 'pdp', name: 'first', created_by: 'bootstrap', expires_at: '2099-01-01T00:00:00.000000Z', revoked_at: null, last_used_at: null })
    const reader = await readerOf('listed')
    expect(await listCredentials(reader, 'listed', 10, 0)).toEqual([second, first])
    expect(await listCredentials(reader, 'listed', 10, 1)).toEqual([first])
    expect(Object.keys(first)).not.toContain('digest')
  })

  test('J40: a prefix that is taken, by whomever, is not given again', async () => {
    const made = await create()
    expect(await createCredential(pool, wanted({ prefix: made.prefix, tenant: 'other' }))).toBeNull()
    const reader = await readerOf('acme')
    expect((await reader.query('select tenant from access.credentials where prefix = $1', [made.prefix])).rows).toEqual([{ tenant: 'acme' }])
  })

  test('J40: a key that fits no role is refused by the table itself', async () => {
    const wrong: Partial<NewCredential>[] = [
      { producer: null }, { roles: ['auditor'] }, { roles: ['producer', 'admin'] }, { roles: [], producer: null }, { roles: ['root'], producer: null }, { digest: Buffer.alloc(31) },
      { tenant: 'No Tenant' }, { prefix: 'obk_short' }, { prefix: 'OBK_aaaaaaaa' }, { name: '' }, { name: 'x'.repeat(256) },
    ]
    for (const fields of wrong) await expect(createCredential(pool, wanted(fields)), JSON.stringify(fields)).rejects.toMatchObject({ code: '23514' })
  })

  test('J40: a name is a text, whatever it looks like', async () => {
    const name = `'); drop table access.credentials; -- $1 \\ " ${'ü'.repeat(10)} \u{1f511}`
    const made = await create({ name, by: "bootstrap'--" })
    expect(made).toMatchObject({ name, created_by: "bootstrap'--" })
    const reader = await readerOf('acme')
    expect((await listCredentials(reader, 'acme', 1_000, 0)).find(({ prefix }) => prefix === made.prefix)).toEqual(made)
  })

  test('J40: is revoked once, by its own tenant alone', async () => {
    const { prefix } = await create()
    expect(await revokeCredential(pool, { tenant: 'other', prefix, by: 'x' })).toBeNull()
    const revoked = await revokeCredential(pool, { tenant: 'acme', prefix, by: 'bootstrap' })
    expect(revoked).toMatchObject({ revoked_by: 'bootstrap', revoked_at: expect.stringMatching(/^20\d\d-/) })
    expect(await revokeCredential(pool, { tenant: 'acme', prefix, by: 'somebody' })).toEqual(revoked)
    expect(await revokeCredential(pool, { tenant: 'acme', prefix: newPrefix(), by: 'x' })).toBeNull()
  })

  test('J40: of many at once none is lost, and versions have no holes', async () => {
    const before = Number((await pool.query('select access.credential_version() as version')).rows[0].version)
    const all = await Promise.all(Array.from({ length: 20 }, () => create()))
    await Promise.all(all.map(({ prefix }) => revokeCredential(pool, { tenant: 'acme', prefix, by: 'x' })))
    const { rows } = await pool.query('select version from access.credentials where version > $1 order by version', [before])
    expect(rows.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, i) => before + 21 + i))
  })
})

describe('who may do what', () => {
  const denied = { code: '42501' }
  const row = "('acme', 'obk_aaaaaaab', decode(repeat('00', 32), 'hex'), '{admin}', null, null, now(), 'me', null, null, null, null, 99999)"

  for (const role of ['writer', 'projector', 'reader', 'eraser', 'notary'] as const) {
    test(`J41: the ${role} deletes no key and changes no right`, async () => {
      const client = await database.client(role)
      for (const sql of ['delete from access.credentials', 'truncate access.credentials']) await expect(client.query(sql)).rejects.toMatchObject(denied)
      for (const column of ['tenant', 'prefix', 'digest', 'roles', 'producer', 'expires_at', 'created_by', 'last_used_at']) {
        await expect(client.query(`update access.credentials set ${column} = ${column}`)).rejects.toMatchObject(denied)
      }
    })
    if (role === 'writer') continue
    test(`J41: the ${role} makes no key, revokes none and sees no digest`, async () => {
      const client = await database.client(role)
      for (const sql of [`insert into access.credentials values ${row}`, 'update access.credentials set revoked_at = null', 'select digest from access.credentials', 'table access.credentials']) {
        await expect(client.query(sql), sql).rejects.toMatchObject(denied)
      }
    })
  }

  for (const role of ['projector', 'eraser', 'notary'] as const) {
    test(`J41: the ${role} cannot ask about keys at all`, async () => {
      const client = await database.client(role)
      for (const sql of ["select access.credential('obk_aaaaaaaa')", 'select access.credential_changes(0)', 'select access.credential_version()', 'select access.credentials_used(array[]::text[], array[]::timestamptz[])', 'select prefix from access.credentials']) {
        await expect(client.query(sql), sql).rejects.toMatchObject(denied)
      }
    })
  }

  test('J41: a reader lists the keys of its own tenant, and none without one', async () => {
    await create({ tenant: 'mine' })
    await create({ tenant: 'theirs' })
    const none = await database.client('reader')
    expect((await none.query('select tenant from access.credentials')).rows).toEqual([])
    const reader = await readerOf('mine')
    expect((await reader.query('select distinct tenant from access.credentials')).rows).toEqual([{ tenant: 'mine' }])
    expect(await listCredentials(reader, 'theirs', 10, 0)).toEqual([])
  })
})

describe('doors', () => {
  let followed: FollowedCredentials[] = []
  afterEach(async () => {
    for (const each of followed.splice(0)) await each.stop()
  })
  /** What it was told, one prefix after the other; '*' for any. */
  const follow = async (role: 'writer' | 'reader', pollMs: number) => {
    const credentials = followCredentials({ pool: database.pool(role, 3), pollMs })
    const told: string[] = []
    credentials.onChange((prefixes) => told.push(...(prefixes ?? ['*'])))
    followed.push(credentials)
    await credentials.start()
    told.length = 0
    return { credentials, told }
  }
  const within = async (ms: number, what: () => boolean) => {
    for (const until = Date.now() + ms; !what() && Date.now() < until;) await sleep(5)
    expect(what()).toBe(true)
  }

  test('J42: finds whose a key is, for every tenant; nobody\'s is null', async () => {
    const { credentials } = await follow('reader', 60_000)
    const wants = wanted({ expiresAt: '2099-01-01T00:00:00.5Z' })
    await createCredential(pool, wants)
    expect(await credentials.find(wants.prefix)).toEqual({ tenant: 'acme', roles: ['producer'], producer: 'pdp', digest: wants.digest, expiresAtMs: Date.parse('2099-01-01T00:00:00.500Z'), revokedAtMs: null })
    await revokeCredential(pool, { tenant: 'acme', prefix: wants.prefix, by: 'x' })
    expect((await credentials.find(wants.prefix))!.revokedAtMs).toBeGreaterThan(Date.now() - 60_000)
    for (const prefix of [newPrefix(), '', "' or true --", 'x'.repeat(10_000)]) expect(await credentials.find(prefix)).toBeNull()
  })

  test('J42: a change is heard of at once, or asked for within the polling time, and none is missed', async () => {
    const [hearing, polling] = [await follow('reader', 60_000), await follow('writer', 50)]
    const made = await Promise.all(Array.from({ length: 10 }, () => create()))
    const all = made.map(({ prefix }) => prefix).toSorted()
    await within(2_000, () => hearing.told.toSorted().join() === all.join() && polling.told.toSorted().join() === all.join())
    // One that has lost its connection goes on by asking.
    const admin = await database.client()
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = 'listen onbehalf_credentials'")
    await revokeCredential(pool, { tenant: 'acme', prefix: all[0]!, by: 'x' })
    await within(3_000, () => polling.told.filter((prefix) => prefix === all[0]).length === 2)
    expect(performance.now() - polling.credentials.inStepMs()).toBeLessThan(3_000)
  })

  test('J42: what the keeper revokes is known to its own doors before it answers', async () => {
    const { credentials, told } = await follow('writer', 60_000)
    const keeper = keepCredentials({ pool: () => pool, credentials: () => credentials })
    const made = (await keeper.create(wanted()))!
    expect(told).toContain(made.prefix)
    told.length = 0
    await keeper.revoke({ tenant: 'acme', prefix: made.prefix, by: 'x' })
    expect(told).toContain(made.prefix)
  })

  test('J42: a database that was restored to an earlier time tells every key anew', async () => {
    const { credentials, told } = await follow('writer', 60_000)
    await create()
    await credentials.refresh()
    told.length = 0
    const admin = await database.client()
    await admin.query('delete from access.credentials where version = access.credential_version()')
    await credentials.refresh()
    expect(told).toEqual(['*'])
    const { prefix } = await create()
    await credentials.refresh()
    expect(told).toEqual(['*', prefix])
  })

  test('J43: use is written down later, once a minute at most, and makes nobody ask again', async () => {
    const { prefix } = await create()
    const { credentials, told } = await follow('reader', 50)
    const usedAt = async () => (await pool.query('select last_used_at from access.credentials where prefix = $1', [prefix])).rows[0].last_used_at as string | null
    for (let i = 0; i < 1_000; i++) credentials.used(prefix)
    expect(await usedAt()).toBeNull()
    await expect.poll(usedAt, { timeout: 5_000 }).not.toBeNull()
    const first = await usedAt()
    const again = await follow('reader', 50)
    again.credentials.used(prefix)
    credentials.used(prefix)
    await sleep(300)
    expect(await usedAt()).toBe(first)
    const admin = await database.client()
    await admin.query("update access.credentials set last_used_at = last_used_at - interval '2 minutes' where prefix = $1", [prefix])
    const third = await follow('reader', 60_000)
    third.credentials.used(prefix)
    await third.credentials.stop()
    expect(Date.parse((await usedAt())!)).toBeGreaterThan(Date.parse(first!) - 60_000)
    expect(told).toEqual([])
  })

  test('J42: without the database asking fails, and says so', async () => {
    const away = createPool({ url: 'postgres://nobody@127.0.0.1:1/nowhere', role: 'reader' })
    const failures: unknown[] = []
    const credentials = followCredentials({ pool: away, pollMs: 20, onError: (error) => failures.push(error) })
    await expect(credentials.find(newPrefix())).rejects.toThrow('ECONNREFUSED')
    await expect(credentials.start()).rejects.toThrow('ECONNREFUSED')
    expect(credentials.inStepMs()).toBe(-Infinity)
    await credentials.stop()
    await away.end()
  })
})

test('J40: a database of the release before is brought up to keys, and keeps what it had', async () => {
  const older = await createTestDatabase({ migrated: false })
  try {
    const client = await older.client()
    const all = ourMigrations()
    const before = all.filter(({ name }) => name < '0006')
    expect(before).toHaveLength(5)
    await migrate(client, before)
    await client.query("insert into journal.configurations values ('acme', 1, '{}', false, null, 0)")
    expect(await migrate(client, all)).toContain('0006-credentials.sql')
    expect((await client.query('select tenant from journal.configurations')).rows).toEqual([{ tenant: 'acme' }])
    expect(await createCredential(older.pool('writer'), wanted())).toMatchObject({ tenant: 'acme' })
  } finally {
    await older.drop()
  }
})
