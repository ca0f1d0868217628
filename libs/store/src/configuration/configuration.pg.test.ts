import { setTimeout as sleep } from 'node:timers/promises'
import { read, readConfigDocument, readTenantConfig, type ConfigDocument } from '@onbehalf/events'
import { createTestDatabase, type TestDatabase } from '@onbehalf/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readHeads, readSegments } from '../journal/read.ts'
import { verifyJournal } from '../journal/verify.ts'
import { sha256Hex } from '../lineage/facts.ts'
import { createPool } from '../pool.ts'
import { startCommitProxy, type CommitProxy } from '../testing/commit-proxy.ts'
import { changeConfiguration } from './change.ts'
import { followRegistrations, type FollowedRegistrations } from './follow.ts'
import { readConfiguration, readTenantConfiguration } from './read.ts'

let database: TestDatabase
let pool: ReturnType<TestDatabase['pool']>
let admin: Awaited<ReturnType<TestDatabase['client']>>

beforeAll(async () => {
  database = await createTestDatabase()
  pool = database.pool('writer')
  admin = await database.client()
})
afterAll(() => database?.drop())
beforeEach(async () => {
  await admin.query('truncate journal.configurations, journal.partitions, journal.tenants, journal.logs, journal.segments, ledger.tiles')
})

function documentOf(value: unknown): ConfigDocument {
  const read = readConfigDocument(value, { rules: [] })
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.document
}

const withProducer = (...ids: string[]) => documentOf({ tenants: { default: { producers: ids.map((id) => ({ id, legs: ['decision'] })) } } })

interface Said {
  index: number
  effective_from?: string
  config: unknown
  by?: unknown
}

/** What the tenant's own log says of its configuration, read as the fold reads it. */
async function entries(tenant = 'default'): Promise<Said[]> {
  const found: Said[] = []
  for (const segment of await readSegments(admin, tenant, 'own', 0)) {
    for (let i = 0; i < segment.count; i++) {
      const { index, content, producer } = segment.entry(i)
      const reading = read('own', content!, { tenant, producer, sha256: sha256Hex })
      if (!reading.ok) throw new Error(JSON.stringify(reading.rejection))
      for (const { type, data } of reading.statements) if (type === 'config.changed') found.push({ index, ...data } as Said)
    }
  }
  return found
}

/** The oracle: each row says what the last entry of its tenant says, and the journal is sound. */
async function expectAgreement(): Promise<void> {
  const { rows } = await admin.query('select tenant, config, own_index from journal.configurations')
  const told = await Promise.all((await readHeads(admin)).filter(({ logId }) => logId === 'own').map(async ({ tenant }) => [tenant, (await entries(tenant)).at(-1)] as const))
  expect(new Map(rows.map((row) => [row.tenant, { config: row.config, index: row.own_index }])))
    .toEqual(new Map(told.filter(([, last]) => last !== undefined).map(([tenant, last]) => [tenant, { config: readTenantConfig(last!.config), index: last!.index }])))
  for await (const problem of verifyJournal(admin)) expect(problem).toBeNull()
}

