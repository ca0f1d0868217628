import { timeOf } from '@onbehalf/events'
import { beatsOf, tenantOf, type Lookup } from '@onbehalf/lineage'
import { gather, type ClientBase, type LineageSource } from '@onbehalf/store'
import { sqlText } from './sql-text.ts'

/** One source of a producer that is registered for heartbeats. */
type SourceStanding = {
  producer: string
  source: string | null
  last_heartbeat: string | null
  watermark: string | null
  next_before: string | null
  offline_since: string | null
  silent: boolean
}

/** How far time has gone for a tenant, who sends heartbeats, and how much is due to be looked at again. */
export async function readHorizon(source: LineageSource, nowMs: number): Promise<{ horizon: string | null; sources: SourceStanding[]; due: number }> {
  const clocks = await readClocks(source.client, source.tenant)
  const made = await gather(source, (known) => {
    const { horizon, settings } = tenantOf(known)
    return { atMs: horizon.atMs, due: clocks.map(({ clock }) => [clock, horizon.ofClock(clock)] as const), sources: sourcesOf(known, settings.at(nowMs).config.producers, nowMs) }
  })
  return { horizon: made.atMs === -Infinity ? null : new Date(made.atMs).toISOString(), sources: made.sources, due: await countDue(source, made.due) }
}

function sourcesOf(known: Lookup, producers: readonly { id: string; legs: readonly string[]; delay_ms: number }[], nowMs: number): SourceStanding[] {
  return producers.filter(({ legs }) => legs.includes('heartbeat')).flatMap(({ id, delay_ms }): SourceStanding[] => {
    const beats = [...beatsOf(known, id).values()].sort((a, b) => (a.source < b.source ? -1 : 1))
    // Who never sent one is not silent.
    if (beats.length === 0) return [{ producer: id, source: null, last_heartbeat: null, watermark: null, next_before: null, offline_since: null, silent: false }]
    return beats.flatMap((fact) => {
      if (fact.type !== 'source.heartbeat') return []
      const { watermark, next_before, offline_since } = fact.data
      return [{
        producer: id, source: fact.source, last_heartbeat: fact.time, watermark, next_before: next_before ?? null, offline_since: offline_since ?? null,
        silent: next_before !== undefined && timeOf(next_before)!.timeMs + delay_ms < nowMs,
      }]
    })
  })
}

/** The earliest that is due, per clock. */
async function readClocks(client: ClientBase, tenant: string): Promise<{ clock: string }[]> {
  const { rows } = await client.query<{ clock: string }>({ name: 'clocks-of-tenant', text: clocksOf, values: [tenant] })
  return rows
}

async function countDue({ client, tenant }: LineageSource, clocks: readonly (readonly [clock: string, atMs: number])[]): Promise<number> {
  const open = clocks.filter(([, atMs]) => atMs > -Infinity)
  if (open.length === 0) return 0
  const { rows } = await client.query<{ count: number }>({
    name: 'count-due', text: countDueSql, values: [tenant, open.map(([clock]) => clock), open.map(([, atMs]) => new Date(atMs).toISOString())],
  })
  return rows[0]!.count
}

const clocksOf = sqlText('clocks-of-tenant')
const countDueSql = sqlText('count-due')
