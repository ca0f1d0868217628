import { listActions, readAction, readActionsAt, type ActionListRow } from '@onbehalf/store'
import type { Lineage } from '@onbehalf/lineage'
import { z } from 'zod'
import { asOf, stamp } from '../as-of.ts'
import { atLeast } from '../at-least.ts'
import { actionList, lineage } from '../documents.ts'
import { unlessUnchanged } from '../etag.ts'
import { formsOf, pastedId } from '../ids.ts'
import { notKnown } from '../known-as.ts'
import { formOf } from '../media-type.ts'
import { cursorText, linkNext, paging, readCursor, writeCursor } from '../paging.ts'
import { query } from '../parameters.ts'
import type { Reader, Reading } from '../reading.ts'
import { problems, readers, type Routes } from './route.ts'

/** `GET /v1/actions` and `GET /v1/actions/{id}`. */
export function addActionRoutes(app: Routes, reader: Reader): void {
  app.get('/v1/actions', {
    config: { roles: readers },
    schema: {
      summary: 'All actions, newest first',
      description: 'Each is its whole lineage, derived when it is read. Follow the Link header for the next page.',
      tags: ['lineage'],
      querystring: query({ ...paging, at_least: atLeast }, {
        q: 'is not answered yet: search comes with a later version; leave it out to get every action, newest first',
      }),
      response: { 200: actionList, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const { limit, cursor, at_least } = request.query
    const after = readCursor('actions', listPlace, cursor)
    return reader.read(request, { at_least }, async ({ snapshot, source, standing }) => {
      const rows = await listActions(snapshot.client, snapshot.tenant, after && { timeUs: after[0], key: after[1], part: after[2] }, limit + 1)
      const page = rows.slice(0, limit)
      const items = await readActionsAt(source, page)
      const last = rows.length > limit ? page.at(-1)! : null
      linkNext(request, reply, last && cursorOf(last))
      return { items: items.map((item) => stamp(item, standing)), facets: {} }
    })
  })

  app.get('/v1/actions/:id', {
    config: { roles: readers },
    schema: {
      summary: 'One action: its lineage',
      description: 'The id as given, a derived one (`d-…`), or one that another action has absorbed.',
      tags: ['lineage'],
      params: z.object({ id: pastedId }),
      querystring: query({ as_of: asOf, at_least: atLeast }),
      response: { 200: lineage, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const found = await reader.read(request, request.query, async (reading) => stamp(await actionOf(reading, request.params.id), reading.standing))
    return unlessUnchanged(request, reply, found)
  })
}

/** @throws OnbehalfError `not_found` that says what to try next */
export async function actionOf({ source, snapshot }: Reading, id: string): Promise<Lineage> {
  for (const form of formsOf(id)) {
    const found = await readAction(source, form)
    if (found !== undefined) return found
  }
  throw await notKnown(source, snapshot, 'action', id)
}

/** Years 0000 to 9999 in microseconds: beyond, PostgreSQL has no such time. */
const timeUs = z.string().regex(/^-?\d{1,18}$/).refine((text) => Number(text) >= -62_167_219_200e6 && Number(text) < 253_402_300_800e6)
const listPlace = z.tuple([timeUs, cursorText, cursorText])

function cursorOf(row: ActionListRow): string {
  return writeCursor('actions', [row.timeUs, row.key, row.part])
}
