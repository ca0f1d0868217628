import fc from 'fast-check'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, test } from 'vitest'
import { decodeJson } from './decode-json.ts'
import { decodeProto } from './decode-proto.ts'
import { Malformed } from './malformed.ts'
import type { Attributes, AttributeValue, OtlpRecord } from './record.ts'
import { splitOtlp, type OtlpSignal } from './split.ts'
import { decode, encode, type Message } from './testing/otlp-proto.ts'
import { field, fixed64, number } from './testing/raw.ts'
import { anyValue, jsonOf, recordsOf, requests } from './testing/requests.ts'
import { someSpans } from './testing/sdk-spans.ts'

const json = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

/** What protobufjs reads in a single-record request, in the words of `OtlpRecord`: written apart from the code it checks. */
function expected(signal: OtlpSignal, bytes: Uint8Array): unknown {
  const value = (any: Message | undefined): AttributeValue => {
    const [[kind, of] = []] = Object.entries(any ?? {})
    switch (kind) {
      case 'intValue':
        return Number.isSafeInteger(Number(of)) ? Number(of) : String(of)
      case 'doubleValue':
        return Number.isFinite(of) ? (of as number) + 0 : String(of)
      case 'bytesValue':
        return Buffer.from(of as Uint8Array).toString('base64')
      case 'arrayValue':
        return ((of as Message)['values'] as Message[] ?? []).map(value)
      case 'kvlistValue':
        return Object.fromEntries(pairs((of as Message)['values']))
      default:
        return (of ?? null) as AttributeValue
    }
  }
  const pairs = (list: unknown) => new Map((list as { key?: string; value?: Message }[] ?? []).map((pair) => [pair.key ?? '', value(pair.value)]))
  const hex = (id: unknown) => (id === undefined || (id as Uint8Array).length === 0 ? null : Buffer.from(id as Uint8Array).toString('hex'))
  const time = (nanos: unknown) => {
    if (nanos === undefined || nanos === '0') return null
    const [seconds, rest] = [BigInt(nanos as string) / 1_000_000_000n, BigInt(nanos as string) % 1_000_000_000n]
    return new Date(Number(seconds) * 1_000).toISOString().replace('.000Z', rest === 0n ? 'Z' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}Z`)
  }
  const data = decode(signal, bytes) as Record<string, Message[]>
  const resource = (data['resourceSpans'] ?? data['resourceLogs'])![0]! as Record<string, Message[]> & { resource?: Message }
  const scope = (resource['scopeSpans'] ?? resource['scopeLogs'])![0]! as Record<string, Message[]> & { scope?: Message }
  const r = (scope['spans'] ?? scope['logRecords'])![0]!
  const attributes = pairs(r['attributes'])
  const about = { attributes, resource: pairs(resource.resource?.['attributes']), scope: { name: scope.scope?.['name'] ?? '', version: scope.scope?.['version'] ?? '' } }
  if (signal === 'logs') {
    const named = attributes.get('event.name')
    return {
      signal: 'log', traceId: hex(r['traceId']), spanId: hex(r['spanId']), time: time(r['timeUnixNano']) ?? time(r['observedTimeUnixNano']),
      eventName: r['eventName'] || (typeof named === 'string' ? named : ''), body: value(r['body'] as Message), severityText: r['severityText'] ?? '', ...about,
    }
  }
  const status = r['status'] as Message | undefined
  return {
    signal: 'span', traceId: hex(r['traceId']), spanId: hex(r['spanId']), parentSpanId: hex(r['parentSpanId']), name: r['name'] ?? '',
    kind: ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer', 'unspecified'][Number(r['kind'] ?? 0)],
    start: time(r['startTimeUnixNano']), end: time(r['endTimeUnixNano']) ?? time(r['startTimeUnixNano']),
    status: ['unset', 'ok', 'error', 'unset'][Number(status?.['code'] ?? 0)], statusMessage: status?.['message'] ?? '',
    events: (r['events'] as Message[] ?? []).map((event) => ({ name: event['name'] ?? '', time: time(event['timeUnixNano']), attributes: pairs(event['attributes']) })),
    links: (r['links'] as Message[] ?? []).map((link) => ({ traceId: hex(link['traceId']), spanId: hex(link['spanId']), attributes: pairs(link['attributes']) })),
    ...about,
  }
}

describe.each(['traces', 'logs'] as const)('%s', (signal) => {
  test('E27: what is decoded is what protobufjs reads, from protobuf and from JSON', () => {
    fc.assert(fc.property(requests[signal], (request) => {
      for (const each of recordsOf(signal, request)) {
        const bytes = encode(signal, each)
        const record = decodeProto(bytes, signal)
        expect(record).toEqual(expected(signal, bytes))
        expect(decodeJson(json(jsonOf(each)), signal)).toEqual(record)
      }
    }), { numRuns: 150 })
  })

  test('E27: a record says the same before it is cut out and after', () => {
    fc.assert(fc.property(requests[signal], (request) => {
      const body = encode(signal, request)
      const cut = splitOtlp(body, signal, 'proto', 100)
      if (!cut.ok) throw new Error(cut.rule)
      expect(cut.records.map((record) => decodeProto(record, signal))).toEqual(recordsOf(signal, request).map((each) => expected(signal, encode(signal, each))))
    }))
  })
})

test('E27: spans of the official exporter say the same in both encodings', () => {
  const [proto, ofJson] = [ProtobufTraceSerializer.serializeRequest(someSpans(1))!, JsonTraceSerializer.serializeRequest(someSpans(1))!]
  const record = decodeProto(proto, 'traces')
  expect(record).toEqual(expected('traces', proto))
  expect(decodeJson(ofJson, 'traces')).toEqual(record)
  expect(record).toMatchObject({
    traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '0000000000000001', parentSpanId: null, name: 'span 0', kind: 'client', status: 'error', statusMessage: 'timeout',
    start: '2026-01-01T00:00:00.123456789Z', end: '2026-01-01T00:00:01.000000005Z', scope: { name: 'test-scope', version: '1.2' },
    events: [{ name: 'exception', time: '2026-01-01T00:00:00.000000007Z' }], links: [{ traceId: '1bf7651916cd43dd8448eb211c80319c', spanId: 'c7ad6b7169203331' }],
  })
  expect(Object.fromEntries(record.attributes)).toEqual({ 'gen_ai.tool.call.id': 'call_0', 'gen_ai.request.max_tokens': 2 ** 40, ratio: 1.5, done: true, tags: ['a', 'b'], digest: 'AQIDBA==' })
  expect(record.resource.get('service.name')).toBe('agents-eu')
})

const ids = { traceId: '0AF7651916CD43DD8448EB211C80319C', spanId: 'B7AD6B7169203331' }
const spanIn = (span: object, resource: object = {}) => json({ resourceSpans: [{ resource, scopeSpans: [{ spans: [{ ...ids, startTimeUnixNano: '1', ...span }] }] }] })
const decoded = (body: Uint8Array): OtlpRecord => decodeJson(body, 'traces')
const attributesIn = (attributes: unknown): Attributes => decoded(spanIn({ attributes })).attributes
const valueIn = (value: unknown) => attributesIn([{ key: 'a', value }]).get('a')
const fault = (work: () => unknown): Malformed => {
  try {
    work()
  } catch (error) {
    if (error instanceof Malformed) return error
    throw error
  }
  throw new Error('it was decoded')
}

describe('JSON as people write it', () => {
  test('E27: ids in either case, kinds and codes by number and by name', () => {
    expect(decoded(spanIn({ kind: 'SPAN_KIND_CLIENT', status: { code: 'STATUS_CODE_ERROR' }, parentSpanId: '00F067AA0BA902B7' }))).toMatchObject({
      traceId: ids.traceId.toLowerCase(), spanId: ids.spanId.toLowerCase(), parentSpanId: '00f067aa0ba902b7', kind: 'client', status: 'error',
    })
    expect(decoded(spanIn({ kind: '3', status: { code: 1 } }))).toMatchObject({ kind: 'client', status: 'ok' })
    for (const kind of [99, -1, 1.5, 'SPAN_KIND_OF_TOMORROW', '']) expect(decoded(spanIn({ kind }))).toMatchObject({ kind: 'unspecified' })
  })

  test('E27: times as text and as numbers that no double holds, to the nanosecond', () => {
    for (const written of ['"1767225600123456789"', '1767225600123456789'])
      expect(decoded(Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${ids.traceId}","spanId":"${ids.spanId}","startTimeUnixNano":${written}}]}]}]}`)))
        .toMatchObject({ start: '2026-01-01T00:00:00.123456789Z', end: '2026-01-01T00:00:00.123456789Z' })
  })

  test('E27: whole numbers keep every digit', () => {
    const intValue = (written: string) => decodeJson(Buffer.from(spanIn({ attributes: [{ key: 'a', value: { intValue: '@' } }] }).toString().replace('"@"', written)), 'traces').attributes.get('a')
    for (const written of ['5', '"5"']) expect(intValue(written)).toBe(5)
    for (const written of ['9007199254740993', '"9007199254740993"', '-9223372036854775808', '"9223372036854775807"']) expect(intValue(written)).toBe(written.replaceAll('"', ''))
    for (const written of ['9223372036854775808', '1.5', '"x"', '1e400', 'null']) expect(intValue(written)).toBe(null)
  })

  test('E27: doubles that are no numbers are text, and so they are in protobuf', () => {
    for (const [written, value] of [['NaN', 'NaN'], ['Infinity', 'Infinity'], ['-Infinity', '-Infinity'], [1.5, 1.5], ['1e3', 1_000], ['', null], ['x', null]])
      expect(valueIn({ doubleValue: written })).toBe(value)
  })

  test('E27: bytes in either alphabet of base64, with padding or without', () => {
    for (const written of ['+/+/AQ==', '-_-_AQ==', '-_-_AQ']) expect(valueIn({ bytesValue: written })).toBe('+/+/AQ==')
    for (const written of ['a', '??', 5]) expect(valueIn({ bytesValue: written })).toBe(null)
  })

  test('E27: a value of no kind says nothing, and the span stays', () => {
    for (const value of [undefined, null, 5, 'x', [], {}, { future: 1 }, { stringValue: 5 }, { stringValue: null }, { stringValue: '\ud800' }]) expect(valueIn(value)).toBe(null)
    expect([...attributesIn([{ key: '__proto__', value: { stringValue: 'x' } }, { key: 'a', value: { kvlistValue: { values: [{ key: '__proto__', value: { intValue: 1 } }] } } }])])
      .toEqual([['__proto__', 'x'], ['a', JSON.parse('{"__proto__":1}')]])
  })

  test.each<[object, string]>([
    [{ traceId: 5 }, 'traceId: must be a string'],
    [{ traceId: 'x'.repeat(32) }, 'traceId: must be 16 bytes (32 hex digits)'],
    [{ traceId: 'ab' }, 'traceId: must be 16 bytes (32 hex digits)'],
    [{ traceId: '0'.repeat(32) }, 'traceId: is required: 16 bytes, not all zeros'],
    [{ spanId: undefined }, 'spanId: is required: 8 bytes, not all zeros'],
    [{ parentSpanId: 'abc' }, 'parentSpanId: must be 8 bytes (16 hex digits)'],
    [{ startTimeUnixNano: undefined }, 'startTimeUnixNano: is required: nanoseconds since 1970, and not 0'],
    [{ startTimeUnixNano: '0' }, 'startTimeUnixNano: is required: nanoseconds since 1970, and not 0'],
    [{ startTimeUnixNano: '-1' }, 'startTimeUnixNano: must be nanoseconds since 1970, and before the year 10000'],
    [{ startTimeUnixNano: '253402300800000000000' }, 'startTimeUnixNano: must be nanoseconds since 1970, and before the year 10000'],
    [{ endTimeUnixNano: '2026-01-01' }, 'endTimeUnixNano: must be nanoseconds since 1970, as a decimal string'],
    [{ name: {} }, 'name: must be a string'],
    [{ attributes: { a: 1 } }, 'attributes: must be a list'],
    [{ attributes: [null] }, 'attributes: must be a list of objects'],
    [{ events: 'x' }, 'events: must be a list'],
    [{ status: 2 }, 'status: must be an object'],
    [{ kind: {} }, 'kind: must be a number or a name'],
  ])('E27: %o is refused', (span, rule) => {
    const { field: name, message, code } = fault(() => decoded(spanIn(span)))
    expect([`${name}: ${message}`, code]).toEqual([rule, 'invalid'])
  })

  test('E27: the last nanosecond of the year 9999 is a time', () => {
    expect(decoded(spanIn({ startTimeUnixNano: '253402300799999999999' }))).toMatchObject({ start: '9999-12-31T23:59:59.999999999Z' })
  })

  test('E27: a body that holds no record, or more than one, is refused', () => {
    expect(fault(() => decoded(json({}))).message).toBe('must hold a span')
    expect(fault(() => decoded(json({ resourceSpans: [{ scopeSpans: [{ spans: [{}, {}] }] }] }))).message).toBe('must hold one span, and holds more')
    expect(fault(() => decodeProto(new Uint8Array(0), 'logs')).message).toBe('must hold a log record')
    expect(fault(() => decodeProto(field(1, field(2, field(2), field(2))), 'logs')).message).toBe('must hold one log record, and holds more')
    expect(fault(() => decoded(Buffer.from('{'))).message).toBe('must be JSON (RFC 8259)')
    expect(fault(() => decoded(Buffer.from([0x7b, 0xff, 0x7d]))).message).toBe('must be UTF-8')
  })
})

