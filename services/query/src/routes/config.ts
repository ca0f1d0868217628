import { readConfigDocument, timeOf, type ConfigDocument } from '@onbehalf/events'
import { OnbehalfError, type Identity } from '@onbehalf/runtime'
import { readTenantConfiguration, type ConfigurationChange, type StoredConfiguration } from '@onbehalf/store'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { ConfigurationDoor } from '../configuration-door.ts'
import { describes } from '../documents.ts'
import { formOf } from '../media-type.ts'
import { query } from '../parameters.ts'
import type { Reader } from '../reading.ts'
import { databaseError } from '../snapshot.ts'
import { problems, readers, type Routes } from './route.ts'

/** `GET` and `PUT /v1/config`: tenants, producers and what they own, budgets, rule switches, topics. */
export function addConfigRoutes(app: Routes, reader: Reader, configuration: ConfigurationDoor): void {
  app.get('/v1/config', {
    config: { roles: readers },
    schema: {
      summary: 'The configuration document',
      description: 'All of it for a credential of the whole instance, else the part of its tenant. Nothing is left out: what nobody has set has its default. `etag` is what `if-match` of a change takes.',
      tags: ['configuration'],
      querystring: query({}),
      response: { 200: document, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const stored = request.identity.instance
      ? await configuration.read().catch((error: unknown) => Promise.reject(databaseError(error)))
      : await reader.read(request, {}, ({ snapshot: { client, tenant } }) => readTenantConfiguration(client, tenant))
    const told = tell(reply, stored)
    return request.headers['if-none-match']?.split(',').some((tag) => tag.trim() === stored.etag) === true ? (anyReply(reply).code(304).send() as never) : told
  })

  app.put('/v1/config', {
    config: { roles: ['admin'] },
    bodyLimit: document_bytes_max,
    schema: {
      summary: 'Change the configuration',
      description: 'What is left out has its default. Each tenant that differs gets a `config.changed` entry; the doors go by it before the answer is given. A credential of one tenant changes that tenant\'s part, and no topics. 409 while the configuration comes from a file.',
      tags: ['configuration'],
      querystring: query({ effective_from: effectiveFrom }),
      body: z.unknown().describe('A configuration document, see /docs/configuration.'),
      response: { 200: document, ...problems },
    },
  }, async (request, reply) => {
    if (configuration.file !== null) {
      throw new OnbehalfError('config_file_set', `The configuration comes from ${configuration.file}, which ONBEHALF_CONFIG_FILE names.`)
    }
    const ifMatch = request.headers['if-match']
    if (ifMatch === undefined) throw new OnbehalfError('precondition_required', 'A change of the configuration needs the header if-match, with the ETag that it was made from.')
    const { identity } = request
    const from = request.query.effective_from
    const change: ConfigurationChange = {
      document: documentOf(request.body, identity, configuration.rules),
      ifMatch,
      by: { iss: 'urn:onbehalf:credential', sub: identity.credential, kind: 'unknown' },
      ...(identity.instance ? {} : { tenant: identity.tenant }),
      ...(from === undefined ? {} : { effectiveFrom: from, restates: identity.tenant }),
    }
    const changed = await configuration.change(change).catch((error: unknown) => Promise.reject(databaseError(error)))
    if (changed.outcome === 'not_yours') throw notYours(changed.path, 'Which topics are read, and for whom, is set by a credential of the whole instance.')
    if (changed.outcome === 'stale') {
      throw new OnbehalfError('precondition_failed', 'The configuration has been changed since it was read.', { details: { etag: changed.etag } })
    }
    if (changed.tenants.length > 0) request.log.info({ tenants: changed.tenants, credential: identity.credential }, 'the configuration was changed')
    return tell(reply, changed)
  })
}

/** As a file may have. */
const document_bytes_max = 16 << 20

const document = describes<ConfigDocument>()(z.looseObject({
  tenants: z.record(z.string(), z.looseObject({})),
  topics: z.record(z.string(), z.looseObject({ kind: z.string(), tenant: z.string(), producer: z.string() })),
}).meta({ id: 'ConfigurationDocument', description: 'See /docs/configuration.' }))

const timeRule = 'must be an RFC 3339 time with an offset, such as 2026-03-01T09:30:00.250Z'
const effectiveFrom = z.string(timeRule).transform((value, context) => {
  // `+02:00` that was not percent-encoded arrives as a blank.
  const instant = timeOf(value.trim().replace(/ (\d\d:\d\d)$/, '+$1'))
  if (instant !== null) return instant.time
  context.addIssue({ code: 'custom', message: timeRule })
  return z.NEVER
}).optional().describe('From when on it counts (RFC 3339). Left out: a tenant\'s first configuration counts since always, a later one from its receipt.')

/** @throws OnbehalfError `config_document_invalid`, `forbidden` */
function documentOf(body: unknown, { instance, tenant }: Identity, rules: readonly string[]): ConfigDocument {
  const read = readConfigDocument(body, { rules })
  if (!read.ok) {
    const [first] = read.errors
    const more = read.errors.length > 1 ? ` (and ${read.errors.length - 1} more)` : ''
    throw new OnbehalfError('config_document_invalid', `${first!.path === '' ? 'The document' : first!.path} ${first!.rule}${more}.`.replace('?.', '?'), { details: { errors: read.errors } })
  }
  const { tenants = {} } = body as { tenants?: object }
  const other = instance ? undefined : Object.keys(tenants).find((each) => each !== tenant)
  if (other !== undefined) throw notYours(`/tenants/${other}`, `This credential is of tenant ${tenant}.`)
  return read.document
}

function notYours(path: string, why: string): OnbehalfError {
  return new OnbehalfError('forbidden', `${path} is not this credential's to change. ${why}`)
}

function tell(reply: unknown, { document, etag }: StoredConfiguration): ConfigDocument {
  anyReply(reply).header('etag', etag).header('cache-control', 'private, no-cache').header('vary', 'authorization, accept, onbehalf-tenant')
  return document
}

/** A route's reply knows only its document. */
const anyReply = (reply: unknown): FastifyReply => reply as FastifyReply
