import type { Fire, View } from './view.ts'

export function outcomeRules(view: View, fire: Fire): void {
  const { act, live, sure, count, due } = view
  const { startMs, askedMs, deciding, config: { budgets: { execution_due_ms, outcome_due_ms } } } = act
  const status = (act.ends[0]?.data as any)?.status

  const nothingRan = !live.some((fact) => fact.type === 'action.started' || fact.type === 'action.completed')
  const answer = count(sure('approval.resolved'), 'approval').at(-1)
  const refused = nothingRan && (deciding.effect === 'deny' || (answer !== undefined && (answer.data as any).resolution !== 'approved'))
  fire('OUT-01', act.ends.length === 0 && !refused, { leg: 'execution', deadlineMs: execution_due_ms === null ? null : askedMs + execution_due_ms })
  const outcomes = count(sure('outcome.observed'), 'outcome')
  fire('OUT-02', outcomes.length + count(sure('outcome.compensated'), 'outcome').length === 0 && !refused && status !== 'blocked' && status !== 'cancelled',
    { leg: 'outcome', deadlineMs: Math.min((startMs === Infinity ? askedMs : startMs) + outcome_due_ms, ...due('outcome_due')) })
  fire('OUT-03', outcomes.some((fact) => {
    const seen = (fact.data as any).observed_effect
    return seen === 'differs' || (seen === 'did_not_occur' && status === 'succeeded') || (seen === 'occurred' && (deciding.effect === 'deny' || ['failed', 'blocked', 'cancelled'].includes(status)))
  }))
}
