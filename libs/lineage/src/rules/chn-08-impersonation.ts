import { nameOf } from '../summary.ts'
import type { View } from '../view.ts'
import { actionRule } from './rule.ts'

export const impersonation = actionRule({
  id: 'CHN-08',
  version: 1,
  severity: 'medium',
  title: 'Impersonation instead of delegation',
  doc: 'The agent acts as the person: a grant says so (`mode: impersonation`), or the action names the person as the agent. Who did it and for whom can no longer be told apart.',
  resolvedBy: 'A retraction of what said so.',
  armedBy: 'opt-in',
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AU-3', 'AU-10'] },
  check(view) {
    const hop = view.chain.hops.find((each) => each.mode === 'impersonation')
    if (hop)
      return {
        explanation: `Delegation ${hop.delegation_id} lets ${nameOf(hop.delegate)} impersonate ${nameOf(hop.subject)}.`,
        entries: hop.entries,
      }
    const { actor } = view.roles
    if (!isPerson(view)) return null
    return { explanation: `The action names ${nameOf(actor.principal!)}, a person, as the agent that acts.`, entries: actor.entries }
  },
})

/** The agent that is named is the person who set it off, or whose authority is used. */
function isPerson({ roles: { actor, initiator, subject }, identities }: View): boolean {
  const { principal } = actor
  if (principal === null) return false
  return [initiator, subject].some((role) => role.principal?.kind === 'user' && identities.compare(principal, role.principal) === 'same')
}
