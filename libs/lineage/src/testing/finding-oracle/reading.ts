import { readTenantConfig } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import { groupsOf, story } from '../oracle.ts'
import { isNamedDeny } from './deciding.ts'
import type { Journal } from './journal.ts'
import { mayClaim } from './ownership.ts'
import { ms } from './time.ts'

export function readJournal(raw: readonly Fact[]): Journal {
  const own = raw.filter((fact) => fact.producer === 'onbehalf')
  const configs = own.filter((fact) => fact.type === 'config.changed').sort((a, b) => a.entry.index - b.entry.index).map((fact, i) => {
    const { effective_from, config } = fact.data as any
    return { fromMs: effective_from ? ms(effective_from) : i === 0 ? -Infinity : ms(fact.entry.received_at), config: readTenantConfig(config) }
  })
  const horizonMs = Math.max(-Infinity, ...own.filter((fact) => fact.type === 'clock.ticked').map((fact) => ms((fact.data as any).at)))
  const retractions = own.filter((fact) => fact.type === 'assertion.retracted')
  const isStruck = (fact: Fact) => retractions.some((retraction) => {
    const { producer, received_from, received_to, positions } = retraction.data as any
    const at = ms(fact.entry.received_at)
    return producer === fact.entry.producer && at >= (received_from ? ms(received_from) : -Infinity) && at <= ms(received_to ?? retraction.entry.received_at)
      && (!positions || positions.some((p: any) => p.log === fact.entry.log && p.from <= fact.entry.index && fact.entry.index <= p.to))
  })
  const saidBy = new Map<Fact, string[]>()
  const distinct = (facts: readonly Fact[]) => [...Map.groupBy(facts, (fact) => JSON.stringify([fact.source, fact.id, fact.digest()])).values()].map((copies) => {
    // Reading: of several producers the least is shown, of several spans the least.
    const least = [...copies].sort((a, b) => (a.producer < b.producer ? -1 : a.producer > b.producer ? 1 : 0))[0]!
    const span = (fact: Fact) => `${fact.traceId ?? ''}/${fact.spanId ?? ''}`
    const located = [...copies].sort((a, b) => (span(a) < span(b) ? -1 : 1))[0]!
    const fact = { ...least, traceId: located.traceId, spanId: located.spanId } as Fact
    saidBy.set(fact, [...new Set(copies.map((copy) => copy.producer))].sort())
    return fact
  })
  const facts = distinct(raw.filter((fact) => !isStruck(fact))).sort(story)
  const struckOnly = distinct(raw.filter(isStruck)).filter((fact) => !facts.some((other) => other.source === fact.source && other.id === fact.id && other.digest() === fact.digest()))
  const struck = new Set(struckOnly)
  const journal: Journal = { facts, saidBy, struck, groups: [], idOf: () => '', configs, horizonMs }
  const { groups: all, idOf } = groupsOf([...facts, ...struckOnly].sort(story), (fact) => !struck.has(fact) && mayClaim(fact, journal), (fact) => !struck.has(fact))
  // A retracted denial makes no action.
  const groups = all.filter((group) => group.key.rank <= 3 || group.facts.some((fact) => !struck.has(fact) && isNamedDeny(fact)))
  return { ...journal, groups, idOf }
}
