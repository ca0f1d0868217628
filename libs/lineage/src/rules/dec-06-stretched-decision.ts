import { principalOf, type Resource } from '@onbehalf/events'
import { decidedAt, decisionOf } from '../decision.ts'
import type { Bound } from '../resolve.ts'
import { runOf } from '../run.ts'
import { counts, entriesOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import type { View } from '../view.ts'
import { actionRule } from './rule.ts'

export const stretchedDecision = actionRule({
  id: 'DEC-06',
  version: 1,
  severity: 'high',
  title: 'A decision used for what it was not made for',
  doc: 'A permit was used after it had run out, or for another agent, operation or resource than it was given for.',
  resolvedBy: 'A decision that was made for this action, before its start, by the same policy point.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AC-24'] },
  check(view) {
    const ran = runOf(view.story)
    if (ran.length === 0 || view.decided.effect !== 'permit') return null
    for (const b of view.decided.by) {
      const stretch = expired(b, view) ?? otherwise(b, view)
      if (stretch !== null)
        return { explanation: `The permit of ${decidedAt(b.fact).time} ${stretch}.`, entries: entriesOf([...view.story.requests, b, ...ran]) }
    }
    return null
  },
})

function expired(b: Bound, { story, startMs }: View): string | null {
  const { ttl_ms, cached } = decisionOf(b)
  if (ttl_ms === undefined || startMs <= decidedAt(b.fact).timeMs + ttl_ms + story.settings.budgets.skew_ms) return null
  const from = cached ? ', which came from a cache,' : ''
  return `was good for ${ttl_ms} ms${from} and was used at ${runOf(story)[0]!.fact.time}`
}

function otherwise(b: Bound, { story, request, requested, identities }: View): string | null {
  const { evaluated } = decisionOf(b)
  if (!evaluated || !request || !requested || !counts(request, 'execution', story)) return null
  if (evaluated.actor) {
    const [asked, acted] = [principalOf(evaluated.actor, b.fact.producer), principalOf(requested.agent, request.fact.producer)]
    if (identities.compare(asked, acted) === 'different') return `was given to ${nameOf(asked)}, and ${nameOf(acted)} acted on it`
  }
  if (evaluated.operation !== undefined && evaluated.operation !== requested.operation)
    return `was given for ${evaluated.operation}, and ${requested.operation} ran`
  if (evaluated.resource && requested.resource && isOther(evaluated.resource, requested.resource))
    return `was given for ${evaluated.resource.type} ${evaluated.resource.id}, and it ran on ${requested.resource.type} ${requested.resource.id}`
  return null
}

/** What only one side says of a resource makes it no other one. */
function isOther(a: Resource, b: Resource): boolean {
  const differs = (part: 'system' | 'environment') => a[part] !== undefined && b[part] !== undefined && a[part] !== b[part]
  return a.type !== b.type || a.id !== b.id || differs('system') || differs('environment')
}
