import type { ClientBase } from 'pg'
import { contextKey, type EntryRef, type Key, type Severity } from '@onbehalf/lineage'
import { sqlFile } from '../sql-file.ts'
import { sha256Hex } from './facts.ts'

/** `open`: what has not been resolved, whoever has seen it. `acknowledged` and `unacknowledged` are its two parts. */
export const findingStatuses = ['open', 'unacknowledged', 'acknowledged', 'resolved', 'all'] as const
export type FindingStatus = (typeof findingStatuses)[number]

/** What is left out does not restrict. */
export interface FindingFilter {
  status: FindingStatus
  rules?: readonly string[]
  severities?: readonly Severity[]
  provisional?: boolean
  ids?: readonly string[]
  /** `iss|sub`: what is found of it, and of what it did. */
  agent?: string
  /** Keys: what is found of them, and of what was done under them. */
  delegations?: readonly Key[]
}

/** What somebody has said of a finding. */
export interface Acknowledgement {
  by: unknown
  /** When it was received. */
  at: string
  accepted_until: string | null
  reason: string | null
}

export interface FindingRow {
  id: string
  rule: string
  severity: Severity
  provisional: boolean
  raised_at: string
  /** Microseconds since 1970, as text: with the id, the cursor of the next page. */
  raisedUs: string
  resolved_at: string | null
  cause: string | null
  acknowledged: Acknowledgement | null
  /** What the rules say of it now; null where it does not hold any more. */
  version: number | null
  explanation: string | null
  entries: EntryRef[] | null
  /** The first that show it: key, part, and what else it is shown on. */
  places: [key: Key, part: string, shownOn: Key | null][]
  /** How many things show it, up to 10,000. */
  count: number
}

export interface FindingPlace {
  raisedUs: string
  id: string
}

/** A page of findings, newest first. */
export async function listFindings(
  client: ClientBase, tenant: string, filter: FindingFilter, nowMs: number, after: FindingPlace | undefined, limit: number,
): Promise<FindingRow[]> {
  // Without a name, so that it is planned for the filter at hand: one plan for all of them would go through every finding.
  const { rows } = await client.query<FindingRow>(texts.list[filter.status], [
    ...valuesOf(tenant, filter, nowMs), after?.raisedUs ?? null, after?.id ?? null, limit,
  ])
  return rows
}

/** At most `max` findings are counted. */
export async function countFindings(
  client: ClientBase, tenant: string, filter: FindingFilter, nowMs: number, max: number,
): Promise<{ rule: string; severity: Severity; count: number }[]> {
  const { rows } = await client.query<{ rule: string; severity: Severity; count: number }>(texts.count[filter.status], [...valuesOf(tenant, filter, nowMs), max])
  return rows
}

// Somebody has seen this raising of it, and what he accepted has not run out.
const seen = `f.acknowledged is not null and (f.acknowledged ->> 'at')::timestamptz >= f.raised_at
    and coalesce((f.acknowledged ->> 'accepted_until')::timestamptz > $9::timestamptz, true)`
const conditions: Record<FindingStatus, string> = {
  open: 'f.resolved_at is null',
  unacknowledged: `f.resolved_at is null and not coalesce(${seen}, false)`,
  acknowledged: `f.resolved_at is null and ${seen}`,
  resolved: 'f.resolved_at is not null',
  all: 'true',
}
const filterSql = sqlFile(import.meta.url, 'sql/findings-filter.sql')
const texts = { list: textsOf('sql/list-findings.sql'), count: textsOf('sql/count-findings.sql') }

function textsOf(file: string): Record<FindingStatus, string> {
  const text = sqlFile(import.meta.url, file)
  return Object.fromEntries(findingStatuses.map((status) =>
    [status, text.replace('{filter}', () => filterSql).replace('{status}', () => conditions[status])])) as Record<FindingStatus, string>
}

function valuesOf(tenant: string, { rules, severities, provisional, ids, agent, delegations }: FindingFilter, nowMs: number): unknown[] {
  return [
    tenant, rules ?? null, severities ?? null, provisional ?? null, ids ?? null, agent ?? null,
    agent === undefined ? null : contextKey('agent', agent, sha256Hex), delegations ?? null, new Date(nowMs).toISOString(),
  ]
}
