import { isUnqualified, principalOf, type EventData, type Leg as OwnedLeg, type Principal, type PrincipalInput } from '@onbehalf/events'
import { Absences } from './absence.ts'
import { agentAt, type AgentRecord } from './agent.ts'
import { chainOf, type Chain } from './chain.ts'
import { argumentsOf, deciding, startOf, type Arguments, type Deciding } from './decision.ts'
import type { Leg, LegName, Role } from './document.ts'
import { join, type Fact } from './fact.ts'
import { beatsOf } from './horizon.ts'
import { inheritedOf, type Inherited } from './inherited.ts'
import { identitiesOf, type Identities } from './identity.ts'
import { beatsKey, contextKey, principalText, rankOf, ranks, sourcesKey, type Key, type Sha256Hex } from './key.ts'
import { isDelegation, type Lookup } from './known.ts'
import { legsOf } from './legs/index.ts'
import type { ActionFacts, Bound } from './resolve.ts'
import { rolesOf } from './roles.ts'
import { believed, certain, countingFirst, dataOf, describing, owned, owns, tell, type Story } from './story.ts'
import type { Tenant } from './tenant.ts'

/**
 * One action, seen with everything that it rests on: what `derive` writes down and what rules look at. It is made by asking
 * `known` for what it needs, so what it could not find is noted there.
 */
export interface View {
  action: ActionFacts
  story: Story
  tenant: Tenant
  /** When it was asked for; else the earliest time told. */
  moment: Fact
  /** The request that describes it. */
  request: Bound | undefined
  requested: EventData['action.requested'] | undefined
  /** When it ran, in milliseconds since 1970; Infinity while it has not. */
  startMs: number
  /** What was executed, else asked for. */
  args: Arguments | undefined
  decided: Deciding
  /** The request that names the delegation. */
  boundBy: Bound | undefined
  chain: Chain
  /** The start of the session that the action says it belongs to, and its end. */
  session: Fact | undefined
  sessionEnd: Fact | undefined
  inherited: Inherited
  roles: Record<'initiator' | 'subject' | 'actor' | 'executor', Role>
  legs: Record<LegName, Leg>
  identities: Identities
  absences: Absences
  context: Context
}

/** What is known of the things around an action; every answer counts what counts, in story order. */
export interface Context {
  /** The inventory's record of an agent as of a time. */
  agent(agent: Principal, timeMs: number): AgentRecord
  /**
   * Whether the inventory has registered an agent, at whatever time: under one of its identities, or by a name that may be
   * its own, since nobody can tell whether it is not.
   */
  isRegistered(agent: Principal): boolean
  /** What identity providers have signalled about somebody; without what may have been meant for another of that name. */
  signals(principal: Principal): Fact[]
  /** Publications and retirements of a policy. */
  policy(id: string): Fact[]
  credential(id: string): Fact[]
  /** `agent:<iss>|<sub>` of every agent that has used a credential. */
  usersOf(credentialId: string): readonly Key[]
  /** What is filed under an approval itself, and under the actions that name it. */
  approval(id: string): { itself: Fact[]; actions: { key: Key; facts: Fact[] }[] }
  /** Exports of evidence. */
  exports(): Fact[]
  /** Beginnings and ends of imports. */
  imports(): Fact[]
  /** The heartbeats of a source in the hours of some times, and the latest one. */
  beats(producer: string, source: string, times: readonly string[]): Fact[]
}

export function viewOf(action: ActionFacts, known: Lookup, tenant: Tenant, sha256: Sha256Hex): View {
  const inherited = inheritedOf(action, known, tenant)
  const story = tell(action, tenant, inherited.agent?.principal ?? null)
  const request = describing(story.requests, 'execution', story)
  const moment = (request ?? action.bound[0]!).fact
  const decided = deciding(story)
  const naming = story.requests.filter((b) => dataOf<'action.requested'>(b.fact).delegation_id !== undefined)
  // Who owns delegations is believed first; a request is the word of who owns execution.
  const boundBy = certain(naming).find((b) => owns(b.fact, 'delegation', story)) ?? describing(naming, 'execution', story)
  const chain = chainOf(boundBy?.fact.keys.mentions.find(isDelegation), known, story)
  const identities = identitiesOf(known, (fact) => !tenant.retractions.has(fact.entry) && owns(fact, 'inventory', story), moment.timeMs, sha256)
  const context = contextOf(story, identities, known, sha256)
  const absences = new Absences(story)
  const { session, sessionEnd } = sessionOf(story, known, inherited)
  const given = { action, story, tenant, moment, request, requested: request && dataOf<'action.requested'>(request.fact),
    startMs: startOf(story), args: argumentsOf(story), decided, boundBy, chain, session, sessionEnd, inherited, identities, absences, context }
  const { roles, initiatorLeg } = rolesOf(given)
  return { ...given, roles, legs: legsOf({ ...given, roles }, initiatorLeg) }
}

