import { principalOf, type Principal, type PrincipalInput } from '@onbehalf/events'
import type { Fact } from './fact.ts'
import { principalText, traceSessionsKey, traceToldKey } from './key.ts'
import type { Lookup } from './known.ts'
import type { ActionFacts } from './resolve.ts'
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
  const sessionsOfTraces = [...new Set(traces.flatMap((trace) => known.links.get(traceSessionsKey(trace)) ?? []))]
  const ownSession = own.flatMap((fact) => fact.keys.mentions.filter((key) => key.startsWith('session:')))[0]
  const described = (key: string) => tenant.retractions.standing(known.facts.get(key)).filter((fact) => fact.type === 'run.described')
  const ofTraces = [...traces.map(traceToldKey), ...sessionsOfTraces].flatMap(described).filter((fact) => traces.includes(fact.traceId ?? ''))
  const ofSession = ownSession === undefined ? [] : described(ownSession)
  const parents = new Set(own.flatMap((fact) => (fact.mapped !== undefined ? fact.parentSpanId ?? [] : [])))
  // What the span right above says counts before what is said somewhere in the trace, and that before the rest of the session.
  const circles = [ofTraces.filter((fact) => parents.has(fact.spanId ?? '')), ofTraces, ofSession]
  const nearest = (field: 'initiator' | 'subject' | 'agent' | 'handed_over_by'): Named[] => {
    for (const facts of circles) {
      const named = namedIn(facts, field)
      if (named.length > 0) return named
    }
    return []
  }
  const initiators = nearest('initiator')
  const one = (all: Named[]) => (all.length === 1 ? all[0]! : null)
  return {
    initiator: one(initiators), initiators, subject: one(nearest('subject')), agent: one(nearest('agent')), handedOverBy: one(nearest('handed_over_by')),
    session: sessionsOfTraces.length === 1 ? sessionsOfTraces[0]! : null,
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