describe('a change of the configuration', () => {
  test('J23: writes an entry for each tenant that differs, and nothing where nothing does', async () => {
    expect(await readConfiguration(pool)).toMatchObject({ document: documentOf({}) })
    expect(await changeConfiguration(pool, { document: documentOf({}) })).toMatchObject({ outcome: 'done', tenants: [] })
    expect(await readHeads(admin)).toEqual([])

    const document = documentOf({ tenants: { default: { producers: [{ id: 'pdp', legs: ['decision'] }] }, acme: {} }, topics: { raw: { kind: 'cloudevents', tenant: 'acme' } } })
    const changed = await changeConfiguration(pool, { document, by: { iss: 'urn:x', sub: 'ben', kind: 'user' } })
    expect(changed).toMatchObject({ outcome: 'done', tenants: ['acme', 'default'], document })
    expect(await readConfiguration(pool)).toEqual({ document, etag: (changed as { etag: string }).etag })
    expect(await entries()).toMatchObject([{ config: { producers: [{ id: 'pdp' }], budgets: { skew_ms: 5_000 }, topics: {} }, by: { sub: 'ben' } }])
    expect((await entries())[0]).not.toHaveProperty('effective_from')
    expect(await entries('acme')).toMatchObject([{ config: { producers: [], topics: { raw: { kind: 'cloudevents', producer: 'default' } } } }])

    expect(await changeConfiguration(pool, { document })).toMatchObject({ outcome: 'done', tenants: [] })
    const later = { ...document, tenants: { ...document.tenants, default: { ...document.tenants['default']!, rules: { 'DEC-02': { on: false } } } } }
    expect(await changeConfiguration(pool, { document: later, effectiveFrom: '2026-01-01T00:00:00Z' })).toMatchObject({ tenants: ['default'] })
    expect((await entries())[1]).toMatchObject({ effective_from: '2026-01-01T00:00:00Z' })
    expect(await entries('acme')).toHaveLength(1)
    await expectAgreement()
  })

  test('J23: the same from another time on is said once, of the tenant that is named', async () => {
    const document = documentOf({ tenants: { default: { producers: [{ id: 'pdp' }] }, acme: {} } })
    await changeConfiguration(pool, { document })
    const earlier = { document, effectiveFrom: '2026-01-01T00:00:00Z', restates: 'default' }
    expect(await changeConfiguration(pool, { ...earlier, restates: 'nobody' })).toMatchObject({ tenants: [] })
    expect(await changeConfiguration(pool, earlier)).toMatchObject({ tenants: ['default'] })
    expect(await changeConfiguration(pool, earlier)).toMatchObject({ tenants: [] })
    expect(await entries()).toMatchObject([{}, { effective_from: '2026-01-01T00:00:00Z' }])
    await expectAgreement()
  })

  test('J23: a tenant that the document leaves out is removed, with an entry, and can come back', async () => {
    const acme = documentOf({ tenants: { acme: { producers: [{ id: 'iam' }] } } })
    await changeConfiguration(pool, { document: acme })
    expect(await changeConfiguration(pool, { document: documentOf({}) })).toMatchObject({ tenants: ['acme'], document: documentOf({}) })
    expect((await readConfiguration(pool)).document).toEqual(documentOf({}))
    expect((await entries('acme')).map(({ config }) => readTenantConfig(config).producers.length)).toEqual([1, 0])
    await expectAgreement()
    expect(await changeConfiguration(pool, { document: acme })).toMatchObject({ tenants: ['acme'], document: acme })
    await expectAgreement()
  })

  test('J23: made from an older state it is refused, unless it holds already', async () => {
    const { etag } = await readConfiguration(pool)
    const first = await changeConfiguration(pool, { document: withProducer('a'), ifMatch: etag })
    expect(await changeConfiguration(pool, { document: withProducer('b'), ifMatch: etag })).toMatchObject({ outcome: 'stale', document: withProducer('a'), etag: (first as { etag: string }).etag })
    expect(await changeConfiguration(pool, { document: withProducer('a'), ifMatch: etag })).toMatchObject({ outcome: 'done', tenants: [] })
    expect(await changeConfiguration(pool, { document: withProducer('c'), ifMatch: '*' })).toMatchObject({ outcome: 'done', tenants: ['default'] })
    expect(await entries()).toHaveLength(2)
  })

  test('J23: of many at once from one state, one is done, whatever tenants they are about', async () => {
    const { etag } = await readConfiguration(pool)
    const outcomes = await Promise.all(Array.from({ length: 12 }, async (_, i) =>
      changeConfiguration(pool, { document: documentOf({ tenants: { [`t${i}`]: {} } }), ifMatch: etag })))
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['done', ...Array.from({ length: 11 }, () => 'stale')])
    await expectAgreement()
  })

  test('J23: without a condition, many at once are done one after the other', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => changeConfiguration(pool, { document: withProducer(`p${i}`) })))
    expect(await entries()).toHaveLength(20)
    await expectAgreement()
  })

  test('J24: who belongs to a tenant changes its part alone, and no topic', async () => {
    const document = documentOf({ tenants: { acme: {}, other: { producers: [{ id: 'x' }] } }, topics: { raw: { kind: 'cloudevents', tenant: 'acme' } } })
    await changeConfiguration(pool, { document })
    const part = documentOf({ tenants: { acme: { producers: [{ id: 'iam' }] } }, topics: { raw: { kind: 'cloudevents', tenant: 'acme' } } })
    const changed = await changeConfiguration(pool, { document: part, tenant: 'acme' })
    expect(changed).toMatchObject({ outcome: 'done', tenants: ['acme'] })
    expect(changed).toHaveProperty('document.tenants', { acme: part.tenants['acme'] })
    expect((await readConfiguration(pool)).document).toEqual({ ...document, tenants: { ...document.tenants, acme: part.tenants['acme'] } })
    for (const topics of [{}, { raw: { kind: 'opa', tenant: 'acme' } }, { raw: { kind: 'cloudevents', tenant: 'acme' }, more: { kind: 'opa', tenant: 'acme' } }]) {
      expect(await changeConfiguration(pool, { document: documentOf({ tenants: { acme: {} }, topics }), tenant: 'acme' }))
        .toEqual({ outcome: 'not_yours', path: expect.stringMatching(/^\/topics\/(raw|more)$/) })
    }
  })

  for (const role of ['reader', 'projector', 'eraser', 'notary'] as const) {
    test(`J24: the ${role} changes nothing of the configuration, and nobody deletes it`, async () => {
      await changeConfiguration(pool, { document: documentOf({ tenants: { acme: {}, other: {} } }) })
      const client = await database.client(role)
      for (const sql of ['update journal.configurations set removed = true', "insert into journal.configurations values ('x', 9, '{}', false, null, 0)", 'delete from journal.configurations']) {
        await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' })
      }
      await expect(pool.query('delete from journal.configurations')).rejects.toMatchObject({ code: '42501' })
    })
  }

  test('J24: a reader sees the configuration of its own tenant, and which tenants and producers there are', async () => {
    await changeConfiguration(pool, { document: documentOf({ tenants: { acme: { producers: [{ id: 'iam' }] }, other: { budgets: { skew_ms: 7 } } } }) })
    const reader = await database.client('reader')
    expect((await reader.query('select tenant from journal.configurations')).rows).toEqual([])
    await reader.query("select set_config('onbehalf.tenant', 'acme', false)")
    expect((await reader.query('select tenant from journal.configurations')).rows).toEqual([{ tenant: 'acme' }])
    expect((await readTenantConfiguration(reader, 'acme')).document).toMatchObject({ tenants: { acme: { producers: [{ id: 'iam' }] } }, topics: {} })
    expect((await readTenantConfiguration(reader, 'other')).document.tenants['other']!.budgets.skew_ms).toBe(5_000)
    expect((await reader.query('select tenant from journal.registrations() order by tenant')).rows).toEqual([{ tenant: 'acme' }, { tenant: 'other' }])
    const projector = await database.client('projector')
    await expect(projector.query('select journal.registrations()')).rejects.toMatchObject({ code: '42501' })
  })
})

