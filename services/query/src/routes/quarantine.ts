import { hash } from 'node:crypto'
import { listQuarantine, type QuarantineRow } from '@onbehalf/store'
import { z } from 'zod'
import { atLeast } from '../at-least.ts'
import { quarantineList } from '../documents.ts'
import { formOf } from '../media-type.ts'
import { linkNext, paging, readCursor, writeCursor } from '../paging.ts'
import { query } from '../parameters.ts'
import type { Reader } from '../reading.ts'
import { problems, readers, type Routes } from './route.ts'

/** `GET /v1/quarantine`: what could not be read, one case per producer, reason and kind, the most recent first. */
export function addQuarantineRoutes(app: Routes, reader: Reader): void {
  app.get('/v1/quarantine', {
    config: { roles: readers },
    schema: {
      summary: 'What could not be read, and why',
      tags: ['operations'],
      querystring: query({ ...paging, at_least: atLeast }),
      response: { 200: quarantineList, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const { limit, cursor } = request.query
    const [offset] = readCursor('quarantine', place, cursor) ?? [0]
    return reader.read(request, request.query, async ({ snapshot }) => {
      const cases = await listQuarantine(snapshot.client, snapshot.tenant, limit + 1, offset)
      linkNext(request, reply, cases.length > limit ? writeCursor('quarantine', [offset + limit]) : null)
      return { items: cases.slice(0, limit).map((each) => ({ id: caseId(each), ...each })), facets: {} }
    })
  })
}

const place = z.tuple([z.int().min(0).max(10_000_000)])

/** The same for the same producer, reason and kind, whatever else was received since. */
function caseId({ producer, reason, kind }: Pick<QuarantineRow, 'producer' | 'reason' | 'kind'>): string {
  return `q-${hash('sha256', JSON.stringify([producer, reason, kind]), 'hex').slice(0, 16)}`
}
