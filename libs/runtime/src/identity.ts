import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isSecretOf, readApiKey, type ReadApiKey } from './api-key.ts'
import { createCredentialCache, type Credential, type CredentialSource } from './credential-cache.ts'
import { OnbehalfError } from './errors.ts'

export type Role = 'producer' | 'responder' | 'auditor' | 'admin'

/** Who a request speaks for. */
export interface Identity {
  tenant: string
  /** The registered producer whose words these are. */
  producer: string
  roles: readonly Role[]
  /** Which credential it was, for the audit trail: `bootstrap` or a key's prefix, never the secret. */
  credential: string
  /** The credential is of the whole instance, not of one tenant. */
  instance: boolean
}

/**
 * Tells who sent a request by its headers alone, before its body is read.
 * @throws OnbehalfError `unauthenticated`, `forbidden`, `tenant_unknown`, `producer_unknown`
 */
export type Authenticate = (headers: IncomingHttpHeaders) => Identity | Promise<Identity>

/** What the configuration document says there is; without one: tenant `default` with producer `default`. */
export interface Registrations {
  hasTenant(tenant: string): boolean
  hasProducer(tenant: string, producer: string): boolean
}

/** What holds where nothing follows the stored configuration. */
const nothingConfigured: Registrations = {
  hasTenant: (tenant) => tenant === 'default',
  hasProducer: (tenant, producer) => tenant === 'default' && producer === 'default',
}

export interface AuthenticateOptions {
  bootstrapToken: string
  registrations?: Registrations
  /** Where API keys are stored; left out: this door knows none. */
  credentials?: CredentialSource
  nowMs?: () => number
}

/**
 * Who may come in: the bootstrap token, which is role admin, of the whole instance, and producer `default` unless the
 * headers name another; and API keys. What is wrong with a key, expired or revoked, is told to who has its secret; to
 * everybody else no key is known.
 */
export function createAuthenticate({ bootstrapToken, registrations = nothingConfigured, credentials, nowMs = Date.now }: AuthenticateOptions): Authenticate {
  const expected = digestOf(bootstrapToken)
  const cache = credentials === undefined ? null : createCredentialCache(credentials)

  function admit(key: ReadApiKey, credential: Credential | null, headers: IncomingHttpHeaders): Identity {
    const identity = identityOf(key, credential, nowMs())
    if (!registrations.hasTenant(identity.tenant)) throw new OnbehalfError('tenant_unknown', `The tenant of the key, ${JSON.stringify(identity.tenant)}, is not configured any more.`)
    if (!registrations.hasProducer(identity.tenant, identity.producer)) {
      throw new OnbehalfError('producer_unknown', `The producer of the key, ${JSON.stringify(identity.producer)}, is not registered any more.`, { next: `Register it again (\`onbehalf producer add ${identity.producer}\`), or use another key.` })
    }
    credentials?.used(key.prefix)
    return speakingAs(identity, headers, registrations)
  }

  return (headers) => {
    const given = bearerToken(headers)
    if (timingSafeEqual(digestOf(given), expected)) {
      return speakingAs({ tenant: 'default', producer: 'default', roles: ['admin'], credential: 'bootstrap', instance: true }, headers, registrations)
    }
    const key = readApiKey(given)
    if (key === null) throw new OnbehalfError('unauthenticated', 'The token is not valid here.', { details: { credential: 'unknown' } })
    if (cache === null) {
      throw new OnbehalfError('unauthenticated', 'This door has no database, so it knows no API keys.', { details: { credential: 'unknown' }, next: 'Set `ONBEHALF_POSTGRES_URL` for this service, or use the bootstrap token.' })
    }
    const found = cache.find(key.prefix)
    return found instanceof Promise ? found.then((credential) => admit(key, credential, headers)) : admit(key, found, headers)
  }
}

/** The bootstrap credential alone. */
export function createBootstrapAuthenticate(token: string, registrations: Registrations = nothingConfigured): Authenticate {
  return createAuthenticate({ bootstrapToken: token, registrations })
}

