import { listing } from '../listing.ts'
import { excessOf } from '../scope.ts'
import { counts } from '../story.ts'
import { actionRule } from './rule.ts'

export const outsideScope = actionRule({
  id: 'SCP-03',
  version: 1,
  severity: 'high',
  title: 'Outside what was delegated',
  doc: 'The operation, the resource or its environment is not within what the chain of delegations leaves to the agent. OAuth scopes and audiences share no words with operations, and are not compared.',
  resolvedBy: 'A retraction of the request or of the grant that was wrong.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AC-6'] },
  check({ chain: { hops }, requested, request, boundBy, story }) {
    const own = hops.at(-1)
    if (!own || !requested || !request || !boundBy || ![boundBy, request].every((b) => counts(b, 'execution', story))) return null
    const { operation, resource } = requested
    const outside = excessOf(own.effective_scope, {
      actions: [operation],
      ...(resource && { resources: [`${resource.type}/${resource.id}`] }),
      ...(resource?.environment !== undefined && { constraints: { environment: [resource.environment] } }),
    })
    if (outside.length === 0) return null
    const what = outside.map(({ axis, values }) => `${nouns[axis]} ${listing(values)}`).join(' and ')
    return {
      explanation: `${what.charAt(0).toUpperCase()}${what.slice(1)} ${outside.length === 1 ? 'is' : 'are'} outside what delegation ${own.delegation_id} and those above it allow.`,
      entries: [...new Set([request.fact.entry, boundBy.fact.entry, ...hops.flatMap((hop) => hop.entries)])],
    }
  },
})

const nouns: Record<string, string> = { actions: 'operation', resources: 'resource', environment: 'environment' }
