import type { ClientBase } from 'pg'
import type { Due, EntryRef } from '@onbehalf/lineage'
import { CopyBuffer, copyInto } from '../copy-buffer.ts'
import { joined, separator } from './joined.ts'
import type { ActionRow } from './row.ts'

/** Everything that one projector transaction writes. All of it, with the cursors, or nothing. */
export interface ReadModelBatch {
  facts: FactsRow[]
  /** Certainly not there yet. */
  newLinks: LinkRow[]
  links: LinkRow[]
  /** Certainly not there yet. */
  newActions: ActionRow[]
  actions: ActionRow[]
  /** Keys that are no action, or no longer one: their rows go. */
  gone: { tenant: string; key: string }[]
  /** Keys of which `dues` and `uses` hold all that there is: what stands there goes. */
  cleared: { tenant: string; key: string }[]
  dues: DueRow[]
  uses: UseRow[]
  quarantine: QuarantineCase[]
  stale: StaleRow[]
  cursors: { tenant: string; logId: string; position: number }[]
}

export interface LinkRow {
  tenant: string
  key: string
  filed: string
}

/** A thing that changed; what was over before `sinceMs` does not care. */
export interface StaleRow {
  tenant: string
  key: string
  /** -Infinity: always. */
  sinceMs: number
  /** How many things up it is that something changed. */
  depth: number
  /** The change that is followed here; left out for a change of the thing itself. */
  wave?: number
}

interface Place {
  tenant: string
  key: string
  part: string
}

/** When something is to be derived again. */
export type DueRow = Place & Due

/** An action ran under a delegation whose uses are limited. */
export interface UseRow extends Place {
  /** `delegation:…` */
  delegation: string
}

export interface FactsRow {
  tenant: string
  key: string
  logId: string
  firstIndex: number
  places: number[]
}

export interface QuarantineCase {
  tenant: string
  producer: string
  reason: string
  kind: string
  count: number
  firstAt: string
  lastAt: string
  /** The first five by receipt. */
  samples: EntryRef[]
}

export const samples_max = 5

/** Writes a batch inside the caller's transaction. `search_path` says which read models. */
export async function writeBatch(client: ClientBase, batch: ReadModelBatch): Promise<void> {
  await copyFacts(client, batch.facts)
  await copyLinks(client, 'links (tenant, key, filed)', batch.newLinks)
  await insertLinks(client, batch.links)
  await deleteActions(client, batch.gone)
  await copyActions(client, `actions (${actionColumns})`, batch.newActions)
  await upsertActions(client, batch.actions)
  await clearRows(client, batch.cleared)
  await copyDues(client, batch.dues)
  await copyUses(client, batch.uses)
  await mergeQuarantine(client, batch.quarantine)
  await insertStale(client, batch.stale)
  await moveCursors(client, batch.cursors)
}

/** Per connection, once: where rows wait that may already be there. */
export async function createStaging(client: ClientBase): Promise<void> {
  await client.query(`
    create temporary table if not exists staged_links (tenant text, key text, filed text) on commit delete rows;
    create temporary table if not exists staged_actions (
      tenant text, key text, part text, time timestamptz, last_told timestamptz, operation text, agent text, system text, initiator text, decision text,
      status text, agreement text, required smallint, present smallint) on commit delete rows`)
}

async function copyFacts(client: ClientBase, facts: readonly FactsRow[]): Promise<void> {
  if (facts.length === 0) return
  const rows = new CopyBuffer()
  for (const row of facts)
    rows.row(5).ascii(row.tenant).text(row.key).ascii(row.logId).int8(row.firstIndex).int2Array(row.places)
  await copyInto(client, 'facts (tenant, key, log_id, first_index, places)', rows.finish())
}

async function copyLinks(client: ClientBase, into: string, links: readonly LinkRow[]): Promise<void> {
  if (links.length === 0) return
  const rows = new CopyBuffer()
  for (const link of links) rows.row(3).ascii(link.tenant).text(link.key).text(link.filed)
  await copyInto(client, into, rows.finish())
}

async function insertLinks(client: ClientBase, links: readonly LinkRow[]): Promise<void> {
  if (links.length === 0) return
  await copyLinks(client, 'staged_links', links)
  await client.query({
    name: 'insert-links',
    text: `insert into links (tenant, key, filed) select tenant, key, filed from staged_links
           on conflict on constraint links_pk do nothing`,
  })
}

async function deleteActions(client: ClientBase, gone: ReadModelBatch['gone']): Promise<void> {
  if (gone.length === 0) return
  await client.query({
    name: 'delete-actions',
    text: `delete from actions a using unnest(string_to_array($1, E'\\x1f'), string_to_array($2, E'\\x1f')) as g (tenant, key)
           where a.tenant = g.tenant and a.key = g.key`,
    values: [joined(gone, (g) => g.tenant), joined(gone, (g) => g.key)],
  })
}

const actionColumns =
  'tenant, key, part, time, last_told, operation, agent, system, initiator, decision, status, agreement, required, present'

async function copyActions(client: ClientBase, into: string, actions: readonly ActionRow[]): Promise<void> {
  if (actions.length === 0) return
  const rows = new CopyBuffer()
  for (const a of actions)
    rows.row(14).ascii(a.tenant).text(a.key).text(a.part).timestamptz(Math.round(a.timeMs * 1000)).timestamptz(Math.round(a.lastToldMs * 1000))
      .text(a.operation).text(a.agent).text(a.system).text(a.initiator).text(a.decision).text(a.status).text(a.agreement).int2(a.required).int2(a.present)
  await copyInto(client, into, rows.finish())
}

