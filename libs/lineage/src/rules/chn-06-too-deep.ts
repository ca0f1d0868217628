import { dataOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const tooDeep = actionRule({
  id: 'CHN-06',
  version: 1,
  severity: 'medium',
  title: 'Delegated on too often',
  doc: 'The chain of delegations is longer than the tenant allows (`depth_max`), or than one of its grants allows below itself (`max_depth`).',
  resolvedBy: 'A retraction of the grant that is too many.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AC-6'] },
  check({ chain: { hops, grants, top }, story }) {
    const { depth_max } = story.settings.budgets
    const limiting = grants.findIndex((grant, i) => hops.length - 1 - i > (dataOf<'delegation.granted'>(grant).max_depth ?? Infinity))
    if (limiting !== -1) {
      const { max_depth } = dataOf<'delegation.granted'>(grants[limiting]!)
      return {
        explanation: `Delegation ${hops[limiting]!.delegation_id} was passed on over ${hops.length - 1 - limiting} further hops and allows ${max_depth}.`,
        entries: hops.slice(limiting).flatMap((hop) => hop.entries),
      }
    }
    if (hops.length <= depth_max && top !== 'too_deep') return null
    return {
      explanation: `The chain has ${top === 'too_deep' ? 'more than ' : ''}${hops.length} delegations; ${depth_max} are allowed.`,
      entries: hops.flatMap((hop) => hop.entries),
    }
  },
})
