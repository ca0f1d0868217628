import { contextKey, type EntryRef, type Hop, type Key, type Lineage } from '@onbehalf/lineage'
import { readSpansOf, sha256Hex } from '@onbehalf/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { asOf, stamp } from '../as-of.ts'
import { atLeast } from '../at-least.ts'
import { aboutDelegation } from '../delegation.ts'
import { delegationDocument, sessionDocument, traceDocument } from '../documents.ts'
import { unlessUnchanged } from '../etag.ts'
import { formsOf, pastedId, pastedTraceId } from '../ids.ts'
import { notKnown } from '../known-as.ts'
import { formOf } from '../media-type.ts'
import { cursorText, linkNext, paging, readCursor, writeCursor } from '../paging.ts'
import { query } from '../parameters.ts'
import type { Asked, Reader, Reading } from '../reading.ts'
import { readSession, type SessionTold } from '../session.ts'
import { readSpanTree, streamSpans, type SpanTree } from '../spans.ts'
import { sqlText } from '../sql-text.ts'
import type { Streams } from '../streams.ts'
import { hopsOf, readChains, readSurroundings, type SurroundingsPage } from '../surroundings.ts'
import { problems, readers, type Routes } from './route.ts'

type Kind = 'trace' | 'session' | 'delegation'

export interface SurroundingsOptions {
  /** Answers that are being streamed at once, of whatever route: each holds a connection and a snapshot. */
  streams: Streams
  nowMs: () => number
}

/** `GET /v1/traces/{trace_id}`, `/v1/sessions/{id}`, `/v1/delegations/{id}`: everything around one of them. */
export function addSurroundingsRoutes(app: Routes, reader: Reader, { streams, nowMs }: SurroundingsOptions): void {
  const description = 'Every action with its legs, and the delegations they rest on. With more than a page there is a Link to the next, `complete` is false and '
    + '`truncated` true. With `accept: application/x-ndjson` all of it is streamed from one snapshot: a line `{"action": …}`, `{"delegation": …}` or `{"span": …}` each, and a last '
    + 'line with the totals and `"complete": true`; a stream without that line was cut off.'
  const querystring = query({ ...paging, as_of: asOf, at_least: atLeast })
  const common = { tags: ['lineage'], description, querystring }

  app.get('/v1/traces/:trace_id', {
    config: { roles: readers },
    schema: { ...common, summary: 'Everything in a trace', params: z.object({ trace_id: pastedTraceId }), response: { 200: traceDocument, ...problems } },
  }, (request, reply) => answer(request, reply, 'trace', request.params.trace_id, request.query) as never)

  app.get('/v1/sessions/:id', {
    config: { roles: readers },
    schema: { ...common, summary: 'Everything in a session', params: z.object({ id: pastedId }), response: { 200: sessionDocument, ...problems } },
  }, (request, reply) => answer(request, reply, 'session', request.params.id, request.query) as never)

  app.get('/v1/delegations/:id', {
    config: { roles: readers },
    schema: { ...common, summary: 'A delegation: its chain, what was made from it, what was done under it', params: z.object({ id: pastedId }), response: { 200: delegationDocument, ...problems } },
  }, (request, reply) => answer(request, reply, 'delegation', request.params.id, request.query) as never)

  async function answer(request: FastifyRequest, reply: FastifyReply, kind: Kind, id: string, asked: Asked & { limit: number; cursor?: string | undefined }) {
    const form = formOf(request.headers.accept, ['json', 'ndjson'])
    const from = readCursor(`${kind}s`, place, asked.cursor)
    if (form === 'ndjson') {
      return streams.send(request, reply, asked, async (reading) =>
        linesOf(reading, kind, await firstPage(reading, kind, id, from?.[0] ?? '', streamedPage)))
    }
    const document = await reader.read(request, asked, async (reading) => {
      const first = await firstPage(reading, kind, id, from?.[0] ?? '', asked.limit)
      const { page } = first
      const total = from?.[1] ?? (page.next === null ? page.actions.length : await countOf(reading, first.key))
      linkNext(request, reply, page.next === null ? null : writeCursor(`${kind}s`, [page.next, total]))
      // They stand on the first page, with the actions of that page in them.
      const tree = kind === 'trace' && from === undefined ? await readSpanTree(reading.source, first.id, page.spans) : null
      const document = documentOf(reading, kind, first, total, from === undefined && page.next === null, tree)
      return kind === 'delegation' ? { ...document, ...(await aboutDelegation(reading, first.key, nowMs(), from === undefined)) } : document
    })
    return unlessUnchanged(request, reply, document)
  }
}

