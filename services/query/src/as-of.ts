import type { Lineage } from '@onbehalf/lineage'
import { timeOf } from '@onbehalf/events'
import { z } from 'zod'
import type { Snapshot } from './snapshot.ts'
import { sqlText } from './sql-text.ts'

const rule = 'must be an RFC 3339 time with an offset, such as 2026-03-01T09:30:00.250Z'

/** `?as_of=`: what was known then. Becomes RFC 3339 UTC with exactly six fraction digits, as receipt times are written. */
export const asOf = z.string(rule).transform((value, context) => {
  // `+02:00` that was not percent-encoded arrives as a blank.
  const instant = timeOf(value.trim().replace(/ (\d\d:\d\d)$/, '+$1').replace(/^(\d{4}-\d\d-\d\d) /, '$1T'))
  if (instant !== null) return microseconds(instant.time)
  context.addIssue({ code: 'custom', message: rule })
  return z.NEVER
}).optional().describe('Answer with what had been received by this time (RFC 3339), read by today\'s rules.')

/** What an answer says about itself: which entries were read, and whether the same question can still get another answer. */
export interface Standing {
  as_of: string | null
  settled: boolean
  position: Record<string, number>
}

/** An entry is in every journal a minute after it was received; until then another writer may still be committing it. */
const settledAfterMs = 60_000

export async function standingOf(snapshot: Snapshot, asOf: string | undefined, nowMs: number): Promise<Standing> {
  if (asOf === undefined) {
    const position = Object.fromEntries(snapshot.logs.map((log) => [`${snapshot.tenant}/${log.logId}`, log.projected]))
    return { as_of: null, settled: true, position }
  }
  const { rows } = await snapshot.client.query<{ logId: string; received: number }>({
    name: 'position-at', text: positionAt, values: [snapshot.tenant, asOf],
  })
  return {
    as_of: asOf,
    settled: Date.parse(asOf) <= nowMs - settledAfterMs,
    position: Object.fromEntries(rows.map((row) => [`${snapshot.tenant}/${row.logId}`, row.received])),
  }
}

/** The lineage with what only its reader knows. */
export function stamp(lineage: Lineage, standing: Standing): Lineage {
  lineage.as_of = standing.as_of
  lineage.settled = standing.settled
  lineage.position = standing.position
  return lineage
}

const positionAt = sqlText('position-at')

function microseconds(time: string): string {
  const [whole, fraction = ''] = time.slice(0, -1).split('.')
  return `${whole}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}
