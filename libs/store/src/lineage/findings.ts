import type { ClientBase } from 'pg'
import { actionRules, byGravity, showsFindingsOf, subjectRules, type EntryRef, type Finding, type Lineage, type View } from '@onbehalf/lineage'
import { sha256Hex } from './facts.ts'
import { readFindingStates } from './finding-history.ts'
import type { ReadOptions } from './known.ts'

/**
 * Says when the findings of some actions were raised, adds those that were resolved since, and those of the things that an
 * action rests on: its agent, its delegations and the grants that come with them. As of a time: as the log said then.
 */
export async function stampFindings(
  client: ClientBase, tenant: string, of: readonly { view: View; lineage: Lineage }[], options: ReadOptions,
): Promise<void> {
  if (of.length === 0) return
  const { asOf } = options
  const places = new Map(of.map(({ view }) => [view, showsFindingsOf(view, sha256Hex)]))
  const everywhere = [...new Set([...places.values()].flat())]
  const shared = [...(await readShared(client, tenant, everywhere)), ...(asOf === undefined ? [] : await readSharedOnce(client, tenant, everywhere))]
  const ids = of.flatMap(({ lineage }) => [...lineage.findings.map((finding) => finding.id), ...actionRules.map((rule) => `${rule.id}:${lineage.id}`)])
  const recorded = await readRecorded(client, tenant, [...new Set([...ids, ...shared.map(({ finding }) => finding.id)])], options)
  for (const { view, lineage } of of) {
    const here = new Set(places.get(view))
    // What held then of something else is known from the log alone: it need not be what holds now.
    const others = new Map(shared.filter(({ place }) => here.has(place)).map(({ finding }): [string, Finding] => [finding.id, finding]).toReversed())
    const holding = [...lineage.findings, ...[...others.values()].flatMap((finding): Finding[] => {
      const row = recorded.get(finding.id)
      if (asOf === undefined) return [finding]
      return row === undefined || row.resolved_at !== null ? [] : [{ ...finding, severity: row.severity, provisional: row.provisional }]
    })]
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

interface Recorded {
  id: string
  severity: Finding['severity']
  provisional: boolean
  raised_at: string
  resolved_at: string | null
  cause: string | null
}

/** As of a time that has passed the table says too little: a finding may have been resolved and raised again since. */
async function readRecorded(client: ClientBase, tenant: string, ids: readonly string[], options: ReadOptions): Promise<Map<string, Recorded>> {
  const now = await readRecordedNow(client, tenant, ids)
  if (options.asOf === undefined) return now
  const states = await readFindingStates(client, tenant, [...now.keys()], options)
  return new Map([...states].map(([id, state]) => [id, { id, ...state }]))
}

async function readRecordedNow(client: ClientBase, tenant: string, ids: readonly string[]): Promise<Map<string, Recorded>> {
  const { rows } = await client.query<Recorded>({
    name: 'findings-recorded',
    text: `select f.id, f.severity, f.provisional, ${utc('f.raised_at')} as raised_at, f.cause,
             ${utc('f.resolved_at')} as resolved_at
           from unnest(string_to_array($2, E'\\x1f')) as k (id)
           join findings f on f.tenant = $1 and f.id = k.id`,
    values: [tenant, ids.join('\x1f')],
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

/** What was ever found of the same things, whether it holds now or not, in the words of its rule. */
async function readSharedOnce(client: ClientBase, tenant: string, places: readonly string[]): Promise<{ place: string; finding: Finding }[]> {
  if (places.length === 0) return []
  const { rows } = await client.query<{ place: string; id: string; rule: string }>({
    name: 'findings-once-shown-on',
    // A delegation and an agent are in the ids of their findings; a grant is linked to who holds it and what it comes with.
    text: `select k.place, f.id, f.rule
           from unnest(string_to_array($2, E'\\x1f')) as k (place)
           cross join lateral (
             select substr(k.place, position(':' in k.place) + 1) as about
             union all
             select * from (
               select substr(l.filed, 7) from links l
               where l.tenant = $1 and l.key in (k.place, regexp_replace(k.place, '^agent:', 'holder:')) and l.filed > 'grant:' and l.filed < 'grant;'
               limit 100) g
           ) s
           cross join unnest($3::text[]) as r (rule)
           join findings f on f.tenant = $1 and f.id = r.rule || ':' || s.about
           order by f.id limit 1000`,
    values: [tenant, places.join('\x1f'), [...subjectRules.keys()]],
  })
  return rows.map(({ place, id, rule }) => {
    const { version = 1, severity = 'medium', title = rule } = subjectRules.get(rule) ?? {}
    return { place, finding: { id, rule, version, severity, title, explanation: title, provisional: false, raised_at: null, resolved_at: null, entries: [] } }
  })
}

/** RFC 3339 with microseconds, as receipt times are written. */
function utc(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}
