import type { ProducerRegistration } from '@onbehalf/events'
import type { ScenarioConfig } from '@onbehalf/testkit/scenarios'
import type { TenantPart } from '../server/configuration.ts'

/** A tenant's configuration with what an incident needs added; null if all of it is there already. */
export function withScenario(part: TenantPart, wanted: ScenarioConfig): TenantPart | null {
  const producers = wanted.producers.map(registrationOf)
  const there = (producer: ProducerRegistration) => part.producers.some((each) => JSON.stringify(sorted(each)) === JSON.stringify(sorted(producer)))
  const rules = Object.entries(wanted.rules ?? {}).filter(([id, wish]) => Object.entries(wish).some(([name, value]) => part.rules[id]?.[name as keyof typeof wish] !== value))
  const budgets = Object.entries(wanted.budgets ?? {}).filter(([name, value]) => part.budgets[name as keyof TenantPart['budgets']] !== value)
  if (producers.every(there) && rules.length === 0 && budgets.length === 0) return null
  const named = new Set(producers.map(({ id }) => id))
  return {
    ...part,
    producers: [...part.producers.filter(({ id }) => !named.has(id)), ...producers],
    rules: { ...part.rules, ...Object.fromEntries(rules.map(([id, wish]) => [id, { ...part.rules[id], ...wish }])) },
    budgets: { ...part.budgets, ...wanted.budgets },
  }
}

/** Whole, with the defaults of the configuration document. */
export function registrationOf(producer: ScenarioConfig['producers'][number]): ProducerRegistration {
  return { sources: ['*'], agents: ['*'], systems: ['*'], delay_ms: 10_000, rate_per_s: null, ...producer }
}

const sorted = (registration: ProducerRegistration) => Object.entries(registration).sort(([a], [b]) => (a < b ? -1 : 1))

/** What is registered for an incident, a line each. */
export function registrationLines({ producers, rules, budgets }: ScenarioConfig): string[] {
  return [
    ...producers.map(({ id, legs, sources, agents }) =>
      `producer ${id} for ${legs.join(', ')}${sources === undefined ? '' : `, of ${sources.join(' ')}`}${agents === undefined ? '' : `, about ${agents.join(' ')}`}`),
    ...Object.entries(rules ?? {}).map(([id, { on, severity }]) =>
      `rule ${id} ${[on === undefined ? null : on ? 'switched on' : 'switched off', severity === undefined ? null : `as ${severity}`].filter((text) => text !== null).join(', ')} for everything of this tenant`),
    ...Object.entries(budgets ?? {}).map(([name, value]) => `budget ${name} ${value}`),
  ]
}
