import { timeOf } from '@onbehalf/events'
import type { Fact } from '../fact.ts'
import { dataOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const lateAfterExport = actionRule({
  id: 'INT-06',
  version: 1,
  severity: 'medium',
  title: 'A late event inside a period already exported',
  doc: 'Evidence of a period has left the house, and an event of that period has come in since: what was reviewed was incomplete.',
  resolvedBy: 'A later export of the whole period.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: [], nhi: [], nist: ['AU-6'] },
  check({ story, context }) {
    const exports = context.exports().flatMap((fact) => periodOf(fact) ?? [])
    for (const { fact, struck } of story.action.bound) {
      const receivedMs = timeOf(fact.entry.received_at)!.timeMs
      const missing = struck ? undefined : exports.find((each) => isOf(each, fact.timeMs)
        && !exports.some((other) => covers(other, each) && receivedMs <= other.untilReceivedMs))
      if (!missing) continue
      const { export_id, from = 'the beginning', to = missing.by.time } = dataOf<'audit.exported'>(missing.by)
      return {
        explanation: `${fact.type} of ${fact.time} was received at ${fact.entry.received_at}, and export ${export_id} of ${from} to ${to} does not hold it.`,
        entries: [fact.entry, missing.by.entry],
      }
    }
    return null
  },
})

/** What an export holds: events from `fromMs` to before `toMs` that had been received. */
interface Period {
  by: Fact
  fromMs: number
  toMs: number
  untilReceivedMs: number
}

/** Null for an export of single things: what comes later of those was not left out of a period. */
function periodOf(by: Fact): Period | null {
  const { from, to, as_of } = dataOf<'audit.exported'>(by)
  if (from === undefined && to === undefined) return null
  const untilReceivedMs = timeOf(as_of ?? by.entry.received_at)!.timeMs
  return { by, fromMs: from === undefined ? -Infinity : timeOf(from)!.timeMs, toMs: to === undefined ? untilReceivedMs : timeOf(to)!.timeMs, untilReceivedMs }
}

function isOf({ fromMs, toMs }: Period, timeMs: number): boolean {
  return fromMs <= timeMs && timeMs < toMs
}

function covers(wide: Period, narrow: Period): boolean {
  return wide.fromMs <= narrow.fromMs && narrow.toMs <= wide.toMs
}
