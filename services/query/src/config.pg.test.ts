import { createBootstrapAuthenticate, createHealth, createMetrics, OnbehalfError, silentLogger, type Identity, type Role } from '@onbehalf/runtime'
import { ensureReadModels, followRegistrations, keepConfiguration, type FollowedRegistrations } from '@onbehalf/store'
import { createTestDatabase, type TestDatabase } from '@onbehalf/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createQueryApi } from './query-api.ts'

let database: TestDatabase
let registrations: FollowedRegistrations
let url: string
let stop: () => Promise<unknown>
let file: string | null = null

beforeAll(async () => {
  database = await createTestDatabase()
  await ensureReadModels(await database.client())
  const writers = database.pool('writer')
  // It follows only what it is told to: what is bound at once is bound by the request.
  registrations = followRegistrations({ pool: database.pool('reader', 2), pollMs: 600_000 })
  await registrations.refresh()
  const configuration = keepConfiguration({ pool: () => writers, file: null, registrations: () => registrations })
  const app = await createQueryApi({
    pool: database.pool('reader'), logger: silentLogger(), metrics: createMetrics(), health: createHealth(), version: '0.0.0-test', host: '127.0.0.1',
    authenticate: (headers) => (headers.authorization === `Bearer ${bootstrap}` ? byToken(headers) : identityOf(headers.authorization)),
    configuration: { ...configuration, get file() { return file } },
  })
  const byToken = createBootstrapAuthenticate(bootstrap, registrations)
  url = await app.listen({ host: '127.0.0.1', port: 0 })
  stop = () => app.close()
})
afterAll(async () => {
  await stop?.()
  await registrations?.stop()
  await database?.drop()
})
beforeEach(async () => {
  file = null
  const admin = await database.client()
  await admin.query('truncate journal.configurations, journal.tenants, journal.logs, journal.segments, ledger.tiles')
  await admin.end()
  await registrations.refresh()
})

const bootstrap = 'the-bootstrap-token'

/** `Bearer <tenant>~<role>`: what an API key will stand for. */
function identityOf(authorization: string | undefined): Identity {
  const [, tenant, role] = /^Bearer (.+)~(.+)$/.exec(authorization ?? '') ?? []
  if (tenant === undefined) throw new OnbehalfError('unauthenticated', 'no credential')
  return { tenant, producer: 'default', roles: [role as Role], credential: `key-of-${tenant}`, instance: false }
}

interface Ask {
  as?: string
  body?: unknown
  headers?: Record<string, string>
  path?: string
}

async function ask(method: 'GET' | 'PUT', { as = bootstrap, body, headers = {}, path = '/v1/config' }: Ask = {}) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${as}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, etag: response.headers.get('etag'), body: (text === '' ? undefined : JSON.parse(text)) as any }
}

const get = (asked?: Ask) => ask('GET', asked)
async function put(body: unknown, asked: Ask = {}) {
  const ifMatch = asked.headers?.['if-match'] ?? (await get(asked.as === undefined ? {} : { as: asked.as })).etag ?? '*'
  return ask('PUT', { ...asked, body, headers: { ...asked.headers, 'if-match': ifMatch } })
}

const pdp = { id: 'pdp', sources: ['urn:pdp:*'], legs: ['decision'] }

