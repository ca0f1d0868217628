import { OnbehalfError, errorDocs } from '@onbehalf/runtime'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

const limitDefault = 50
const limitMax = 200

const limitRule = `must be a whole number from 1 to ${limitMax}`
const cursorRule = 'must be the cursor of a Link header, as it is'

/** The two parameters of every list. */
export const paging = {
  limit: z.string(limitRule).regex(/^\d{1,9}$/, limitRule).transform(Number)
    .refine((value) => value >= 1 && value <= limitMax, limitRule).default(limitDefault)
    .meta({ type: 'integer', minimum: 1, maximum: limitMax, description: 'How many items a page has at most.' }),
  cursor: z.string(cursorRule).min(1, cursorRule).max(4_096, cursorRule).optional()
    .describe('Where the page begins: from the Link header of the page before.'),
}

/**
 * A place in a list, as text that clients pass back and do not look into. `kind` keeps one list's cursor from being
 * read by another.
 */
export function writeCursor(kind: string, place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([kind, ...place])).toString('base64url')
}

/** @throws OnbehalfError `invalid_request` that names the parameter, for anything that we did not write */
export function readCursor<Place>(kind: string, schema: z.ZodType<Place>, cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  try {
    const [written, ...place] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    const read = schema.safeParse(place)
    if (written === kind && read.success) return read.data
  } catch {
    // Told below: whatever it is, it is not ours.
  }
  throw invalidParameter('cursor', cursorRule)
}

/** A text of a cursor that may go into a query: PostgreSQL has no NUL, and no key of ours has a control character. */
export const cursorText = z.string().max(2_048).refine((text) => /^\P{Cc}*$/u.test(text) && text.isWellFormed())

/** `Link: <…>; rel="next"` (RFC 8288): the same request with the next cursor. */
export function linkNext(request: FastifyRequest, reply: FastifyReply, cursor: string | null): void {
  if (cursor === null) return
  const [path, query] = request.url.split('?', 2) as [string, string | undefined]
  const parameters = new URLSearchParams(query)
  parameters.set('cursor', cursor)
  // What has been waited for has come.
  parameters.delete('at_least')
  reply.header('link', `<${path}?${parameters}>; rel="next"`)
}

/** The error for one bad parameter, in the shape that schema errors have. */
function invalidParameter(name: string, rule: string): OnbehalfError {
  const docs = errorDocs('invalid_request')
  return new OnbehalfError('invalid_request', `The query parameter ${name} is not valid: ${rule}.`, {
    details: { errors: [{ path: `/${name}`, in: 'querystring', rule, docs }] },
  })
}
