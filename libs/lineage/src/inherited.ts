import { principalOf, type Principal, type PrincipalInput } from '@onbehalf/events'
import type { Fact } from './fact.ts'
import { principalText, traceSessionsKey, traceToldKey } from './key.ts'
import type { Lookup } from './known.ts'
import type { ActionFacts } from './resolve.ts'
import { anything } from './settings.ts'
import type { Tenant } from './tenant.ts'

/** Somebody whom a span or log around an action names. */
export interface Named {
  principal: Principal
  fact: Fact
}

/**
 * What is said of the trace or session that an action stands in, as far as it is of one mind: identity often sits on the root
 * span only. Where several are named, nobody is chosen.
 */
export interface Inherited {
  initiator: Named | null
  /** More than one: it cannot be told whose it is. */
  initiators: Named[]
  subject: Named | null
  agent: Named | null
  handedOverBy: Named | null
  /** The session that its trace is said to be in. */
  session: string | null
}

export function inheritedOf(action: ActionFacts, known: Lookup, tenant: Tenant): Inherited {
  const own = action.bound.filter((b) => !b.candidates && !b.struck).map((b) => b.fact)
  const traces = [...new Set(own.flatMap((fact) => (fact.mapped !== undefined && fact.traceId !== undefined ? [fact.traceId] : [])))].sort()
  const ownSession = own.flatMap((fact) => fact.keys.mentions.filter((key) => key.startsWith('session:')))[0]
  const standing = (facts: readonly Fact[]) => tenant.retractions.standing(facts.filter((fact) => fact.type === 'run.described' && tenant.settings.at(fact.timeMs).mayDescribe(fact)))
  const ofTraces = standing(traces.flatMap((trace) => describedIn(trace, known)))
  const sessionsOfTraces = [...new Set(ofTraces.map((fact) => fact.keys.filed).filter((key) => key.startsWith('session:')))]
  const ofSession = ownSession === undefined ? [] : standing(known.facts.get(ownSession) ?? [])
  const above = levelsAbove(own, ofTraces)
  // What the spans above say counts before what is said somewhere in the trace, and that before the rest of the session.
  const nearest = (field: 'initiator' | 'subject' | 'agent' | 'handed_over_by', circles: readonly (readonly Fact[])[]): Named[] => {
    for (const facts of circles) {
      const named = namedIn(facts, field)
      if (named.length > 0) return named
    }
    return []
  }
  const around = [...above, ofTraces, ofSession]
  // Where initiators have an owner, others' words neither outdo nor blur his.
  const isOwners = (fact: Fact) => tenant.settings.at(fact.timeMs).registered('initiator', anything).some(({ id }) => fact.saidBy.includes(id))
  const owned = around.map((facts) => facts.filter(isOwners))
  const initiators = nearest('initiator', owned.some((facts) => namedIn(facts, 'initiator').length > 0) ? owned : around)
  const one = (all: Named[]) => (all.length === 1 ? all[0]! : null)
  // An agent that is named elsewhere in the trace may be one that was called: only a run that stands around the action is its agent's.
  const agent = one(nearest('agent', above))
  const named = own.flatMap((fact) => (fact.type === 'action.requested' && !isStandIn(fact.data.agent) ? [principalText(fact.data.agent)] : []))[0]
  const acting = named ?? (agent ? principalText(agent.principal) : undefined)
  const runs = above.find((facts) => facts.some((fact) => fact.type === 'run.described' && fact.data.agent !== undefined && principalText(fact.data.agent) === acting)) ?? []
  return {
    initiator: one(initiators), initiators, subject: one(nearest('subject', around)), agent, handedOverBy: one(namedIn(runs, 'handed_over_by')),
    session: sessionsOfTraces.length === 1 ? sessionsOfTraces[0]! : null,
  }
}

/** What is said of a trace, by itself and in the sessions that it is in. */
export function describedIn(traceId: string, known: Lookup): Fact[] {
  return [traceToldKey(traceId), ...(known.links.get(traceSessionsKey(traceId)) ?? [])]
    .flatMap((key) => known.facts.get(key) ?? []).filter((fact) => fact.type === 'run.described' && fact.traceId === traceId)
}

/** What the spans above say of themselves, nearest first, as far up as each of them says anything. */
function levelsAbove(own: readonly Fact[], described: readonly Fact[]): Fact[][] {
  const levels: Fact[][] = []
  const seen = new Set<string>()
  let parents = new Set(own.flatMap((fact) => (fact.mapped !== undefined ? fact.parentSpanId ?? [] : [])))
  for (;;) {
    const level = described.filter((fact) => parents.has(fact.spanId ?? '') && !seen.has(fact.spanId!))
    if (level.length === 0) return levels
    levels.push(level)
    for (const { spanId } of level) seen.add(spanId!)
    parents = new Set(level.flatMap((fact) => fact.parentSpanId ?? []))
  }
}

/** The service that an agent runs in, named because nothing says which agent it is. */
export function isStandIn(agent: PrincipalInput | undefined): boolean {
  return agent?.iss === 'urn:otel:service'
}

function namedIn(facts: readonly Fact[], field: 'initiator' | 'subject' | 'agent' | 'handed_over_by'): Named[] {
  const named = new Map<string, Named>()
  for (const fact of facts) {
    if (fact.type !== 'run.described') continue
    const given = fact.data[field]
    if (given === undefined) continue
    const text = principalText(given)
    if (!named.has(text)) named.set(text, { principal: principalOf(given, fact.producer), fact })
  }
  return [...named.values()]
}
