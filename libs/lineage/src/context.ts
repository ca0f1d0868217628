import { chainOf, type Chain } from './chain.ts'
import { join, type Fact } from './fact.ts'
import { isDelegation, type Lookup } from './known.ts'
import type { Bound } from './resolve.ts'
import { certain, choose, dataOf, owns, type Story } from './story.ts'

/** What an action rests on beside its own facts. */
export interface Context {
  /** The request that names the delegation. */
  boundBy: Bound | undefined
  chain: Chain
  /** The start of the session that the action says it belongs to, if it has been received. */
  session: Fact | undefined
}

export function contextOf(story: Story, known: Lookup): Context {
  const naming = story.requests.filter((b) => dataOf<'action.requested'>(b.fact).delegation_id !== undefined)
  const boundBy = choose(naming, 'delegation', story)
  const delegation = boundBy?.fact.keys.mentions.find(isDelegation)
  return { boundBy, chain: chainOf(delegation, known, story), session: sessionOf(story, known) }
}

function sessionOf(story: Story, known: Lookup): Fact | undefined {
  for (const b of certain(story.action.bound)) {
    const key = b.fact.keys.mentions.find((m) => m.startsWith('session:'))
    if (key === undefined) continue
    const starts = join(known.facts.get(key) ?? []).filter((fact) => fact.type === 'session.started')
    return starts.find((fact) => owns(fact.producer, 'initiator', story)) ?? starts[0]
  }
  return undefined
}