describe('protobuf as it may come', () => {
  const span = (...fields: Uint8Array[]) =>
    field(1, field(2, field(2, field(1, Buffer.from(ids.traceId, 'hex')), field(2, Buffer.from(ids.spanId, 'hex')), fixed64(7, 1n), ...fields)))
  const attribute = (value: Uint8Array, key: Uint8Array = Buffer.from('a')) => field(9, field(1, key), field(2, value))

  test('E27: text that is not UTF-8 is not said, and the rest is', () => {
    const broken = Buffer.from('Zoë', 'latin1')
    const record = decodeProto(span(field(5, broken), attribute(field(1, broken)), attribute(field(1, Buffer.from('x')), broken), attribute(number(3, 5), Buffer.from('b'))), 'traces')
    expect(record).toMatchObject({ name: '' })
    expect([...record.attributes]).toEqual([['a', null], ['b', 5]])
  })

  test('E27: a byte order mark in a value is a character of it', () => {
    expect(decodeProto(span(field(5, Buffer.from(`\ufeff${'x'.repeat(40)}`))), 'traces')).toMatchObject({ name: `\ufeff${'x'.repeat(40)}` })
  })

  test('E27: an attribute that is given twice has its last value', () => {
    expect([...decodeProto(span(attribute(number(3, 1)), attribute(number(3, 2))), 'traces').attributes]).toEqual([['a', 2]])
  })

  test('E27: parts of a resource and a scope add up', () => {
    const [service, host] = ['service.name', 'host.name'].map((key) => field(1, field(1, field(1, Buffer.from(key)), field(2, field(1, Buffer.from('x'))))))
    const own = field(2, field(1, Buffer.from(ids.traceId, 'hex')), field(2, Buffer.from(ids.spanId, 'hex')), fixed64(7, 1n))
    const record = decodeProto(field(1, service!, field(2, field(1, field(1, Buffer.from('n'))), own, field(1, field(2, Buffer.from('v')))), host!), 'traces')
    expect([...record.resource.keys()]).toEqual(['service.name', 'host.name'])
    expect(record.scope).toEqual({ name: 'n', version: 'v' })
  })

  test('E27: whole numbers of 64 bits, negative ones and those of few bits', () => {
    fc.assert(fc.property(fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-(2n ** 54n), 2n ** 54n), fc.bigInt(-300n, 300n)), (value) => {
      const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      expect(decodeProto(span(attribute(number(3, value))), 'traces').attributes.get('a')).toBe(safe ? Number(value) : String(value))
    }))
  })

  test.each<[string, Uint8Array, string, string]>([
    ['a name that is a number', number(5, 1), 'unparsable', 'has field 5 as a varint, and it must be a length and bytes'],
    ['a time that is bytes', field(7), 'unparsable', 'has field 7 as a length and bytes, and it must be 8 bytes'],
    ['an attribute that is cut', field(9, Buffer.from([0x0a, 0x05])), 'unparsable', 'is cut short: field 1 ends 5 bytes after the message'],
    ['a trace id of 15 bytes', field(1, Buffer.alloc(15, 1)), 'invalid', 'must be 16 bytes (32 hex digits)'],
    ['a trace id of 4 MB', field(1, Buffer.alloc(4_000_000, 1)), 'invalid', 'must be 16 bytes (32 hex digits)'],
    ['a trace id of zeros', field(1, Buffer.alloc(16)), 'invalid', 'is required: 16 bytes, not all zeros'],
  ])('E27: %s is refused', (_, last, code, rule) => {
    expect(fault(() => decodeProto(span(last), 'traces'))).toMatchObject({ code, message: rule })
  })

  test('E27: values are nested up to 64 levels, in both encodings', () => {
    const nested = (levels: number): Message => (levels === 1 ? { stringValue: 'x' } : { arrayValue: { values: [nested(levels - 1)] } })
    const nestedBytes = (levels: number) => Array.from({ length: levels - 1 }).reduce<Buffer>((inner) => field(5, field(1, inner)), field(1, Buffer.from('x')))
    const both = (levels: number) => [() => decodeProto(span(attribute(nestedBytes(levels))), 'traces'), () => decoded(spanIn({ attributes: [{ key: 'a', value: nested(levels) }] }))] as const
    expect(both(64)[0]()).toEqual(both(64)[1]())
    for (const work of [...both(65), both(2_000)[0]])
      expect(fault(work)).toMatchObject({ code: 'too_deep', message: 'has a value nested more than 64 levels deep' })
  })

  test('E27: any value comes to the same in both encodings', () => {
    fc.assert(fc.property(anyValue, (value) => {
      const log: Message = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: '1', body: value }] }] }] }
      expect(decodeJson(json(jsonOf(log)), 'logs')).toEqual(decodeProto(encode('logs', log), 'logs'))
    }), { numRuns: 500 })
  })
})
