import type { Fact } from '../../index.ts'
import type { Group } from '../oracle.ts'
import { argumentsOf, otherArguments } from './arguments.ts'
import type { Base } from './base.ts'
import type { Journal } from './journal.ts'

export interface Deciding { effect: string | null; by: Fact[]; last: Fact[]; why: string | null; requires: Fact[] }

export function decidingOf(act: Base, group: Group, journal: Journal): Deciding {
  const none = (why: string): Deciding => ({ effect: null, by: [], last: [], why, requires: [] })
  if (act.decisions.length === 0) return none('none')
  const shadyDeny = act.decisions.filter((fact) => group.shared.has(fact) && (fact.data as any).effect === 'deny')
  if (shadyDeny.length > 0) return { effect: 'deny', by: shadyDeny, last: shadyDeny, why: null, requires: [] }
  const sure = act.decisions.filter((fact) => !group.shared.has(fact))
  if (sure.length === 0) return none('ambiguous')
  const runtime = sure.filter((fact) => (fact.data as any).phase === 'runtime')
  if (runtime.length === 0) return none('after_the_fact')
  const inTime = runtime.filter((fact) => fact.timeMs <= act.startMs + act.config.budgets.skew_ms)
  if (inTime.length === 0) return none('late')
  const args = argumentsOf(act, journal)[0]
  const forThese = enforced(inTime).filter((fact) => !otherArguments(args, (fact.data as any).evaluated))
  if (forThese.length === 0) return none('not_enforced')
  const last = [...Map.groupBy(forThese, pointOf).values()].map(lastOf)
  const effect = ['deny', 'indeterminate', 'permit', 'not_applicable'].find((each) => last.some((fact) => effectOf(fact) === each))!
  return { effect, by: last.filter((fact) => effectOf(fact) === effect), last, why: null, requires: last.filter((fact) => (fact.data as any).requires_approval) }
}

/** What a policy point said last; at equal times deny wins. */
function lastOf(decisions: Fact[]): Fact {
  const latest = decisions.filter((fact) => fact.timeMs === Math.max(...decisions.map((each) => each.timeMs)))
  return latest.find((fact) => effectOf(fact) === 'deny') ?? latest.at(-1)!
}

export const inTimeOf = (act: Base) => enforced(act.decisions.filter((fact) => !act.group.shared.has(fact) && (fact.data as any).phase === 'runtime' && fact.timeMs <= act.startMs + act.config.budgets.skew_ms))

export const pointOf = (fact: Fact): string => (fact.data as any).pdp ?? (fact.data as any).pep ?? `${fact.producer} ${fact.source}`
const effectOf = (fact: Fact): string => ((fact.data as any).enforcement === 'failed_open' ? 'indeterminate' : (fact.data as any).effect)
const enforced = (decisions: Fact[]) => decisions.filter((fact) => (fact.data as any).enforcement !== 'not_enforced')

export function isNamedDeny(fact: Fact): boolean {
  const d = fact.data as any
  return fact.type === 'decision.recorded' && d.effect === 'deny' && Boolean(d.evaluated?.actor && d.evaluated?.operation)
}
