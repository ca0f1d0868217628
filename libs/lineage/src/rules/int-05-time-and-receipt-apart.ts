import { apartOf, type Apart } from '../lateness.ts'
import { actionRule } from './rule.ts'

export const timeAndReceiptApart = actionRule({
  id: 'INT-05',
  version: 1,
  severity: 'info',
  title: 'Event time and receipt are too far apart',
  doc: 'An entry says that it happened long before it was received, or after: a clock is wrong, or it was held back. What else is said of times rests on it.',
  resolvedBy: 'A heartbeat that says that the source was offline then.',
  armedBy: null,
  needsHorizon: true,
  mapping: { asi: [], nhi: [], nist: ['AU-8', 'AU-12(1)'] },
  // What was held back comes all at once: one finding for a source and day, however much it is.
  groupedBy: (view) => {
    const { source, time } = worstOf(apartOf(view.story, view.context)).fact
    return `${source}|${time.slice(0, 'YYYY-MM-DD'.length)}`
  },
  check({ story, context }) {
    const apart = apartOf(story, context)
    if (apart.length === 0) return null
    const { fact, afterMs, limitMs } = worstOf(apart)
    const seconds = (ms: number) => `${Math.round(Math.abs(ms) / 1_000)} s`
    return {
      explanation: `${fact.type} says ${fact.time} and was received at ${fact.entry.received_at}, ${seconds(afterMs)} ${afterMs < 0 ? 'before that' : 'later'}; ${seconds(limitMs)} are allowed.`,
      entries: apart.map((each) => each.fact.entry),
      absent: { leg: 'heartbeat', deadlineMs: Math.min(...apart.map(({ receivedMs }) => receivedMs)) + story.settings.budgets.context_due_ms },
    }
  },
})

function worstOf(apart: readonly Apart[]): Apart {
  return apart.reduce((a, b) => (Math.abs(b.afterMs) > Math.abs(a.afterMs) ? b : a))
}
