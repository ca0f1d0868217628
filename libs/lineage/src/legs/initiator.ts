import { principalOf, type Principal } from '@onbehalf/events'
import type { Context } from '../context.ts'
import type { Leg, Role } from '../document.ts'
import type { Fact } from '../fact.ts'
import { certain, choose, dataOf, owns, type Story } from '../story.ts'
import { told, untold } from './leg.ts'

/** Who is the root cause: a person, a schedule, a webhook, an agent, or an agent acting on its own. */
export function initiatorOf(story: Story, { session }: Context): { role: Role; leg: Leg } {
  const said = certain(story.requests).filter((b) => dataOf<'action.requested'>(b.fact).initiator)
  const request = choose(said, 'initiator', story)
  const ofSession = session && initiatorOfSession(session)
  const sessionOwns = ofSession !== undefined && owns(session!.producer, 'initiator', story)
  if (request && !(sessionOwns && !owns(request.fact.producer, 'initiator', story))) {
    const principal = principalOf(dataOf<'action.requested'>(request.fact).initiator!, request.fact.producer)
    const leg = told([request], 'initiator', story)
    return { role: roleOf(principal, leg), leg }
  }
  if (ofSession) {
    const leg: Leg = {
      evidence: sessionOwns ? 'observed' : 'asserted',
      provisional: false,
      link: 'inherited',
      self_reported: false,
      reason: null,
      entries: [session!.entry],
    }
    return { role: roleOf(ofSession, leg), leg }
  }
  const leg = untold('initiator', story, 'nobody has said who started this')
  return { role: { principal: null, accountable: null, evidence: leg.evidence, link: null, entries: [] }, leg }
}

function initiatorOfSession(fact: Fact): Principal | undefined {
  const session = dataOf<'session.started'>(fact)
  if (session.initiator) return principalOf(session.initiator, fact.producer)
  if (session.trigger === 'autonomous') return principalOf(session.agent, fact.producer)
  if (session.trigger === 'schedule' && session.trigger_ref)
    return principalOf({ sub: session.trigger_ref, kind: 'schedule' }, fact.producer)
  return undefined
}

function roleOf(principal: Principal, leg: Leg): Role {
  return { principal, accountable: null, evidence: leg.evidence, link: leg.link, entries: leg.entries }
}
