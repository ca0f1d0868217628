import { canonicalJson } from '../canonical-json.ts'
import type { EntryKind, ReadContext, Statement } from '../statement.ts'
import { timeOf } from '../time.ts'
import { wireType } from '../event-type.ts'
import { eventTypes, type EventData, type EventType } from '../catalogue/index.ts'

/** What a foreign record says, in the words of the catalogue. A mapper never makes up an `action_id`, so there may be none. */
export type ToldOf<Type extends EventType> = {
  type: Type
  /** RFC 3339; an invalid one makes the record one that cannot be read. */
  time: string
  data: Omit<EventData[Type], 'action_id'> & { action_id?: string }
  /** Which of several of one type that a record tells: a part of its identity. */
  part?: string
  /** Taken from structure or timing, not from what the record says. */
  inferred?: true
  /** The span that the data name is the action itself. */
  isSpan?: true
  parentSpanId?: string
}
export type Told = { [Type in EventType]: ToldOf<Type> }[EventType]

/** Where a record came from, and how one is told from another. */
export interface RecordIdentity {
  kind: EntryKind
  /** The `source` of its events. */
  source: string
  /** Natural id of the record, unique within `source`. */
  id: string
  /**
   * Records that may be sent in several versions (a span that is exported while it runs, a message that every later request
   * repeats) are told apart by what they say; of others, two contents under one id are an equivocation.
   */
  byContent?: boolean
}

/** Gives what was told its identity. @throws RangeError on a time that is none */
export function statementsOf(told: readonly Told[], record: RecordIdentity, { sha256 }: Pick<ReadContext, 'sha256'>): Statement[] {
  return told.map((each) => {
    const { type, data, part = '', inferred, isSpan, parentSpanId } = each
    const instant = timeOf(each.time)
    if (instant === null) throw new RangeError(`${each.time} is not a time`)
    const content = record.byContent === true ? canonicalJson([instant.time, data]) : ''
    const id = derivedUuid(`${record.source}\n${record.id}\n${type}\n${part}\n${content}`, sha256)
    const event = { specversion: '1.0' as const, id, source: record.source, type: wireType(eventTypes[type]), time: instant.time, data }
    const { trace_id, span_id } = data as { trace_id?: string; span_id?: string }
    return {
      type, source: record.source, id, time: instant.time, timeMs: instant.timeMs, event, data,
      ...(trace_id !== undefined && { traceId: trace_id.toLowerCase() }),
      ...(span_id !== undefined && { spanId: span_id.toLowerCase() }),
      mapped: record.kind,
      ...(inferred && { inferred }),
      ...(isSpan && { isSpan }),
      ...(parentSpanId !== undefined && { parentSpanId }),
    } as unknown as Statement
  })
}

/** RFC 9562 section 5.8 (version 8): the first 122 bits of a SHA-256, as in its appendix B.2. */
export function derivedUuid(name: string, sha256: (text: string) => string): string {
  const hex = sha256(name)
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
