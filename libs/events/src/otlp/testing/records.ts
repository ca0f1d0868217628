import { createHash } from 'node:crypto'
import type { Told } from '../../mapped/told.ts'
import type { Dialect } from '../dialect.ts'
import { mapRecord } from '../map-record.ts'
import type { Attributes, AttributeValue, LogRecord, OtlpRecord, SpanRecord } from '../record.ts'

/** Attributes as an object: `{ 'gen_ai.tool.name': 'refund' }`. */
export type Plain = Record<string, AttributeValue>

/** A record as tests write it: what is left out has a default. Scope: `name` or `name@version`. */
interface PlainRecord {
  attributes?: Plain
  /** `service.name` is `agents` unless said otherwise; `{}` for a resource that says nothing. */
  resource?: Plain
  scope?: string
}

export const traceId = '0af7651916cd43dd8448eb211c80319c'
export const spanId = 'b7ad6b7169203331'
export const parentSpanId = '00f067aa0ba902b7'
export const start = '2026-03-01T09:30:00.000000000Z'
export const end = '2026-03-01T09:30:02.500000000Z'

type PlainSpan = PlainRecord & Partial<Omit<SpanRecord, 'signal' | 'attributes' | 'resource' | 'scope' | 'events' | 'links'>> & {
  events?: { name: string; time?: string; attributes?: Plain }[]
  links?: { traceId: string; spanId: string; attributes?: Plain }[]
}

/** A span of `traceId`, internal, that has ended, with status UNSET. */
export function span({ attributes = {}, resource, scope, events = [], links = [], ...rest }: PlainSpan): SpanRecord {
  return {
    signal: 'span', traceId, spanId, parentSpanId, name: 'span', kind: 'internal', start, end, status: 'unset', statusMessage: '',
    ...rest, ...surroundings(attributes, resource, scope),
    events: events.map(({ name, time = end, attributes: own = {} }) => ({ name, time, attributes: attributesOf(own) })),
    links: links.map(({ attributes: own = {}, ...link }) => ({ ...link, attributes: attributesOf(own) })),
  }
}

/** A log record in no trace; `eventName` is the attribute `event.name` unless it is given. */
export function log({ attributes = {}, resource, scope, ...rest }: PlainRecord & Partial<Omit<LogRecord, 'signal' | 'attributes' | 'resource' | 'scope'>>): LogRecord {
  const named = attributes['event.name']
  return {
    signal: 'log', traceId: null, spanId: null, time: start, eventName: typeof named === 'string' ? named : '', body: null, severityText: '',
    ...rest, ...surroundings(attributes, resource, scope),
  }
}

export function attributesOf(plain: Plain): Attributes {
  return new Map(Object.entries(plain))
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What a record tells when this is the only dialect (or these are). */
export function told(record: OtlpRecord, ...dialects: Dialect[]): Told[] {
  return mapRecord(record, dialects, sha256)
}

/** What a record tells beside the node of its span: `[type, data without trace and span ids, marks]`. */
export function saidBy(record: OtlpRecord, ...dialects: Dialect[]): { type: Told['type']; data: Record<string, unknown>; inferred?: true; isSpan?: true }[] {
  return told(record, ...dialects).filter(({ type }) => type !== 'span.ended').map(({ type, data, inferred, isSpan }) => {
    const { trace_id: _, span_id: __, ...rest } = data as Record<string, unknown>
    return { type, data: rest, ...(inferred && { inferred }), ...(isSpan && { isSpan }) }
  })
}

function surroundings(attributes: Plain, resource: Plain = { 'service.name': 'agents' }, scope = 'test') {
  const at = scope.lastIndexOf('@')
  return {
    attributes: attributesOf(attributes), resource: attributesOf(resource),
    scope: at > 0 ? { name: scope.slice(0, at), version: scope.slice(at + 1) } : { name: scope, version: '' },
  }
}
