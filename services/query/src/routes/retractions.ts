import { principalOf, timeOf } from '@onbehalf/events'
import { byReceipt, type Fact } from '@onbehalf/lineage'
import { OnbehalfError } from '@onbehalf/runtime'
import { readFactsOf } from '@onbehalf/store'
import { z } from 'zod'
import { atLeast } from '../at-least.ts'
import { retractionDocument, retractionList } from '../inventory-documents.ts'
import { formOf } from '../media-type.ts'
import { principalOfCredential, type OwnDoor } from '../own-entry.ts'
import { linkNext, paging, readCursor, writeCursor } from '../paging.ts'
import { query } from '../parameters.ts'
import type { Reader } from '../reading.ts'
import { problems, readers, type Routes } from './route.ts'

/** `POST` and `GET /v1/retractions`: what a misconfigured producer said is struck through. */
export function addRetractionRoutes(app: Routes, reader: Reader, own: OwnDoor): void {
  app.get('/v1/retractions', {
    config: { roles: readers },
    schema: {
      summary: 'What has been struck through, the latest first',
      tags: ['operations'],
      querystring: query({ ...paging, at_least: atLeast }),
      response: { 200: retractionList, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const { limit, cursor } = request.query
    const [offset] = readCursor('retractions', place, cursor) ?? [0]
    return reader.read(request, request.query, async ({ source }) => {
      // Each is a decision of a person; all of them are read with every action anyway.
      const all = (await readFactsOf(source, 'tenant:assertion')).toSorted((a, b) => byReceipt(b.entry, a.entry))
      linkNext(request, reply, all.length > offset + limit ? writeCursor('retractions', [offset + limit]) : null)
      return { items: all.slice(offset, offset + limit).flatMap(documentOf), facets: {} }
    })
  })

  app.post('/v1/retractions', {
    config: { roles: ['admin'] },
    schema: {
      summary: 'Strike through what a producer said',
      description: 'An `assertion.retracted` entry of the tenant\'s own log. It names entries by where they stand or by when they were received, both if both are given; '
        + 'without either, everything the producer has said until now. Nothing is deleted: it is shown struck, and counts for nothing.',
      tags: ['operations'],
      querystring: query({}),
      body,
      response: { 201: retractionDocument, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const { identity } = request
    const { producer, positions, received_from, received_to, reason } = request.body
    const foreign = positions?.findIndex(({ log }) => !log.startsWith(`${identity.tenant}/`)) ?? -1
    if (foreign !== -1) throw invalidBody(`/positions/${foreign}/log`, `must be a log of tenant ${identity.tenant}`)
    const by = principalOfCredential(identity)
    const data = {
      producer, reason, by,
      ...(positions === undefined ? {} : { positions }), ...(received_from === undefined ? {} : { received_from }), ...(received_to === undefined ? {} : { received_to }),
    }
    const { id, firstIndex, receivedAt } = await own.say(identity, 'assertion.retracted', data)
    request.log.info({ producer, credential: identity.credential, index: firstIndex }, 'a producer\'s word was retracted')
    const entry = { log: `${identity.tenant}/own`, index: firstIndex, kind: 'own', producer: 'onbehalf', received_at: receivedAt }
    return reply.code(201).send({
      id, producer, positions: positions ?? null, received_from: received_from ?? null, received_to: received_to ?? null, reason, by, at: receivedAt, entries: [entry],
    })
  })
}

const place = z.tuple([z.int().min(0).max(10_000_000)])
const positions_max = 1_000
const timeRule = 'must be an RFC 3339 time with an offset, such as 2026-03-01T09:30:00.250Z'
const time = z.string(timeRule).transform((value, context) => {
  const instant = timeOf(value.trim())
  if (instant !== null) return instant.time
  context.addIssue({ code: 'custom', message: timeRule })
  return z.NEVER
})
const index = z.int('must be a whole number').min(0, 'must not be negative')
const body = z.strictObject({
  producer: z.string('must be the id of a producer').min(1, 'must not be empty').max(255).refine((id) => id !== 'onbehalf', 'must not be onbehalf: what it says is not retracted'),
  positions: z.array(z.strictObject({ log: z.string().min(1).max(512), from: index, to: index }).refine(({ from, to }) => from <= to, 'must have `from` no greater than `to`'))
    .min(1, 'must not be empty').max(positions_max, `must have at most ${positions_max} ranges`).optional()
    .describe('Ranges of entries, both ends included; `log` is `<tenant>/<topic>/<partition>`.'),
  received_from: time.optional().describe('RFC 3339.'),
  received_to: time.optional().describe('RFC 3339; left out: until now.'),
  reason: z.string('must be a text').trim().min(1, 'must not be empty').max(4_096, 'must have at most 4096 characters'),
}).refine(({ received_from, received_to }) => received_from === undefined || received_to === undefined || timeOf(received_from)!.timeMs <= timeOf(received_to)!.timeMs,
  { message: 'must not be before received_from', path: ['received_to'] })

function documentOf(fact: Fact) {
  if (fact.type !== 'assertion.retracted') return []
  const { producer, positions, received_from, received_to, reason, by } = fact.data
  return [{
    id: fact.id, producer, positions: positions ?? null, received_from: received_from ?? null, received_to: received_to ?? null,
    reason, by: principalOf(by, fact.producer), at: fact.entry.received_at, entries: [fact.entry],
  }]
}

function invalidBody(path: string, rule: string): OnbehalfError {
  return new OnbehalfError('invalid_request', `${path} is not valid: ${rule}.`, { details: { errors: [{ path, in: 'body', rule }] } })
}
