import type { ClientBase } from 'pg'
import { byReceipt, type EntryRef } from '@onbehalf/lineage'
import { timestamp } from './batch.ts'

/** A sequence number that a source has sent. */
export interface Numbered {
  tenant: string
  source: string
  number: number
  timeMs: number
  /** As it was written. */
  text: string
  entry: EntryRef
}

/** Numbers missing between two that were sent. */
export interface Hole {
  after: string
  before: string
  /** The time of the event after the hole. */
  beforeMs: number
  missing: number
  /** That of the event after the hole. */
  entries: EntryRef[]
}

/** Runs of one source that are kept: of a source with more holes, the earliest are forgotten. */
const runs_max = 64

interface SourceId {
  tenant: string
  source: string
}

interface Run extends SourceId {
  first: number
  last: number
  timeMs: number
  text: string
  entry: EntryRef
}

/** Adds what was sent to the runs of its source, inside the caller's transaction. Answers the sources that have holes, or had. */
export async function writeSequences(client: ClientBase, numbered: readonly Numbered[]): Promise<SourceId[]> {
  const sent = Map.groupBy(numbered, idOf)
  const sources = [...sent.values()].map(([first]) => first!)
  const before = Map.groupBy(await readRuns(client, sources), idOf)
  const changed: SourceId[] = []
  const after: Run[] = []
  for (const { tenant, source } of sources) {
    const id = idOf({ tenant, source })
    const [old, now] = [before.get(id) ?? [], merged(before.get(id) ?? [], sent.get(id)!)]
    if (old.length > 1 || now.length > 1) changed.push({ tenant, source })
    after.push(...now)
  }
  await client.query({
    name: 'delete-runs',
    text: `delete from sequences s using unnest($1::text[], $2::text[]) as k (tenant, source) where s.tenant = k.tenant and s.source = k.source`,
    values: [sources.map((each) => each.tenant), sources.map((each) => each.source)],
  })
  await client.query({
    name: 'insert-runs',
    text: `insert into sequences (tenant, source, first, last, time, text, entry)
           select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[], $7::jsonb[])`,
    values: [
      after.map((run) => run.tenant), after.map((run) => run.source), after.map((run) => run.first), after.map((run) => run.last),
      after.map((run) => timestamp(run.timeMs)), after.map((run) => run.text), after.map((run) => JSON.stringify(run.entry)),
    ],
  })
  return changed
}

export async function readHoles(client: ClientBase, tenant: string, source: string): Promise<Hole[]> {
  const runs = await readRuns(client, [{ tenant, source }])
  return runs.slice(1).map((run, i) => {
    const { last, text } = runs[i]!
    return { after: String(last).padStart(text.length, '0'), before: run.text, beforeMs: run.timeMs, missing: run.first - last - 1, entries: [run.entry] }
  })
}

async function readRuns(client: ClientBase, sources: readonly SourceId[]): Promise<Run[]> {
  const { rows } = await client.query<Run & { timeUs: string }>({
    name: 'runs',
    text: `select s.tenant, s.source, s.first, s.last, s.text, s.entry, (extract(epoch from s.time) * 1000000)::bigint::text as "timeUs"
           from unnest($1::text[], $2::text[]) as k (tenant, source)
           join sequences s on s.tenant = k.tenant and s.source = k.source order by s.tenant, s.source, s.first`,
    values: [sources.map((each) => each.tenant), sources.map((each) => each.source)],
  })
  return rows.map(({ timeUs, first, last, ...row }) => ({ ...row, first: Number(first), last: Number(last), timeMs: Number(timeUs) / 1000 }))
}

function idOf({ tenant, source }: SourceId): string {
  return `${tenant}\x1f${source}`
}

function merged(runs: readonly Run[], list: readonly Numbered[]): Run[] {
  const all = [...runs, ...list.map(({ number, ...sent }) => ({ ...sent, first: number, last: number }))]
    .sort((a, b) => a.first - b.first || a.timeMs - b.timeMs || byReceipt(a.entry, b.entry))
  const kept: Run[] = []
  for (const run of all) {
    const last = kept.at(-1)
    if (last === undefined || run.first > last.last + 1) kept.push({ ...run })
    else last.last = Math.max(last.last, run.last)
  }
  return kept.slice(-runs_max)
}
