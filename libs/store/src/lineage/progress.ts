import type { ClientBase } from 'pg'
import { readSegmentRows, type Segment } from '../journal/segment.ts'
import { sqlFile } from '../sql-file.ts'
import { timestamp } from './batch.ts'

/** A log, how much of it there is and how much of it has been read. */
export interface LogPosition {
  tenant: string
  bucket: number
  logId: string
  size: number
  position: number
}

const segmentsAhead = sqlFile(import.meta.url, 'sql/segments-ahead.sql')
const staleAhead = sqlFile(import.meta.url, 'sql/stale-ahead.sql')
const staleLinks = sqlFile(import.meta.url, 'sql/stale-links.sql')
const positionsSql = sqlFile(import.meta.url, 'sql/positions.sql')

/** Sizes and cursors of every log of the tenants in these buckets. Known positions are kept: we are their only writer. */
export async function positionsOf(
  client: ClientBase,
  buckets: readonly number[],
  known: readonly LogPosition[] | undefined,
): Promise<LogPosition[]> {
  const { rows } = await client.query<LogPosition>({ name: 'positions', text: positionsSql, values: [buckets] })
  if (!known) return rows
  const before = new Map(known.map((log) => [`${log.tenant}/${log.logId}`, log.position]))
  for (const log of rows) log.position = Math.max(log.position, before.get(`${log.tenant}/${log.logId}`) ?? 0)
  return rows
}

/** The next segments of these logs, in log order, until the batch is full. */
export async function readSegmentsAhead(
  client: ClientBase,
  logs: readonly LogPosition[],
  batch: { entries_max: number; bytes_max: number },
): Promise<Segment[]> {
  const joined = (of: (log: LogPosition) => string | number) => logs.map(of).join('\x1f')
  const { rows } = await client.query({
    name: 'segments-ahead',
    text: segmentsAhead,
    values: [joined((l) => l.tenant), joined((l) => l.logId), joined((l) => l.position), batch.entries_max, batch.bytes_max,
      joined((l) => l.size)],
  })
  return readSegmentRows(rows)
}

/** A thing that changed, and some of what rests on it. */
export interface StalePage {
  tenant: string
  bucket: number
  key: string
  sinceMs: number
  depth: number
  wave: number
  /** Keys that rest on it, in the order in which they are gone through. */
  keys: string[]
  /** The place of the last of them; null: nothing comes after. */
  after: string | null
}

/** The next things that changed, at most `things` of them, each with at most `dependents` of what rests on it. */
export async function nextStale(
  client: ClientBase,
  buckets: readonly number[],
  limits: { things: number; dependents: number },
): Promise<StalePage[]> {
  const found = await client.query<Omit<StaleThing, 'sinceMs'> & { sinceUs: string | null }>({
    name: 'stale-ahead', text: staleAhead, values: [buckets, limits.things],
  })
  const rows = found.rows.map(({ sinceUs, ...row }): StaleThing => ({ ...row, sinceMs: sinceUs === null ? -Infinity : Number(sinceUs) / 1000 }))
  const [linked, others] = [rows.filter(({ key }) => dependentsBy(key) === 'links'), rows.filter(({ key }) => dependentsBy(key) !== 'links')]
  const pages = await linkedPages(client, linked, limits.dependents)
  // What an agent did, or a whole tenant: as many as one page has room for, of one kind of change.
  const [first] = pages.length > 0 ? [] : others
  let room = limits.things * limits.dependents
  for (const other of others) {
    if (first === undefined || room <= 0) break
    if (isOfTenant(first.key) ? other.key !== first.key : isOfTenant(other.key)) continue
    const page = await pageOf(client, other, room)
    pages.push(page)
    room -= page.rows
  }
  return pages
}

type StaleThing = Omit<StalePage, 'keys' | 'after'> & { after: string; since: string }

