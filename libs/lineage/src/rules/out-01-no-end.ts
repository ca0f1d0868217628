import { deadlineOf } from '../absence.ts'
import { wasRefused } from '../refusal.ts'
import { choose, entriesOf } from '../story.ts'
import { timeText } from '../time-text.ts'
import { actionRule } from './rule.ts'

export const noEnd = actionRule({
  id: 'OUT-01',
  version: 1,
  severity: 'medium',
  title: 'No end of the execution',
  doc: 'The action was asked for, and by its deadline (execution_due_ms) nobody has said how it ended: it may still run, hang, or have ended unseen.',
  resolvedBy: 'action.completed, or a refusal, that arrives late.',
  armedBy: { leg: 'execution' },
  needsHorizon: true,
  mapping: { asi: [], nhi: [], nist: ['AU-3', 'AU-12'] },
  check({ story, decided }) {
    const deadlineMs = deadlineOf('execution', story)
    if (deadlineMs === null || choose(story.ends, 'execution', story) || wasRefused(story, decided)) return null
    const start = choose(story.starts, 'execution', story)
    const request = story.requests[0]
    const begun = [request, start].filter((b) => b !== undefined)
    const asked = request ? `Asked for at ${request.fact.time}` : 'Known from others only'
    return {
      explanation: `${asked}${start ? `, started at ${start.fact.time}` : ''}, and no end has been received; it was due by ${timeText(deadlineMs)}.`,
      entries: entriesOf(begun.length > 0 ? begun : story.action.bound.slice(0, 1)),
      absent: { leg: 'execution', deadlineMs },
    }
  },
})
