import { describe, expect, test } from 'vitest'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { caseOf, digest, read, type EntryKind, type Statement } from '../index.ts'
import { context, rejectionOf, sha256 } from '../testing/entries.ts'
import type { Told } from '../mapped/told.ts'
import { decodeJson } from './decode-json.ts'
import { mapRecord } from './map-record.ts'
import { otlpBytesMax, soundReading } from './read-otlp.ts'
import { splitOtlp } from './split.ts'
import { encode } from './testing/otlp-proto.ts'
import { someSpans } from './testing/sdk-spans.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const span = { traceId, spanId, name: 'chat', startTimeUnixNano: '1767225600000000001', endTimeUnixNano: '1767225601000000000' }
const attributes = (of: Record<string, unknown>) => Object.entries(of).map(([key, value]) => ({ key, value: typeof value === 'number' ? { intValue: value } : { stringValue: value } }))
const spanIn = (change: object = {}, resource: object = { attributes: attributes({ 'service.name': 'shop' }) }) =>
  Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'test' }, spans: [{ ...span, ...change }] }] }] }))
const logIn = (change: object = {}) => Buffer.from(JSON.stringify({ resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: [{ timeUnixNano: '1767225600000000001', ...change }] }] }] }))

function statementsOf(kind: EntryKind, content: Uint8Array, producer = 'default'): Statement[] {
  const reading = read(kind, content, { ...context, producer })
  if (!reading.ok) throw new Error(JSON.stringify(reading.rejection))
  return reading.statements
}
const nodeOf = (content: Uint8Array) => statementsOf('otlp-span-json', content).find(({ type }) => type === 'span.ended')!

