import { principalOf, type Principal } from '@onbehalf/events'
import type { Leg, Role } from '../document.ts'
import type { Fact } from '../fact.ts'
import { certain, choose, covered, dataOf, owns } from '../story.ts'
import type { Given } from '../view.ts'
import { told, untold } from './leg.ts'

/**
 * Who is the root cause: a person, a schedule, a webhook, an agent, or an agent acting on its own. Who owns the leg is
 * believed; where nobody does, the request before the session. A stranger's word on an owned leg names somebody, but the leg
 * stays open.
 */
export function initiatorOf({ story, session, inherited, absences }: Given): { role: Role; leg: Leg } {
  const said = certain(story.requests).filter((b) => dataOf<'action.requested'>(b.fact).initiator)
  const request = choose(said, 'initiator', story)
  const ofSession = session && initiatorOfSession(session)
  const sessionOwns = ofSession !== undefined && owns(session!, 'initiator', story)
  if (request) {
    const leg = told([request], 'initiator', story)
    return { role: roleOf(initiatorOfRequest(request.fact), leg), leg }
  }
  if (ofSession !== undefined && (sessionOwns || !covered('initiator', story))) {
    const leg: Leg = {
      evidence: sessionOwns ? 'observed' : 'asserted',
      provisional: false,
      link: 'inherited',
      self_reported: false,
      reason: ofSession === null ? 'it was started by a schedule that is not named' : null,
      entries: [session!.entry],
    }
    return { role: roleOf(ofSession, leg), leg }
  }
  const stranger = said[0]
  if (stranger ?? ofSession) {
    const leg = untold('initiator', story, absences, 'it is said who started this, but not by who is registered for initiators')
    const role = stranger
      ? { principal: initiatorOfRequest(stranger.fact), link: stranger.link, entries: [stranger.fact.entry] }
      : { principal: ofSession!, link: 'inherited' as const, entries: [session!.entry] }
    return { role: { ...role, accountable: null, evidence: 'asserted' }, leg }
  }
  if (inherited.initiator) {
    const { principal, fact } = inherited.initiator
    const isOwners = owns(fact, 'initiator', story)
    if (isOwners || !covered('initiator', story)) {
      const leg: Leg = {
        evidence: isOwners ? 'observed' : 'asserted', provisional: false, link: 'inherited', self_reported: false,
        reason: 'said of the trace or session that it stands in', entries: [fact.entry],
      }
      return { role: roleOf(principal, leg), leg }
    }
  }
  const leg = untold('initiator', story, absences, inherited.initiators.length > 1
    ? `several are named in its trace (${inherited.initiators.slice(0, 3).map(({ principal }) => principal.sub).join(', ')}): whose it is cannot be told`
    : 'nobody has said who started this')
  return { role: { principal: null, accountable: null, evidence: leg.evidence, link: null, entries: [] }, leg }
}

function initiatorOfRequest(fact: Fact): Principal {
  return principalOf(dataOf<'action.requested'>(fact).initiator!, fact.producer)
}

/** Null: a schedule that is not named. */
function initiatorOfSession(fact: Fact): Principal | null | undefined {
  const session = dataOf<'session.started'>(fact)
  if (session.initiator) return principalOf(session.initiator, fact.producer)
  if (session.trigger === 'autonomous') return principalOf(session.agent, fact.producer)
  if (session.trigger === 'schedule')
    return session.trigger_ref === undefined ? null : principalOf({ sub: session.trigger_ref, kind: 'schedule' }, fact.producer)
  return undefined
}

function roleOf(principal: Principal | null, leg: Leg): Role {
  return { principal, accountable: null, evidence: leg.evidence, link: leg.link, entries: leg.entries }
}
