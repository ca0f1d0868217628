import { timeOf } from '@onbehalf/events'
import type { Fact } from './fact.ts'
import type { Story } from './story.ts'
import type { Context } from './view.ts'

/** An entry whose time and receipt are further apart than they may be. */
export interface Apart {
  /** What it said last: before that nobody could have sent it. */
  fact: Fact
  receivedMs: number
  /** How much of its time had passed when it was received; less than 0: it had not come yet. */
  afterMs: number
  limitMs: number
}

/** Entries that came too early or too late to be explained by clocks, delays, a source that was offline, or an import. */
export function apartOf(story: Story, context: Context): Apart[] {
  const { budgets } = story.settings
  const last = new Map<string, Fact>()
  for (const { fact, struck } of story.action.bound)
    if (!struck) last.set(`${fact.entry.log} ${fact.entry.index}`, fact)
  return [...last.values()].flatMap((fact) => {
    const receivedMs = timeOf(fact.entry.received_at)!.timeMs
    const afterMs = receivedMs - fact.timeMs
    const limitMs = afterMs < 0 ? budgets.skew_ms : story.settings.delayMs(fact.entry.producer) + budgets.context_due_ms
    const isApart = Math.abs(afterMs) > limitMs && !wasOffline(fact, context) && !wasImported(fact, receivedMs, context)
    return isApart ? [{ fact, receivedMs, afterMs, limitMs }] : []
  })
}

/** As the source's heartbeats say that are next to its time: the one before, and the one after. */
function wasOffline(fact: Fact, context: Context): boolean {
  const beats = context.beats(fact.entry.producer, fact.source, [fact.time, fact.entry.received_at])
  const before = beats.findLast((beat) => beat.timeMs <= fact.timeMs)
  const after = beats.find((beat) => beat.timeMs > fact.timeMs)
  return [before, after].some((beat) => beat?.type === 'source.heartbeat' && beat.data.offline_since !== undefined
    && timeOf(beat.data.offline_since)!.timeMs <= fact.timeMs)
}

/** Received while an import of its producer was under way. */
function wasImported(fact: Fact, receivedMs: number, context: Context): boolean {
  const imports = context.imports()
  const receiptMs = (own: Fact) => timeOf(own.entry.received_at)!.timeMs
  return imports.some((start) => {
    if (start.type !== 'import.started' || start.data.producer !== fact.entry.producer || receiptMs(start) > receivedMs) return false
    if (start.data.sources !== undefined && !start.data.sources.includes(fact.source)) return false
    const end = imports.find((each) => each.type === 'import.ended' && each.data.import_id === start.data.import_id)
    return end === undefined || receivedMs <= receiptMs(end)
  })
}
