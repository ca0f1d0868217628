import { principalOf, type TenantConfig } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import { configAt, type Journal } from './journal.ts'
import { counted, type About } from './ownership.ts'
import { ms } from './time.ts'

export interface Access { id: string; about: About; config: TenantConfig; activated: Fact; withdrawn: Fact | undefined; untilMs: number }

export function accessOf(journal: Journal): Access[] {
  const all = journal.facts.filter((fact) => fact.type === 'grant.activated' || fact.type === 'grant.withdrawn')
  return [...Map.groupBy(all, (fact) => (fact.data as any).grant_id as string)].flatMap(([id, facts]) => {
    const first = facts.find((fact) => fact.type === 'grant.activated')
    if (!first) return []
    const [about, config] = [{ agent: principalOf((first.data as any).agent, first.producer), system: null }, configAt(first.timeMs, journal)]
    const told = counted(facts, 'grants', about, config, journal)
    const activated = told.find((fact) => fact.type === 'grant.activated')
    if (!activated) return []
    const { expires_at } = activated.data as any
    return [{ id, about, config, activated, withdrawn: told.find((fact) => fact.type === 'grant.withdrawn'), untilMs: expires_at ? ms(expires_at) : Infinity }]
  })
}
