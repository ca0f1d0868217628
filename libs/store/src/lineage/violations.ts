import type { ClientBase } from 'pg'
import type { EntryRef, Finding, Severity } from '@onbehalf/lineage'
import { CopyBuffer, copyInto } from '../copy-buffer.ts'
import { segmentEntriesMax } from '../journal/entry.ts'
import { appendOwn, ownEvent } from '../journal/own.ts'
import { joined, separator } from './joined.ts'

/** Everything that the rules find of one thing, as it is now. */
export interface ViolationsOf {
  tenant: string
  /** An action's, or another subject's: `grant:…`, `source:…`. */
  key: string
  part: string
  /** Where else it is shown: on the actions that rest on this. */
  shownOn: string | null
  timeMs: number
  findings: readonly Finding[]
}

/** A finding that is not what Onbehalf's own log says of it. */
export interface Transition {
  tenant: string
  id: string
  rule: string
  /** Null: it holds no longer. */
  holds: { version: number; severity: Severity; provisional: boolean; entries: EntryRef[] } | null
}

/**
 * Makes the table say what was found of some keys, inside the caller's transaction: `all` of it, for every part. Answers the ids of findings of which
 * something has changed; nothing is written where nothing has.
 */
export async function writeViolations(
  client: ClientBase, judged: readonly { tenant: string; key: string }[], all: readonly ViolationsOf[],
): Promise<ChangedFinding[]> {
  if (judged.length === 0) return []
  const before = new Map((await readViolationsOf(client, judged)).map((row) => [placeOf(row), row]))
  const fresh: ViolationRow[] = []
  const gone: ViolationRow[] = []
  for (const of of all)
    for (const finding of of.findings) {
      const row = rowOf(of, finding)
      const known = before.get(placeOf(row))
      before.delete(placeOf(row))
      if (known && sameRow(known, row)) continue
      if (known) gone.push(known)
      fresh.push(row)
    }
  gone.push(...before.values())
  if (gone.length > 0)
    await client.query({
      name: 'delete-violations',
      text: `delete from violations v
             using unnest($1::text[], $2::text[], $3::text[], $4::text[]) as g (tenant, key, part, id)
             where v.tenant = g.tenant and v.key = g.key and v.part = g.part and v.id = g.id`,
      // Arrays: one empty text, joined, would be none.
      values: [gone.map((r) => r.tenant), gone.map((r) => r.key), gone.map((r) => r.part), gone.map((r) => r.id)],
    })
  if (fresh.length > 0) {
    const copy = new CopyBuffer()
    for (const r of fresh)
      copy.row(12).ascii(r.tenant).text(r.key).text(r.part).text(r.id).text(r.rule).int2(r.version).text(r.severity).text(r.explanation)
        .bool(r.provisional).timestamptz(Math.round(r.timeMs * 1000)).jsonb(JSON.stringify(r.entries)).text(r.shownOn)
    await copyInto(client, 'violations (tenant, key, part, id, rule, version, severity, explanation, provisional, time, entries, shown_on)', copy.finish())
  }
  const changed = new Map([...gone, ...fresh].map((row) => [row.tenant + separator + row.id, { tenant: row.tenant, id: row.id }]))
  return [...changed.values()]
}

export interface ChangedFinding {
  tenant: string
  id: string
}