describe('a change of the configuration whose commit fails', () => {
  let proxy: CommitProxy
  let behind: ReturnType<typeof createPool>
  beforeAll(async () => {
    proxy = await startCommitProxy(database.url)
    behind = createPool({ url: proxy.url, role: 'writer' })
  })
  afterAll(async () => {
    await behind?.end()
    await proxy?.close()
  })

  for (const [when, persisted] of [['before', false], ['after', true]] as const) {
    test(`J25: ${persisted ? 'but is persisted' : 'and is not persisted'} leaves entry and row, or neither; said again, it is there once`, async () => {
      const { etag } = await readConfiguration(behind)
      const change = { document: documentOf({ tenants: { default: { producers: [{ id: 'pdp' }] }, acme: {} } }), ifMatch: etag }
      proxy.breakNextCommit(when)
      await expect(changeConfiguration(behind, change)).rejects.toThrow()
      await expectAgreement()
      expect((await readConfiguration(pool)).document).toEqual(persisted ? change.document : documentOf({}))
      // The same request again, as a client sends it that was told nothing.
      expect(await changeConfiguration(behind, change)).toMatchObject({ outcome: 'done', document: change.document, tenants: persisted ? [] : ['acme', 'default'] })
      expect([await entries(), await entries('acme')].map((each) => each.length)).toEqual([1, 1])
      await expectAgreement()
    })
  }

  test('J25: faults at random leave rows and entries in agreement, each change once', async () => {
    for (let i = 0; i < 30; i++) {
      const change = { document: withProducer(`p${i}`) }
      if (i % 3 === 1) proxy.breakNextCommit(i % 2 === 0 ? 'before' : 'after')
      await changeConfiguration(behind, change).catch(() => changeConfiguration(behind, change))
    }
    expect(await entries()).toHaveLength(30)
    await expectAgreement()
  })
})

