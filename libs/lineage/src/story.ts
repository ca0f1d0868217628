import type { EventData, EventType } from '@onbehalf/events'
import type { EntryRef, Evidence, Item, LegName } from './document.ts'
import type { Fact } from './fact.ts'
import type { About, Registry } from './registry.ts'
import type { ActionFacts, Bound } from './resolve.ts'

/** The facts of one action, sorted out by what they tell. Each list is in story order. */
export interface Story {
  action: ActionFacts
  requests: Bound[]
  starts: Bound[]
  ends: Bound[]
  decisions: Bound[]
  approvalRequests: Bound[]
  approvals: Bound[]
  outcomes: Bound[]
  compensations: Bound[]
  about: About
  registry: Registry
}

export function tell(action: ActionFacts, registry: Registry): Story {
  const of = (type: EventType) => action.bound.filter((b) => b.fact.type === type)
  const requests = of('action.requested')
  const request = certain(requests)[0] ?? requests[0]
  const requested = request && dataOf<'action.requested'>(request.fact)
  return {
    action,
    requests,
    starts: of('action.started'),
    ends: of('action.completed'),
    decisions: of('decision.recorded'),
    approvalRequests: of('approval.requested'),
    approvals: of('approval.resolved'),
    outcomes: of('outcome.observed'),
    compensations: of('outcome.compensated'),
    about: { agent: requested?.agent ?? null, system: requested?.resource?.system ?? null },
    registry,
  }
}

export function dataOf<T extends EventType>(fact: Fact): EventData[T] {
  return fact.data as EventData[T]
}

/** What belongs to this action alone. An ambiguous fact satisfies no leg. */
export function certain(bound: Bound[]): Bound[] {
  return bound.filter((b) => !b.candidates)
}

/** What counts on a leg: where it is owned, a stranger's word is shown and counts for nothing. */
export function counting(bound: Bound[], leg: LegName, story: Story): Bound[] {
  return covered(leg, story) ? bound.filter((b) => owns(b.fact.producer, leg, story)) : bound
}

/** The one that counts where a single value must be chosen: the leg's owner first, then the earliest in the story. */
export function choose(bound: Bound[], leg: LegName, story: Story): Bound | undefined {
  const sure = certain(bound)
  return sure.find((b) => owns(b.fact.producer, leg, story)) ?? sure[0]
}

export function owns(producer: string, leg: LegName, story: Story): boolean {
  return story.registry.owners(leg, story.about).includes(producer)
}

export function covered(leg: LegName, story: Story): boolean {
  return story.registry.owners(leg, story.about).length > 0
}

export function evidenceOf(bound: Bound, leg: LegName, story: Story): Evidence {
  if (bound.candidates) return 'ambiguous'
  return owns(bound.fact.producer, leg, story) ? 'observed' : 'asserted'
}

/** Said by the party that acted, which is not the owner of the leg. */
export function selfReported(bound: Bound[], leg: LegName, story: Story): boolean {
  const actors = new Set([...story.requests, ...story.starts, ...story.ends].map((b) => b.fact.producer))
  return bound.length > 0 && bound.every((b) => actors.has(b.fact.producer) && !owns(b.fact.producer, leg, story))
}

export function entriesOf(bound: Bound[]): EntryRef[] {
  return bound.map((b) => b.fact.entry)
}

export function itemOf(bound: Bound): Item {
  const { fact } = bound
  return { ...fact.data, id: fact.id, time: fact.time, producer: fact.producer, struck: false, entries: [fact.entry] }
}
