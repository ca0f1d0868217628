import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const grantorDidNotHold = actionRule({
  id: 'CHN-02',
  version: 1,
  severity: 'high',
  title: 'Delegated by somebody who did not hold it',
  doc: 'A delegation was made from another one, but not by the one that the other was given to.',
  resolvedBy: 'A link between the two identities in the inventory, or a retraction of the wrong grant.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AU-10'] },
  check({ chain: { hops }, identities }) {
    const at = hops.findIndex((hop, i) => i > 0 && identities.compare(hop.grantor, hops[i - 1]!.delegate) === 'different')
    if (at === -1) return null
    const [above, hop] = [hops[at - 1]!, hops[at]!]
    return {
      explanation: `${nameOf(hop.grantor)} granted ${hop.delegation_id} from ${above.delegation_id}, which was given to ${nameOf(above.delegate)}.`,
      entries: [...above.entries, ...hop.entries],
    }
  },
})
