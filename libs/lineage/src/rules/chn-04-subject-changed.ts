import type { Principal } from '@onbehalf/events'
import { counts, dataOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import type { View } from '../view.ts'
import { actionRule } from './rule.ts'

export const subjectChanged = actionRule({
  id: 'CHN-04',
  version: 1,
  severity: 'high',
  title: 'Used somebody else\'s authority',
  doc: 'The action uses the authority of another subject than the one whose authority the chain begins with, and no exchange on the way maps one to the other.',
  resolvedBy: 'A grant with the exchange, received late; a link between the two identities in the inventory.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AU-10'] },
  check({ chain, roles: { subject }, requested, request, story, identities }) {
    const { principal } = subject
    if (requested?.subject && !counts(request!, 'execution', story)) return null
    // Of a chain that does not reach its root nobody knows whose authority it began with.
    if (principal === null || chain.top !== 'root') return null
    if (subjectsOf(chain, identities).some((each) => identities.compare(principal, each) !== 'different')) return null
    const root = chain.hops[0]!
    return {
      explanation: `It uses the authority of ${nameOf(principal)}; delegation ${root.delegation_id} began with that of ${nameOf(root.subject)}, and no exchange leads from one to the other.`,
      entries: [...new Set([...subject.entries, ...root.entries])],
    }
  },
})

/** The root's subject, and what exchanges have made of it. */
function subjectsOf({ hops, grants }: View['chain'], identities: View['identities']): Principal[] {
  const subjects = [hops[0]!.subject]
  hops.forEach((hop, i) => {
    if (i === 0 || !dataOf<'delegation.granted'>(grants[i]!).exchange) return
    if (subjects.some((each) => identities.compare(each, hops[i - 1]!.subject) !== 'different')) subjects.push(hop.subject)
  })
  return subjects
}
