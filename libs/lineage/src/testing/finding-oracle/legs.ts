import type { Leg } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import type { Act } from './action.ts'
import type { Journal } from './journal.ts'
import { counted, isOwned, owns } from './ownership.ts'

export function legsOf(act: Act, journal: Journal): Record<string, string> {
  const { group, about, config, deciding, chain, initiator } = act
  const live = group.facts.filter((fact) => !journal.struck.has(fact))
  const all = (...types: string[]) => live.filter((fact) => types.includes(fact.type))
  const count = (leg: Leg, ...types: string[]) => counted(all(...types).filter((fact) => !group.shared.has(fact)), leg, about, config, journal)
  const shady = (...types: string[]) => all(...types).some((fact) => group.shared.has(fact))
  const evidence = (facts: Fact[], leg: Leg) => (owns(facts[0]!, leg, about, config, journal) ? 'observed' : 'asserted')
  const untold = (leg: Leg) => (isOwned(leg, about, config) ? 'missing' : 'not_covered')
  const executions = [...count('execution', 'action.started'), ...count('execution', 'action.completed')]
  const outcomes = count('outcome', 'outcome.observed', 'outcome.compensated')
  const approvals = count('approval', 'approval.resolved')
  const decisions = counted(all('decision.recorded'), 'decision', about, config, journal)
  const nothingRan = all('action.started', 'action.completed').length === 0
  return {
    initiator: initiator.counts ? (initiator.owned ? 'observed' : 'asserted') : untold('initiator'),
    delegation: chain.hops.length === 0 ? untold('delegation') : chain.hops.every((hop) => owns(hop.grant, 'delegation', about, config, journal)) ? 'observed' : 'asserted',
    decision: decisions.length === 0 ? untold('decision')
      : deciding.by.length > 0 ? (group.shared.has(deciding.by[0]!) ? 'ambiguous' : evidence(deciding.by, 'decision'))
      : decisions.every((fact) => group.shared.has(fact)) ? 'ambiguous' : evidence(decisions.filter((fact) => !group.shared.has(fact)), 'decision'),
    approval: approvals.length > 0 ? evidence(approvals, 'approval') : shady('approval.resolved') ? 'ambiguous' : deciding.requires.length > 0 ? untold('approval') : 'not_required',
    execution: executions.length > 0 ? evidence(executions, 'execution') : shady('action.started', 'action.completed') ? 'ambiguous' : deciding.effect === 'deny' ? 'not_required' : untold('execution'),
    outcome: outcomes.length > 0 ? evidence(outcomes, 'outcome') : act.ends.length > 0 ? 'asserted' : shady('outcome.observed', 'outcome.compensated', 'action.completed') ? 'ambiguous'
      : nothingRan && deciding.effect === 'deny' ? 'not_required' : untold('outcome'),
  }
}