describe('the configuration over HTTP', () => {
  test('is the document of the design with every default, and what GET tells PUT takes', async () => {
    const before = await get()
    expect(before.status).toBe(200)
    expect(before.body).toMatchObject({ tenants: { default: { producers: [], budgets: { skew_ms: 5_000, execution_due_ms: null }, rules: {} } }, topics: {} })
    const changed = await put({ tenants: { default: { producers: [pdp] }, acme: {} }, topics: { raw: { kind: 'opa', tenant: 'acme' } } })
    expect(changed).toMatchObject({ status: 200, body: { tenants: { default: { producers: [{ ...pdp, agents: ['*'], delay_ms: 10_000 }] } }, topics: { raw: { kind: 'opa', tenant: 'acme', producer: 'default' } } } })
    const after = await get()
    expect(after).toEqual({ ...changed })
    expect(after.etag).not.toBe(before.etag)
    expect(await put(after.body)).toEqual(after)
    expect((await get({ headers: { 'if-none-match': after.etag! } })).status).toBe(304)
    expect((await get({ headers: { 'if-none-match': before.etag! } })).status).toBe(200)
  })

  test('binds at the doors before it answers', async () => {
    const speak = (producer: string) => get({ headers: { 'onbehalf-producer': producer } })
    expect((await speak('pdp')).body.code).toBe('producer_unknown')
    await put({ tenants: { default: { producers: [pdp] } } })
    expect((await speak('pdp')).status).toBe(200)
    expect((await get({ headers: { 'onbehalf-tenant': 'acme' } })).body.code).toBe('tenant_unknown')
    await put({ tenants: { acme: {} } })
    expect((await get({ headers: { 'onbehalf-tenant': 'acme' } })).status).toBe(200)
    expect((await speak('pdp')).body.code).toBe('producer_unknown')
  })

  test('is changed from a known state: 428 without one, 412 from an older one, and nothing is lost of two at once', async () => {
    const { etag } = await get()
    expect((await ask('PUT', { body: {} })).body).toMatchObject({ status: 428, code: 'precondition_required' })
    const both = await Promise.all(['a', 'b'].map((id) => put({ tenants: { default: { producers: [{ id }] } } }, { headers: { 'if-match': etag! } })))
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412])
    expect(both.find(({ status }) => status === 412)!.body).toMatchObject({ code: 'precondition_failed', etag: (await get()).etag })
  })

  test('what breaks a rule is 422 with pointer, rule, value and a page, and changes nothing', async () => {
    const before = await get()
    const { status, body } = await put({ tenants: { default: { producers: [{ ...pdp, leg: 1 }], budgets: { depth_max: 0 }, rules: { 'DEC-99': {} } } } })
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'config_document_invalid', errors: [
      { path: '/tenants/default/producers/0/leg', rule: 'is not known here; did you mean legs?', value: 1, docs: '/docs/configuration#producers' },
      { path: '/tenants/default/budgets/depth_max', rule: 'must be a whole number from 1 to 64', value: 0, docs: '/docs/configuration#budgets' },
    ] })
    expect((await put({ tenants: { default: { rules: { 'DEC-99': {} } } } })).body.detail).toMatch(/^\/tenants\/default\/rules\/DEC-99 is not a rule; did you mean DEC-0\d\?$/)
    for (const wrong of ['[]', 'null', '"x"']) expect((await put(wrong)).body).toMatchObject({ status: 422, code: 'config_document_invalid' })
    expect((await put('{')).status).toBe(400)
    expect((await put({}, { path: '/v1/config?effective=1' })).body.code).toBe('invalid_request')
    expect((await put({}, { path: '/v1/config?effective_from=yesterday' })).body.code).toBe('invalid_request')
    expect(await get()).toEqual(before)
  })

  test('effective_from and who it was are in the entry', async () => {
    expect((await put({ tenants: { default: { producers: [pdp] } } }, { path: '/v1/config?effective_from=2026-01-01T02:00:00%2B02:00' })).status).toBe(200)
    const client = await database.client()
    const { rows } = await client.query("select content from journal.segments where log_id = 'own' order by first_index desc limit 1")
    expect(String(rows[0].content)).toContain('"effective_from":"2026-01-01T00:00:00Z"')
    expect(String(rows[0].content)).toContain('"by":{"iss":"urn:onbehalf:credential","sub":"bootstrap","kind":"unknown"}')
  })

  test('is shown to every reader of the tenant, and changed by an admin alone', async () => {
    for (const role of ['responder', 'auditor', 'admin']) expect((await get({ as: `default~${role}` })).status).toBe(200)
    expect((await get({ as: 'default~producer' })).status).toBe(403)
    expect((await get({ as: 'nobody' })).status).toBe(401)
    for (const role of ['responder', 'auditor', 'producer']) expect((await put({}, { as: `default~${role}`, headers: { 'if-match': '*' } })).status).toBe(403)
  })

  test('a credential of one tenant sees and changes that tenant\'s part, and no topic', async () => {
    await put({ tenants: { acme: { producers: [pdp] }, other: { producers: [{ id: 'secret-pdp' }] } }, topics: { raw: { kind: 'opa', tenant: 'acme' }, theirs: { kind: 'opa', tenant: 'other' } } })
    const seen = await get({ as: 'acme~auditor' })
    expect([Object.keys(seen.body.tenants), Object.keys(seen.body.topics)]).toEqual([['acme'], ['raw']])
    expect(JSON.stringify(seen.body)).not.toContain('secret')

    seen.body.tenants.acme.producers = []
    const changed = await put(seen.body, { as: 'acme~admin' })
    expect(changed).toMatchObject({ status: 200, body: seen.body })
    expect(await get({ as: 'acme~admin' })).toEqual(changed)
    expect((await get()).body.tenants).toMatchObject({ acme: { producers: [] }, other: { producers: [{ id: 'secret-pdp' }] }, default: { producers: [] } })

    const refusal = async (body: unknown) => (await put(body, { as: 'acme~admin' })).body
    expect(await refusal({ tenants: { acme: {}, other: {} }, topics: seen.body.topics })).toMatchObject({ status: 403, detail: expect.stringContaining('/tenants/other is not') })
    expect(await refusal({ tenants: { acme: {} } })).toMatchObject({ status: 403, detail: expect.stringContaining('/topics/raw is not') })
    expect(await refusal({ tenants: { acme: {} }, topics: { ...seen.body.topics, theirs: { kind: 'opa', tenant: 'acme' } } })).toMatchObject({ status: 403, detail: expect.stringContaining('/topics/theirs is not') })
    expect((await get({ as: 'nobody-configured~auditor' })).body.tenants).toMatchObject({ 'nobody-configured': { producers: [] } })
  })

  test('while it comes from a file, a change is 409 and names the file', async () => {
    file = 'ours.yaml'
    expect((await put({})).body).toMatchObject({ status: 409, code: 'config_file_set', detail: expect.stringContaining('ours.yaml') })
    expect((await get()).status).toBe(200)
  })
})
