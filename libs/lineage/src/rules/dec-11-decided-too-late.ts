import { approvalsOf, countOf } from '../approval.ts'
import { decisionOf } from '../decision.ts'
import { runOf } from '../run.ts'
import { certain, counting, entriesOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const decidedTooLate = actionRule({
  id: 'DEC-11',
  version: 1,
  severity: 'high',
  title: 'Decided after it had started',
  doc: 'The decision, or the approval that it requires, came only when the action was already running: it could no longer prevent anything.',
  resolvedBy: 'A decision or approval from before the start that arrives late.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AC-24'] },
  check(view) {
    const { story, decided } = view
    const ran = runOf(story)
    if (ran.length === 0) return null
    const startedAt = ran[0]!.fact.time
    if (decided.why === 'only_after_start') {
      const first = certain(counting(story.decisions, 'decision', story)).find((b) => decisionOf(b).phase === 'runtime')!
      return { explanation: `It started at ${startedAt}, and was decided only at ${first.fact.time}.`, entries: entriesOf([...ran, first]) }
    }
    const { given, late, min } = approvalsOf(view)
    if (!decided.requiresApproval || late.length === 0 || countOf(given, view) >= min) return null
    return {
      explanation: `It started at ${startedAt}, and the approval that it needed was given only at ${late[0]!.fact.time}.`,
      entries: [...entriesOf([...decided.by, ...ran]), late[0]!.fact.entry],
    }
  },
})
