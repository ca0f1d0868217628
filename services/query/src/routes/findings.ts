import { timeOf } from '@onbehalf/events'
import { actionRules, allRules, contextKey, severities, type Finding, type Lineage } from '@onbehalf/lineage'
import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import {
  countFindings, findingStatuses, listFindings, readAction, readFindingStates, sha256Hex,
  type FindingFilter, type FindingRow, type FindingState,
} from '@onbehalf/store'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { agentNamed } from '../agent-names.ts'
import { asOf } from '../as-of.ts'
import { atLeast } from '../at-least.ts'
import { findingDocument, findingList } from '../documents.ts'
import { unlessUnchanged } from '../etag.ts'
import { acknowledgedOf, atLeastAs, bySeverity, itemsOf, type FindingItem } from '../findings.ts'
import { pastedId } from '../ids.ts'
import { formOf } from '../media-type.ts'
import { principalOfCredential, type OwnDoor } from '../own-entry.ts'
import { cursorText, linkNext, paging, readCursor, writeCursor } from '../paging.ts'
import { query } from '../parameters.ts'
import type { Asked, Reader, Reading } from '../reading.ts'
import { readTree } from '../surroundings.ts'
import { actionOf } from './actions.ts'
import type { Streams } from '../streams.ts'
import { problems, readers, type Routes } from './route.ts'

export interface FindingRouteOptions {
  own: OwnDoor
  nowMs: () => number
  /** How many answers may be streamed at once, together with those of other routes. */
  streams: Streams
}