/** What is there before roles and legs are. */
export type Given = Omit<View, 'roles' | 'legs'>

/** How many of the keys that name one approval are looked at, in key order: what is read for one action stays bounded. */
const approved_max = 64

function contextOf(story: Story, identities: Identities, known: Lookup, sha256: Sha256Hex): Context {
  const factsOf = (key: Key) => story.tenant.retractions.standing(known.facts.get(key))
  const believedOf = (leg: OwnedLeg, key: Key) => believed(known.facts.get(key), leg, story)
  const agentKey = (agent: PrincipalInput) => contextKey('agent', principalText(agent), sha256)
  const recordOf = (key: Key, timeMs: number) => agentAt(believedOf('inventory', key), timeMs)
  return {
    agent: (agent, timeMs) => recordOf(agentKey(agent), timeMs),
    isRegistered(agent) {
      const keys = isUnqualified(agent)
        ? [agentKey(agent), ...(known.links.get(contextKey('named', agent.sub, sha256)) ?? [])]
        : [...identities.of(agent).map((key) => `agent:${key.slice('identity:'.length)}`), agentKey({ sub: agent.sub, kind: agent.kind })]
      return keys.some((key) => recordOf(key, Infinity).registered !== null)
    },
    signals: (principal) => factsOf(contextKey('principal', principalText(principal), sha256)).filter((fact) =>
      fact.type === 'signal.received' && fact.data.principal !== undefined && isSame(principal, principalOf(fact.data.principal, fact.producer))),
    policy: (id) => believedOf('decision', contextKey('policy', id, sha256)),
    credential: (id) => believedOf('grants', contextKey('credential', id, sha256)),
    usersOf: (id) => known.links.get(contextKey('users', id, sha256)) ?? [],
    approval(id) {
      const key = contextKey('approval', id, sha256)
      const by = (known.links.get(key) ?? []).slice(0, approved_max).filter((each) => rankOf(each) > 0)
      // A weaker key of an action that names the approval by a stronger one is no other action.
      const isClaimed = (each: Key) => (known.links.get(each) ?? []).some((above) => rankOf(above) > 0 && rankOf(above) < rankOf(each))
      const roots = by.filter((each) => rankOf(each) === 1 || (rankOf(each) <= ranks.span && !isClaimed(each)))
      return { itself: factsOf(key), actions: roots.map((each) => ({ key: each, facts: factsOf(each) })) }
    },
    exports: () => factsOf('tenant:exports'),
    imports: () => factsOf('tenant:import'),
    beats(producer, source, times) {
      if ((known.links.get(sourcesKey(producer)) ?? []).length === 0) return []
      const hours = new Set(times.map((time) => beatsKey(producer, source, time, sha256)))
      const latest = beatsOf(known, producer).get(source)
      return join([...hours].flatMap((hour) => factsOf(hour)), latest ? [latest] : [])
    },
  }
}

function sessionOf(story: Story, known: Lookup, inherited: Inherited): Pick<View, 'session' | 'sessionEnd'> {
  const own = countingFirst(certain(story.action.bound.filter((b) => !b.struck)), story)
    .flatMap((b) => b.fact.keys.mentions.find((m) => m.startsWith('session:')) ?? [])
  for (const key of [...own, ...(inherited.session ?? [])].slice(0, 1)) {
    const facts = story.tenant.retractions.standing(known.facts.get(key))
    const starts = facts.filter((fact) => fact.type === 'session.started')
    const ends = facts.filter((fact) => fact.type === 'session.ended')
    const theirs = (of: Fact[]) => of.find((fact) => owns(fact, 'initiator', story)) ?? of[0]
    // A start describes; an end takes something away, so a stranger's does not count.
    return { session: theirs(starts), sessionEnd: owned(ends, 'initiator', story)[0] }
  }
  return { session: undefined, sessionEnd: undefined }
}

function isSame(a: Principal, b: Principal): boolean {
  return a.iss === b.iss && a.sub === b.sub
}
