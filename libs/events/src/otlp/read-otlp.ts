import { z } from 'zod'
import { eventTypes, type EventType } from '../catalogue/index.ts'
import { compile, type Check } from '../checker.ts'
import { cut, fieldError } from '../explain.ts'
import { statementsOf, type Told } from '../mapped/told.ts'
import { invalid, reject, type Rejected } from '../rejection.ts'
import type { EntryKind, ReadContext, Reading } from '../statement.ts'
import { id } from '../text.ts'
import { timeOf } from '../time.ts'
import { decodeJson } from './decode-json.ts'
import { decodeProto } from './decode-proto.ts'
import { dialects } from './dialects.ts'
import { serviceOf } from './attribute.ts'
import { Malformed } from './malformed.ts'
import { mapRecord } from './map-record.ts'
import type { OtlpRecord } from './record.ts'

/** The entries that one span or one log record is. */
export type OtlpKind = Extract<EntryKind, `otlp-${string}`>

/** As much as a record of the stream may have. */
export const otlpBytesMax = 4_194_304

/** What one span or log record says. A log record that says nothing of agents has no statements. */
export function readOtlp(kind: OtlpKind, content: Uint8Array, context: ReadContext): Reading {
  if (content.length > otlpBytesMax) {
    const rule = `must be at most ${otlpBytesMax} bytes (4 MiB) with its resource and scope`
    return reject('too_large', `the ${signals[kind].name} ${rule}, and has ${content.length}`, [fieldError([], rule, content.length, docs)])
  }
  try {
    const record = (kind.endsWith('proto') ? decodeProto : decodeJson)(content, signals[kind].signal)
    return soundReading(kind, record, mapRecord(record, dialects, context.sha256), context)
  } catch (error) {
    if (error instanceof Malformed) return rejected(kind, error)
    throw error
  }
}

const docs = '/docs/sources/otlp'

const signals = {
  'otlp-span-proto': { signal: 'traces', name: 'span' },
  'otlp-span-json': { signal: 'traces', name: 'span' },
  'otlp-log-proto': { signal: 'logs', name: 'log record' },
  'otlp-log-json': { signal: 'logs', name: 'log record' },
} as const

function rejected(kind: OtlpKind, { code, message, field, value }: Malformed): Rejected {
  if (field !== undefined && field !== '') return invalid([fieldError([field], message, value, docs)])
  // Cases of the quarantine are grouped by rule: what holds numbers that the sender chose stands in the message alone.
  const isRule = code !== 'unparsable' || kind.endsWith('json')
  return reject(code, `the ${signals[kind].name} ${message}`, isRule ? [fieldError([], message, value, docs)] : [])
}

/** A part that is not as its type wants it is a fault of a mapper: it is left out, and the others still hold. Without its node a span is nothing. */
export function soundReading(kind: OtlpKind, record: OtlpRecord, told: readonly Told[], context: ReadContext): Reading {
  const sound = told.filter((each) => isSound(each))
  if (record.signal === 'span' && !sound.some(({ type }) => type === 'span.ended')) {
    return invalid([fieldError([], 'says something that no event can hold', undefined, docs)])
  }
  return { ok: true, statements: statementsOf(sound, { kind, source: sourceOf(record, context), id: idOf(record), byContent: true }, context) }
}

function isSound({ type, time, data }: Told): boolean {
  return timeOf(time) !== null && checks[type](data)
}

/** Told by a record, an action may be known by other keys than an id of its own. */
const checks = Object.fromEntries(Object.entries(eventTypes).map(([type, { schema }]) => [
  type,
  compile((schema as z.ZodObject).extend({ action_id: id().optional() })),
])) as Record<EventType, Check>

/** `urn:otlp:<service>`, a URI reference; without a service of that name, the producer. */
function sourceOf(record: OtlpRecord, { producer }: ReadContext): string {
  const named = escaped(serviceOf(record) ?? '')
  return `urn:otlp:${named === '' || named.length > 1_000 ? escaped(producer) : named}`
}

function escaped(text: string): string {
  return encodeURI(text.toWellFormed()).replaceAll(/[?#]/g, (c) => encodeURIComponent(c))
}

function idOf(record: OtlpRecord): string {
  const { traceId, spanId } = record
  return record.signal === 'span' ? `${traceId}/${spanId}` : `${traceId ?? ''}/${spanId ?? ''}/${record.time}/${cut(record.eventName, 255)}`
}
