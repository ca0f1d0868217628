import type { ClientBase } from 'pg'
import { byReceipt, contextKey, nothingKnown, wanting, type EntryRef, type Fact, type Finding } from '@onbehalf/lineage'
import { sha256Hex } from './facts.ts'
import type { Acknowledgement } from './finding-list.ts'
import { readMissing, type ReadOptions } from './known.ts'

/** What Onbehalf's own log says of one finding at some moment. */
export interface FindingState {
  rule: string
  version: number
  severity: Finding['severity']
  provisional: boolean
  raised_at: string
  resolved_at: string | null
  cause: string | null
  acknowledged: Acknowledgement | null
  /** Positions of what it rested on when it was raised. */
  restsOn: { log: string; index: number }[]
  history: { at: string; what: 'raised' | 'resolved' | 'acknowledged'; entries: EntryRef[] }[]
}

/** The states of those of some findings that had been raised by `asOf`; their ids are few, since most were never raised. */
export async function readFindingStates(client: ClientBase, tenant: string, ids: readonly string[], options: ReadOptions): Promise<Map<string, FindingState>> {
  const known = nothingKnown()
  const keys = new Map(ids.map((id) => [contextKey('finding', id, sha256Hex), id]))
  await readMissing(client, [{ tenant, known, missing: wanting(keys.keys()) }], options)
  return new Map([...keys].flatMap(([key, id]): [string, FindingState][] => {
    const state = stateOf(known.facts.get(key)!)
    return state === null ? [] : [[id, state]]
  }))
}

/** The same fold as that of the table `findings` (violations.ts), over the entries themselves; null: never raised. */
function stateOf(facts: readonly Fact[]): FindingState | null {
  let state = null as FindingState | null
  for (const fact of facts.toSorted((a, b) => byReceipt(a.entry, b.entry))) {
    const { received_at: at } = fact.entry
    const said = (what: FindingState['history'][number]['what']) => state?.history.push({ at, what, entries: [fact.entry] })
    if (fact.type === 'finding.raised') {
      const { rule, rule_version: version, severity, provisional, entries } = fact.data
      state = {
        acknowledged: state?.acknowledged ?? null, history: state?.history ?? [], rule, version, severity, provisional, restsOn: entries, cause: null, resolved_at: null,
        raised_at: state === null || state.resolved_at !== null ? at : state.raised_at,
      }
      said('raised')
    } else if (state !== null && fact.type === 'finding.resolved') {
      state = { ...state, resolved_at: at, cause: fact.data.cause }
      said('resolved')
    } else if (state !== null && fact.type === 'finding.acknowledged') {
      const { by, accepted_until, reason } = fact.data
      state = { ...state, acknowledged: { by, at, accepted_until: accepted_until ?? null, reason: reason ?? null } }
      said('acknowledged')
    }
  }
  return state
}
