import { listing } from '../listing.ts'
import { excessOf } from '../scope.ts'
import { actionRule } from './rule.ts'

export const scopeWidened = actionRule({
  id: 'SCP-01',
  version: 1,
  severity: 'high',
  title: 'More was passed on than was held',
  doc: 'A delegation gives more than the one that it was made from has, after everything above it. What a grant leaves out is inherited and never too much.',
  resolvedBy: 'A retraction of the grant that gives too much.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: ['NHI5:2025'], nist: ['AC-3', 'AC-6'] },
  check({ chain: { hops } }) {
    for (const [i, hop] of hops.entries()) {
      const above = hops[i - 1]
      const excess = above ? excessOf(above.effective_scope, hop.scope) : []
      if (above && excess.length > 0)
        return {
          explanation: `Delegation ${hop.delegation_id} gives what ${above.delegation_id} does not have: ${excess.map(({ axis, values }) => `${axis} ${listing(values)}`).join('; ')}.`,
          entries: [...above.entries, ...hop.entries],
        }
    }
    return null
  },
})
