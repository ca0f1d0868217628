import type { TenantConfig } from '@onbehalf/events'
import type { Fact } from '../../../index.ts'
import { lastConfig, type Journal } from '../journal.ts'
import { judge, type Found } from '../judgement.ts'
import { matches } from '../pattern.ts'
import { ms } from '../time.ts'

export function onSources(raw: readonly Fact[], journal: Journal): Found[] {
  const config = lastConfig(journal)
  const all = { config, about: null }
  const found: Found[] = []
  for (const source of new Set(raw.map((fact) => fact.source))) {
    const speaking = config.producers.filter((each) => each.legs.includes('heartbeat') && each.sources.some((pattern) => matches(pattern, source))).map(({ id }) => id)
    const sent = raw.filter((fact) => fact.source === source && fact.event.sequence !== undefined).map((fact) => ({ n: Number(fact.event.sequence), timeMs: fact.timeMs })).sort((a, b) => a.n - b.n || a.timeMs - b.timeMs)
    const holes = sent.filter(({ n }, i) => i > 0 && n > sent[i - 1]!.n + 1)
    if (holes.length > 0) {
      const deadlineMs = Math.min(...holes.map(({ timeMs }) => timeMs)) + config.budgets.context_due_ms
      found.push(...judge({ id: `INT-01:${source}`, severity: 'medium', absent: { leg: 'heartbeat', deadlineMs, owners: speaking } }, all, journal))
    }
    const beat = journal.facts.findLast((fact) => fact.type === 'source.heartbeat' && fact.source === source && speaking.some((id) => journal.saidBy.get(fact)!.includes(id)))
    const next = (beat?.data as any)?.next_before
    if (next && speaking.length > 0) {
      const by = journal.saidBy.get(beat!)!.find((id) => speaking.includes(id))
      const delayMs = config.producers.find(({ id }) => id === by)!.delay_ms
      found.push(...judgeSilence(source, ms(next) + delayMs + config.budgets.skew_ms, config, journal))
    }
    if (journal.facts.some((fact) => fact.type === 'source.gap' && fact.source === source)) found.push(...judge({ id: `INT-10:${source}`, severity: 'medium' }, all, journal))
  }
  for (const log of new Set(raw.filter((fact) => fact.type === 'integrity.failed').map((fact) => (fact.data as any).log as string)))
    found.push(...judge({ id: `INT-02:${log}`, severity: 'critical' }, all, journal))
  return found
}

function judgeSilence(source: string, byMs: number, config: TenantConfig, journal: Journal): Found[] {
  const { on, severity } = config.rules['INT-04'] ?? {}
  return on === false || journal.horizonMs < byMs ? [] : [{ id: `INT-04:${source}`, severity: severity ?? 'medium', provisional: false }]
}
