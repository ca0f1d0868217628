import { timeOf, type Policy } from '@onbehalf/events'
import { decidedAt } from './decision.ts'
import type { Fact } from './fact.ts'
import { dataOf, type Story } from './story.ts'
import type { Context } from './view.ts'

/** That a version of a policy was no longer in force when something was decided under it. */
export interface LeftForce {
  by: Fact
  how: string
  from: string
  decidedAt: string
}

/**
 * Null: it was in force, or that cannot be told. Versions have no order but that of the times from which they are
 * effective, so without a publication of this one none is later; a version can come back.
 */
export function leftForce(policy: Policy, decision: Fact, context: Context, { settings }: Pick<Story, 'settings'>): LeftForce | null {
  const { skew_ms } = settings.budgets
  const decided = decidedAt(decision)
  const facts = context.policy(policy.id).map((fact) => {
    const data = dataOf<'policy.published'>(fact)
    const from = data.effective_from === undefined ? fact : timeOf(data.effective_from)!
    return { fact, version: versionOf(data.policy), time: from.time, fromMs: from.timeMs }
  }).sort((a, b) => a.fromMs - b.fromMs)
  const version = versionOf(policy)
  const own = facts.findLast((each) => each.fact.type === 'policy.published' && each.version === version && each.fromMs <= decided.timeMs + skew_ms)
  for (const { fact, version: other, time, fromMs } of facts) {
    if (fromMs + skew_ms >= decided.timeMs || (own && fromMs <= own.fromMs)) continue
    if (fact.type === 'policy.retired' && (other === undefined || other === version))
      return { by: fact, how: 'retired', from: time, decidedAt: decided.time }
    if (fact.type === 'policy.published' && own && version !== undefined && other !== undefined)
      return { by: fact, how: `superseded by version ${other}`, from: time, decidedAt: decided.time }
  }
  return null
}

function versionOf({ version, digest }: Policy): string | undefined {
  return version ?? digest
}