/** `GET /v1/findings`, `GET /v1/findings/{id}`, and what is said of one: acknowledged, accepted. */
export function addFindingRoutes(app: Routes, reader: Reader, { own, nowMs, streams }: FindingRouteOptions): void {
  app.get('/v1/findings', {
    config: { roles: readers },
    schema: {
      summary: 'What the rules have found, newest first',
      description: '`open` is what has not been resolved, whoever has seen it; `acknowledged` and `unacknowledged` are its two parts. `severity` is the least that is '
        + 'shown. With `accept: application/x-ndjson` all pages come as one stream out of one snapshot: a line for each, and a last line with `"complete": true`.',
      tags: ['findings'],
      querystring: query({
        ...paging, at_least: atLeast,
        status: choice(findingStatuses).default('open'),
        rule: z.string('must be given once').max(1_024).transform(rulesOf).optional().describe('A rule\'s id, several with commas between.'),
        severity: choice(severities).optional().describe('The least: `high` shows critical ones as well.'),
        provisional: choice(['true', 'false']).transform((text) => text === 'true').optional(),
        action: pastedId.optional().describe('Shown on this action.'),
        agent: pastedId.optional().describe('Of this agent and what it did: `iss|sub`, or a bare `sub` if unique.'),
        delegation: pastedId.optional().describe('Of this delegation, of those made from it, and of what was done under them.'),
      }, { as_of: 'is answered for one thing: ask `/v1/findings/{id}` or an action' }),
      response: { 200: findingList, ...problems },
    },
  }, async (request, reply) => {
    const form = formOf(request.headers.accept, ['json', 'ndjson'])
    const { limit, cursor } = request.query
    const [raisedUs, id] = readCursor('findings', place, cursor) ?? []
    const after = raisedUs === undefined ? undefined : { raisedUs, id: id! }
    if (form === 'ndjson') {
      const asked = request.query
      return streams.send(request, reply, { at_least: asked.at_least }, async (reading) => linesOf(reading, await filterOf(reading, asked), after)) as never
    }
    return reader.read(request, { at_least: request.query.at_least }, async (reading) => {
      const { client, tenant } = reading.snapshot
      const filter = await filterOf(reading, request.query)
      const rows = await listFindings(client, tenant, filter, nowMs(), after, limit + 1)
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1)! : null
      linkNext(request, reply, last && writeCursor('findings', [last.raisedUs, last.id]))
      return { items: await itemsOf(reading.source, page, nowMs()), facets: after === undefined ? await facetsOf(reading, filter) : {} }
    })
  })

  app.get('/v1/findings/:id', {
    config: { roles: readers },
    schema: {
      summary: 'One finding: what it says, what it rests on, and what has become of it',
      tags: ['findings'],
      params: z.object({ id: pastedId }),
      querystring: query({ as_of: asOf, at_least: atLeast }),
      response: { 200: findingDocument, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const found = await reader.read(request, request.query, (reading) => documentOf(reading, request.params.id))
    return unlessUnchanged(request, reply, found)
  })

  const reason = z.string('must be a text').trim().min(1, 'must not be empty').max(4_096, 'must have at most 4096 characters')
  app.post('/v1/findings/:id/acknowledge', {
    config: { roles: ['responder'] },
    schema: {
      summary: 'Say that somebody has seen a finding',
      description: 'A `finding.acknowledged` entry of the tenant\'s own log. The finding stays open until what it found is no longer so.',
      tags: ['findings'],
      params: z.object({ id: pastedId }),
      querystring: query({}),
      body: z.strictObject({ reason: reason.optional() }).nullish().transform((body) => body ?? {}),
      response: { 200: findingDocument, ...problems },
    },
  }, async (request) => {
    formOf(request.headers.accept)
    return acknowledge(request, request.params.id, request.body)
  })

  app.post('/v1/findings/:id/accept', {
    config: { roles: ['responder'] },
    schema: {
      summary: 'Accept a finding until a date, with a reason',
      description: 'A `finding.acknowledged` entry of the tenant\'s own log. After that date the finding is unacknowledged again.',
      tags: ['findings'],
      params: z.object({ id: pastedId }),
      querystring: query({}),
      body: z.strictObject({ until: untilTime(nowMs), reason }),
      response: { 200: findingDocument, ...problems },
    },
  }, async (request) => {
    formOf(request.headers.accept)
    return acknowledge(request, request.params.id, { accepted_until: request.body.until, reason: request.body.reason })
  })

  async function acknowledge(request: FastifyRequest, id: string, said: { accepted_until?: string; reason?: string | undefined }) {
    const before = await reader.read(request, {}, (reading) => documentOf(reading, id))
    if (before.resolved_at !== null) {
      throw new OnbehalfError('conflict', `The finding was resolved at ${before.resolved_at} (${before.cause}): there is nothing left to acknowledge.`)
    }
    const by = principalOfCredential(request.identity)
    const { accepted_until, reason: why } = said
    const { shown, receivedAt } = await own.say(request.identity, 'finding.acknowledged', {
      finding_id: id, by, ...(accepted_until === undefined ? {} : { accepted_until }), ...(why === undefined ? {} : { reason: why }),
    })
    request.log.info({ finding: id, credential: request.identity.credential, accepted_until }, 'a finding was acknowledged')
    const after = await reader.read(request, {}, (reading) => documentOf(reading, id))
    if (shown) return after
    // It is written; that lineage is behind takes nothing from it.
    const acknowledged = { by, at: receivedAt, accepted_until: accepted_until ?? null, reason: why ?? null }
    return { ...after, acknowledged: acknowledgedOf({ ...after, acknowledged }, nowMs()) }
  }

  async function facetsOf({ snapshot: { client, tenant } }: Reading, filter: FindingFilter) {
    const counts = await countFindings(client, tenant, filter, nowMs(), counted_max + 1)
    const total = counts.reduce((sum, { count }) => sum + count, 0)
    const rule: Record<string, number> = {}
    for (const each of counts) rule[each.rule] = (rule[each.rule] ?? 0) + each.count
    return { severity: bySeverity(counts), rule, total: Math.min(total, counted_max), complete: total <= counted_max }
  }

  async function documentOf(reading: Reading, id: string) {
    const { source, standing, snapshot: { client, tenant } } = reading
    const [row] = await listFindings(client, tenant, { status: 'all', ids: [id] }, nowMs(), undefined, 1)
    const state = row && (await readFindingStates(client, tenant, [id], source)).get(id)
    if (row === undefined || (state === undefined && standing.as_of !== null)) throw notFound(id, standing.as_of, row !== undefined)
    const [item] = standing.as_of === null ? await itemsOf(source, [row], nowMs()) : [await itemAsOf(reading, row, state!)]
    const rule = allRules.get(row.rule)
    return { ...item!, doc: rule?.doc ?? '', resolved_by: rule?.resolvedBy ?? '', history: state?.history ?? [], ...standing }
  }

  /** What it said then: derived again where it is an action's, else in the words of its rule. */
  async function itemAsOf({ source }: Reading, row: FindingRow, state: FindingState): Promise<FindingItem> {
    const { rule: ruleId, version, severity, provisional, raised_at, resolved_at, cause } = state
    const rule = allRules.get(ruleId)
    const subject = row.id.slice(ruleId.length + 1)
    const isActions = actionRules.some((each) => each.id === ruleId && each.groupedBy === undefined)
    const action: Lineage | undefined = isActions && resolved_at === null ? await readAction(source, subject) : undefined
    const then: Finding | undefined = action?.findings.find((finding) => finding.id === row.id && finding.resolved_at === null)
    return {
      id: row.id, rule: ruleId, version, severity, title: rule?.title ?? ruleId,
      explanation: then?.explanation ?? (resolved_at === null ? rule?.title ?? ruleId : `No longer so (${cause}).`),
      provisional, raised_at, resolved_at, cause, acknowledged: acknowledgedOf(state, Date.parse(source.asOf!)),
      count: then === undefined ? 0 : 1, actions: isActions ? [subject] : [], entries: then?.entries ?? [],
    }
  }

  async function* linesOf({ source, snapshot: { client, tenant } }: Reading, filter: FindingFilter, from: { raisedUs: string; id: string } | undefined): AsyncGenerator<string> {
    let count = 0
    for (let after = from; ;) {
      const rows = await listFindings(client, tenant, filter, nowMs(), after, streamedPage)
      const items = await itemsOf(source, rows, nowMs())
      count += items.length
      if (items.length > 0) yield items.map((item) => `${JSON.stringify(item)}\n`).join('')
      if (rows.length < streamedPage) break
      after = rows.at(-1)!
    }
    yield `${JSON.stringify({ complete: true, count })}\n`
  }
}

const streamedPage = 200
const counted_max = 100_000
/** Years 0000 to 9999 in microseconds, as of the cursor of actions. */
const timeUs = z.string().regex(/^\d{1,18}$/).refine((text) => Number(text) < 253_402_300_800e6)
const place = z.tuple([timeUs, cursorText])

interface Filters extends Asked {
  status: FindingFilter['status']
  rule?: string[] | undefined
  severity?: (typeof severities)[number] | undefined
  provisional?: boolean | undefined
  action?: string | undefined
  agent?: string | undefined
  delegation?: string | undefined
}

async function filterOf(reading: Reading, { status, rule, severity, provisional, action, agent, delegation }: Filters): Promise<FindingFilter> {
  const filter: FindingFilter = { status }
  if (rule !== undefined) filter.rules = rule
  if (severity !== undefined) filter.severities = atLeastAs(severity)
  if (provisional !== undefined) filter.provisional = provisional
  if (action !== undefined) filter.ids = (await actionOf(reading, action)).findings.map((finding) => finding.id)
  if (agent !== undefined) filter.agent = await agentNamed(reading, agent)
  if (delegation !== undefined) {
    const key = contextKey('delegation', delegation, sha256Hex)
    const { nodes } = await readTree(reading.source, key)
    filter.delegations = [key, ...nodes.map((node) => node.key)]
  }
  return filter
}

function choice<const Names extends readonly [string, ...string[]] | readonly string[]>(names: Names) {
  return z.enum(names as unknown as [Names[number], ...Names[number][]], `must be one of ${names.join(', ')}`)
}

function rulesOf(text: string, context: z.RefinementCtx<string>): string[] {
  const ids = text.split(',').map((id) => id.trim().toUpperCase())
  for (const id of ids) {
    if (allRules.has(id)) continue
    const near = nearestName(id.slice(0, 20), [...allRules.keys()])
    context.addIssue({ code: 'custom', message: `must name rules of /v1/rules: ${JSON.stringify(id.slice(0, 20))} is none${near === null ? '' : `; did you mean ${near}?`}` })
    return z.NEVER
  }
  return ids
}

function untilTime(nowMs: () => number) {
  const rule = 'must be an RFC 3339 time with an offset, in the future'
  return z.string(rule).transform((value, context) => {
    const instant = timeOf(value.trim())
    if (instant !== null && instant.timeMs > nowMs()) return instant.time
    context.addIssue({ code: 'custom', message: rule })
    return z.NEVER
  }).describe('RFC 3339, in the future.')
}

function notFound(id: string, asOfTime: string | null, isLater: boolean): OnbehalfError {
  const shown = JSON.stringify(id.length <= 100 ? id : `${id.slice(0, 99)}…`)
  const next = isLater ? `It had not been raised by ${asOfTime}: leave \`as_of\` out, or name a later time.` : '`GET /v1/findings?status=all` lists them.'
  return new OnbehalfError('not_found', `There ${isLater ? 'was' : 'is'} no finding ${shown}${isLater ? ' then' : ''}.`, { next })
}
