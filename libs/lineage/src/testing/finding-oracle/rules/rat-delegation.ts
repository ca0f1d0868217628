import { principalOf } from '@onbehalf/events'
import type { Act } from '../action.ts'
import { configAt, type Journal } from '../journal.ts'
import { judge, type Found } from '../judgement.ts'
import { counted } from '../ownership.ts'

export function onDelegations(acts: Act[], journal: Journal): Found[] {
  const ids = new Set(journal.facts.filter((fact) => fact.type === 'delegation.granted').map((fact) => (fact.data as any).delegation_id as string))
  return [...ids].flatMap((id) => {
    const grants = journal.facts.filter((fact) => fact.type === 'delegation.granted' && (fact.data as any).delegation_id === id)
    const first = grants[0]!
    const [about, config] = [{ agent: principalOf((first.data as any).delegate, first.producer), system: null }, configAt(first.timeMs, journal)]
    const grant = counted(grants, 'delegation', about, config, journal)[0]
    const most = (grant?.data as any)?.scope?.constraints?.max_uses
    const uses = acts.filter((act) => act.startMs < Infinity && act.chain.hops.some((hop) => hop.d.delegation_id === id)).length
    return most !== undefined && uses > most ? judge({ id: `RAT-01:${id}`, severity: 'medium' }, { about, config }, journal) : []
  })
}
