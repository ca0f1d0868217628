import type { IncomingHttpHeaders } from 'node:http'
import { expect, test } from 'vitest'
import { newApiKey } from './api-key.ts'
import type { Credential } from './credential-cache.ts'
import { createAuthenticate, type Identity, type Role } from './identity.ts'

const bootstrapToken = 'the-bootstrap-token-of-this-test'
const nowMs = Date.parse('2026-11-24T09:00:00Z')
const registrations = {
  hasTenant: (tenant: string) => ['default', 'acme'].includes(tenant),
  hasProducer: (tenant: string, producer: string) => ['default/default', 'acme/default', 'acme/pdp', 'acme/iam'].includes(`${tenant}/${producer}`),
}

/** A door, and keys that are stored. */
function door() {
  const stored = new Map<string, Credential>()
  const used: string[] = []
  const authenticate = createAuthenticate({
    bootstrapToken, registrations, nowMs: () => nowMs,
    credentials: { find: async (prefix) => stored.get(prefix) ?? null, onChange: () => undefined, inStepMs: () => performance.now(), used: (prefix) => used.push(prefix) },
  })
  const make = (fields: Partial<Credential> = {}): { key: string; prefix: string } => {
    const { key, prefix, digest } = newApiKey()
    stored.set(prefix, { tenant: 'acme', roles: ['producer'], producer: 'pdp', digest, expiresAtMs: null, revokedAtMs: null, ...fields })
    return { key, prefix }
  }
  const enter = async (token: string, headers: IncomingHttpHeaders = {}): Promise<Identity> => authenticate({ authorization: `Bearer ${token}`, ...headers })
  return { make, enter, used }
}

test('a key of role producer is its producer of its tenant, and is written down as used', async () => {
  const { make, enter, used } = door()
  const { key, prefix } = make()
  expect(await enter(key)).toEqual({ tenant: 'acme', producer: 'pdp', roles: ['producer'], credential: prefix, instance: false })
  expect(used).toEqual([prefix])
})

test('it speaks as nobody else, and for no other tenant', async () => {
  const { make, enter } = door()
  const { key } = make()
  await expect(enter(key, { 'onbehalf-producer': 'iam' })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(enter(key, { 'onbehalf-producer': 'default' })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(enter(key, { 'onbehalf-tenant': 'default' })).rejects.toMatchObject({ code: 'forbidden' })
  expect(await enter(key, { 'onbehalf-producer': 'pdp', 'onbehalf-tenant': 'acme' })).toMatchObject({ tenant: 'acme', producer: 'pdp' })
})

test('an admin of a tenant speaks as its producers, and is not of the instance', async () => {
  const { make, enter } = door()
  const { key } = make({ roles: ['admin'], producer: null })
  expect(await enter(key)).toMatchObject({ tenant: 'acme', producer: 'default', roles: ['admin'], instance: false })
  expect(await enter(key, { 'onbehalf-producer': 'iam' })).toMatchObject({ tenant: 'acme', producer: 'iam' })
  await expect(enter(key, { 'onbehalf-producer': 'nobody' })).rejects.toMatchObject({ code: 'producer_unknown' })
  await expect(enter(key, { 'onbehalf-tenant': 'default' })).rejects.toMatchObject({ code: 'forbidden' })
})

test.each(['responder', 'auditor'] as Role[])('a key of role %s may not speak as a producer', async (role) => {
  const { make, enter } = door()
  const { key } = make({ roles: [role], producer: null })
  expect(await enter(key)).toMatchObject({ roles: [role] })
  await expect(enter(key, { 'onbehalf-producer': 'pdp' })).rejects.toMatchObject({ code: 'forbidden' })
})

test('with the right secret one is told that it has expired or was revoked, and since when', async () => {
  const { make, enter, used } = door()
  const expired = make({ expiresAtMs: nowMs })
  await expect(enter(expired.key)).rejects.toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('has expired since 2026-11-24T09:00:00.000Z'), details: { credential: 'expired' } })
  expect(await enter(make({ expiresAtMs: nowMs + 1 }).key)).toMatchObject({ producer: 'pdp' })
  const revoked = make({ revokedAtMs: nowMs - 1_000, expiresAtMs: nowMs - 500 })
  await expect(enter(revoked.key)).rejects.toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('was revoked at 2026-11-24T08:59:59.000Z'), details: { credential: 'revoked' } })
  expect(used).toHaveLength(1)
})

test('without the right secret nobody learns whether a prefix is there, is over, or is nobody\'s', async () => {
  const { make, enter, used } = door()
  const wrong = 'A'.repeat(43)
  const { prefix } = make()
  const told = async (named: string) => {
    const error = await enter(`${named}_${wrong}`).then(() => null, (error: Error & { code: string; details: object; next: string }) => error)
    return { code: error!.code, message: error!.message.replace(named, '…'), details: error!.details, next: error!.next }
  }
  const unknown = await told('obk_aaaaaaaa')
  expect(unknown).toMatchObject({ code: 'unauthenticated', details: { credential: 'unknown' } })
  for (const named of [prefix, make({ revokedAtMs: 1 }).prefix, make({ expiresAtMs: 1 }).prefix]) expect(await told(named)).toEqual(unknown)
  expect(JSON.stringify(unknown)).not.toContain(wrong)
  expect(used).toEqual([])
})

test('a key whose producer or tenant is configured no more is told so', async () => {
  const { make, enter } = door()
  await expect(enter(make({ producer: 'gone' }).key)).rejects.toMatchObject({ code: 'producer_unknown', message: expect.stringContaining('not registered any more') })
  await expect(enter(make({ tenant: 'gone', producer: 'default' }).key)).rejects.toMatchObject({ code: 'tenant_unknown' })
})

test('the bootstrap token comes in as ever, whatever form it has', async () => {
  const { enter } = door()
  expect(await enter(bootstrapToken)).toMatchObject({ credential: 'bootstrap', instance: true, tenant: 'default' })
  const { key } = newApiKey()
  expect(await createAuthenticate({ bootstrapToken: key })({ authorization: `Bearer ${key}` })).toMatchObject({ credential: 'bootstrap' })
})

test('a door without a database says that it knows no keys', () => {
  const authenticate = createAuthenticate({ bootstrapToken })
  expect(() => authenticate({ authorization: `Bearer ${newApiKey().key}` })).toThrow(expect.objectContaining({ code: 'unauthenticated', message: expect.stringContaining('no database') }))
})

test('when nobody can look a key up, it is 503, never 401', async () => {
  const authenticate = createAuthenticate({
    bootstrapToken, registrations,
    credentials: { find: () => Promise.reject(new Error('connect ECONNREFUSED')), onChange: () => undefined, inStepMs: () => performance.now(), used: () => undefined },
  })
  await expect(authenticate({ authorization: `Bearer ${newApiKey().key}` })).rejects.toMatchObject({ code: 'database_unavailable', status: 503 })
  expect(authenticate({ authorization: `Bearer ${bootstrapToken}` })).toMatchObject({ credential: 'bootstrap' })
})
