import fc from 'fast-check'
import type { OtlpSignal } from '../split.ts'
import type { Message } from './otlp-proto.ts'

/** Requests of any shape, in the form that protobufjs encodes. */

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('gen_ai.tool.name', 'service.name', 'a'.repeat(300), '"}]\\', '\u2028'))
const nanos = fc.bigInt(1n, 2n ** 64n - 1n).map(String)
const traceId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => (bytes.some((byte) => byte > 0) ? bytes : bytes.fill(1)))
const spanId = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => (bytes.some((byte) => byte > 0) ? bytes : bytes.fill(1)))
const int64 = fc.oneof(fc.integer().map(String), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String))

/** An `AnyValue`, up to a few levels. */
export const anyValue: fc.Arbitrary<Message> = fc.letrec<{ value: Message; pair: Message }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text.map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    int64.map((intValue) => ({ intValue })),
    fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity)).map((doubleValue) => ({ doubleValue })),
    fc.uint8Array({ maxLength: 9 }).map((bytesValue) => ({ bytesValue })),
    fc.constant({}),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => ({ arrayValue: { values } })),
    fc.array(tie('pair'), { maxLength: 4 }).map((values) => ({ kvlistValue: { values } })),
  ),
  pair: fc.record({ key: text, value: tie('value') }),
})).value

const attributes = fc.array(fc.record({ key: text, value: anyValue }), { maxLength: 5 })

const span = fc.record({
  traceId, spanId, parentSpanId: fc.option(spanId, { nil: new Uint8Array(0) }), traceState: text, name: text, kind: fc.integer({ min: 0, max: 6 }),
  startTimeUnixNano: nanos, endTimeUnixNano: fc.oneof(nanos, fc.constant('0')), attributes, droppedAttributesCount: fc.nat(5),
  events: fc.array(fc.record({ timeUnixNano: nanos, name: text, attributes }), { maxLength: 2 }),
  links: fc.array(fc.record({ traceId, spanId, attributes }), { maxLength: 2 }),
  status: fc.record({ message: text, code: fc.integer({ min: 0, max: 3 }) }), flags: fc.nat(),
})

const log = fc.record({
  timeUnixNano: fc.oneof(nanos, fc.constant('0')), observedTimeUnixNano: nanos, severityNumber: fc.nat(24), severityText: text, body: anyValue, attributes,
  traceId: fc.option(traceId, { nil: new Uint8Array(0) }), spanId: fc.option(spanId, { nil: new Uint8Array(0) }), eventName: text, flags: fc.nat(),
})

const resource = fc.record({ attributes, droppedAttributesCount: fc.nat(3) })
const scope = fc.record({ name: text, version: text, attributes: fc.constant([]) })

export const requests: Record<OtlpSignal, fc.Arbitrary<Message>> = {
  traces: fc.array(fc.record({
    resource: fc.option(resource, { nil: undefined }), schemaUrl: text,
    scopeSpans: fc.array(fc.record({ scope: fc.option(scope, { nil: undefined }), schemaUrl: text, spans: fc.array(span, { maxLength: 3 }) }), { maxLength: 3 }),
  }), { maxLength: 3 }).map((resourceSpans) => ({ resourceSpans })),
  logs: fc.array(fc.record({
    resource: fc.option(resource, { nil: undefined }), schemaUrl: text,
    scopeLogs: fc.array(fc.record({ scope: fc.option(scope, { nil: undefined }), schemaUrl: text, logRecords: fc.array(log, { maxLength: 3 }) }), { maxLength: 3 }),
  }), { maxLength: 3 }).map((resourceLogs) => ({ resourceLogs })),
}

/** The names of the levels in JSON, from the outermost. */
export const levels = { traces: ['resourceSpans', 'scopeSpans', 'spans'], logs: ['resourceLogs', 'scopeLogs', 'logRecords'] } as const

/** A request as single-record requests, by the meaning of the messages alone. */
export function recordsOf(signal: OtlpSignal, request: Message): Message[] {
  const [resources, scopes, records] = levels[signal]
  const list = (message: Message, name: string) => (message[name] ?? []) as Message[]
  return list(request, resources).flatMap((resource) => list(resource, scopes).flatMap((scope) => list(scope, records).map((record) =>
    ({ ...request, [resources]: [{ ...resource, [scopes]: [{ ...scope, [records]: [record] }] }] }))))
}

/** In OTLP/JSON: ids in hex, other bytes in base64, 64-bit numbers as they are asked for. */
export function jsonOf(request: Message): unknown {
  const of = (value: unknown, name: string): unknown => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString(name.endsWith('Id') ? 'hex' : 'base64')
    if (Array.isArray(value)) return value.map((item) => of(item, name))
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, of(member, key)]))
    return value
  }
  return of(request, '')
}
