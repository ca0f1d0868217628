import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { OnbehalfError } from './errors.ts'

export type Role = 'producer' | 'responder' | 'auditor' | 'admin'

/** Who a request speaks for. */
export interface Identity {
  tenant: string
  /** The registered producer whose words these are. */
  producer: string
  roles: readonly Role[]
  /** Which credential it was, for the audit trail: `bootstrap` or a key's id, never the secret. */
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

/** The bootstrap credential: role admin, the whole instance, producer `default` unless the headers name another. */
export function createBootstrapAuthenticate(token: string, registrations: Registrations = nothingConfigured): Authenticate {
  const expected = digestOf(token)
  return (headers) => {
    const given = bearerToken(headers)
    if (!timingSafeEqual(digestOf(given), expected)) {
      throw new OnbehalfError('unauthenticated', 'The token is not valid here.', { details: { credential: 'unknown' } })
    }
    const identity: Identity = { tenant: 'default', producer: 'default', roles: ['admin'], credential: 'bootstrap', instance: true }
    return speakingAs(identity, headers, registrations)
  }
}

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
