import { eventTypes } from '@onbehalf/events'
import { identityOf, type Fact } from '../fact.ts'
import { counting } from '../story.ts'
import { actionRule } from './rule.ts'

export const twoContents = actionRule({
  id: 'INT-03',
  version: 1,
  severity: 'medium',
  title: 'One identity, two contents',
  doc: 'Two events have one source and id and do not say the same: an event was changed and sent again, or forged. Both are kept.',
  resolvedBy: 'A retraction of all but one of them.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: [], nhi: [], nist: ['AU-9', 'AU-10'] },
  check({ story, chain }) {
    const own = story.action.bound.filter((b) => !b.struck && counting([b], eventTypes[b.fact.type].leg ?? 'execution', story).length > 0)
    const contents = new Map<string, Fact[]>()
    for (const fact of [...own.map((b) => b.fact), ...chain.allGrants]) {
      const others = contents.get(identityOf(fact))
      if (others) others.push(fact)
      else contents.set(identityOf(fact), [fact])
    }
    // Few identities have several facts, and digests are dear. A fact that is told twice here is one.
    const suspect = [...contents.values()].filter((facts) => facts.length > 1)
    const several = suspect.map((facts) => [...new Map(facts.map((fact) => [fact.digest(), fact])).values()]).filter((facts) => facts.length > 1)
    if (several.length === 0) return null
    const grave = several.find((facts) => facts.some(isGrave))
    const named = grave ?? several[0]!
    const { type, id, source } = named[0]!
    return {
      explanation: `${type} ${id} of ${source} says ${named.length} different things${several.length > 1 ? `, and so do ${several.length - 1} other events` : ''}.`,
      entries: several.flatMap((facts) => facts.map((fact) => fact.entry)),
      ...(grave && { severity: 'high' as const }),
    }
  },
})

function isGrave({ type }: Fact): boolean {
  return type === 'decision.recorded' || type === 'approval.requested' || type === 'approval.resolved'
}
