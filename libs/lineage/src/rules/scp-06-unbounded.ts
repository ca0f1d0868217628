import { isUnbounded } from '../scope.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const unbounded = actionRule({
  id: 'SCP-06',
  version: 1,
  severity: 'info',
  title: 'An unbounded grant to an agent',
  doc: 'An agent was given everything: neither its grant nor one above it limits what it may do.',
  resolvedBy: 'An earlier grant of the same id that sets limits, received late; or a retraction.',
  armedBy: 'opt-in',
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: ['NHI5:2025'], nist: ['AC-6'] },
  check({ chain: { hops, top } }) {
    // What is inherited from a parent that cannot be seen may well be limited.
    const hop = top === 'root' ? hops.find((each) => each.delegate.kind === 'agent' && isUnbounded(each.effective_scope)) : undefined
    if (!hop) return null
    return {
      explanation: `Delegation ${hop.delegation_id} lets ${nameOf(hop.delegate)} do everything that ${nameOf(hop.subject)} may do.`,
      entries: hop.entries,
    }
  },
})