const streamedPage = 200
/** Where the page begins, and how many actions there are in all, counted once. */
const place = z.tuple([cursorText, z.int().min(0)])

interface First {
  key: Key
  id: string
  page: SurroundingsPage
  session: SessionTold | null
  /** What was told of the session itself. */
  entries: EntryRef[]
  chain: Hop[]
}

async function firstPage(reading: Reading, kind: Kind, id: string, after: Key, limit: number): Promise<First> {
  const { source } = reading
  for (const form of kind === 'trace' ? [id] : formsOf(id)) {
    const key = contextKey(kind, form, sha256Hex)
    const { session, entries } = kind === 'session' ? await readSession(source, key) : { session: null, entries: [] }
    const [chain = []] = kind === 'delegation' ? await readChains(source, [key]) : []
    const page = await readSurroundings(source, key, after, limit)
    // A trace may hold spans and no action.
    if (kind === 'trace' && !page.found && (await readSpansOf(source, form, null, 1)).spans.length > 0) return { key, id: form, page, session, entries, chain }
    const asOfNothing = source.asOf !== undefined && page.actions.length === 0 && page.next === null
    if (entries.length > 0 || chain.length > 0 || (page.found && !asOfNothing) || after !== '') return { key, id: form, page, session, entries, chain }
  }
  throw await notKnown(source, reading.snapshot, kind, id)
}

function documentOf({ standing }: Reading, kind: Kind, { id, page, session, entries, chain }: First, total: number, whole: boolean, tree: SpanTree | null) {
  const delegations = hopsOf([chain, ...page.children, ...page.actions.map((action) => action.chain)])
  // What is below a child is not in this answer.
  const complete = whole && page.children.length === 0 && tree?.truncated !== true
  return {
    [kind === 'trace' ? 'trace_id' : `${kind}_id`]: id,
    ...(kind === 'session' ? { session, entries } : {}),
    ...(kind === 'delegation' ? { chain, children: childrenOf(page) } : {}),
    complete,
    truncated: page.next !== null || tree?.truncated === true,
    totals: { actions: total, delegations: whole ? delegations.length : null, spans: tree?.truncated === true ? null : tree?.nodes.filter(({ missing }) => !missing).length ?? 0 },
    spans: tree?.nodes ?? [],
    actions: page.actions.map((action) => stamp(action, standing)),
    delegations,
    ...standing,
  }
}

async function* linesOf(reading: Reading, kind: Kind, first: First): AsyncGenerator<string> {
  const { source, standing } = reading
  const told = new Set<string>()
  let actions = 0
  const linesOfPage = (page: SurroundingsPage, chain: readonly Hop[]): string => {
    const lines: string[] = []
    for (const hop of hopsOf([chain, ...page.children, ...page.actions.map((action) => action.chain)])) {
      if (told.has(hop.delegation_id)) continue
      told.add(hop.delegation_id)
      lines.push(line({ delegation: hop }))
    }
    for (const action of page.actions) lines.push(line({ action: stamp(action, standing) satisfies Lineage }))
    actions += page.actions.length
    return lines.join('')
  }
  let { page } = first
  const children = childrenOf(page)
  const at = new Map(page.spans)
  yield linesOfPage(page, first.chain)
  while (page.next !== null) {
    page = await readSurroundings(source, first.key, page.next, streamedPage)
    children.push(...childrenOf(page))
    for (const [span, action] of page.spans) at.set(span, action)
    yield linesOfPage(page, [])
  }
  let spans = 0
  if (kind === 'trace')
    for await (const nodes of streamSpans(source, first.id, at)) {
      spans += nodes.filter(({ missing }) => !missing).length
      yield nodes.map((span) => line({ span })).join('')
    }
  yield line({
    [kind === 'trace' ? 'trace_id' : `${kind}_id`]: first.id,
    ...(kind === 'session' ? { session: first.session, entries: first.entries } : {}),
    ...(kind === 'delegation' ? { children } : {}),
    complete: children.length === 0, truncated: false,
    totals: { actions, delegations: told.size, spans },
    ...standing,
  })
}

const childrenOf = (page: SurroundingsPage): string[] => page.children.map((chain) => chain.at(-1)!.delegation_id)
const line = (value: unknown): string => `${JSON.stringify(value)}\n`

const actionsOfContext = sqlText('actions-of-context')

async function countOf({ source }: Reading, key: Key): Promise<number> {
  const { rows } = await source.client.query<{ actions: number }>({ name: 'actions-of-context', text: actionsOfContext, values: [source.tenant, key] })
  return rows[0]!.actions
}
