import { listAgents, listFindings } from '@onbehalf/store'
import { z } from 'zod'
import { agentNamed, textOf } from '../agent-names.ts'
import { readAgents, type AgentBounds } from '../agents.ts'
import { asOf } from '../as-of.ts'
import { atLeast } from '../at-least.ts'
import { unlessUnchanged } from '../etag.ts'
import { itemsOf } from '../findings.ts'
import { pastedId } from '../ids.ts'
import { agentDocument, agentList } from '../inventory-documents.ts'
import { formOf } from '../media-type.ts'
import { cursorText, linkNext, paging, readCursor, writeCursor } from '../paging.ts'
import { query } from '../parameters.ts'
import type { Reader, Reading } from '../reading.ts'
import { problems, readers, type Routes } from './route.ts'

/** `GET /v1/agents` and `/v1/agents/{id}`: every agent that is registered or has acted. */
export function addAgentRoutes(app: Routes, reader: Reader, { nowMs }: { nowMs: () => number }): void {
  app.get('/v1/agents', {
    config: { roles: readers },
    schema: {
      summary: 'Every agent, registered or only seen',
      description: 'In the order of `iss|sub`. Of each some 20 delegations and grants are looked at and 1000 actions are counted; the page of one agent goes further.',
      tags: ['inventory'],
      querystring: query({ ...paging, at_least: atLeast }, { as_of: 'is answered for one agent: ask `/v1/agents/{id}`' }),
      response: { 200: agentList, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const { limit, cursor } = request.query
    const [after] = readCursor('agents', place, cursor) ?? ['']
    return reader.read(request, request.query, async (reading) => {
      const { page, next } = await agentsPage(reading, after, limit)
      linkNext(request, reply, next === null ? null : writeCursor('agents', [next]))
      return { items: await readAgents(reading, page, nowMs(), ofList), facets: {} }
    })
  })

  app.get('/v1/agents/:id', {
    config: { roles: readers },
    schema: {
      summary: 'One agent: who owns it, who lets it act, what it could use, what it reached',
      description: '`iss|sub`, percent-encoded, or a bare `sub` if unique; else 409 with the candidates. With `as_of`, what it did is what happened until then.',
      tags: ['inventory'],
      params: z.object({ id: pastedId }),
      querystring: query({ as_of: asOf, at_least: atLeast }),
      response: { 200: agentDocument, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const found = await reader.read(request, request.query, async (reading) => {
      const { source, standing, snapshot: { client, tenant } } = reading
      const text = await agentNamed(reading, request.params.id)
      const [agent] = await readAgents(reading, [text], nowMs(), ofOne)
      const open = await listFindings(client, tenant, { status: 'open', agent: text }, nowMs(), undefined, findings_max)
      const then = open.filter(({ raised_at }) => source.asOf === undefined || raised_at <= source.asOf)
      return { ...agent!, findings: await itemsOf(source, then, nowMs()), ...standing }
    })
    return unlessUnchanged(request, reply, found)
  })
}

/** A page of agents by their text, and where the next one begins. */
export async function agentsPage(reading: Reading, after: string, limit: number): Promise<{ page: string[]; next: string | null }> {
  const { client, tenant } = reading.snapshot
  const listed = await listAgents(client, tenant, after, limit + 1)
  const page = listed.slice(0, limit)
  const texts = await Promise.all(page.map((each) => textOf(reading, each)))
  return { page: [...new Set(texts)], next: listed.length > limit ? page.at(-1)! : null }
}

const place = z.tuple([cursorText])
const ofList: AgentBounds = { authority_max: 20, actions_max: 1_000 }
const ofOne: AgentBounds = { authority_max: 500, actions_max: 10_000 }
const findings_max = 20
