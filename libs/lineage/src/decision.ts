import type { EventData } from '@onbehalf/events'
import type { DecisionEffect } from './document.ts'
import type { Bound } from './resolve.ts'
import { certain, counting, dataOf, type Story } from './story.ts'

export interface Deciding {
  effect: DecisionEffect | null
  /** The decisions that the effect rests on: one per policy point that agrees with it. */
  by: Bound[]
  /** Some deciding decision makes an approval a condition. */
  requiresApproval: boolean
  /** Why there are decisions and yet none decides. */
  why: 'none' | 'not_at_run_time' | 'only_after_start' | 'not_enforced' | 'ambiguous' | null
}

/** Clocks of different parties differ by this much before a decision counts as made too late (budget `skew_ms`). */
const skewMs = 5000

/**
 * The deciding decision: per policy point the last enforced runtime decision before the start, for these arguments;
 * across policy points any deny wins. A deny that may belong to this action counts against it.
 */
export function deciding(story: Story): Deciding {
  const all = counting(story.decisions, 'decision', story)
  const none = (why: Deciding['why']): Deciding => ({ effect: null, by: [], requiresApproval: false, why })
  if (all.length === 0) return none('none')

  const ambiguousDeny = all.filter((b) => b.candidates && decisionOf(b).effect === 'deny')
  if (ambiguousDeny.length > 0) return { effect: 'deny', by: ambiguousDeny, requiresApproval: false, why: null }

  const sure = certain(all)
  if (sure.length === 0) return none('ambiguous')
  const runtime = sure.filter((b) => decisionOf(b).phase === 'runtime')
  if (runtime.length === 0) return none('not_at_run_time')
  const startMs = startOf(story)
  const inTime = runtime.filter((b) => b.fact.timeMs <= startMs + skewMs)
  if (inTime.length === 0) return none('only_after_start')
  const args = argumentsOf(story)
  const enforced = inTime.filter((b) => decisionOf(b).enforcement !== 'not_enforced' && isFor(args, decisionOf(b)))
  if (enforced.length === 0) return none('not_enforced')

  const last = [...lastPerPolicyPoint(enforced).values()]
  const requiresApproval = last.some((b) => decisionOf(b).requires_approval !== undefined)
  for (const effect of ['deny', 'indeterminate', 'permit', 'not_applicable'] as const) {
    const by = last.filter((b) => effectOf(b) === effect)
    if (by.length > 0) return { effect, by, requiresApproval, why: null }
  }
  return none('none')
}

interface Arguments {
  digest: string
  /** What was left out or masked before digesting: only digests of one projection compare. */
  projection: string | undefined
}

/** The digest of the arguments that ran, else of those that were asked for. */
function argumentsOf(story: Story): Arguments | undefined {
  for (const b of certain([...story.starts, ...story.ends, ...story.requests])) {
    const { arguments_digest: digest, arguments_projection: projection } = b.fact.data as EventData['action.requested']
    if (digest !== undefined) return { digest, projection }
  }
  return undefined
}

/** Whether a decision may have been about these arguments; what cannot be compared may. */
function isFor(args: Arguments | undefined, { evaluated }: EventData['decision.recorded']): boolean {
  if (!args || evaluated?.arguments_digest === undefined || evaluated.arguments_projection !== args.projection) return true
  return evaluated.arguments_digest === args.digest
}

function startOf(story: Story): number {
  let startMs = Infinity
  for (const b of certain([...story.starts, ...story.ends])) if (b.fact.timeMs < startMs) startMs = b.fact.timeMs
  return startMs
}

function lastPerPolicyPoint(decisions: Bound[]): Map<string, Bound> {
  const last = new Map<string, Bound>()
  for (const b of decisions) {
    const { pdp, pep } = decisionOf(b)
    const point = pdp ?? pep ?? `${b.fact.producer} ${b.fact.source}`
    const known = last.get(point)
    const sameTime = known !== undefined && known.fact.timeMs === b.fact.timeMs
    if (!known || !sameTime || effectOf(known) !== 'deny') last.set(point, b)
  }
  return last
}

/** A policy point that could not be reached and let the action pass has decided nothing. */
function effectOf(b: Bound): DecisionEffect {
  const { effect, enforcement } = decisionOf(b)
  return enforcement === 'failed_open' ? 'indeterminate' : effect
}

function decisionOf(b: Bound): EventData['decision.recorded'] {
  return dataOf<'decision.recorded'>(b.fact)
}
