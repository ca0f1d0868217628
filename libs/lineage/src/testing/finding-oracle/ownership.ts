import { isUnqualified, principalOf, type Leg, type Principal, type PrincipalInput, type TenantConfig } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import { configAt, type Journal } from './journal.ts'
import { matches } from './pattern.ts'

export interface About { agent: Principal | null; system: string | null }
type Registration = TenantConfig['producers'][number]

export function owns(fact: Fact, leg: Leg, about: About | null, config: TenantConfig, journal: Journal): boolean {
  const owners = registered(leg, about, config)
  return owners.length > 0 ? owners.some((owner) => speaks(fact, owner, journal)) : leg === 'execution' && journal.saidBy.get(fact)!.includes('default')
}

export const isOwned = (leg: Leg, about: About | null, config: TenantConfig) => leg === 'execution' || registered(leg, about, config).length > 0

/** Without what a stranger says of an owned leg. */
export function counted(facts: Fact[], leg: Leg, about: About | null, config: TenantConfig, journal: Journal): Fact[] {
  return isOwned(leg, about, config) ? facts.filter((fact) => owns(fact, leg, about, config, journal)) : facts
}

/**
 * Its producer owns the leg; `default` also where no other is registered. Reading: what an entry does not say of agent and
 * system keeps no owner out, and lets `default` pass only where no owner is registered for all.
 */
export function mayClaim(fact: Fact, journal: Journal): boolean {
  const leg = legOfType(fact.type)
  if (leg === null) return true
  const d = fact.data as any
  const agent: PrincipalInput | undefined = fact.type === 'decision.recorded' ? d.evaluated?.actor : d.agent
  const about = { agent: agent ? principalOf(agent, fact.producer) : null, system: (d.resource ?? d.evaluated?.resource)?.system ?? null }
  const owners = configAt(fact.timeMs, journal).producers.filter((each) => each.legs.includes(leg))
  const may = ({ agents, systems }: Registration) => (about.agent === null || isNamed(agents, about.agent)) && (about.system === null || systems.some((pattern) => matches(pattern, about.system!)))
  if (owners.some((owner) => may(owner) && speaks(fact, owner, journal))) return true
  return journal.saidBy.get(fact)!.includes('default') && !owners.some((owner) => owner.id !== 'default' && coversFor(owner, about))
}

export const legOfType = (type: string): Leg | null => ({
  session: 'initiator', delegation: 'delegation', decision: 'decision', approval: 'approval', action: 'execution', outcome: 'outcome',
} as Record<string, Leg>)[type.slice(0, type.indexOf('.'))] ?? null

export function registered(leg: Leg, about: About | null, config: TenantConfig): Registration[] {
  return config.producers.filter((each) => each.legs.includes(leg) && (about === null || coversFor(each, about)))
}

function coversFor({ agents, systems }: Registration, { agent, system }: About): boolean {
  return (agents.includes('*') || (agent !== null && isNamed(agents, agent))) && (systems.includes('*') || (system !== null && systems.some((pattern) => matches(pattern, system))))
}

const speaks = (fact: Fact, { id, sources }: Registration, { saidBy }: Journal) => saidBy.get(fact)!.includes(id) && sources.some((pattern) => matches(pattern, fact.source))
const isNamed = (patterns: string[], agent: Principal) =>
  patterns.some((pattern) => matches(pattern, agent.sub) || (!isUnqualified(agent) && matches(pattern, `${agent.iss}|${agent.sub}`)))
