import { principalOf, type Principal } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import type { Base } from './base.ts'
import type { Journal } from './journal.ts'
import { counted, isOwned, legOfType, owns } from './ownership.ts'

export interface Initiator {
  principal: Principal | null
  /** Somebody whose word counts has said it. */
  counts: boolean
  owned: boolean
  /** Nobody but a schedule, or the agent itself, according to the session. */
  itself: boolean
  session: Fact | undefined
  sessionEnd: Fact | undefined
}

export function initiatorOf(base: Base, live: Fact[], journal: Journal): Initiator {
  const { start: session, end: sessionEnd } = sessionOf(base, live, journal)
  const d = session?.data as any
  const said = base.requests.filter((fact) => (fact.data as any).initiator)
  const chosen = counted(said, 'initiator', base.about, base.config, journal)[0]
  const name = (fact: Fact) => principalOf((fact.data as any).initiator, fact.producer)
  const ofSession = !session ? undefined
    : d.initiator ? principalOf(d.initiator, session.producer)
    : d.trigger === 'autonomous' ? principalOf(d.agent, session.producer)
    : d.trigger === 'schedule' ? (d.trigger_ref ? principalOf({ sub: d.trigger_ref, kind: 'schedule' }, session.producer) : null) : undefined
  const itself = session !== undefined && !d.initiator && ['schedule', 'autonomous'].includes(d.trigger)
  const rest = { session, sessionEnd }
  if (chosen) return { ...rest, principal: name(chosen), counts: true, owned: owns(chosen, 'initiator', base.about, base.config, journal), itself: false }
  const sessionOwns = session !== undefined && owns(session, 'initiator', base.about, base.config, journal)
  if (ofSession !== undefined && (sessionOwns || !isOwned('initiator', base.about, base.config))) return { ...rest, principal: ofSession, counts: true, owned: sessionOwns, itself }
  if (said[0]) return { ...rest, principal: name(said[0]), counts: false, owned: false, itself: false }
  return { ...rest, principal: ofSession ?? null, counts: false, owned: false, itself: ofSession !== undefined && itself }
}

function sessionOf(base: Base, live: Fact[], journal: Journal): { start: Fact | undefined; end: Fact | undefined } {
  const sure = live.filter((fact) => !base.group.shared.has(fact))
  const counts = (fact: Fact) => counted([fact], legOfType(fact.type)!, base.about, base.config, journal).length > 0
  // Reading: as those say first whose word counts on the leg that they speak of.
  const id = [...sure.filter(counts), ...sure.filter((fact) => !counts(fact))].map((fact) => (fact.data as any).session_id as string | undefined).find((each) => each !== undefined)
  if (id === undefined) return { start: undefined, end: undefined }
  const of = (type: string) => journal.facts.filter((fact) => fact.type === type && (fact.data as any).session_id === id)
  const starts = of('session.started')
  return {
    start: starts.find((fact) => owns(fact, 'initiator', base.about, base.config, journal)) ?? starts[0],
    end: counted(of('session.ended'), 'initiator', base.about, base.config, journal)[0],
  }
}
