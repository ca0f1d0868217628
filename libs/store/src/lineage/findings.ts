import type { ClientBase } from 'pg'
import { actionRules, byGravity, contextKey, principalText, subjectRules, type EntryRef, type Finding, type Lineage, type View } from '@onbehalf/lineage'
import { sha256Hex } from './facts.ts'

/**
 * Says when the findings of some actions were raised, adds those that were resolved since, and those of the things that an
 * action rests on: its agent, its delegations and the grants that come with them. As of a time: as the log said then.
 */
export async function stampFindings(
  client: ClientBase, tenant: string, of: readonly { view: View; lineage: Lineage }[], asOf: string | undefined,
): Promise<void> {
  if (of.length === 0) return
  const places = new Map(of.map(({ view }) => [view, placesOf(view)]))
  const shared = await readShared(client, tenant, [...new Set([...places.values()].flat())])
  const ids = of.flatMap(({ lineage }) => [...lineage.findings.map((finding) => finding.id), ...actionRules.map((rule) => `${rule.id}:${lineage.id}`)])
  const recorded = await readRecorded(client, tenant, [...new Set([...ids, ...shared.map(({ finding }) => finding.id)])], asOf)
  for (const { view, lineage } of of) {
    const here = new Set(places.get(view))
    const holding = [...lineage.findings, ...shared.filter(({ place }) => here.has(place)).map(({ finding }) => finding)
      .filter((finding) => asOf === undefined || recorded.has(finding.id))]
    const held = new Set(holding.map((finding) => finding.id))
    const past = actionRules.flatMap((rule): Finding[] => {
      const id = `${rule.id}:${lineage.id}`
      const row = recorded.get(id)
      if (row === undefined || row.resolved_at === null || held.has(id)) return []
      return [{
        id, rule: rule.id, version: rule.version, severity: row.severity, title: rule.title, explanation: `No longer so (${row.cause}).`,
        provisional: row.provisional, raised_at: row.raised_at, resolved_at: row.resolved_at, entries: [],
      }]
    })
    lineage.findings = [
      ...holding.map((finding) => {
        const row = recorded.get(finding.id)
        return row === undefined || row.resolved_at !== null ? { ...finding } : { ...finding, raised_at: row.raised_at }
      }).sort(byGravity),
      ...past.sort(byGravity),
    ]
  }
}

/** What findings of other subjects are shown on an action by. */
function placesOf({ roles, chain }: View): string[] {
  const { principal } = roles.actor
  return [
    ...chain.hops.map((hop) => contextKey('delegation', hop.delegation_id, sha256Hex)),
    ...(principal ? [contextKey('agent', principalText(principal), sha256Hex)] : []),
  ]
}

interface Recorded {
  id: string
  severity: Finding['severity']
  provisional: boolean
  raised_at: string
  resolved_at: string | null
  cause: string | null
}

async function readRecorded(client: ClientBase, tenant: string, ids: readonly string[], asOf: string | undefined): Promise<Map<string, Recorded>> {
  const { rows } = await client.query<Recorded>({
    name: 'findings-recorded',
    text: `select f.id, f.severity, f.provisional, ${utc('f.raised_at')} as raised_at, f.cause,
             case when f.resolved_at <= coalesce($3::timestamptz, 'infinity') then ${utc('f.resolved_at')} end as resolved_at
           from unnest(string_to_array($2, E'\\x1f')) as k (id)
           join findings f on f.tenant = $1 and f.id = k.id and f.raised_at <= coalesce($3::timestamptz, 'infinity')`,
    values: [tenant, ids.join('\x1f'), asOf ?? null],
  })
  return new Map(rows.map((row) => [row.id, row]))
}

async function readShared(client: ClientBase, tenant: string, places: readonly string[]): Promise<{ place: string; finding: Finding }[]> {
  if (places.length === 0) return []
  const { rows } = await client.query<{
    place: string; id: string; rule: string; version: number; severity: Finding['severity']; explanation: string; provisional: boolean; entries: EntryRef[]
  }>({
    name: 'violations-shown-on',
    text: `select shown_on as place, id, rule, version, severity, explanation, provisional, entries
           from violations where tenant = $1 and shown_on = any(string_to_array($2, E'\\x1f')) order by id, key limit 1000`,
    values: [tenant, places.join('\x1f')],
  })
  return rows.map(({ place, ...row }) => ({
    place, finding: { ...row, title: subjectRules.get(row.rule)?.title ?? row.rule, raised_at: null, resolved_at: null },
  }))
}

/** RFC 3339 with microseconds, as receipt times are written. */
function utc(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}
