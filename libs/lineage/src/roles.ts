import { principalOf } from '@onbehalf/events'
import { accountableOf } from './accountable.ts'
import type { Leg, Role } from './document.ts'
import { isStandIn } from './inherited.ts'
import { initiatorOf } from './legs/initiator.ts'
import { isNamedDenial } from './resolve.ts'
import { certain, covered, dataOf, describing, evidenceOf } from './story.ts'
import type { Given, View } from './view.ts'

/** The four roles of an action, never collapsed. */
export function rolesOf(given: Given): { roles: View['roles']; initiatorLeg: Leg } {
  const { role, leg } = initiatorOf(given)
  return {
    roles: {
      initiator: { ...role, accountable: accountableOf(role, given) },
      subject: subjectOf(given),
      actor: actorOf(given),
      executor: executorOf(given),
    },
    initiatorLeg: leg,
  }
}

/** Whose authority is used: as the action says, else as its own delegation says. */
function subjectOf({ story, requested, request, chain, inherited }: Given): Role {
  const hop = chain.hops.at(-1)
  if (request && requested?.subject)
    return { ...nobody(), principal: principalOf(requested.subject, request.fact.producer), evidence: evidenceOf(request, 'delegation', story), link: request.link, entries: [request.fact.entry] }
  if (hop) return { ...nobody(), principal: hop.subject, evidence: hop.evidence, link: 'inherited', entries: hop.entries }
  const { subject } = inherited
  if (subject) return { ...nobody(), principal: subject.principal, evidence: 'asserted', link: 'inherited', entries: [subject.fact.entry] }
  return nobody()
}

/** The agent acting now. */
function actorOf({ story, request, requested, inherited }: Given): Role {
  if (request && requested && isStandIn(requested.agent)) {
    const { agent } = inherited
    if (agent) return { ...nobody(), principal: agent.principal, evidence: 'asserted', link: 'inherited', entries: [agent.fact.entry] }
    return { ...nobody(), principal: principalOf(requested.agent, request.fact.producer), evidence: 'inferred', link: request.link, entries: [request.fact.entry] }
  }
  if (request && requested)
    return { ...nobody(), principal: principalOf(requested.agent, request.fact.producer), evidence: evidenceOf(request, 'execution', story), link: request.link, entries: [request.fact.entry] }
  const denied = story.decisions.find((b) => isNamedDenial(b.fact))
  const actor = denied && dataOf<'decision.recorded'>(denied.fact).evaluated?.actor
  if (denied && actor)
    return { ...nobody(), principal: principalOf(actor, denied.fact.producer), evidence: evidenceOf(denied, 'decision', story), link: denied.link, entries: [denied.fact.entry] }
  return nobody()
}

/** What ran it. */
function executorOf({ story }: Given): Role {
  const start = describing(certain(story.starts).filter((b) => dataOf<'action.started'>(b.fact).executor), 'execution', story)
  if (!start) return covered('execution', story) ? { ...nobody(), evidence: 'missing' } : nobody()
  const { executor } = dataOf<'action.started'>(start.fact)
  return { ...nobody(), principal: principalOf(executor!, start.fact.producer), evidence: evidenceOf(start, 'execution', story), link: start.link, entries: [start.fact.entry] }
}

function nobody(): Role {
  return { principal: null, accountable: null, evidence: 'not_covered', link: null, entries: [] }
}
