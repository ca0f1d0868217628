import type { ClientBase } from 'pg'
import { readSegmentRows, type Segment } from '../journal/segment.ts'
import { sqlFile } from '../sql-file.ts'

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
  /** Dependents in key order, after those that are done. */
  keys: string[]
  /** Whether these are the last. */
  last: boolean
}

/** The next things that changed, at most `things` of them, each with at most `dependents` of what rests on it. */
export async function nextStale(
  client: ClientBase,
  buckets: readonly number[],
  limits: { things: number; dependents: number },
): Promise<StalePage[]> {
  const { rows } = await client.query<{ tenant: string; bucket: number; key: string; filed: string | null }>({
    name: 'stale-ahead',
    text: staleAhead,
    values: [buckets, limits.things, limits.dependents],
  })
  const pages = new Map<string, StalePage>()
  for (const { tenant, bucket, key, filed } of rows) {
    const id = `${tenant}\x1f${key}`
    const page = pages.get(id) ?? { tenant, bucket, key, keys: [], last: false }
    pages.set(id, page)
    if (filed !== null) page.keys.push(filed)
  }
  for (const page of pages.values()) page.last = page.keys.length < limits.dependents
  return [...pages.values()]
}

/** Inside the transaction that wrote the pages: moves on behind each of them, or is done with it. */
export async function staleDone(client: ClientBase, pages: readonly StalePage[]): Promise<void> {
  const [done, open] = [pages.filter((page) => page.last), pages.filter((page) => !page.last)]
  const joined = (of: readonly StalePage[], text: (page: StalePage) => string) => of.map(text).join('\x1f')
  if (done.length > 0)
    await client.query({
      name: 'stale-done',
      text: `delete from stale s using unnest(string_to_array($1, E'\\x1f'), string_to_array($2, E'\\x1f')) as d (tenant, key)
             where s.tenant = d.tenant and s.key = d.key`,
      values: [joined(done, (page) => page.tenant), joined(done, (page) => page.key)],
    })
  if (open.length > 0)
    await client.query({
      name: 'stale-on',
      text: `update stale s set after = o.after
             from unnest(string_to_array($1, E'\\x1f'), string_to_array($2, E'\\x1f'), string_to_array($3, E'\\x1f')) as o (tenant, key, after)
             where s.tenant = o.tenant and s.key = o.key`,
      values: [joined(open, (page) => page.tenant), joined(open, (page) => page.key), joined(open, (page) => page.keys.at(-1)!)],
    })
}
