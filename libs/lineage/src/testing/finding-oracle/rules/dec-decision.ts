import { principalOf } from '@onbehalf/events'
import type { Fact } from '../../../index.ts'
import type { Act } from '../action.ts'
import { argumentsOf, otherArguments } from '../arguments.ts'
import { inTimeOf, pointOf } from '../deciding.ts'
import type { Journal } from '../journal.ts'
import { counted, owns } from '../ownership.ts'
import { ms } from '../time.ts'
import type { Fire, View } from './view.ts'

export function decisionRules(view: View, fire: Fire): void {
  const { act, journal, live, d, acting, requestCounts, due, beforeStart, approved, isShort, same } = view
  const { config, about, startMs, askedMs, ran, deciding } = act
  const { skew_ms, decision_due_ms } = config.budgets

  fire('DEC-01', deciding.effect === 'deny' && ran)
  const decisionDue = beforeStart(Math.min(askedMs + decision_due_ms, ...due('decision_due')))
  const signedIn = act.decisions.some((fact) => (fact.data as any).phase === 'sign_in')
  fire('DEC-02', ran && ['none', 'ambiguous', 'after_the_fact'].includes(deciding.why ?? '') && !(deciding.why === 'after_the_fact' && signedIn), { leg: 'decision', deadlineMs: decisionDue })
  fire('DEC-03', ran && deciding.why === 'after_the_fact' && signedIn, { leg: 'decision', deadlineMs: decisionDue })
  {
    const executed = argumentsOf(act, journal)
    const points = [...Map.groupBy(inTimeOf(act), pointOf).values()]
    fire('DEC-04', ran && executed.some((args) => points.some((said) => said.some((fact) => otherArguments(args, (fact.data as any).evaluated)) && said.every((fact) => otherArguments(args, (fact.data as any).evaluated)))))
  }
  fire('DEC-05', deciding.by.some((fact) => (fact.data as any).policies.some((policy: any) => leftForce(policy, fact, act, journal))))
  // Reading: a permit beside a worse word of another policy point decides nothing.
  fire('DEC-06', ran && deciding.effect === 'permit' && deciding.by.some((fact) => {
    const said = fact.data as any
    const decidedMs = said.evaluated_at ? ms(said.evaluated_at) : fact.timeMs
    const { actor, operation, resource } = said.evaluated ?? {}
    return (said.ttl_ms !== undefined && startMs > decidedMs + said.ttl_ms + skew_ms)
      || (actor && acting && same(principalOf(actor, fact.producer), acting) === 'different')
      || (operation && requestCounts && operation !== d.operation)
      || (resource && requestCounts && d.resource && (resource.type !== d.resource.type || resource.id !== d.resource.id || differs(resource, d.resource, 'system') || differs(resource, d.resource, 'environment')))
  }))
  fire('DEC-08', ran && deciding.last.some((fact) => (fact.data as any).enforcement === 'failed_open'))
  fire('DEC-09', deciding.last.some((fact) => (fact.data as any).enforcement !== 'failed_open' && ((fact.data as any).policies.length === 0 || (fact.data as any).policies.some((policy: any) => !policy.version && !policy.digest))))
  fire('DEC-11', ran && (deciding.why === 'late' || (isShort && approved.late.length > 0)))
  {
    const actors = new Set(live.filter((fact) => fact.type.startsWith('action.')).map((fact) => fact.producer))
    const said = live.filter((fact) => fact.type === 'decision.recorded')
    fire('DEC-12', said.length > 0 && said.every((fact) => !owns(fact, 'decision', about, config, journal) && actors.has(fact.producer)), { leg: 'decision', deadlineMs: decisionDue })
  }
}

const differs = (a: any, b: any, part: string) => a[part] !== undefined && b[part] !== undefined && a[part] !== b[part]

function leftForce(policy: any, decision: Fact, act: Act, journal: Journal): boolean {
  const { skew_ms } = act.config.budgets
  const decidedMs = (decision.data as any).evaluated_at ? ms((decision.data as any).evaluated_at) : decision.timeMs
  const version = policy.version ?? policy.digest
  const said = counted(journal.facts.filter((fact) => fact.type.startsWith('policy.') && (fact.data as any).policy.id === policy.id), 'decision', act.about, act.config, journal)
    .map((fact) => ({ type: fact.type, version: (fact.data as any).policy.version ?? (fact.data as any).policy.digest, fromMs: (fact.data as any).effective_from ? ms((fact.data as any).effective_from) : fact.timeMs }))
  const ownMs = Math.max(-Infinity, ...said.filter((each) => each.type === 'policy.published' && each.version === version && each.fromMs <= decidedMs + skew_ms).map(({ fromMs }) => fromMs))
  const later = said.filter(({ fromMs }) => fromMs > ownMs && fromMs + skew_ms < decidedMs)
  return later.some((each) => (each.type === 'policy.retired' ? each.version === undefined || each.version === version
    : ownMs > -Infinity && version !== undefined && each.version !== undefined && each.version !== version))
}
