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

interface Run {
  first: number
  last: number
  timeMs: number
  text: string
  entry: EntryRef
}

/** Adds what was sent to the runs of its source, inside the caller's transaction. Answers the sources that have holes, or had. */
export async function writeSequences(client: ClientBase, numbered: readonly Numbered[]): Promise<{ tenant: string; source: string }[]> {
  const bySource = new Map<string, Numbered[]>()
  for (const each of numbered) {
    const id = `${each.tenant}\x1f${each.source}`
    const list = bySource.get(id)
    if (list) list.push(each)
    else bySource.set(id, [each])
  }
  const changed: { tenant: string; source: string }[] = []
  for (const list of bySource.values()) {
    const { tenant, source } = list[0]!
    const before = await readRuns(client, tenant, source)
    const after = merged(before, list)
    if (before.length > 1 || after.length > 1) changed.push({ tenant, source })
    await client.query({ name: 'delete-runs', text: 'delete from sequences where tenant = $1 and source = $2', values: [tenant, source] })
    for (const run of after)
      await client.query({
        name: 'insert-run',
        text: 'insert into sequences (tenant, source, first, last, time, text, entry) values ($1, $2, $3, $4, $5::timestamptz, $6, $7)',
        values: [tenant, source, run.first, run.last, timestamp(run.timeMs), run.text, JSON.stringify(run.entry)],
      })
  }
  return changed
}

export async function readHoles(client: ClientBase, tenant: string, source: string): Promise<Hole[]> {
  const runs = await readRuns(client, tenant, source)
  return runs.slice(1).map((run, i) => {
    const { last, text } = runs[i]!
    return { after: String(last).padStart(text.length, '0'), before: run.text, beforeMs: run.timeMs, missing: run.first - last - 1, entries: [run.entry] }
  })
}

async function readRuns(client: ClientBase, tenant: string, source: string): Promise<Run[]> {
  const { rows } = await client.query<Run & { timeUs: string }>({
    name: 'runs',
    text: `select first, last, text, entry, (extract(epoch from time) * 1000000)::bigint::text as "timeUs"
           from sequences where tenant = $1 and source = $2 order by first`,
    values: [tenant, source],
  })
  return rows.map(({ first, last, text, entry, timeUs }) => ({ first: Number(first), last: Number(last), text, entry, timeMs: Number(timeUs) / 1000 }))
}

function merged(runs: readonly Run[], list: readonly Numbered[]): Run[] {
  const all = [...runs, ...list.map(({ number, timeMs, text, entry }) => ({ first: number, last: number, timeMs, text, entry }))]
    .sort((a, b) => a.first - b.first || a.timeMs - b.timeMs || byReceipt(a.entry, b.entry))
  const kept: Run[] = []
  for (const run of all) {
    const last = kept.at(-1)
    if (last === undefined || run.first > last.last + 1) kept.push({ ...run })
    else last.last = Math.max(last.last, run.last)
  }
  return kept.slice(-runs_max)
}