/** Where what rests on a thing is found. */
function dependentsBy(key: string): 'links' | 'agent' | 'initiator' | 'tenant' | 'found' {
  const kind = key.slice(0, key.indexOf(':'))
  return kind === 'agent' || kind === 'initiator' || kind === 'tenant' || kind === 'found' ? kind : 'links'
}

async function linkedPages(client: ClientBase, things: readonly StaleThing[], limit: number): Promise<StalePage[]> {
  if (things.length === 0) return []
  const { rows } = await client.query<{ tenant: string; key: string; filed: string; matters: boolean }>({
    name: 'stale-links', text: staleLinks,
    // Arrays: one text of nothing, joined, would be none.
    values: [things.map((t) => t.tenant), things.map((t) => t.key), things.map((t) => t.after), things.map((t) => t.since), limit],
  })
  return things.map(({ tenant, bucket, key, sinceMs, depth, wave }): StalePage => {
    const mine = rows.filter((row) => row.tenant === tenant && row.key === key)
    const keys = mine.filter((row) => row.matters).map((row) => row.filed)
    return { tenant, bucket, key, sinceMs, depth, wave, keys, after: mine.length < limit ? null : mine.at(-1)!.filed }
  })
}

function isOfTenant(key: string): boolean {
  return dependentsBy(key) === 'tenant'
}

/** @returns also how many rows have been looked at */
async function pageOf(client: ClientBase, { tenant, bucket, key, since, sinceMs, depth, wave, after }: StaleThing, limit: number): Promise<StalePage & { rows: number }> {
  const by = dependentsBy(key) as 'agent' | 'initiator' | 'tenant' | 'found'
  const of = key.slice(key.indexOf(':') + 1)
  const { rows } = by === 'found'
    ? await client.query<StaleRow>({ name: 'stale-found', text: staleFound, values: [tenant, of, after, `${of}\u{10ffff}`, limit] })
    : by === 'tenant'
    ? await client.query<StaleRow>({ name: 'stale-tenant', text: staleTenant, values: [tenant, after, since, limit] })
    : await client.query<StaleRow>({ name: `stale-${by}`, text: staleActions(by), values: [tenant, of, after === '' ? '{}' : after, since, limit] })
  return { tenant, bucket, key, sinceMs, depth, wave, keys: rows.filter((row) => row.matters).map((row) => row.key), after: rows.length < limit ? null : rows.at(-1)!.place, rows: rows.length }
}

interface StaleRow {
  key: string
  place: string
  /** Told of after the thing has changed. */
  matters: boolean
}

/** Served by actions_by_agent and actions_by_initiator: a page is one range of it. */
function staleActions(by: 'agent' | 'initiator'): string {
  const [columns, types] = by === 'agent' ? ['system, time, key', ['text', 'timestamptz', 'text']] : ['time, key', ['timestamptz', 'text']]
  const place = types.map((type, i) => `(($3::text[])[${i + 1}])::${type}`).join(', ')
  return `select key, array[${columns.split(', ').map((column) => `${column}::text`).join(', ')}]::text as place, last_told >= $4::timestamptz as matters
          from actions where tenant = $1 and ${by} = $2 and ($3 = '{}' or (${columns}) > (${place}))
          order by ${columns} limit $5`
}

/** What a rule has found something of. Served by violations_by_id. */
const staleFound = `
  select key, id || chr(31) || key as place, true as matters
  from violations where tenant = $1 and id >= greatest($2, split_part($3, chr(31), 1)) and id < $4 and ($3 = '' or id || chr(31) || key > $3)
  order by id, key limit $5`

/** Every key that can be an action, or something else that rules look at. Served by facts_pk. */
const staleTenant = `
  select k.key, k.key as place, not exists (select from actions a where a.tenant = $1 and a.key = k.key and a.last_told < $3::timestamptz) as matters
  from (
    select distinct key from facts where tenant = $1 and key > $2
      and split_part(key, ':', 1) = any('{action,approval,call,call-in-trace,decision,span,request,upstream,outcome,agent,delegation,grant,source,log}')
    order by key limit $4) k
  order by k.key`

