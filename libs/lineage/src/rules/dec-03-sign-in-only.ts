import { deadlineBeforeStart } from '../absence.ts'
import { isSignIn } from '../decision.ts'
import { runOf } from '../run.ts'
import { certain, counting, entriesOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const signInOnly = actionRule({
  id: 'DEC-03',
  version: 1,
  severity: 'high',
  title: 'Decided at sign-in only',
  doc: 'All that is known to have been decided is the sign-in: whoever was let in then could do anything, and nobody was asked about this action.',
  resolvedBy: 'A runtime decision for this action that arrives late.',
  armedBy: { leg: 'decision' },
  needsHorizon: true,
  mapping: { asi: ['ASI02', 'ASI03'], nhi: [], nist: ['AC-24'] },
  check({ story, decided }) {
    const ran = runOf(story)
    const signIns = certain(counting(story.decisions, 'decision', story)).filter(isSignIn)
    if (ran.length === 0 || decided.why !== 'not_at_run_time' || signIns.length === 0) return null
    return {
      explanation: `It ran at ${ran[0]!.fact.time}, and the only decision known is that of the sign-in at ${signIns.at(-1)!.fact.time}.`,
      entries: entriesOf([...signIns, ...ran]),
      absent: { leg: 'decision', deadlineMs: deadlineBeforeStart('decision', story) },
    }
  },
})
