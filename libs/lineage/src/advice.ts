import type { LegName, Lineage } from './document.ts'

/**
 * The one next thing that would make this lineage better, in the order in which it pays off; null when nothing is open.
 * Only what a reader can do now is advised.
 */
export function addNext(lineage: Lineage): string | null {
  for (const leg of order) {
    const { evidence } = lineage.legs[leg]
    if (evidence === 'not_covered' || evidence === 'missing') return absent[leg]
  }
  const ran = lineage.executions.length > 0
  return ran && lineage.outcomes.length === 0 ? absent.outcome : null
}

const order: LegName[] = ['initiator', 'decision', 'delegation', 'approval', 'execution', 'outcome']

const absent: Record<LegName, string> = {
  initiator: 'Say who started it: `initiator` on action.requested or session.started.',
  decision: 'Send decision.recorded from your policy engine, with this action_id or the decision_id that the gateway logs.',
  delegation: 'Send delegation.granted for each hop and name the last one as `delegation_id` on action.requested.',
  approval: 'Send approval.resolved with the approval_id that was asked for.',
  execution: 'Send action.started and action.completed when the tool runs.',
  outcome: 'Let the system that was changed send outcome.observed, so that the effect is not known from the agent alone.',
}