/** Inside the transaction that wrote the pages: moves on behind each of them, or is done with it. */
export async function staleDone(client: ClientBase, pages: readonly StalePage[]): Promise<void> {
  const [done, open] = [pages.filter((page) => page.after === null), pages.filter((page) => page.after !== null)]
  const joined = (of: readonly StalePage[], text: (page: StalePage) => string) => of.map(text).join('\x1f')
  if (done.length > 0)
    await client.query({
      name: 'stale-done',
      text: `update stale s set after = null from unnest(string_to_array($1, E'\\x1f'), string_to_array($2, E'\\x1f')) as d (tenant, key)
             where s.tenant = d.tenant and s.key = d.key`,
      values: [joined(done, (page) => page.tenant), joined(done, (page) => page.key)],
    })
  if (open.length > 0)
    await client.query({
      name: 'stale-on',
      text: `update stale s set after = o.after
             from unnest(string_to_array($1, E'\\x1f'), string_to_array($2, E'\\x1f'), string_to_array($3, E'\\x1f')) as o (tenant, key, after)
             where s.tenant = o.tenant and s.key = o.key`,
      values: [joined(open, (page) => page.tenant), joined(open, (page) => page.key), joined(open, (page) => page.after!)],
    })
}

/** Lets go of what only says that it has been gone through, once nothing is left of its wave. */
export async function forgetStale(client: ClientBase, tenants: Iterable<string>): Promise<void> {
  await client.query({
    name: 'forget-stale',
    text: `delete from stale s
           using (select t.tenant, (select wave from stale where tenant = t.tenant and after is not null order by wave limit 1) as least
                  from unnest($1::text[]) as t (tenant)) o
           where s.tenant = o.tenant and s.after is null and (o.least is null or s.wave < o.least)`,
    values: [[...new Set(tenants)]],
  })
}

/** The earliest that is due of each clock. */
export interface DueClock {
  tenant: string
  bucket: number
  clock: string
  atMs: number
}

const dueClocksSql = sqlFile(import.meta.url, 'sql/due-clocks.sql')

/** Of every tenant in some buckets. */
export async function dueClocks(client: ClientBase, buckets: readonly number[]): Promise<DueClock[]> {
  const { rows } = await client.query<DueClock & { atUs: string }>({ name: 'due-clocks', text: dueClocksSql, values: [buckets] })
  return rows.map(({ atUs, ...row }) => ({ ...row, atMs: Number(atUs) / 1000 }))
}

/** Keys that are due of a clock by its time, at most `limit`. */
export async function keysDue(client: ClientBase, tenant: string, clock: string, byMs: number, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>({
    name: 'keys-due',
    text: 'select key from dues where tenant = $1 and clock = $2 and at <= $3::timestamptz order by at, key limit $4',
    values: [tenant, clock, timestamp(byMs), limit],
  })
  return [...new Set(rows.map((row) => row.key))]
}

/** How far the topics that may carry a tenant have been read, and how long its data logs are: one snapshot. */
export interface CaughtUp {
  /** The earliest over every partition; null while one has never been read to its end, or there is none. */
  atMs: number | null
  sizes: Record<string, number>
}

const caughtUpSql = sqlFile(import.meta.url, 'sql/caught-up-topics.sql')

export async function readCaughtUp(client: ClientBase, tenant: string, topics: readonly string[]): Promise<CaughtUp> {
  const { rows } = await client.query<{ atUs: string | null; sizes: Record<string, number> | null }>({ name: 'caught-up-topics', text: caughtUpSql, values: [tenant, topics] })
  const { atUs, sizes } = rows[0]!
  return { atMs: atUs === null ? null : Math.floor(Number(atUs) / 1000), sizes: sizes ?? {} }
}
