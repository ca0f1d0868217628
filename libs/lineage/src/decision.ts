import { timeOf, type EventData } from '@onbehalf/events'
import type { DecisionEffect } from './document.ts'
import type { Fact, Moment } from './fact.ts'
import type { Bound } from './resolve.ts'
import { certain, counting, dataOf, describing, type Story } from './story.ts'

export interface Deciding {
  effect: DecisionEffect | null
  /** The decisions that the effect rests on: one per policy point that agrees with it. */
  by: Bound[]
  /** What each policy point said last, whatever that was. */
  last: Bound[]
  /** Some deciding decision makes an approval a condition. */
  requiresApproval: boolean
  /** Why there are decisions and yet none decides. */
  why: 'none' | 'not_at_run_time' | 'only_after_start' | 'not_enforced' | 'ambiguous' | null
}

/**
 * The deciding decision: per policy point the last enforced runtime decision before the start, for these arguments;
 * across policy points any deny wins. A deny that may belong to this action counts against it.
 */
export function deciding(story: Story): Deciding {
  const all = counting(story.decisions, 'decision', story)
  const none = (why: Deciding['why']): Deciding => ({ effect: null, by: [], last: [], requiresApproval: false, why })
  if (all.length === 0) return none('none')

  const ambiguousDeny = all.filter((b) => b.candidates && decisionOf(b).effect === 'deny')
  if (ambiguousDeny.length > 0) return { effect: 'deny', by: ambiguousDeny, last: ambiguousDeny, requiresApproval: false, why: null }

  const sure = certain(all)
  if (sure.length === 0) return none('ambiguous')
  const runtime = sure.filter((b) => decisionOf(b).phase === 'runtime')
  if (runtime.length === 0) return none('not_at_run_time')
  const latestMs = latestBeforeStart(story)
  if (!runtime.some((b) => b.fact.timeMs <= latestMs)) return none('only_after_start')
  const args = argumentsOf(story)
  const forThese = enforcedInTime(story).filter((b) => isFor(args, decisionOf(b).evaluated))
  if (forThese.length === 0) return none('not_enforced')

  const last = [...lastPerPolicyPoint(forThese).values()]
  const requiresApproval = last.some((b) => decisionOf(b).requires_approval !== undefined)
  for (const effect of ['deny', 'indeterminate', 'permit', 'not_applicable'] as const) {
    const by = last.filter((b) => effectOf(b) === effect)
    if (by.length > 0) return { effect, by, last, requiresApproval, why: null }
  }
  return none('none')
}

/** Enforced runtime decisions that were made before the start, for whatever arguments. */
export function enforcedInTime(story: Story): Bound[] {
  const latestMs = latestBeforeStart(story)
  return certain(counting(story.decisions, 'decision', story)).filter((b) => {
    const { phase, enforcement } = decisionOf(b)
    return phase === 'runtime' && enforcement !== 'not_enforced' && b.fact.timeMs <= latestMs
  })
}

/** Until when something was said before the start. Clocks of different parties differ: it is said too late only past that. */
export function latestBeforeStart(story: Story): number {
  return startOf(story) + story.settings.budgets.skew_ms
}

export interface Arguments {
  digest: string
  /** What was left out or masked before digesting: only digests of one projection compare. */
  projection: string | undefined
}

/** The digest of the arguments that ran, else of those that were asked for. */
export function argumentsOf(story: Story): Arguments | undefined {
  return executedArguments(story)[0]
}

/** Every digest that executions give of the arguments that ran; where none does, of those that were asked for. */
export function executedArguments(story: Story): Arguments[] {
  const executed = counting(certain([...story.starts, ...story.ends]), 'execution', story).flatMap(saidBy)
  if (executed.length > 0) return executed
  const request = describing(story.requests.filter((b) => saidBy(b).length > 0), 'execution', story)
  return request ? saidBy(request) : []
}

function saidBy({ fact }: Bound): Arguments[] {
  const { arguments_digest: digest, arguments_projection: projection } = fact.data as EventData['action.requested']
  return digest === undefined ? [] : [{ digest, projection }]
}

/** Whether something said of arguments may have been about these; what cannot be compared may. */
export function isFor(args: Arguments | undefined, said: ArgumentsSaid | undefined): boolean {
  if (!args || said?.arguments_digest === undefined || said.arguments_projection !== args.projection) return true
  return said.arguments_digest === args.digest
}

type ArgumentsSaid = { arguments_digest?: string | undefined; arguments_projection?: string | undefined }

/** When it ran: the earliest start or end that counts; Infinity while neither is known. */
export function startOf(story: Story): number {
  let startMs = Infinity
  for (const b of counting(certain([...story.starts, ...story.ends]), 'execution', story)) startMs = Math.min(startMs, b.fact.timeMs)
  return startMs
}

function lastPerPolicyPoint(decisions: Bound[]): Map<string, Bound> {
  const last = new Map<string, Bound>()
  for (const b of decisions) {
    const point = policyPointOf(b)
    const known = last.get(point)
    const sameTime = known !== undefined && known.fact.timeMs === b.fact.timeMs
    if (!sameTime || effectOf(known) !== 'deny') last.set(point, b)
  }
  return last
}

export function isSignIn(b: Bound): boolean {
  return decisionOf(b).phase === 'sign_in'
}

/** When it was decided: of one out of a cache, when it was put there. */
export function decidedAt(decision: Fact): Moment {
  const { evaluated_at } = dataOf<'decision.recorded'>(decision)
  return evaluated_at === undefined ? decision : timeOf(evaluated_at)!
}

/** Who decided, as text. */
export function policyPointOf(b: Bound): string {
  const { pdp, pep } = decisionOf(b)
  return pdp ?? pep ?? `${b.fact.producer} ${b.fact.source}`
}

/** A policy point that could not be reached and let the action pass has decided nothing. */
export function effectOf(b: Bound): DecisionEffect {
  const { effect, enforcement } = decisionOf(b)
  return enforcement === 'failed_open' ? 'indeterminate' : effect
}

export function decisionOf(b: Bound): EventData['decision.recorded'] {
  return dataOf<'decision.recorded'>(b.fact)
}
