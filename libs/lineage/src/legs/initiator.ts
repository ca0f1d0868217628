import { principalOf, type Principal } from '@onbehalf/events'
import type { Leg, Role } from '../document.ts'
import { join, type Fact } from '../fact.ts'
import type { Known } from '../known.ts'
import { certain, choose, dataOf, owns, type Story } from '../story.ts'
import { told, untold } from './leg.ts'

/** Who is the root cause: a person, a schedule, a webhook, an agent, or an agent acting on its own. */
export function initiatorOf(story: Story, known: Known): { role: Role; leg: Leg } {
  const said = certain(story.requests).filter((b) => dataOf<'action.requested'>(b.fact).initiator)
  const request = choose(said, 'initiator', story)
  if (request) {
    const principal = principalOf(dataOf<'action.requested'>(request.fact).initiator!, request.fact.producer)
    const leg = told([request], 'initiator', story)
    return { role: roleOf(principal, leg), leg }
  }
  const session = sessionOf(story, known)
  const inherited = session && initiatorOfSession(session)
  if (session && inherited) {
    const leg: Leg = {
      evidence: owns(session.producer, 'initiator', story) ? 'observed' : 'asserted',
      provisional: false,
      link: 'inherited',
      self_reported: false,
      reason: null,
      entries: [session.entry],
    }
    return { role: roleOf(inherited, leg), leg }
  }
  const leg = untold('initiator', story, 'nobody has said who started this')
  return { role: { principal: null, accountable: null, evidence: leg.evidence, link: null, entries: [] }, leg }
}

/** The session that the action says it belongs to, if its start has been received. */
export function sessionOf(story: Story, known: Known): Fact | undefined {
  for (const b of certain(story.action.bound)) {
    const key = b.fact.keys.mentions.find((m) => m.startsWith('session:'))
    if (!key) continue
    const starts = join(known.facts.get(key) ?? []).filter((fact) => fact.type === 'session.started')
    return starts.find((fact) => owns(fact.producer, 'initiator', story)) ?? starts[0]
  }
  return undefined
}

function initiatorOfSession(fact: Fact): Principal | undefined {
  const session = dataOf<'session.started'>(fact)
  if (session.initiator) return principalOf(session.initiator, fact.producer)
  if (session.trigger === 'autonomous') return principalOf(session.agent, fact.producer)
  if (session.trigger === 'schedule' && session.trigger_ref)
    return { iss: `urn:onbehalf:unqualified:${fact.producer}`, sub: session.trigger_ref, kind: 'schedule' }
  return undefined
}

function roleOf(principal: Principal, leg: Leg): Role {
  return { principal, accountable: null, evidence: leg.evidence, link: leg.link, entries: leg.entries }
}
