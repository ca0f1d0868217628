import type { EventData, Principal } from '@onbehalf/events'
import { actorsOf } from '../act-claim.ts'
import { listing } from '../listing.ts'
import { choose, dataOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const actContradicts = actionRule({
  id: 'CHN-10',
  version: 1,
  severity: 'high',
  title: 'The token tells another chain',
  doc: 'The `act` claim of the token names other actors, or another order of them, than the recorded delegations. Hops that one of them leaves out contradict nothing.',
  resolvedBy: 'Late grants, or links between identities, that make the two agree.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AU-10', 'IA-13(2)'] },
  check({ story, chain: { hops, top }, roles: { subject }, identities }) {
    // A Transaction Token for Agents says `hop_count`, and its `act` is the first agent, not the current one.
    const isClaim = (data: EventData['action.requested']) => data.act !== undefined && data.hop_count === undefined
    const said = choose(story.requests.filter((b) => isClaim(dataOf<'action.requested'>(b.fact))), 'execution', story)
    const own = hops.at(-1)
    if (!said || !own) return null
    const [current, ...prior] = actorsOf(dataOf<'action.requested'>(said.fact).act, said.fact.producer)
    const differs = (a: Principal, b: Principal) => identities.compare(a, b) === 'different'
    // RFC 8693 section 4.1: an actor that is the token's own subject is no delegation.
    if (current && subject.principal && !differs(subject.principal, current)) return null
    if (current && differs(own.delegate, current))
      return {
        explanation: `The token says that ${nameOf(current)} acts; delegation ${own.delegation_id} was given to ${nameOf(own.delegate)}.`,
        entries: [said.fact.entry, ...own.entries],
      }
    // Above a chain that does not reach its root there may be anybody.
    if (top !== 'root') return null
    const recorded = hops.toReversed().flatMap((hop) => [hop.delegate, hop.grantor])
    const stray = firstOutOfOrder([own.delegate, ...prior], recorded, differs)
    if (!stray) return null
    return {
      explanation: `The token names ${nameOf(stray)} where the recorded delegations have no such actor: they run from ${listing(hops.map((hop) => nameOf(hop.grantor)))} to ${nameOf(own.delegate)}.`,
      entries: [said.fact.entry, ...hops.flatMap((hop) => hop.entries)],
    }
  },
})

/** The first of `claimed` that does not come after the one before it in `recorded`; both begin with the current actor. */
function firstOutOfOrder(
  claimed: readonly (Principal | null)[], recorded: readonly Principal[], differs: (a: Principal, b: Principal) => boolean,
): Principal | null {
  let at = 0
  for (const actor of claimed) {
    if (actor === null) continue
    while (at < recorded.length && differs(recorded[at]!, actor)) at++
    if (at === recorded.length) return actor
  }
  return null
}