describe('a span', () => {
  test('E29: reads to its node in the tree', () => {
    const [node, ...others] = statementsOf('otlp-span-json', spanIn({ parentSpanId: '00F067AA0BA902B7', kind: 3, status: { code: 2, message: 'timeout' }, links: [{ traceId: '1'.repeat(32), spanId: '2'.repeat(16) }] }))
    expect(others).toEqual([])
    expect(node).toMatchObject({
      type: 'span.ended', source: 'urn:otlp:shop', time: '2026-01-01T00:00:00.000000001Z', traceId, spanId, mapped: 'otlp-span-json',
      data: {
        trace_id: traceId, span_id: spanId, parent_span_id: '00f067aa0ba902b7', name: 'chat', kind: 'client', end: '2026-01-01T00:00:01Z', status: 'error',
        message: 'timeout', service: 'shop', scope: 'test', links: [{ trace_id: '1'.repeat(32), span_id: '2'.repeat(16) }],
      },
    })
    expect(node!.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test('E29: one that comes twice, or in the other encoding, is the same statement; one that says something else is another', () => {
    const requests = [ProtobufTraceSerializer.serializeRequest(someSpans(3))!, JsonTraceSerializer.serializeRequest(someSpans(3))!]
    const [proto, ofJson] = (['proto', 'json'] as const).map((encoding, i) => {
      const cut = splitOtlp(requests[i]!, 'traces', encoding, 10)
      if (!cut.ok) throw new Error(cut.rule)
      return cut.records.flatMap((record) => statementsOf(`otlp-span-${encoding}`, record))
    }) as [Statement[], Statement[]]
    expect(proto).toHaveLength(3)
    expect(ofJson.map((each) => ({ ...each, mapped: 'otlp-span-proto' }))).toEqual(proto)
    expect(ofJson.map((each) => digest(each, sha256))).toEqual(proto.map((each) => digest(each, sha256)))
    expect(new Set(proto.map(({ id }) => id)).size).toBe(3)
    // A span is exported while it runs, and again when it has ended: both are kept, and are no contradiction.
    expect(nodeOf(spanIn({ endTimeUnixNano: '0' })).id).not.toBe(nodeOf(spanIn()).id)
    expect(nodeOf(spanIn({ endTimeUnixNano: '0' })).data).toMatchObject({ end: '2026-01-01T00:00:00.000000001Z' })
  })

  test('E29: an end before the beginning is kept as it was said', () => {
    expect(nodeOf(spanIn({ endTimeUnixNano: '1' })).data).toMatchObject({ end: '1970-01-01T00:00:00.000000001Z' })
  })

  test.each([
    ['shop', 'urn:otlp:shop'], ['my shop/eu:1', 'urn:otlp:my%20shop/eu:1'], ['a?b#c%d', 'urn:otlp:a%3Fb%23c%25d'], ['İstanbul', 'urn:otlp:%C4%B0stanbul'],
    ['unknown_service:node', 'urn:otlp:team-a'], ['', 'urn:otlp:team-a'], ['x'.repeat(1_500), 'urn:otlp:team-a'], ['ü'.repeat(500), 'urn:otlp:team-a'], ['two\nlines', 'urn:otlp:team-a'], [5, 'urn:otlp:team-a'],
  ])('E29: of the service %s, its source is %s', (service, source) => {
    expect(statementsOf('otlp-span-json', spanIn({}, { attributes: attributes({ 'service.name': service }) }), 'team-a')[0]).toMatchObject({ source })
  })

  test('E29: what it says of a user or a session is told of its run', () => {
    const said = statementsOf('otlp-span-json', spanIn({ attributes: attributes({ 'session.id': 'ses-1', 'user.id': 'anna' }) }))
    expect(said.map(({ type }) => type)).toEqual(['span.ended', 'run.described'])
    expect(said[1]!.data).toMatchObject({ session_id: 'ses-1', initiator: { sub: 'anna', kind: 'user' }, trace_id: traceId })
  })

  test('E29: what is longer than an event can hold is cut', () => {
    const [, run] = statementsOf('otlp-span-json', spanIn({ attributes: attributes({ 'session.id': 'ses-1', 'onbehalf.purpose': 'é'.repeat(20_000) }) }))
    expect(run).toMatchObject({ type: 'run.described', data: { purpose: expect.stringMatching(/^é{1000,8000}$/) } })
  })

  test('E29: a part that no event can hold is left out and the others stay; without its node a span is refused', () => {
    const record = decodeJson(spanIn(), 'traces')
    const node = mapRecord(record, [], context.sha256)[0]!
    const parts = [
      node,
      { type: 'run.described', time: node.time, data: { trace_id: traceId, purpose: 'a\0b' } },
      { type: 'action.started', time: 'yesterday', data: { trace_id: traceId } },
      { type: 'action.started', time: node.time, data: { trace_id: traceId } },
    ] as Told[]
    const reading = soundReading('otlp-span-json', record, parts, context)
    expect(reading.ok && reading.statements.map(({ type, time }) => [type, time])).toEqual([['span.ended', node.time], ['action.started', node.time]])
    expect(rejectionOf(soundReading('otlp-span-json', record, parts.slice(1), context))).toMatchObject({ code: 'invalid' })
    const broken = [{ ...node, data: { ...node.data, name: '' } }] as Told[]
    expect(rejectionOf(soundReading('otlp-span-json', record, broken, context))).toMatchObject({ code: 'invalid' })
  })

  test.each<[object, string, string]>([
    [{ traceId: '0'.repeat(32) }, '/traceId', 'is required: 16 bytes, not all zeros'],
    [{ spanId: 'abc' }, '/spanId', 'must be 8 bytes (16 hex digits)'],
    [{ startTimeUnixNano: 0 }, '/startTimeUnixNano', 'is required: nanoseconds since 1970, and not 0'],
    [{ attributes: {} }, '/attributes', 'must be a list'],
  ])('E29: with %o it is refused by field', (change, path, rule) => {
    const rejection = rejectionOf(read('otlp-span-json', spanIn(change), context))
    expect(rejection).toMatchObject({ code: 'invalid', message: `${path} ${rule}`, errors: [{ path, rule, docs: expect.stringMatching(/^\/docs\/sources\/otlp/) }] })
    expect(caseOf(rejection)).toBe(caseOf(rejectionOf(read('otlp-span-json', spanIn(change), context))))
  })
})

describe('a log record', () => {
  test('E29: that says nothing of agents has no statements', () => {
    expect(statementsOf('otlp-log-json', logIn({ body: { stringValue: 'listening on port 80' } }))).toEqual([])
    expect(statementsOf('otlp-log-proto', encode('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ observedTimeUnixNano: '5' }] }] }] }))).toEqual([])
  })

  test('E29: that says who it is for tells it', () => {
    const [said, ...others] = statementsOf('otlp-log-json', logIn({ attributes: attributes({ 'session.id': 'ses-1', 'user.id': 'anna' }) }), 'team-a')
    expect(others).toEqual([])
    expect(said).toMatchObject({ type: 'run.described', source: 'urn:otlp:team-a', time: '2026-01-01T00:00:00.000000001Z', data: { session_id: 'ses-1', initiator: { sub: 'anna' } } })
    expect(said).not.toHaveProperty('traceId')
  })

  test('E29: without any time it is refused', () => {
    expect(rejectionOf(read('otlp-log-json', logIn({ timeUnixNano: '0' }), context))).toMatchObject({ code: 'invalid', errors: [{ path: '/timeUnixNano' }] })
  })
})

describe('what is no record', () => {
  test('E29: more than 4 MiB is refused, and 4 MiB are not', () => {
    const padded = (bytes: number) => Buffer.concat([spanIn(), Buffer.alloc(bytes - spanIn().length, ' ')])
    expect(read('otlp-span-json', padded(otlpBytesMax), context).ok).toBe(true)
    expect(rejectionOf(read('otlp-span-json', padded(otlpBytesMax + 1), context))).toMatchObject({ code: 'too_large', message: 'the span must be at most 4194304 bytes (4 MiB) with its resource and scope, and has 4194305' })
  })

  test.each<[EntryKind, Uint8Array, string, string]>([
    ['otlp-span-proto', Buffer.from('x'), 'unparsable', 'the span is cut short: field 15 ends 1 bytes after the message'],
    ['otlp-span-proto', new Uint8Array(0), 'invalid', 'the span must hold a span'],
    ['otlp-log-json', Buffer.from('{"resourceLogs":'), 'unparsable', 'the log record must be JSON (RFC 8259)'],
    ['otlp-span-json', Buffer.from('[]'), 'invalid', 'the span must be an object'],
    ['otlp-span-json', Buffer.from('{}'), 'invalid', 'the span must hold a span'],
    ['otlp-log-json', spanIn(), 'invalid', 'the log record must hold a log record'],
  ])('E29: %s of %o is refused as %s', (kind, content, code, message) => {
    expect(rejectionOf(read(kind, content, context))).toMatchObject({ code, message })
  })
})