async function upsertActions(client: ClientBase, actions: readonly ActionRow[]): Promise<void> {
  if (actions.length === 0) return
  await copyActions(client, 'staged_actions', actions)
  await client.query({
    name: 'upsert-actions',
    text: `insert into actions (${actionColumns}) select ${actionColumns} from staged_actions
           on conflict on constraint actions_pk do update set
             time = excluded.time, last_told = excluded.last_told, operation = excluded.operation, agent = excluded.agent,
             system = excluded.system, initiator = excluded.initiator, decision = excluded.decision, status = excluded.status,
             agreement = excluded.agreement, required = excluded.required, present = excluded.present`,
  })
}

/** Counts add up and samples stay the earliest, so the order in which batches come does not matter. */
async function mergeQuarantine(client: ClientBase, cases: readonly QuarantineCase[]): Promise<void> {
  for (const c of cases)
    await client.query({
      name: 'merge-quarantine',
      text: `insert into quarantine as q (tenant, producer, reason, kind, count, first_at, last_at, samples)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict on constraint quarantine_pk do update set
               count = q.count + excluded.count,
               first_at = least(q.first_at, excluded.first_at),
               last_at = greatest(q.last_at, excluded.last_at),
               samples = (
                 select jsonb_agg(sample order by sample->>'received_at', sample->>'log', (sample->>'index')::bigint)
                 from (
                   select sample from jsonb_array_elements(q.samples || excluded.samples) as sample
                   order by sample->>'received_at', sample->>'log', (sample->>'index')::bigint limit ${samples_max}
                 ) first)`,
      values: [c.tenant, c.producer, c.reason, c.kind, c.count, c.firstAt, c.lastAt, JSON.stringify(c.samples)],
    })
}

/**
 * What a wave has reached already is not gone through again, unless more of it: what stands there began after the change
 * was known, goes as deep and as far back.
 */
async function insertStale(client: ClientBase, stale: readonly StaleRow[]): Promise<void> {
  if (stale.length === 0) return
  const merged = new Map<string, StaleRow>()
  for (const row of stale) {
    const id = row.tenant + separator + row.key
    const known = merged.get(id)
    merged.set(id, known ? {
      ...row, sinceMs: Math.min(known.sinceMs, row.sinceMs), depth: Math.min(known.depth, row.depth),
      ...(known.wave !== undefined && row.wave !== undefined && { wave: Math.max(known.wave, row.wave) }),
    } : row)
  }
  const rows = [...merged.values()]
  await client.query({
    name: 'insert-stale',
    text: `insert into stale as s (tenant, key, since, after, depth, wave)
           select tenant, key, since, '', depth,
             coalesce(wave, 1 + (select coalesce(max(a.wave), 0) from stale a where a.tenant = n.tenant))
           from unnest($1::text[], $2::text[], $3::timestamptz[], $4::smallint[], $5::bigint[]) as n (tenant, key, since, depth, wave)
           on conflict on constraint stale_pk do update set
             after = '', since = least(s.since, excluded.since), depth = least(s.depth, excluded.depth), wave = greatest(s.wave, excluded.wave)
             where excluded.wave > s.wave or excluded.depth < s.depth or excluded.since < s.since`,
    values: [rows.map((s) => s.tenant), rows.map((s) => s.key), rows.map((s) => timestamp(s.sinceMs)), rows.map((s) => s.depth), rows.map((s) => s.wave ?? null)],
  })
}

/** What stands there of some keys goes. */
export async function clearRows(client: ClientBase, cleared: ReadModelBatch['cleared']): Promise<void> {
  if (cleared.length === 0) return
  for (const table of ['dues', 'uses'])
    await client.query({
      name: `clear-${table}`,
      text: `delete from ${table} t using unnest(string_to_array($1, E'\\x1f'), string_to_array($2, E'\\x1f')) as c (tenant, key)
             where t.tenant = c.tenant and t.key = c.key`,
      values: [joined(cleared, (c) => c.tenant), joined(cleared, (c) => c.key)],
    })
}

export async function copyDues(client: ClientBase, rows: readonly DueRow[]): Promise<void> {
  if (rows.length === 0) return
  const copy = new CopyBuffer()
  for (const row of rows) copy.row(5).ascii(row.tenant).text(row.clock).timestamptz(Math.round(row.atMs * 1000)).text(row.key).text(row.part)
  await copyInto(client, 'dues (tenant, clock, at, key, part)', copy.finish())
}

async function copyUses(client: ClientBase, rows: readonly UseRow[]): Promise<void> {
  if (rows.length === 0) return
  const copy = new CopyBuffer()
  for (const row of rows) copy.row(4).ascii(row.tenant).text(row.delegation).text(row.key).text(row.part)
  await copyInto(client, 'uses (tenant, delegation, key, part)', copy.finish())
}

/** As PostgreSQL writes it: ISO 8601 has a year 0 where it says 1 BC, and a sign before years of more than four digits. */
export function timestamp(ms: number): string {
  if (ms === -Infinity) return '-infinity'
  if (ms === Infinity) return 'infinity'
  const date = new Date(ms)
  const [text, year] = [date.toISOString(), date.getUTCFullYear()]
  const rest = text.slice(text.indexOf('-', 1))
  return year > 0 ? `${String(year).padStart(4, '0')}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`
}

async function moveCursors(client: ClientBase, cursors: ReadModelBatch['cursors']): Promise<void> {
  if (cursors.length === 0) return
  await client.query({
    name: 'move-cursors',
    text: `insert into cursors (tenant, log_id, position)
           select * from unnest(string_to_array($1, E'\\x1f'), string_to_array($2, E'\\x1f'), string_to_array($3, E'\\x1f')::bigint[])
           on conflict on constraint cursors_pk do update set position = excluded.position`,
    values: [joined(cursors, (c) => c.tenant), joined(cursors, (c) => c.logId), joined(cursors, (c) => `${c.position}`)],
  })
}
