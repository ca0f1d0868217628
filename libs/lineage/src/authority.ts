import type { Links, Principal } from '@onbehalf/events'
import { byStory, type Fact } from './fact.ts'
import { principalText } from './key.ts'
import { revokingAt } from './signal.ts'
import { certain, counting, covered, owns } from './story.ts'
import type { View } from './view.ts'

/** The credentials that an action used, as those say whose word counts. */
export function credentialsOf({ story }: Pick<View, 'story'>): string[] {
  const said = counting(certain([...story.requests, ...story.starts, ...story.ends]), 'execution', story)
  const ids = said.flatMap((b) => (b.fact.data as Links).credential_id ?? [])
  return [...new Set(ids)].sort()
}

/** What took the authority of an action away: the revocation of its delegation (or of one above), or of its credential. */
export function revokedAuthority(view: View): Fact[] {
  const ofChain = view.chain.revocations.at(-1)
  const ofCredentials = credentialsOf(view).flatMap((id) => view.context.credential(id).find((fact) => fact.type === 'credential.revoked') ?? [])
  return [...(ofChain ? [ofChain] : []), ...ofCredentials].sort(byStory)
}

/** A revoking signal about somebody whom an action rests on. */
export interface Against {
  fact: Fact
  principal: Principal
}

/**
 * The signals that still held when it started, the earliest first. One that ends sessions counts only for authority that
 * was there by then: the session of the action, else the grant. Where neither is known, nobody can tell.
 */
export function signalsAgainst(view: View): Against[] {
  const { story, startMs, session, chain, context } = view
  const counts = session && (owns(session, 'initiator', story) || !covered('initiator', story))
  const since = counts ? session : chain.grants.at(-1)
  const found: Against[] = []
  for (const principal of peopleOf(view))
    for (const { fact, ends } of revokingAt(context.signals(principal), startMs))
      if (ends === 'account' || (since && since.timeMs <= fact.timeMs)) found.push({ fact, principal })
  return found.sort((a, b) => byStory(a.fact, b.fact))
}

/** Whose authority an action uses, who started it, who acts, and through whom the authority came. */
function peopleOf({ roles, chain }: View): Principal[] {
  const people = [
    roles.subject.principal, roles.initiator.principal, roles.actor.principal,
    ...chain.hops.flatMap(({ grantor, delegate, subject }) => [grantor, delegate, subject]),
  ]
  return [...new Map(people.flatMap((each) => (each ? [[principalText(each), each] as const] : []))).values()]
}