/** Which of some findings are not what the own log says: to be raised, to be raised again because they are no longer provisional or graver, or resolved. */
export async function transitionsOf(client: ClientBase, changed: readonly ChangedFinding[] | 'all'): Promise<Transition[]> {
  const some = changed === 'all' ? null : changed
  if (some !== null && some.length === 0) return []
  const { rows } = await client.query<{
    tenant: string; id: string; rule: string; holds: boolean; version: number; severity: Severity; provisional: boolean; entries: EntryRef[] | null
  }>({
    name: some === null ? 'all-transitions' : 'transitions',
    text: `${some === null ? `with c as (select tenant, id from violations union select tenant, id from findings where resolved_at is null)`
      : `with c as (select * from unnest(string_to_array($1, E'\\x1f'), string_to_array($2, E'\\x1f')) as c (tenant, id))`}
           select c.tenant, c.id, coalesce(v.rule, f.rule) as rule, v.rule is not null as holds, v.version, v.severity, v.provisional, v.entries
           from c
           left join findings f on f.tenant = c.tenant and f.id = c.id and f.resolved_at is null
           left join lateral (
             select w.rule, w.version, w.entries, s.provisional, s.severity
             from (select rule, version, entries from violations where tenant = c.tenant and id = c.id order by time, key, part limit 1) w
             cross join lateral (
               select bool_and(provisional) as provisional,
                 (array['info', 'medium', 'high', 'critical'])[max(array_position(array['info', 'medium', 'high', 'critical'], severity))] as severity
               from violations where tenant = c.tenant and id = c.id) s
           ) v on true
           where (v.rule is null) <> (f.rule is null)
             or (f.provisional and not v.provisional) or f.severity <> v.severity
           order by c.tenant, c.id`,
    values: some === null ? [] : [joined(some, (c) => c.tenant), joined(some, (c) => c.id)],
  })
  return rows.map(({ tenant, id, rule, holds, version, severity, provisional, entries }) => ({
    tenant, id, rule, holds: holds ? { version, severity, provisional, entries: entries ?? [] } : null,
  }))
}

/**
 * Writes what has come of some findings to the tenants' own logs and to the table that is folded from them, in the caller's
 * transaction: raised exactly once, never published before it is durable.
 */
export async function recordTransitions(client: ClientBase, transitions: readonly Transition[], cause: string | null, at: string): Promise<void> {
  const byTenant = new Map<string, Transition[]>()
  for (const transition of transitions) {
    const list = byTenant.get(transition.tenant)
    if (list) list.push(transition)
    else byTenant.set(transition.tenant, [transition])
  }
  for (const [tenant, own] of [...byTenant].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // By segments: each has its own time of receipt.
    for (let from = 0; from < own.length; from += segmentEntriesMax) {
      const some = own.slice(from, from + segmentEntriesMax)
      const { firstIndex, receivedAt } = await appendOwn(client, tenant, some.map((transition) => eventOf(transition, cause, at)))
      await foldFindings(client, some.map((transition, i) => saidOf(transition, cause, receivedAt, firstIndex + i)))
    }
  }
}

/** What one entry of the own log says of a finding. */
export interface FindingSaid {
  tenant: string
  id: string
  index: number
  receivedAt: string
  says:
    | { raised: { rule: string; severity: Severity; provisional: boolean } }
    | { resolved: { cause: string } }
    | { acknowledged: { by: unknown; at: string; accepted_until: string | null; reason: string | null } }
}

/** Folds what the own log says, in its order. What has been folded already, when it was written, changes nothing. */
export async function foldFindings(client: ClientBase, said: readonly FindingSaid[]): Promise<void> {
  // All at once, but for what is said of one finding several times: that is taken in turn.
  let wave = new Map<string, FindingSaid>()
  for (const each of said) {
    const id = each.tenant + separator + each.id
    if (wave.has(id)) {
      await foldWave(client, [...wave.values()])
      wave = new Map()
    }
    wave.set(id, each)
  }
  await foldWave(client, [...wave.values()])
}

async function foldWave(client: ClientBase, wave: readonly FindingSaid[]): Promise<void> {
  const raised = wave.flatMap(({ says, ...rest }) => ('raised' in says ? [{ ...rest, says: says.raised }] : []))
  const resolved = wave.flatMap(({ says, ...rest }) => ('resolved' in says ? [{ ...rest, says: says.resolved }] : []))
  const acknowledged = wave.flatMap(({ says, ...rest }) => ('acknowledged' in says ? [{ ...rest, says: says.acknowledged }] : []))
  if (raised.length > 0)
    await client.query({
      name: 'findings-raised',
      text: `insert into findings as f (tenant, id, rule, severity, provisional, raised_at, entry)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[], $7::bigint[])
             on conflict on constraint findings_pk do update set
               rule = excluded.rule, severity = excluded.severity, provisional = excluded.provisional, cause = null, entry = excluded.entry,
               raised_at = case when f.resolved_at is null then f.raised_at else excluded.raised_at end, resolved_at = null
             where excluded.entry > f.entry`,
      values: [
        raised.map((r) => r.tenant), raised.map((r) => r.id), raised.map((r) => r.says.rule), raised.map((r) => r.says.severity),
        raised.map((r) => r.says.provisional), raised.map((r) => r.receivedAt), raised.map((r) => r.index),
      ],
    })
  if (resolved.length > 0)
    await client.query({
      name: 'findings-resolved',
      text: `update findings f set resolved_at = r.at, cause = r.cause, entry = r.entry
             from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[]) as r (tenant, id, at, cause, entry)
             where f.tenant = r.tenant and f.id = r.id and f.entry < r.entry`,
      values: [resolved.map((r) => r.tenant), resolved.map((r) => r.id), resolved.map((r) => r.receivedAt), resolved.map((r) => r.says.cause), resolved.map((r) => r.index)],
    })
  if (acknowledged.length > 0)
    await client.query({
      name: 'findings-acknowledged',
      text: `update findings f set acknowledged = r.says, entry = r.entry
             from unnest($1::text[], $2::text[], $3::jsonb[], $4::bigint[]) as r (tenant, id, says, entry)
             where f.tenant = r.tenant and f.id = r.id and f.entry < r.entry`,
      values: [acknowledged.map((r) => r.tenant), acknowledged.map((r) => r.id), acknowledged.map((r) => JSON.stringify(r.says)), acknowledged.map((r) => r.index)],
    })
}

