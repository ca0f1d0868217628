import { z } from 'zod'
import { agentNamed } from '../agent-names.ts'
import { atLeast } from '../at-least.ts'
import { readCoverage } from '../coverage.ts'
import { pastedId } from '../ids.ts'
import { coverageList } from '../inventory-documents.ts'
import { formOf } from '../media-type.ts'
import { cursorText, linkNext, paging, readCursor, writeCursor } from '../paging.ts'
import { query } from '../parameters.ts'
import type { Reader } from '../reading.ts'
import { agentsPage } from './agents.ts'
import { problems, readers, type Routes } from './route.ts'

/** `GET /v1/coverage`: per agent and leg, who tells, how much is covered, and what to add next. */
export function addCoverageRoutes(app: Routes, reader: Reader, { nowMs }: { nowMs: () => number }): void {
  app.get('/v1/coverage', {
    config: { roles: readers },
    schema: {
      summary: 'How well each agent is covered, and what to add next',
      description: 'Looks at the latest `sample` actions of each agent. Levels: L0 spans, L1 who it works for, its stable name and its conversation, L2 decisions, '
        + 'L3 delegations and approvals, L4 inventory, heartbeats and an independent outcome. A level is reached when nine of ten sampled actions have it, and all below.',
      tags: ['inventory'],
      querystring: query({
        ...paging, at_least: atLeast,
        sample: z.string(sampleRule).regex(/^\d{1,4}$/, sampleRule).transform(Number).refine((value) => value >= 1 && value <= sample_max, sampleRule).default(20)
          .meta({ type: 'integer', minimum: 1, maximum: sample_max, description: 'How many of the latest actions of each agent are looked at.' }),
        agent: pastedId.optional().describe('Only this one: `iss|sub`, or a bare `sub` if unique.'),
      }),
      response: { 200: coverageList, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const { limit, cursor, sample, agent } = request.query
    const [after] = readCursor('coverage', place, cursor) ?? ['']
    return reader.read(request, request.query, async (reading) => {
      const { page, next } = agent === undefined ? await agentsPage(reading, after, limit) : { page: [await agentNamed(reading, agent)], next: null }
      linkNext(request, reply, next === null ? null : writeCursor('coverage', [next]))
      return { items: await readCoverage(reading, page, nowMs(), sample), facets: {} }
    })
  })
}

const sample_max = 200
const sampleRule = `must be a whole number from 1 to ${sample_max}`
const place = z.tuple([cursorText])
