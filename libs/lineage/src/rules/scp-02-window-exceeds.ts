import { windowOf, windowUnder } from '../window.ts'
import { actionRule } from './rule.ts'

export const windowExceeds = actionRule({
  id: 'SCP-02',
  version: 1,
  severity: 'medium',
  title: 'Lasts longer than what it was made from',
  doc: 'A delegation says that it begins before, or ends after, one that it was made from. A time that it leaves out is inherited.',
  resolvedBy: 'A retraction of the grant that lasts too long.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-2(11)', 'AC-3'] },
  check({ chain: { hops } }) {
    for (const [i, hop] of hops.entries()) {
      const above = hops.slice(0, i)
      const [own, left] = [windowOf(hop), windowUnder(above)]
      const endsLate = own.untilMs !== Infinity && own.untilMs > left.untilMs
      if (!endsLate && (own.fromMs === -Infinity || own.fromMs >= left.fromMs)) continue
      const limiting = above.find((each) => (endsLate ? windowOf(each).untilMs === left.untilMs : windowOf(each).fromMs === left.fromMs))!
      return {
        explanation: endsLate
          ? `Delegation ${hop.delegation_id} lasts until ${hop.expires_at}, and ${limiting.delegation_id} above it until ${limiting.expires_at}.`
          : `Delegation ${hop.delegation_id} begins at ${hop.not_before}, and ${limiting.delegation_id} above it at ${limiting.not_before}.`,
        entries: [...limiting.entries, ...hop.entries],
      }
    }
    return null
  },
})
