import { deadlineOf } from '../absence.ts'
import { entriesOf } from '../story.ts'
import { crossingsOf } from '../trust-domain.ts'
import { actionRule } from './rule.ts'

export const crossedWithoutExchange = actionRule({
  id: 'DOM-01',
  version: 1,
  severity: 'high',
  title: 'Into another trust domain without an exchange',
  doc: 'From one hop to the next the trust domain changes, and no token exchange is told of by which the other side took the authority over.',
  resolvedBy: 'The grant with its exchange, received late.',
  armedBy: { leg: 'delegation' },
  needsHorizon: true,
  mapping: { asi: ['ASI03', 'ASI07'], nhi: [], nist: ['AC-3', 'IA-13(3)'] },
  check({ chain, boundBy, story }) {
    const crossing = crossingsOf(chain)[0]
    if (!crossing || !boundBy) return null
    const { from, into, to } = crossing
    return {
      explanation: `Delegation ${chain.hops[to]!.delegation_id} leads from ${from} into ${into}, and no exchange is told of.`,
      entries: [...entriesOf([boundBy]), ...chain.hops.slice(Math.max(to - 1, 0), to + 1).flatMap((hop) => hop.entries)],
      absent: { leg: 'delegation', deadlineMs: deadlineOf('delegation', story) },
    }
  },
})
