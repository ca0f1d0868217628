import { deadlineOf } from '../absence.ts'
import { wasRefused } from '../refusal.ts'
import { choose, dataOf, entriesOf } from '../story.ts'
import { timeText } from '../time-text.ts'
import { actionRule } from './rule.ts'

export const noIndependentOutcome = actionRule({
  id: 'OUT-02',
  version: 1,
  severity: 'medium',
  title: 'No independent outcome',
  doc: 'What the action did is known from the agent alone: whoever is registered to confirm effects has not said what came of it.',
  resolvedBy: 'outcome.observed or outcome.compensated, by who is registered for outcomes, that arrives late.',
  armedBy: { leg: 'outcome' },
  needsHorizon: true,
  mapping: { asi: [], nhi: [], nist: ['AU-6(3)', 'AU-12'] },
  check({ story, decided, action }) {
    const end = choose(story.ends, 'execution', story)
    const status = end && dataOf<'action.completed'>(end.fact).status
    if (status === 'blocked' || status === 'cancelled' || wasRefused(story, decided)) return null
    if (choose([...story.outcomes, ...story.compensations], 'outcome', story)) return null
    const deadlineMs = deadlineOf('outcome', story)
    const ran = end ?? choose(story.starts, 'execution', story)
    const what = end ? `ended ${status}` : ran ? 'started' : 'was asked for'
    const by = ran ?? story.requests[0] ?? action.bound[0]!
    return {
      explanation: `It ${what} at ${by.fact.time}, and nobody else has said what came of it${deadlineMs === null ? '' : `; that was due by ${timeText(deadlineMs)}`}.`,
      entries: entriesOf([by]),
      absent: { leg: 'outcome', deadlineMs },
    }
  },
})
