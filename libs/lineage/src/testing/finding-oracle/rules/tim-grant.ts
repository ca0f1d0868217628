import { accessOf } from '../access.ts'
import type { Journal } from '../journal.ts'
import { judge, type Found } from '../judgement.ts'
import { counted } from '../ownership.ts'
import { ms } from '../time.ts'

export function onGrants(journal: Journal): Found[] {
  return accessOf(journal).flatMap((access) => {
    const { id, about, config, activated, withdrawn, untilMs } = access
    const { skew_ms, revocation_propagation_ms } = config.budgets
    const { withdrawal_due, session_id } = activated.data as any
    const gone = (rule: string, byMs: number): Found[] => {
      if (untilMs <= byMs || (withdrawn && withdrawn.timeMs <= byMs)) return []
      return judge({ id: `${rule}:${id}`, severity: 'medium', ...(withdrawn ? {} : { absent: { leg: 'grants' as const, deadlineMs: byMs } }) }, { about, config }, journal)
    }
    const ends = journal.facts.filter((fact) => fact.type === 'session.ended' && session_id !== undefined && (fact.data as any).session_id === session_id)
    const end = counted(ends, 'initiator', about, config, journal)[0]
    return [
      ...(withdrawal_due ? gone('TIM-04', ms(withdrawal_due) + skew_ms) : []),
      ...(end ? gone('TIM-05', end.timeMs + revocation_propagation_ms + skew_ms) : []),
    ]
  })
}
