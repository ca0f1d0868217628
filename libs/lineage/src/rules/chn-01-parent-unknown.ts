import { deadlineOf } from '../absence.ts'
import { dataOf, entriesOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const parentUnknown = actionRule({
  id: 'CHN-01',
  version: 1,
  severity: 'medium',
  title: 'Authority from an unknown source',
  doc: 'The chain of delegations does not reach a root: a grant says that its parent is unknown, or names one that has never been received.',
  resolvedBy: 'The missing grant, received late.',
  armedBy: { leg: 'delegation' },
  needsHorizon: true,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AU-3', 'AU-10'] },
  check({ chain: { hops, top }, boundBy, story }) {
    if (!boundBy || (top !== 'unknown' && top !== 'unseen')) return null
    const first = hops[0]
    const named = first?.parent.kind === 'delegation' ? first.parent.delegation_id : dataOf<'action.requested'>(boundBy.fact).delegation_id!
    const explanation = top === 'unknown'
      ? `Delegation ${first!.delegation_id} says that its parent is unknown.`
      : first
        ? `Delegation ${first.delegation_id} was made from ${named}, of which no grant has been received.`
        : `The action names delegation ${named}, of which no grant has been received.`
    return {
      explanation,
      entries: first?.entries ?? entriesOf([boundBy]),
      absent: { leg: 'delegation', deadlineMs: deadlineOf('delegation', story) },
    }
  },
})
