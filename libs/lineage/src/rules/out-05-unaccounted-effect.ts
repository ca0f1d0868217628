import { dataOf } from '../story.ts'
import type { EffectSubject } from '../subjects.ts'
import { nameOf } from '../summary.ts'
import { ruleAbout } from './rule.ts'

export const unaccountedEffect = ruleAbout<EffectSubject>({
  id: 'OUT-05',
  version: 1,
  severity: 'medium',
  title: 'An effect that no action accounts for',
  doc: 'Something was changed with a credential that agents use, and no action is known that did it: the agent acted unseen, or somebody with its credential.',
  resolvedBy: 'The action that did it, if it arrives late and is joined to the effect.',
  armedBy: 'opt-in',
  needsHorizon: true,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-2(12)', 'AU-12', 'SI-4'] },
  check({ credential, holder, effects, settings }) {
    const writes = effects.filter((fact) => dataOf<'outcome.observed'>(fact).observed_effect !== 'did_not_occur')
    const [first, last] = [writes[0], writes.at(-1)]
    if (!first || !last) return null
    const { resource } = dataOf<'outcome.observed'>(first)
    const on = resource ? ` on ${resource.type} ${resource.id}${resource.system === undefined ? '' : ` in ${resource.system}`}` : ''
    const when = writes.length === 1 ? ` at ${first.time}` : `, the first of ${writes.length} from ${first.time} to ${last.time}`
    return {
      explanation: `Credential ${credential}${holder ? ` of ${nameOf(holder)}` : ''} had an effect${on}${when}, and no action accounts for it.`,
      entries: writes.map((fact) => fact.entry),
      absent: { leg: 'execution', deadlineMs: last.timeMs + settings.budgets.context_due_ms },
    }
  },
})