describe('registrations', () => {
  let followed: FollowedRegistrations[] = []
  afterEach(async () => {
    for (const each of followed.splice(0)) await each.stop()
  })
  const follow = async (role: 'writer' | 'reader', pollMs: number) => {
    const registrations = followRegistrations({ pool: database.pool(role, 3), pollMs })
    followed.push(registrations)
    await registrations.start()
    return registrations
  }
  const within = async (ms: number, what: () => boolean) => {
    for (const until = Date.now() + ms; !what() && Date.now() < until;) await sleep(5)
    expect(what()).toBe(true)
  }

  test('J26: with nothing configured there is tenant default with producer default, for every source', async () => {
    const registrations = await follow('reader', 60_000)
    expect([registrations.hasTenant('default'), registrations.hasTenant('acme'), registrations.hasProducer('default', 'default'), registrations.hasProducer('default', 'pdp')])
      .toEqual([true, false, true, false])
    expect(registrations.maySpeakFor('default', 'default', 'urn:anything')).toBe(true)
    expect(registrations.topics().size).toBe(0)
  })

  test('J26: what was committed before a refresh is known after it; others hear of it, or ask', async () => {
    const [asked, hearing, polling] = [await follow('writer', 60_000), await follow('reader', 60_000), await follow('reader', 50)]
    let told = 0
    hearing.onChange(() => told++)
    await changeConfiguration(pool, { document: documentOf({
      tenants: { acme: { producers: [{ id: 'pdp', sources: ['urn:pdp:*', 'urn:one'] }] } }, topics: { raw: { kind: 'opa', tenant: 'acme', producer: 'pdp' } },
    }) })
    // It may have been heard of already.
    await asked.refresh()
    expect(await asked.refresh()).toBe(false)
    expect(asked.hasTenant('acme') && asked.hasProducer('acme', 'pdp') && asked.hasProducer('acme', 'default')).toBe(true)
    expect(['urn:pdp:1', 'urn:one', 'urn:one:more', 'urn:other'].map((source) => asked.maySpeakFor('acme', 'pdp', source))).toEqual([true, true, false, false])
    expect([...asked.topics()]).toEqual([['raw', { kind: 'opa', tenant: 'acme', producer: 'pdp' }]])
    await within(1_000, () => hearing.hasTenant('acme') && told === 1)
    // One that has lost its connection goes on by asking.
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = 'listen onbehalf_configuration'")
    await changeConfiguration(pool, { document: documentOf({}) })
    await within(2_000, () => !polling.hasTenant('acme'))
    await changeConfiguration(pool, { document: documentOf({ tenants: { acme: {} } }) })
    await within(2_000, () => polling.hasTenant('acme') && !polling.hasProducer('acme', 'pdp'))
  })
})