/** @throws OnbehalfError `unauthenticated` */
function identityOf({ prefix, secret }: ReadApiKey, credential: Credential | null, nowMs: number): Identity {
  if (!isSecretOf(secret, credential?.digest ?? null) || credential === null) {
    throw new OnbehalfError('unauthenticated', `The key ${prefix}_… is not valid here.`, { details: { credential: 'unknown' }, next: 'Compare it with what `onbehalf key create` printed; `onbehalf key list` shows which keys there are.' })
  }
  const { tenant, roles, producer, expiresAtMs, revokedAtMs } = credential
  if (revokedAtMs !== null) {
    throw new OnbehalfError('unauthenticated', `The key ${prefix}_… was revoked at ${timeOf(revokedAtMs)}.`, { details: { credential: 'revoked', revoked_at: timeOf(revokedAtMs) }, next: makeAnother })
  }
  if (expiresAtMs !== null && expiresAtMs <= nowMs) {
    throw new OnbehalfError('unauthenticated', `The key ${prefix}_… has expired since ${timeOf(expiresAtMs)}.`, { details: { credential: 'expired', expires_at: timeOf(expiresAtMs) }, next: makeAnother })
  }
  return { tenant, producer: producer ?? 'default', roles, credential: prefix, instance: false }
}

const makeAnother = 'Make another one with `onbehalf key create`, or ask who administers the tenant.'
const timeOf = (ms: number): string => new Date(ms).toISOString()

/**
 * Applies `onbehalf-tenant` (credentials of the whole instance) and `onbehalf-producer` (admins): the seat that a
 * credential may speak from. A header that is not allowed is refused, never ignored: what was sent for another would
 * otherwise be booked on the sender.
 */
export function speakingAs(identity: Identity, headers: IncomingHttpHeaders, registrations: Registrations): Identity {
  const tenant = seatHeader(headers, 'onbehalf-tenant') ?? identity.tenant
  const producer = seatHeader(headers, 'onbehalf-producer') ?? identity.producer
  if (tenant !== identity.tenant) {
    if (!identity.instance) throw new OnbehalfError('forbidden', 'Only a credential of the whole instance may send the header onbehalf-tenant.')
    if (!registrations.hasTenant(tenant)) throw new OnbehalfError('tenant_unknown', `There is no tenant ${JSON.stringify(tenant)}.`)
  }
  if (producer !== identity.producer) {
    if (!identity.roles.includes('admin')) throw new OnbehalfError('forbidden', 'Only a credential of role admin may send the header onbehalf-producer.')
    if (!registrations.hasProducer(tenant, producer)) {
      throw new OnbehalfError('producer_unknown', `There is no producer ${JSON.stringify(producer)} registered for tenant ${JSON.stringify(tenant)}.`)
    }
  }
  return { ...identity, tenant, producer }
}

/** The credential of `authorization: Bearer …` (RFC 6750 §2.1); tokens in the URL are never read. */
export function bearerToken(headers: IncomingHttpHeaders): string {
  const { authorization } = headers
  if (authorization === undefined || authorization === '') {
    throw new OnbehalfError('unauthenticated', 'The request has no credential.', { details: { credential: 'none' } })
  }
  const match = /^Bearer +([A-Za-z0-9\-._~+/]{1,4096}=*) *$/i.exec(authorization)
  if (match === null) {
    throw new OnbehalfError('unauthenticated', 'The header authorization is not of the form "Bearer <token>".', { details: { credential: 'malformed' } })
  }
  return match[1]!
}

function seatHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !/^[A-Za-z0-9._:-]{1,255}$/.test(value)) {
    throw new OnbehalfError('bad_request', `The header ${name} must be 1 to 255 letters, digits, dots, colons, hyphens or underscores.`)
  }
  return value
}

// Digests have one length, so that the comparison takes the same time whatever was sent.
const digestOf = (value: string): Buffer => createHash('sha256').update(value).digest()
