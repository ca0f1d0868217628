import type { Leg, TenantConfig } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import type { Journal } from './journal.ts'
import { registered, type About } from './ownership.ts'
import { ms } from './time.ts'

export function absenceOf(leg: Leg, deadlineMs: number | null, config: TenantConfig, about: About | null, journal: Journal, owners?: string[]): 'early' | 'provisional' | 'final' {
  if (deadlineMs === null || journal.horizonMs < deadlineMs) return 'early'
  const ids = owners ?? (registered(leg, about, config).length > 0 ? registered(leg, about, config).map(({ id }) => id) : leg === 'execution' ? ['default'] : [])
  return ids.every((id) => hasTold(id, deadlineMs, config, journal)) ? 'final' : 'provisional'
}

const holdMs = 72 * 3_600_000

/**
 * The horizon, less the delay, is past; and what its sources say they have sent, unless that was waited for long enough.
 * Reading: a source that has been silent for longer than that holds nothing any more, whatever is due.
 */
function hasTold(producer: string, deadlineMs: number, config: TenantConfig, journal: Journal): boolean {
  const delayMs = config.producers.find(({ id }) => id === producer)?.delay_ms ?? 10_000
  const { horizonMs, facts } = journal
  if (horizonMs < deadlineMs + delayMs) return false
  const watermarks = [...latestBeats(producer, journal).values()].map((beat) => ms((beat.data as any).watermark)).filter((sentMs) => sentMs + delayMs + holdMs > horizonMs)
  const imports = facts.filter((fact) => fact.type === 'import.started' && (fact.data as any).producer === producer
    && !facts.some((end) => end.type === 'import.ended' && (end.data as any).import_id === (fact.data as any).import_id)).map((fact) => fact.timeMs)
  return Math.min(Infinity, ...watermarks, ...imports) >= deadlineMs || horizonMs - holdMs >= deadlineMs + delayMs
}

function latestBeats(producer: string, { facts, saidBy }: Journal): Map<string, Fact> {
  return new Map(facts.filter((fact) => fact.type === 'source.heartbeat' && saidBy.get(fact)!.includes(producer)).map((beat) => [beat.source, beat]))
}
