import { setTimeout as sleep } from 'node:timers/promises'
import { createAuthenticate, newApiKey, readApiKey } from '@onbehalf/runtime'
import { createCredential, createPool, followCredentials, followRegistrations, migrate, revokeCredential } from '@onbehalf/store'
import { startTestPostgres } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveJournal, type ServedJournal } from './testing/served-journal.ts'

let served: ServedJournal
const admin = { tenant: 'acme', role: 'admin' } as const

beforeAll(async () => {
  served = await serveJournal()
  await served.configure({ tenants: { acme: { producers: [{ id: 'pdp' }] }, other: {} } })
})
afterAll(() => served?.stop())

const make = async (body: object = { producer: 'pdp' }, asked: object = admin) => {
  const answer = await served.post('/v1/keys', body, asked)
  expect(answer.status, answer.text).toBe(201)
  return answer.body as { key: string; prefix: string } & Record<string, unknown>
}
const revoke = (prefix: string, asked: object = admin) => served.post(`/v1/keys/${prefix}/revoke`, undefined, asked)

describe('making a key', () => {
  test('tells it once: afterwards there is its prefix, and nothing from which it could be made again', async () => {
    const made = await make({ producer: 'pdp', name: 'the policy engine' })
    expect(made).toMatchObject({ tenant: 'acme', roles: ['producer'], producer: 'pdp', name: 'the policy engine', status: 'active', created_by: 'test', revoked_at: null, last_used_at: null })
    const { prefix, secret } = readApiKey(made.key)!
    expect(prefix).toBe(made.prefix)
    const days = (Date.parse(made['expires_at'] as string) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(89.9)
    expect(days).toBeLessThanOrEqual(90)
    const listed = await served.get('/v1/keys', admin)
    const { key: _key, ...shown } = made
    expect(listed.body.items).toContainEqual(shown)
    expect(listed.text).not.toContain(secret)
    const owner = await served.database.client()
    expect(JSON.stringify((await owner.query('select * from access.credentials')).rows)).not.toContain(secret)
  })

  test('is without end only when that is said', async () => {
    expect(await make({ producer: 'pdp', expires_at: null })).toMatchObject({ expires_at: null, status: 'active' })
    expect(await make({ producer: 'pdp', expires_at: '2099-01-01T01:00:00+01:00' })).toMatchObject({ expires_at: '2099-01-01T00:00:00.000000Z' })
  })

  test.each([
    [{}, 'body producer', 'must be given'],
    [{ producer: 'pdp', roles: ['producer', 'admin'] }, 'body roles', 'must be producer and nothing else'],
    [{ producer: 'pdp', roles: ['auditor'] }, 'body producer', 'goes with the role producer alone'],
    [{ roles: [] }, 'body roles', 'must be a list of roles'],
    [{ roles: ['root'] }, 'body roles/0', 'must be a list of roles'],
    [{ roles: 'admin' }, 'body roles', 'must be a list of roles'],
    [{ producer: 'PDP' }, 'body producer', 'must be the id of a producer'],
    [{ producer: "pdp' or true --" }, 'body producer', 'must be the id of a producer'],
    [{ producer: 'pdp', name: '' }, 'body name', 'must be 1 to 255'],
    [{ producer: 'pdp', name: 'a\u0000b' }, 'body name', 'must be 1 to 255'],
    [{ producer: 'pdp', name: 'a\nb' }, 'body name', 'must be 1 to 255'],
    [{ producer: 'pdp', name: 'x'.repeat(256) }, 'body name', 'must be 1 to 255'],
    [{ producer: 'pdp', name: '\ud800' }, 'body name', 'must be 1 to 255'],
    [{ producer: 'pdp', expires_at: 'soon' }, 'body expires_at', 'must be an RFC 3339 time'],
    [{ producer: 'pdp', expires_at: '2020-01-01T00:00:00Z' }, 'body expires_at', 'must be a time to come'],
    [{ producer: 'pdp', expires_at: 17 }, 'body expires_at', 'must be an RFC 3339 time'],
    [{ producer: 'pdp', tenant: 'other' }, 'body', 'tenant'],
    [[], 'body', ''],
  ])('%j is refused, and says where', async (body, where, rule) => {
    const before = (await served.get('/v1/keys?limit=200', admin)).body.items.length
    const { status, body: problem } = await served.post('/v1/keys', body, admin)
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request', detail: expect.stringContaining(where) })
    expect(problem.detail).toContain(rule)
    expect(status).toBe(400)
    expect((await served.get('/v1/keys?limit=200', admin)).body.items.length).toBe(before)
  })

  test('a producer that is not registered for the tenant gets none', async () => {
    expect((await served.post('/v1/keys', { producer: 'iam' }, admin)).body).toMatchObject({ status: 403, code: 'producer_unknown' })
    expect((await served.post('/v1/keys', { producer: 'pdp' }, { tenant: 'other', role: 'admin' })).body).toMatchObject({ code: 'producer_unknown' })
    expect(await make({ producer: 'default' }, { tenant: 'other', role: 'admin' })).toMatchObject({ tenant: 'other', producer: 'default' })
  })

  test('a name is a text, whatever it looks like', async () => {
    const name = `'); update access.credentials set roles = '{admin}'; -- ${'\u202e'} <script>`
    const { prefix } = await make({ producer: 'pdp', name })
    expect((await served.get('/v1/keys?limit=200', admin)).body.items.find((key: { prefix: string }) => key.prefix === prefix)).toMatchObject({ name, roles: ['producer'] })
  })

  test('admins alone make, list and revoke', async () => {
    const { prefix } = await make()
    for (const role of ['producer', 'responder', 'auditor'] as const) {
      const asked = { tenant: 'acme', role }
      expect((await served.post('/v1/keys', { producer: 'pdp' }, asked)).status).toBe(403)
      expect((await served.get('/v1/keys', asked)).status).toBe(403)
      expect((await revoke(prefix, asked)).status).toBe(403)
    }
    expect((await served.get('/v1/keys', { role: 'none' })).status).toBe(401)
  })

  test('the list has pages', async () => {
    const all = (await served.get('/v1/keys?limit=200', admin)).body.items.map(({ prefix }: { prefix: string }) => prefix)
    const paged: string[] = []
    for (let path: string | undefined = '/v1/keys?limit=2'; path !== undefined;) {
      const page = await served.get(path, admin)
      paged.push(...page.body.items.map(({ prefix }: { prefix: string }) => prefix))
      path = /<(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
    }
    expect(all.length).toBeGreaterThan(4)
    expect(paged).toEqual(all)
  })
})

describe('a key at the door', () => {
  test('an auditor\'s reads its tenant and nothing else, and makes no key', async () => {
    const { key } = await make({ roles: ['auditor'] })
    expect((await served.get('/v1/config', { key })).body.tenants).toEqual({ acme: expect.anything() })
    expect((await served.get('/v1/config', { key, headers: { 'onbehalf-tenant': 'other' } })).body).toMatchObject({ status: 403, code: 'forbidden' })
    expect((await served.post('/v1/keys', { producer: 'pdp' }, { key })).status).toBe(403)
  })

  test('an admin\'s administers its tenant, and is no credential of the instance', async () => {
    const { key, prefix } = await make({ roles: ['admin'], name: 'root of acme' })
    expect(Object.keys((await served.get('/v1/config', { key })).body.tenants)).toEqual(['acme'])
    const child = await make({ producer: 'pdp' }, { key })
    expect(child).toMatchObject({ tenant: 'acme', created_by: prefix })
    expect((await served.post('/v1/keys', { producer: 'default' }, { key, headers: { 'onbehalf-tenant': 'other' } })).body.code).toBe('forbidden')
    expect((await revoke(child.prefix, { key })).body).toMatchObject({ status: 'revoked', revoked_by: prefix })
  })

  test('another tenant\'s key is not there: neither listed nor revoked', async () => {
    const { prefix } = await make()
    const other = { tenant: 'other', role: 'admin' } as const
    expect((await served.get('/v1/keys?limit=200', other)).body.items.map((key: { prefix: string }) => key.prefix)).not.toContain(prefix)
    expect((await revoke(prefix, other)).body).toMatchObject({ status: 404, code: 'not_found' })
    expect((await revoke('obk_aaaaaaaa', other)).body.detail.replace('obk_aaaaaaaa', '')).toBe((await revoke(prefix, other)).body.detail.replace(prefix, ''))
  })

  test('one of role producer may not ask', async () => {
    const { key } = await make()
    for (const path of ['/v1/status', '/v1/keys', '/v1/config', '/v1/actions']) expect((await served.get(path, { key })).body).toMatchObject({ status: 403, code: 'forbidden' })
  })

  test('is refused from the moment that it is revoked, while it is in use, and says so to who has it', async () => {
    const { key, prefix } = await make({ roles: ['auditor'] })
    expect((await served.get('/v1/config', { key })).status).toBe(200)
    let revoked = false
    const statuses: [boolean, number][] = []
    const using = (async () => {
      for (let i = 0; i < 60; i++) {
        const before = revoked
        statuses.push([before, (await served.get('/v1/config', { key })).status])
      }
    })()
    await sleep(20)
    const answer = await revoke(prefix)
    revoked = true
    await using
    expect(answer.body).toMatchObject({ prefix, status: 'revoked' })
    expect(statuses.filter(([after, status]) => after && status !== 401)).toEqual([])
    expect((await served.get('/v1/config', { key })).body).toMatchObject({ status: 401, credential: 'revoked', detail: expect.stringContaining('was revoked at') })
    // When it was last used is written down later.
    expect((await revoke(prefix)).body).toEqual({ ...answer.body, last_used_at: expect.toBeOneOf([null, expect.any(String)]) })
  })

  test('expires by itself', async () => {
    const { key } = await make({ roles: ['auditor'], expires_at: new Date(Date.now() + 1_500).toISOString() })
    expect((await served.get('/v1/config', { key })).status).toBe(200)
    await expect.poll(async () => (await served.get('/v1/config', { key })).body, { timeout: 10_000 }).toMatchObject({ status: 401, credential: 'expired', detail: expect.stringContaining('has expired since') })
  })

  test('with a wrong secret is as unknown as one that was never made', async () => {
    const { prefix } = await make()
    const wrong = (await served.get('/v1/config', { key: `${prefix}_${'A'.repeat(43)}` })).body
    const never = (await served.get('/v1/config', { key: newApiKey().key })).body
    expect(wrong).toMatchObject({ status: 401, credential: 'unknown' })
    const shape = ({ detail, request_id: _id, ...rest }: any) => ({ ...rest, detail: detail.replace(/obk_[a-z2-7]{8}/, '') })
    expect(shape(wrong)).toEqual(shape(never))
  })

  test.each(['obk_aaaaaaaa_short', 'obk_', `obk_aaaaaaa'_${'A'.repeat(43)}`, 'x'.repeat(4_000)])('%s is no way in', async (key) => {
    expect((await served.get('/v1/config', { key })).status).toBe(401)
  })

  test('a prefix in a path is a prefix: no secret belongs there', async () => {
    const { key, prefix } = await make()
    for (const wrong of [key, `${prefix}x`, 'obk_', "obk_aaaaaaa'", '%20', `${prefix}%00`]) expect((await revoke(wrong)).body, wrong).toMatchObject({ status: 400, code: 'invalid_request' })
    expect((await revoke(prefix)).status).toBe(200)
  })

  test('that it was used is shown', async () => {
    const { key, prefix } = await make({ roles: ['auditor'] })
    await served.get('/v1/config', { key })
    await expect.poll(async () => (await served.get('/v1/keys?limit=200', admin)).body.items.find((each: { prefix: string }) => each.prefix === prefix).last_used_at, { timeout: 10_000 }).not.toBeNull()
  })
})

describe('a door whose database goes away', () => {
  test('known keys go on, others are 503 and never 401, and afterwards all is as it was', async () => {
    const postgres = await startTestPostgres()
    const pools: ReturnType<typeof createPool>[] = []
    const following: { stop(): Promise<void> }[] = []
    let restarting: Promise<void> = Promise.resolve()
    try {
      const owner = createPool({ url: postgres.url })
      const [writer, reader] = [createPool({ url: postgres.url, role: 'writer' }), createPool({ url: postgres.url, role: 'reader' })]
      pools.push(owner, writer, reader)
      const client = await owner.connect()
      await migrate(client)
      client.release()
      const registrations = followRegistrations({ pool: reader, pollMs: 100 })
      const credentials = followCredentials({ pool: reader, pollMs: 100 })
      following.push(registrations, credentials)
      await registrations.start()
      await credentials.start()
      const authenticate = createAuthenticate({ bootstrapToken: 'not-used-in-this-test', registrations, credentials })
      const enter = async (key: string) => authenticate({ authorization: `Bearer ${key}` })
      const store = async () => {
        const { key, prefix, digest } = newApiKey()
        await createCredential(writer, { tenant: 'default', prefix, digest, roles: ['producer'], producer: 'default', name: null, expiresAt: null, by: 'test' })
        return { key, prefix }
      }
      const [known, unseen] = [await store(), await store()]
      // What is heard of while it is being looked up is not kept: so it is heard of first.
      await credentials.refresh()
      await enter(known.key)

      let back = false
      restarting = postgres.restart('kill').then(() => void (back = true))
      // A key that is known comes in, and nobody who has a key is told that it is not valid.
      let refusals = 0
      while (!back) {
        expect(await enter(known.key)).toMatchObject({ tenant: 'default' })
        // Not yet the key that is there: the server may still be going down, and then it would be known.
        const refused = await enter(refusals === 0 ? newApiKey().key : unseen.key).then(() => null, (error: { code: string; status: number }) => error)
        if (refused?.code === 'database_unavailable') refusals++
        else if (refusals > 0) expect(refused).toBeNull()
        await sleep(5)
      }
      expect(refusals).toBeGreaterThan(0)
      await expect.poll(() => enter(unseen.key).then(() => 'in', () => 'out'), { timeout: 20_000 }).toBe('in')
      await revokeCredential(writer, { tenant: 'default', prefix: known.prefix, by: 'test' })
      await expect.poll(() => enter(known.key).then(() => 'in', (error: { details: { credential: string } }) => error.details.credential), { timeout: 5_000 }).toBe('revoked')
    } finally {
      await restarting
      for (const each of following) await each.stop()
      await Promise.all(pools.map((each) => each.end().catch(() => undefined)))
      await postgres.remove()
    }
  })
})
