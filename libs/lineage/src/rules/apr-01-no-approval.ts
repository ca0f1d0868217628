import { deadlineBeforeStart } from '../absence.ts'
import { approvalsOf, countOf } from '../approval.ts'
import { runOf } from '../run.ts'
import { entriesOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const noApproval = actionRule({
  id: 'APR-01',
  version: 1,
  severity: 'critical',
  title: 'Executed without the approval that it needed',
  doc: 'The decision let the action pass only if somebody approves it, and it ran without, or with fewer approvals than it needed.',
  resolvedBy: 'The approval, given before the start, that arrives late.',
  armedBy: { leg: 'approval' },
  needsHorizon: true,
  mapping: { asi: ['ASI02', 'ASI09'], nhi: [], nist: ['AC-3', 'AC-24'] },
  check(view) {
    const { story, decided } = view
    const ran = runOf(story)
    if (ran.length === 0 || !decided.requiresApproval) return null
    const { given, min, requiredBy } = approvalsOf(view)
    const count = countOf(given, view)
    if (count >= min) return null
    const instead = count > 0 ? `of ${min} approvals only ${count} stood`
      : story.approvals.some((b) => b.candidates) ? 'the only approval received may be of another action' : 'no approval stood'
    return {
      explanation: `The decision of ${requiredBy[0]!.time} requires an approval; when it started at ${ran[0]!.fact.time}, ${instead}.`,
      entries: [...requiredBy.map((fact) => fact.entry), ...entriesOf([...story.approvals, ...ran])],
      absent: { leg: 'approval', deadlineMs: deadlineBeforeStart('approval', story) },
    }
  },
})
