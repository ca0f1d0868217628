import { deadlineBeforeStart } from '../absence.ts'
import { decisionOf } from '../decision.ts'
import { entriesOf, selfReported } from '../story.ts'
import { actionRule } from './rule.ts'

export const onlyTheAgentSays = actionRule({
  id: 'DEC-12',
  version: 1,
  severity: 'medium',
  title: 'Only the agent says that it was decided',
  doc: 'Who acted says what was decided, and who is registered for decisions does not: the party that is to be held in bounds is the only witness.',
  resolvedBy: 'The decision, said by who is registered for decisions, arriving late.',
  armedBy: { leg: 'decision' },
  needsHorizon: true,
  mapping: { asi: [], nhi: [], nist: ['AU-10'] },
  check({ story }) {
    const { decisions } = story
    if (!selfReported(decisions, 'decision', story)) return null
    const last = decisions.at(-1)!
    return {
      explanation: `That it was decided (${decisionOf(last).effect}, at ${last.fact.time}) is said by ${last.fact.producer} alone, `
        + `which also reports the action.`,
      entries: entriesOf(decisions),
      absent: { leg: 'decision', deadlineMs: deadlineBeforeStart('decision', story) },
    }
  },
})
