import type { Fact } from '../../../index.ts'
import type { Act } from '../action.ts'
import { configAt, type Journal } from '../journal.ts'
import { judge, type Found } from '../judgement.ts'
import { counted } from '../ownership.ts'

export function onEffects(acts: Act[], journal: Journal): Found[] {
  const bound = new Set(acts.flatMap((act) => act.group.facts))
  const loose = journal.facts.filter((fact) => fact.type === 'outcome.observed' && (fact.data as any).credential_id && !bound.has(fact))
  const keyOf = (fact: Fact) => `${(fact.data as any).credential_id}|${(fact.data as any).resource?.type ?? ''}|${fact.time.slice(0, 13)}`
  return [...Map.groupBy(loose, keyOf)].flatMap(([key, effects]) => {
    const [config, about] = [configAt(effects[0]!.timeMs, journal), null]
    const credential = (effects[0]!.data as any).credential_id
    const issue = counted(journal.facts.filter((fact) => fact.type === 'credential.issued' && (fact.data as any).credential_id === credential), 'grants', about, config, journal)[0]
    const used = [...journal.facts, ...journal.struck].some((fact) => fact.type === 'action.requested' && (fact.data as any).credential_id === credential)
    if (!used && (issue?.data as any)?.holder.kind !== 'agent') return []
    const writes = counted(effects, 'outcome', about, config, journal).filter((fact) => (fact.data as any).observed_effect !== 'did_not_occur')
    if (writes.length === 0) return []
    return judge({ id: `OUT-05:${key}`, severity: 'medium', absent: { leg: 'execution', deadlineMs: writes.at(-1)!.timeMs + config.budgets.context_due_ms } }, { config, about }, journal)
  })
}
