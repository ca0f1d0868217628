import { principalOf, type Principal } from '@onbehalf/events'
import { tenantOf, type EntryRef, type Fact, type Key } from '@onbehalf/lineage'
import { gather, type LineageSource } from '@onbehalf/store'

/** What was told of a session itself. */
export interface SessionTold {
  started_at: string | null
  ended_at: string | null
  agent: Principal | null
  initiator: Principal | null
  trigger: string | null
  trigger_ref: string | null
  purpose: string | null
  end_reason: string | null
  evidence: 'observed' | 'asserted'
}

/**
 * Who owns the initiator's leg for its agent is believed; else a start describes it whoever said so, and an end counts only
 * where nobody owns the leg, as for the actions of the session (libs/lineage, view.ts).
 */
export function readSession(source: LineageSource, key: Key): Promise<{ session: SessionTold | null; entries: EntryRef[] }> {
  return gather(source, (known) => {
    const { settings, retractions } = tenantOf(known)
    const all = known.facts.get(key) ?? []
    const facts = retractions.standing(all)
    const entries = all.map((fact) => fact.entry)
    const first = facts[0]
    if (first === undefined) return { session: null, entries }
    const starts = facts.filter((fact) => fact.type === 'session.started')
    const at = settings.at((starts[0] ?? first).timeMs)
    const agent = starts[0] === undefined ? null : agentOf(starts[0])
    const owns = (fact: Fact) => at.owns(fact, 'initiator', { agent, system: null })
    const isOwned = at.owners('initiator', { agent, system: null }).length > 0
    const start = starts.find(owns) ?? starts[0]
    const ends = facts.filter((fact) => fact.type === 'session.ended')
    const end = isOwned ? ends.find(owns) : ends[0]
    return { session: documentOf(start, end, owns), entries }
  })
}

function documentOf(start: Fact | undefined, end: Fact | undefined, owns: (fact: Fact) => boolean): SessionTold {
  const said = start?.type === 'session.started' ? start.data : undefined
  return {
    started_at: start?.time ?? null, ended_at: end?.time ?? null,
    agent: start === undefined ? null : agentOf(start),
    initiator: said?.initiator === undefined ? null : principalOf(said.initiator, start!.producer),
    trigger: said?.trigger ?? null, trigger_ref: said?.trigger_ref ?? null, purpose: said?.purpose ?? null,
    end_reason: end?.type === 'session.ended' ? end.data.reason ?? null : null,
    evidence: start !== undefined && owns(start) ? 'observed' : 'asserted',
  }
}

function agentOf(start: Fact): Principal | null {
  return start.type === 'session.started' ? principalOf(start.data.agent, start.producer) : null
}