interface ViolationRow {
  tenant: string
  key: string
  part: string
  id: string
  rule: string
  version: number
  severity: Severity
  explanation: string
  provisional: boolean
  timeMs: number
  entries: EntryRef[]
  shownOn: string | null
}

/** How many of the entries that a finding rests on are kept with it. */
const entries_max = 64

function rowOf({ tenant, key, part, shownOn, timeMs }: ViolationsOf, finding: Finding): ViolationRow {
  const { id, rule, version, severity, explanation, provisional, entries } = finding
  return { tenant, key, part, id, rule, version, severity, explanation, provisional, timeMs, entries: entries.slice(0, entries_max), shownOn }
}

function sameRow(a: ViolationRow, b: ViolationRow): boolean {
  return a.version === b.version && a.severity === b.severity && a.explanation === b.explanation && a.provisional === b.provisional
    && a.shownOn === b.shownOn && Math.round(a.timeMs * 1000) === Math.round(b.timeMs * 1000) && a.entries.length === b.entries.length
    && a.entries.every((entry, i) => entry.log === b.entries[i]!.log && entry.index === b.entries[i]!.index)
}

async function readViolationsOf(client: ClientBase, judged: readonly { tenant: string; key: string }[]): Promise<ViolationRow[]> {
  const { rows } = await client.query<ViolationRow & { timeUs: string }>({
    name: 'violations-of',
    text: `select v.tenant, v.key, v.part, v.id, v.rule, v.version, v.severity, v.explanation, v.provisional, v.entries, v.shown_on as "shownOn",
             (extract(epoch from v.time) * 1000000)::bigint::text as "timeUs"
           from (select distinct * from unnest(string_to_array($1, E'\x1f'), string_to_array($2, E'\x1f')) as p (tenant, key)) p
           join violations v on v.tenant = p.tenant and v.key = p.key`,
    values: [joined(judged, (of) => of.tenant), joined(judged, (of) => of.key)],
  })
  return rows.map(({ timeUs, ...row }) => ({ ...row, timeMs: Number(timeUs) / 1000 }))
}

function eventOf({ id, rule, holds }: Transition, cause: string | null, at: string): object {
  if (holds === null) return ownEvent('projector', 'finding.resolved', at, { finding_id: id, rule, cause: cause ?? 'late_evidence' })
  return ownEvent('projector', 'finding.raised', at, {
    finding_id: id, rule, rule_version: holds.version, severity: holds.severity, provisional: holds.provisional,
    entries: holds.entries.map(({ log, index }) => ({ log, index })), ...(cause === null ? {} : { cause }),
  })
}

function saidOf({ tenant, id, rule, holds }: Transition, cause: string | null, receivedAt: string, index: number): FindingSaid {
  const { severity, provisional } = holds ?? { severity: 'info' as const, provisional: false }
  return { tenant, id, index, receivedAt, says: holds === null ? { resolved: { cause: cause ?? 'late_evidence' } } : { raised: { rule, severity, provisional } } }
}

function placeOf({ tenant, key, part, id }: ViolationRow): string {
  return [tenant, key, part, id].join(separator)
}
