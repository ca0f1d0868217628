import { countFindings } from '@onbehalf/store'
import { atLeast } from '../at-least.ts'
import { statusDocument } from '../documents.ts'
import { bySeverity } from '../findings.ts'
import { readHorizon } from '../horizon.ts'
import { formOf } from '../media-type.ts'
import { query } from '../parameters.ts'
import type { Reader } from '../reading.ts'
import { sqlText } from '../sql-text.ts'
import { problems, readers, type Routes } from './route.ts'

/** `GET /v1/status`: how much has been received, how much of it is in lineage, and what is behind. */
export function addStatusRoutes(app: Routes, reader: Reader, { version, nowMs }: { version: string; nowMs: () => number }): void {
  app.get('/v1/status', {
    config: { roles: readers },
    schema: {
      summary: 'How far everything is',
      description: 'Partitions are those that the tenant has a log for; for a credential of the whole instance, all of them.',
      tags: ['operations'],
      querystring: query({ at_least: atLeast }),
      response: { 200: statusDocument, ...problems },
    },
  }, async (request) => {
    formOf(request.headers.accept)
    return reader.read(request, request.query, async ({ source, snapshot: { client, tenant, logs } }) => {
      const counts = await client.query<Counts>({ name: 'status-counts', text: statusCounts, values: [tenant] })
      const partitions = await client.query<PartitionRow>({ name: 'partitions-of-tenant', text: partitionsOfTenant, values: [tenant, request.identity.instance] })
      const { cases, count, backlog, foldVersion } = counts.rows[0]!
      const { horizon, due, sources } = await readHorizon(source, nowMs())
      const findings = await countFindings(client, tenant, { status: 'open' }, nowMs(), findings_max)
      return {
        version,
        fold_version: foldVersion,
        logs: logs.map((log) => ({ log: `${tenant}/${log.logId}`, size: log.size, projected: log.projected, checkpoint_size: null })),
        partitions: partitions.rows.map(partitionOf),
        horizon,
        backlog: backlog + due,
        quarantine: { cases, count },
        findings: bySeverity(findings),
        sources,
      }
    })
  })
}

const findings_max = 100_000
const statusCounts = sqlText('status-counts')
const partitionsOfTenant = sqlText('partitions-of-tenant')

interface Counts { cases: number; count: number; backlog: number; foldVersion: string | null }

interface PartitionRow {
  topic: string
  partition: number
  next_offset: number | bigint | null
  end_offset: number | bigint | null
  caught_up_at: string | null
}

function partitionOf({ topic, partition, next_offset, end_offset, caught_up_at }: PartitionRow) {
  const [next, end] = [numberOf(next_offset), numberOf(end_offset)]
  return {
    topic, partition, next_offset: next, end_offset: end,
    // The end was read before the last batch was committed: it may be the older of the two.
    lag: next === null || end === null ? null : Math.max(0, end - next),
    caught_up_at,
  }
}

/** Offsets pass 2^53 in no lifetime; where one does all the same, JSON has no exact number for it. */
const numberOf = (offset: number | bigint | null): number | null => (offset === null ? null : Number(offset))
