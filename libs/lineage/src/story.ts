import { eventTypes, principalOf, type EventData, type EventType, type Leg, type Principal } from '@onbehalf/events'
import type { EntryRef, Evidence, Item } from './document.ts'
import { isStandIn } from './inherited.ts'
import type { Fact } from './fact.ts'
import type { ActionFacts, Bound } from './resolve.ts'
import type { About, Settings } from './settings.ts'
import type { Tenant } from './tenant.ts'

/** The facts of one action that count, sorted out by what they tell. Each list is in story order. */
export interface Story {
  action: ActionFacts
  requests: Bound[]
  starts: Bound[]
  ends: Bound[]
  /** Ends that structure alone suggests: shown, and no evidence that anything ran. */
  inferredEnds: Bound[]
  decisions: Bound[]
  approvalRequests: Bound[]
  approvals: Bound[]
  outcomes: Bound[]
  compensations: Bound[]
  about: About
  /** As they held when it was asked for. */
  settings: Settings
  tenant: Tenant
}

/** @param around the agent that is said to work in the trace, where the action itself only names the service it runs in */
export function tell(action: ActionFacts, tenant: Tenant, around: Principal | null = null): Story {
  const of = (type: EventType) => action.bound.filter((b) => b.fact.type === type && !b.struck && b.fact.inferred !== true)
  const requests = of('action.requested')
  const decisions = of('decision.recorded')
  const request = certain(requests)[0] ?? requests[0]
  const requested = request && dataOf<'action.requested'>(request.fact)
  const evaluated = decisions.length > 0 && !requested ? dataOf<'decision.recorded'>(decisions[0]!.fact).evaluated : undefined
  const agent = requested?.agent ?? evaluated?.actor
  return {
    action,
    requests,
    starts: of('action.started'),
    ends: of('action.completed'),
    inferredEnds: action.bound.filter((b) => b.fact.type === 'action.completed' && !b.struck && b.fact.inferred === true),
    decisions,
    approvalRequests: of('approval.requested'),
    approvals: of('approval.resolved'),
    outcomes: of('outcome.observed'),
    compensations: of('outcome.compensated'),
    about: {
      agent: around && isStandIn(agent) ? around : agent ? principalOf(agent, (request ?? decisions[0])!.fact.producer) : null,
      system: (requested?.resource ?? evaluated?.resource)?.system ?? null,
    },
    settings: tenant.settings.at((request ?? action.bound[0]!).fact.timeMs),
    tenant,
  }
}

/** What decides who is believed. */
export type Teller = Pick<Story, 'settings' | 'about' | 'tenant'>

/** The data of a fact whose type is known. */
export function dataOf<Type extends EventType>(fact: Fact): EventData[Type] {
  return fact.data as EventData[Type]
}

/** Without those that could belong to another action. */
export function certain(bound: Bound[]): Bound[] {
  return bound.filter((b) => !b.candidates)
}

/** What counts on a leg: where it is owned, a stranger's word is shown and counts for nothing. */
export function counting(bound: Bound[], leg: Leg, story: Story): Bound[] {
  return bound.filter((b) => counts(b, leg, story))
}

/** What counts on a leg of what was said of one thing: it stands, and where the leg is owned, an owner said it. */
export function believed(facts: readonly Fact[] | undefined, leg: Leg, teller: Teller): Fact[] {
  return owned(teller.tenant.retractions.standing(facts), leg, teller)
}

/** The word of the owners, where a leg has any. */
export function owned(facts: Fact[], leg: Leg, teller: Teller): Fact[] {
  return covered(leg, teller) ? facts.filter((fact) => owns(fact, leg, teller)) : facts
}

/** Whether one counts on a leg. */
export function counts(bound: Bound, leg: Leg, story: Story): boolean {
  return !covered(leg, story) || owns(bound.fact, leg, story)
}

/** Those that count on the leg that they belong to first, then what strangers say there. For what any of them may say. */
export function countingFirst(bound: Bound[], story: Story): Bound[] {
  const isCounting = (b: Bound) => {
    const { leg } = eventTypes[b.fact.type]
    return leg === null || counts(b, leg, story)
  }
  return [...bound.filter(isCounting), ...bound.filter((b) => !isCounting(b))]
}

/** The one that counts where a leg has a single value: of those that count the earliest in the story. */
export function choose(bound: Bound[], leg: Leg, story: Story): Bound | undefined {
  return counting(certain(bound), leg, story)[0]
}

/** The one that describes: the leg's owner first, then the earliest in the story. A description is not evidence. */
export function describing(bound: Bound[], leg: Leg, story: Story): Bound | undefined {
  const sure = certain(bound)
  return sure.find((b) => owns(b.fact, leg, story)) ?? sure[0]
}

export function owns(fact: Fact, leg: Leg, { settings, about }: Teller): boolean {
  return settings.owns(fact, leg, about)
}

export function covered(leg: Leg, { settings, about }: Teller): boolean {
  return settings.owners(leg, about).length > 0
}

export function evidenceOf(bound: Bound, leg: Leg, story: Story): Evidence {
  if (bound.candidates) return 'ambiguous'
  return owns(bound.fact, leg, story) ? 'observed' : 'asserted'
}

/** Said by the party that acted, which is not the owner of the leg. */
export function selfReported(bound: Bound[], leg: Leg, story: Story): boolean {
  const actors = new Set([...story.requests, ...story.starts, ...story.ends].map((b) => b.fact.producer))
  return bound.length > 0 && bound.every((b) => actors.has(b.fact.producer) && !owns(b.fact, leg, story))
}

export function entriesOf(bound: Bound[]): EntryRef[] {
  return bound.map((b) => b.fact.entry)
}

export function itemOf({ fact, struck }: Bound): Item {
  return { ...fact.data, id: fact.id, time: fact.time, producer: fact.producer, struck, entries: [fact.entry] }
}
