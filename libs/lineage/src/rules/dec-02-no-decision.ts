import { deadlineBeforeStart } from '../absence.ts'
import { runOf } from '../run.ts'
import { counting, entriesOf, type Story } from '../story.ts'
import { isSignIn } from '../decision.ts'
import { actionRule } from './rule.ts'

export const noDecision = actionRule({
  id: 'DEC-02',
  version: 1,
  severity: 'high',
  title: 'Executed without a decision',
  doc: 'The action ran, and no policy decision is bound to it: nothing was asked, or what answered does not report.',
  resolvedBy: 'A decision for this action that arrives late.',
  armedBy: { leg: 'decision' },
  needsHorizon: true,
  mapping: { asi: ['ASI02', 'ASI03'], nhi: [], nist: ['AC-24', 'AC-25'] },
  check({ story, decided: { why } }) {
    const ran = runOf(story)
    const decisions = counting(story.decisions, 'decision', story)
    if (ran.length === 0 || (why !== 'none' && why !== 'ambiguous' && why !== 'not_at_run_time')) return null
    // Then it is DEC-03.
    if (why === 'not_at_run_time' && decisions.some(isSignIn)) return null
    return {
      explanation: `It ran at ${ran[0]!.fact.time}, and ${missing(why, story)}.`,
      entries: entriesOf([...story.requests, ...decisions, ...ran]),
      absent: { leg: 'decision', deadlineMs: deadlineBeforeStart('decision', story) },
    }
  },
})

function missing(why: 'none' | 'ambiguous' | 'not_at_run_time', { decisions }: Story): string {
  if (why === 'ambiguous') return 'the only decision received may be of another action'
  if (why === 'not_at_run_time') return 'it was only reviewed afterwards, never decided'
  return decisions.length > 0 ? 'no decision has been received from who is registered for decisions' : 'no decision has been received for it'
}
