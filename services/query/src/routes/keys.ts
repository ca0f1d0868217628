import { timeOf } from '@onbehalf/events'
import { newApiKey, OnbehalfError, type Role } from '@onbehalf/runtime'
import { listCredentials, type StoredCredential } from '@onbehalf/store'
import { z } from 'zod'
import { nullable, text, time } from '../documents.ts'
import type { KeyDoor } from '../key-door.ts'
import { formOf } from '../media-type.ts'
import { linkNext, paging, readCursor, writeCursor } from '../paging.ts'
import { query } from '../parameters.ts'
import type { Reader } from '../reading.ts'
import { databaseError } from '../snapshot.ts'
import { problems, type Routes } from './route.ts'

/** `POST` and `GET /v1/keys`, `POST /v1/keys/{prefix}/revoke`: the keys of a tenant, for its admins. */
export function addKeyRoutes(app: Routes, reader: Reader, { keys, nowMs }: { keys: KeyDoor; nowMs: () => number }): void {
  app.get('/v1/keys', {
    config: { roles: ['admin'] },
    schema: {
      summary: 'The keys of the tenant, the newest first',
      description: 'Those that have expired or were revoked among them. Never a secret: a key is told once, when it is made.',
      tags: ['access'],
      querystring: query({ ...paging }),
      response: { 200: keyList, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const { limit, cursor } = request.query
    const [offset] = readCursor('keys', place, cursor) ?? [0]
    return reader.read(request, {}, async ({ snapshot: { client, tenant } }) => {
      const stored = await listCredentials(client, tenant, limit + 1, offset)
      linkNext(request, reply, stored.length > limit ? writeCursor('keys', [offset + limit]) : null)
      return { items: stored.slice(0, limit).map((each) => documentOf(each, nowMs())), facets: {} }
    })
  })

  app.post('/v1/keys', {
    config: { roles: ['admin'] },
    schema: {
      summary: 'Make a key',
      description: '`key` of the answer is told this once and kept nowhere. A key of role producer speaks as its producer alone and does nothing else; '
        + `every other asks within its tenant. It is good for ${expiresInDays} days, or until \`expires_at\`; null: without end.`,
      tags: ['access'],
      querystring: query({}),
      body,
      response: { 201: madeKey, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const { identity } = request
    const { tenant } = identity
    const { name = null, producer = null, expires_at } = request.body
    const roles = rolesOf(request.body)
    if (producer !== null && !keys.registrations.hasProducer(tenant, producer)) {
      throw new OnbehalfError('producer_unknown', `There is no producer ${JSON.stringify(producer)} registered for tenant ${JSON.stringify(tenant)}.`, { next: 'Register it first: `onbehalf producer add`.' })
    }
    const expiresAt = expires_at === undefined ? new Date(nowMs() + expiresInDays * 86_400_000).toISOString() : expires_at
    if (expiresAt !== null && timeOf(expiresAt)!.timeMs <= nowMs()) throw invalidBody('expires_at', 'must be a time to come')
    for (let attempt = 1; ; attempt++) {
      const { key, prefix, digest } = newApiKey()
      const made = await keys.create({ tenant, prefix, digest, roles, producer, name, expiresAt, by: identity.credential }).catch(unavailable)
      if (made !== null) {
        request.log.info({ tenant, key: prefix, roles, producer, expires_at: expiresAt, credential: identity.credential }, 'a key was made')
        return reply.code(201).send({ key, ...documentOf(made, nowMs()) })
      }
      if (attempt === 10) throw new Error('ten prefixes in a row were taken')
    }
  })

  app.post('/v1/keys/:prefix/revoke', {
    config: { roles: ['admin'] },
    schema: {
      summary: 'Take a key back',
      description: 'For good; said again, it changes nothing. This door goes by it before it answers, the others within a second or two.',
      tags: ['access'],
      params: z.object({ prefix }),
      querystring: query({}),
      response: { 200: keyDocument, ...problems },
    },
  }, async (request) => {
    formOf(request.headers.accept)
    const { identity: { tenant, credential }, params } = request
    const revoked = await keys.revoke({ tenant, prefix: params.prefix, by: credential }).catch(unavailable)
    if (revoked === null) throw new OnbehalfError('not_found', `The tenant ${JSON.stringify(tenant)} has no key ${params.prefix}.`, { next: '`onbehalf key list` shows which keys there are.' })
    request.log.info({ tenant, key: params.prefix, credential }, 'a key was revoked')
    return documentOf(revoked, nowMs())
  })
}

/** Long enough for who rotates once a quarter, and no key is forgotten for ever. */
const expiresInDays = 90

const place = z.tuple([z.int().min(0).max(10_000_000)])
const roles = ['producer', 'responder', 'auditor', 'admin'] as const satisfies readonly Role[]

const prefixRule = 'must be the prefix of a key, such as obk_k3v7q2ma, and no more of it'
const prefix = z.string(prefixRule).transform((given) => given.trim()).pipe(z.string().regex(/^obk_[a-z2-7]{8}$/, prefixRule))

const timeRule = 'must be an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z, or null for a key without end'
const rolesRule = `must be a list of roles: ${roles.join(', ')}`
const nameRule = 'must be 1 to 255 characters without control characters'
const producerRule = 'must be the id of a producer'
const body = z.strictObject({
  producer: z.string(producerRule).regex(/^[a-z0-9_][a-z0-9._-]{0,62}$/, producerRule).optional().describe('Of a key of role producer: the one that it speaks as.'),
  roles: z.array(z.enum(roles, rolesRule), rolesRule).min(1, rolesRule).max(roles.length, rolesRule).optional().describe('Left out: producer.'),
  name: z.string(nameRule).trim().min(1, nameRule).max(255, nameRule).regex(/^\P{Cc}+$/u, nameRule).refine((name) => name.isWellFormed(), nameRule).optional().describe('For people.'),
  expires_at: z.string(timeRule).refine((value) => timeOf(value) !== null, timeRule).nullable().optional().describe(`RFC 3339; null: without end. Left out: in ${expiresInDays} days.`),
})

/** @throws OnbehalfError `invalid_request` where roles and producer do not go together */
function rolesOf({ roles: given, producer }: z.infer<typeof body>): Role[] {
  const wanted = [...new Set<Role>(given ?? ['producer'])]
  if (!wanted.includes('producer')) {
    if (producer !== undefined) throw invalidBody('producer', 'goes with the role producer alone')
    return wanted
  }
  if (wanted.length > 1) throw invalidBody('roles', 'must be producer and nothing else: who speaks does not ask')
  if (producer === undefined) throw invalidBody('producer', 'must be given: a key of role producer speaks as one producer')
  return wanted
}

const fields = {
  prefix: text().describe('What the key is called everywhere; the part of it that may be shown.'),
  tenant: text(), roles: z.array(z.enum(roles)),
  producer: nullable(text()).describe('The one that a key of role producer speaks as.'),
  name: nullable(text()),
  status: z.enum(['active', 'expired', 'revoked']),
  created_at: time(), created_by: text().describe('The credential that made it.'),
  expires_at: nullable(time()), revoked_at: nullable(time()), revoked_by: nullable(text()),
  last_used_at: nullable(time()).describe('To the minute.'),
}
const keyDocument = z.looseObject(fields).meta({ id: 'Key' })
const keyList = z.looseObject({ items: z.array(keyDocument), facets: z.looseObject({}) }).meta({ id: 'KeyList' })
const madeKey = z.looseObject({ key: text().describe('The key itself, told this once.'), ...fields }).meta({ id: 'MadeKey' })

function documentOf(stored: StoredCredential, nowMs: number) {
  const { expires_at, revoked_at } = stored
  const expired = expires_at !== null && Date.parse(expires_at) <= nowMs
  const status: 'active' | 'expired' | 'revoked' = revoked_at !== null ? 'revoked' : expired ? 'expired' : 'active'
  return { ...stored, roles: stored.roles as Role[], status }
}

function invalidBody(field: string, rule: string): OnbehalfError {
  return new OnbehalfError('invalid_request', `The body ${field} is not valid: ${rule}.`, { details: { errors: [{ path: `/${field}`, in: 'body', rule, docs: '/docs/access' }] } })
}

const unavailable = (error: unknown): never => {
  throw databaseError(error)
}
