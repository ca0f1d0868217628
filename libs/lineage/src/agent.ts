import { principalOf, type EventData, type Principal } from '@onbehalf/events'
import type { Fact } from './fact.ts'
import { dataOf } from './story.ts'

/** What the inventory says of an agent. */
export interface AgentRecord {
  /** The latest entry that describes it; null: nobody has registered it. */
  registered: Fact | null
  owner: Principal | null
  /** The accountable human. */
  sponsor: Principal | null
  purpose: string | null
  model: string | null
  version: string | null
  systems: string[]
  boundaries: string[]
  review_due: string | null
  status: 'unregistered' | 'active' | 'suspended' | 'retired'
  /** The entry that made the status what it is. */
  statusBy: Fact | null
}

/**
 * @param facts of the agent that count, in story order
 * @param timeMs what was said of a later time is left out; Infinity for the record as it stands
 */
export function agentAt(facts: readonly Fact[], timeMs: number): AgentRecord {
  const record: AgentRecord = {
    registered: null, owner: null, sponsor: null, purpose: null, model: null, version: null, systems: [], boundaries: [],
    review_due: null, status: 'unregistered', statusBy: null,
  }
  for (const fact of facts) {
    if (fact.timeMs > timeMs) break
    switch (fact.type) {
      case 'agent.registered':
      case 'agent.updated':
        describe(record, fact)
        if (record.status === 'unregistered') Object.assign(record, { status: 'active', statusBy: fact })
        break
      case 'agent.suspended':
        if (record.status !== 'retired') Object.assign(record, { status: 'suspended', statusBy: fact })
        break
      case 'agent.reactivated':
        Object.assign(record, { status: 'active', statusBy: fact })
        break
      case 'agent.retired':
        Object.assign(record, { status: 'retired', statusBy: fact })
    }
  }
  return record
}

/** A registration says everything anew; an update only what it names. */
function describe(record: AgentRecord, fact: Fact): void {
  const data: EventData['agent.registered'] = dataOf<'agent.registered'>(fact)
  const keeps = fact.type === 'agent.updated'
  const principal = (said: typeof data.owner, before: Principal | null) => (said ? principalOf(said, fact.producer) : keeps ? before : null)
  record.registered = fact
  record.owner = principal(data.owner, record.owner)
  record.sponsor = principal(data.sponsor, record.sponsor)
  for (const field of ['purpose', 'model', 'version', 'review_due'] as const) record[field] = data[field] ?? (keeps ? record[field] : null)
  for (const field of ['systems', 'boundaries'] as const) record[field] = data[field] ?? (keeps ? record[field] : [])
}
