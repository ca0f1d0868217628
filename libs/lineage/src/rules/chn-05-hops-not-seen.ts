import { deadlineOf } from '../absence.ts'
import type { Bound } from '../resolve.ts'
import { certain, counting, dataOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const hopsNotSeen = actionRule({
  id: 'CHN-05',
  version: 1,
  severity: 'medium',
  title: 'Fewer hops than declared',
  doc: 'The token says over how many hops it came (`hop_count` beside `act`), and fewer delegations have been received: somebody passed authority on unseen.',
  resolvedBy: 'The missing grants, received late.',
  armedBy: 'opt-in',
  needsHorizon: true,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AU-3', 'AU-12'] },
  check({ chain: { hops, top }, story }) {
    // What is above an external parent is another organisation's: known, and not ours to see.
    if (top === 'external') return null
    const countOf = ({ fact }: Bound) => dataOf<'action.requested'>(fact).hop_count ?? 0
    const declaring = counting(certain(story.requests), 'execution', story).find((b) => countOf(b) > hops.length)
    if (!declaring) return null
    return {
      explanation: `The token came over ${countOf(declaring)} hops, and ${hops.length === 1 ? '1 delegation is' : `${hops.length} delegations are`} known.`,
      entries: [declaring.fact.entry, ...hops.flatMap((hop) => hop.entries)],
      absent: { leg: 'delegation', deadlineMs: deadlineOf('delegation', story) },
    }
  },
})
