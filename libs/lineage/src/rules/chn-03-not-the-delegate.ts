import { counts } from '../story.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const notTheDelegate = actionRule({
  id: 'CHN-03',
  version: 1,
  severity: 'high',
  title: 'Acted under another agent\'s delegation',
  doc: 'The delegation that the action names was given to somebody else than the agent that acts (confused deputy).',
  resolvedBy: 'A link between the two identities in the inventory, or a retraction of the wrong grant.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AC-24'] },
  check({ chain: { hops }, roles: { actor }, boundBy, request, story, identities }) {
    const own = hops.at(-1)
    if (!own || !boundBy || !request || ![boundBy, request].every((b) => counts(b, 'execution', story))) return null
    if (actor.principal === null || identities.compare(actor.principal, own.delegate) !== 'different') return null
    return {
      explanation: `${nameOf(actor.principal)} acted under delegation ${own.delegation_id}, which was given to ${nameOf(own.delegate)}.`,
      entries: [...new Set([boundBy.fact.entry, ...actor.entries, ...own.entries])],
    }
  },
})
