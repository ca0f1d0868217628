import type { Chain } from '../chain.ts'
import type { Leg } from '../document.ts'
import { covered, dataOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import type { Given } from '../view.ts'
import { untold } from './leg.ts'

/** Through whom: the chain from the root to the acting agent. */
export function delegationLeg({ story, chain, boundBy, inherited, absences }: Given): Leg {
  const { handedOverBy } = inherited
  if (!boundBy && handedOverBy && !covered('delegation', story)) {
    const reason = `${nameOf(handedOverBy.principal)} seems to have handed over to it; the action names no delegation`
    return { evidence: 'inferred', provisional: false, link: 'inherited', self_reported: false, reason, entries: [handedOverBy.fact.entry] }
  }
  if (!boundBy) return untold('delegation', story, absences, 'the action names no delegation')
  if (chain.hops.length === 0)
    return untold('delegation', story, absences,
      `the action names delegation ${dataOf<'action.requested'>(boundBy.fact).delegation_id}, of which no grant has been received`)
  return {
    evidence: chain.hops.every((hop) => hop.evidence === 'observed') ? 'observed' : 'asserted',
    provisional: false,
    link: boundBy.link,
    self_reported: false,
    reason: gapOf(chain),
    entries: chain.hops.flatMap((hop) => hop.entries),
  }
}

function gapOf(chain: Chain): string | null {
  switch (chain.top) {
    case 'unseen':
      return `the chain does not reach a root: no grant of its parent ${chain.at} has been received`
    case 'unknown':
      return `the chain does not reach a root: the parent of ${chain.at} is said to be unknown`
    case 'cycle':
      return `the chain does not reach a root: delegation ${chain.at} is its own ancestor`
    case 'too_deep':
      return `the chain is longer than ${chain.hops.length} delegations; what is above ${chain.at} is not followed`
    default:
      return null
  }
}
