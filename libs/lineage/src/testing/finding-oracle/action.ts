import { principalOf, type Principal } from '@onbehalf/events'
import type { Group } from '../oracle.ts'
import { baseOf, type Base } from './base.ts'
import { chainOf, type Chain } from './chain.ts'
import { decidingOf, isNamedDeny, type Deciding } from './deciding.ts'
import { initiatorOf, type Initiator } from './initiator.ts'
import type { Journal } from './journal.ts'
import { counted, owns } from './ownership.ts'

/** What is said of an action, and what follows from it. */
export interface Act extends Base {
  chain: Chain
  actor: Principal | null
  initiator: Initiator
  subject: Principal | null
  deciding: Deciding
}

export function actOf(group: Group, journal: Journal): Act {
  const base = baseOf(group, journal)
  const { about, config, requests, request } = base
  const live = group.facts.filter((fact) => !journal.struck.has(fact))
  const naming = requests.filter((fact) => (fact.data as any).delegation_id)
  const bound = naming.find((fact) => owns(fact, 'delegation', about, config, journal)) ?? (request && (request.data as any).delegation_id ? request : naming.length > 0 ? (counted(naming, 'execution', about, config, journal)[0] ?? naming[0]) : undefined)
  const chain = chainOf(bound && (bound.data as any).delegation_id, bound, base, journal)
  const denial = live.find(isNamedDeny)
  const actor = request ? principalOf((request.data as any).agent, request.producer) : denial ? principalOf((denial.data as any).evaluated.actor, denial.producer) : null
  const subject = request && (request.data as any).subject ? principalOf((request.data as any).subject, request.producer) : (chain.hops.at(-1)?.subject ?? null)
  return { ...base, chain, actor, subject, initiator: initiatorOf(base, live, journal), deciding: decidingOf(base, group, journal) }
}
