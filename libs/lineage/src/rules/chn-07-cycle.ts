import { listing } from '../listing.ts'
import { actionRule } from './rule.ts'

export const cycle = actionRule({
  id: 'CHN-07',
  version: 1,
  severity: 'high',
  title: 'Delegations in a circle',
  doc: 'A delegation is its own ancestor, so no root has ever authorised any of them.',
  resolvedBy: 'A retraction of the grant that closes the circle.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3'] },
  check({ chain: { hops, top } }) {
    const parent = hops[0]?.parent
    if (top !== 'cycle' || parent?.kind !== 'delegation') return null
    const circle = hops.slice(0, hops.findIndex((hop) => hop.delegation_id === parent.delegation_id) + 1)
    const between = circle.slice(0, -1).map((hop) => hop.delegation_id)
    return {
      explanation: `Delegation ${parent.delegation_id} is its own ancestor${between.length > 0 ? `, by way of ${listing(between)}` : ''}: no root authorises it.`,
      entries: circle.flatMap((hop) => hop.entries),
    }
  },
})
