import type { DecisionEffect } from './document.ts'
import type { Bound } from './resolve.ts'
import { certain, dataOf, type Story } from './story.ts'

export interface Deciding {
  effect: DecisionEffect | null
  /** The decisions that the effect rests on: one per policy point that agrees with it. */
  by: Bound[]
  /** Some deciding decision makes an approval a condition. */
  requiresApproval: boolean
  /** Why there are decisions and yet none decides. */
  why: 'none' | 'only_sign_in' | 'only_after_start' | 'not_enforced' | 'ambiguous' | null
}

/** Clocks of different parties differ by this much before a decision counts as made too late (budget `skew_ms`). */
const skewMs = 5000

/**
 * The deciding decision: per policy point the last enforced runtime decision before the start, for these arguments;
 * across policy points any deny wins. A deny that may belong to this action counts against it.
 */
export function deciding(story: Story): Deciding {
  const startMs = Math.min(...certain([...story.starts, ...story.ends]).map((b) => b.fact.timeMs))
  const digest = argumentsDigest(story)
  const all = story.decisions
  const none = (why: Deciding['why']): Deciding => ({ effect: null, by: [], requiresApproval: false, why })
  if (all.length === 0) return none('none')

  const ambiguousDeny = all.filter((b) => b.candidates && dataOf<'decision.recorded'>(b.fact).effect === 'deny')
  if (ambiguousDeny.length > 0) return { effect: 'deny', by: ambiguousDeny, requiresApproval: false, why: null }

  const sure = certain(all)
  if (sure.length === 0) return none('ambiguous')
  const runtime = sure.filter((b) => dataOf<'decision.recorded'>(b.fact).phase === 'runtime')
  if (runtime.length === 0) return none('only_sign_in')
  const inTime = runtime.filter((b) => b.fact.timeMs <= startMs + skewMs)
  if (inTime.length === 0) return none('only_after_start')
  const enforced = inTime.filter((b) => {
    const { enforcement, evaluated } = dataOf<'decision.recorded'>(b.fact)
    if (enforcement === 'not_enforced') return false
    return !digest || !evaluated?.arguments_digest || evaluated.arguments_digest === digest
  })
  if (enforced.length === 0) return none('not_enforced')

  const last = [...lastPerPolicyPoint(enforced).values()]
  for (const effect of ['deny', 'indeterminate', 'permit', 'not_applicable'] as const) {
    const by = last.filter((b) => effectOf(b) === effect)
    if (by.length === 0) continue
    const requiresApproval = by.some((b) => dataOf<'decision.recorded'>(b.fact).requires_approval !== undefined)
    return { effect, by, requiresApproval, why: null }
  }
  return none('none')
}

/** The digest of the arguments that ran, else of those that were asked for. */
export function argumentsDigest(story: Story): string | undefined {
  for (const b of certain([...story.starts, ...story.ends, ...story.requests])) {
    const { arguments_digest } = b.fact.data as { arguments_digest?: string }
    if (arguments_digest) return arguments_digest
  }
  return undefined
}

function lastPerPolicyPoint(decisions: Bound[]): Map<string, Bound> {
  const last = new Map<string, Bound>()
  for (const b of decisions) {
    const { pdp, pep } = dataOf<'decision.recorded'>(b.fact)
    const point = pdp ?? pep ?? `${b.fact.producer} ${b.fact.source}`
    const known = last.get(point)
    const sameTime = known !== undefined && known.fact.timeMs === b.fact.timeMs
    if (!known || !sameTime || effectOf(known) !== 'deny') last.set(point, b)
  }
  return last
}

/** A policy point that could not be reached and let the action pass has decided nothing. */
function effectOf(b: Bound): DecisionEffect {
  const { effect, enforcement } = dataOf<'decision.recorded'>(b.fact)
  return enforcement === 'failed_open' ? 'indeterminate' : effect
}
