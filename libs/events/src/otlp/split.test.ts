import fc from 'fast-check'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, test } from 'vitest'
import { sniffEncoding, splitOtlp, type OtlpSignal } from './split.ts'
import { decode, encode } from './testing/otlp-proto.ts'
import { field, fieldsOf, fixed64, number, varint } from './testing/raw.ts'
import { jsonOf, recordsOf, requests } from './testing/requests.ts'
import { someSpans } from './testing/sdk-spans.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const json = (value: unknown, indent?: number) => Buffer.from(JSON.stringify(value, null, indent))

function records(body: Uint8Array, signal: OtlpSignal = 'traces', encoding = sniffEncoding(body), max = 1_000): Uint8Array[] {
  const cut = splitOtlp(body, signal, encoding, max)
  if (!cut.ok) throw new Error(cut.rule)
  return cut.records
}
const refusal = (body: Uint8Array, signal: OtlpSignal = 'traces', encoding = sniffEncoding(body), max = 1_000) => {
  const cut = splitOtlp(body, signal, encoding, max)
  return cut.ok ? null : cut
}

describe.each(['traces', 'logs'] as const)('%s', (signal) => {
  test('E23: in protobuf, each record has its resource and scope, as protobufjs reads both', () => {
    fc.assert(fc.property(requests[signal], (request) => {
      const body = encode(signal, request)
      expect(records(body, signal, 'proto').map((record) => decode(signal, record))).toEqual(recordsOf(signal, decode(signal, body)))
    }))
  })

  test('E23: in JSON, each record has its resource and scope, and its own text', () => {
    fc.assert(fc.property(requests[signal], fc.nat(3), (request, indent) => {
      const body = json(jsonOf(request), indent)
      const cut = records(body, signal, 'json')
      expect(cut.map((record) => JSON.parse(text(record)))).toEqual(recordsOf(signal, JSON.parse(text(body))))
      for (const record of cut) expect(text(body)).toContain(/"(?:spans|logRecords)":\[(.*)\]\}\]\}\]\}$/s.exec(text(record))![1])
    }))
  })

  test('E23: what is cut is not cut again', () => {
    fc.assert(fc.property(requests[signal], (request) => {
      for (const body of [encode(signal, request), json(jsonOf(request))])
        for (const record of records(body, signal, body[0] === 0x7b ? 'json' : 'proto')) expect(records(record, signal, body[0] === 0x7b ? 'json' : 'proto')).toEqual([record])
    }))
  })
})

test('E23: requests of the official exporter come apart into its spans', () => {
  const spans = someSpans(50)
  for (const body of [ProtobufTraceSerializer.serializeRequest(spans)!, JsonTraceSerializer.serializeRequest(spans)!]) {
    const cut = records(body)
    expect(cut).toHaveLength(50)
    for (const [i, record] of cut.entries()) {
      expect(text(record)).toContain(`span ${i}`)
      expect(text(record)).toContain('agents-eu')
    }
  }
})

test('E23: in protobuf, unknown fields survive byte for byte at every level, wherever they stand, and so do parts of a message that come apart', () => {
  const unknown = fc.oneof(
    fc.tuple(fc.integer({ min: 20, max: 999 }), fc.bigInt(0n, 2n ** 64n - 1n)).map(([at, value]) => number(at, value)),
    fc.tuple(fc.integer({ min: 20, max: 2 ** 29 - 1 }).filter((at) => at !== 1_000), fc.uint8Array({ maxLength: 200 })).map(([at, bytes]) => field(at, bytes)),
    fc.integer({ min: 20, max: 999 }).map((at) => fixed64(at, 5n)),
    // `resource`, `scope` and `schema_url`, which may come in parts.
    fc.uint8Array({ maxLength: 4 }).map((bytes) => field(3, bytes)),
  )
  const message = (of: number, inner: fc.Arbitrary<Buffer>) => fc.array(fc.oneof(unknown, inner.map((bytes) => field(of, bytes))), { maxLength: 6 }).map((fields) => Buffer.concat(fields))
  const span = fc.array(fc.oneof(unknown, fc.uint8Array({ maxLength: 16 }).map((id) => field(1, id))), { maxLength: 4 }).map((fields) => Buffer.concat(fields))
  const request = message(1, message(2, message(2, span)))
  fc.assert(fc.property(request, (body) => {
    const rest = (bytes: Uint8Array, of: number) => Buffer.concat(fieldsOf(bytes).filter((each) => each.number !== of).map(({ raw }) => raw))
    const parts = (bytes: Uint8Array, of: number) => fieldsOf(bytes).filter((each) => each.number === of)
    const expected = parts(body, 1).flatMap(({ payload: resource }) => parts(resource, 2).flatMap(({ payload: scope }) => parts(scope, 2).map(({ raw }) =>
      [rest(body, 1), rest(resource, 2), rest(scope, 2), raw])))
    const found = records(body, 'traces', 'proto').map((record) => {
      const [resource] = parts(record, 1).map(({ payload }) => payload)
      const [scope] = parts(resource!, 2).map(({ payload }) => payload)
      const [own] = parts(scope!, 2)
      expect([parts(record, 1), parts(resource!, 2), parts(scope!, 2)].map(({ length }) => length)).toEqual([1, 1, 1])
      return [rest(record, 1), rest(resource!, 2), rest(scope!, 2), own!.raw]
    })
    expect(found).toEqual(expected)
  }), { numRuns: 300 })
})

test('E23: in JSON, other members survive at every level, before the records and behind them', () => {
  const cut = records(Buffer.from(`\ufeff { "a" : 1.0, "resourceSpans":[ {"x":[{"spans":[]}],"scopeSpans":[{"spans" : [ {"name":"\\u00fc", "\\ud83d":1e3} ,{}], "schemaUrl":"s", "y":"]}"}],
    "resource":{"attributes":[]} ,"z":null},{"scopeSpans":null},{"scopeSpans":[]} ] , "b":{}} `))
  expect(cut.map(text)).toEqual([
    '{"a" : 1.0,"b":{},"resourceSpans":[{"x":[{"spans":[]}],"resource":{"attributes":[]} ,"z":null,"scopeSpans":[{"schemaUrl":"s", "y":"]}","spans":[{"name":"\\u00fc", "\\ud83d":1e3}]}]}]}',
    '{"a" : 1.0,"b":{},"resourceSpans":[{"x":[{"spans":[]}],"resource":{"attributes":[]} ,"z":null,"scopeSpans":[{"schemaUrl":"s", "y":"]}","spans":[{}]}]}]}',
  ])
  expect(text(records(Buffer.from('{"resource\\u0053pans":[{"scopeSpans":[{"spans":[{}]}]}]}'))[0]!)).toBe('{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}')
})

test('E23: an empty request has no records', () => {
  for (const body of ['', '{}', ' {"resourceSpans":[]}', '{"resourceSpans":null}', '{"resourceSpans":[{"scopeSpans":[{"spans":[]}]}]}', '{"resourceSpans":[{"resource":{}}]}']) expect(records(Buffer.from(body))).toEqual([])
  expect(records(field(1, field(2)))).toEqual([])
})

describe('bounds', () => {
  const tiny = (count: number) => field(1, field(2, ...Array.from({ length: count }, () => field(2))))
  const tinyJson = (count: number) => json({ resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: count }, () => ({})) }] }] })

  test('E24: more records than allowed are refused as too many, and as many are not', () => {
    for (const body of [tiny, tinyJson]) {
      expect(records(body(100), 'traces', undefined, 100)).toHaveLength(100)
      expect(refusal(body(101), 'traces', undefined, 100)).toMatchObject({ rule: 'has more than 100 records', tooMany: true, at: expect.any(Number) })
    }
  })

  test('E24: resources and scopes without records are bounded as well', () => {
    const empties = [Buffer.concat(Array.from({ length: 1_000 }, () => field(1))), json({ resourceSpans: Array.from({ length: 1_000 }, () => ({})) })]
    for (const body of empties) expect(refusal(body, 'traces', undefined, 100)).toMatchObject({ rule: 'has more than 202 resources and scopes', tooMany: true })
  })

  test('E24: a large resource with many records is refused before it takes memory', () => {
    const resource = Buffer.alloc(1_000_000, 0x61)
    const proto = field(1, field(1, field(99, resource)), field(2, ...Array.from({ length: 100_000 }, () => field(2))))
    const ofJson = json({ resourceSpans: [{ resource: { x: text(resource) }, scopeSpans: [{ spans: Array.from({ length: 100_000 }, () => ({})) }] }] })
    for (const body of [proto, ofJson]) {
      const before = process.memoryUsage().arrayBuffers
      expect(refusal(body, 'traces', undefined, 1_000_000)).toMatchObject({ rule: expect.stringMatching(/^would be 1\d{11} bytes when each record has its resource/), tooMany: true })
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000)
    }
  })

  test('E24: a request of 64 MiB is cut in time, into no more than its limit', () => {
    const span = field(2, field(1, Buffer.alloc(16, 1)), field(2, Buffer.alloc(8, 2)), field(5, Buffer.from('x'.repeat(900))), fixed64(7, 1n))
    const proto = field(1, field(1, field(1, Buffer.from('r'.repeat(300)))), field(2, ...Array.from({ length: 70_000 }, () => span)))
    const ofJson = json({ resourceSpans: [{ resource: { x: 'r'.repeat(300) }, scopeSpans: [{ spans: Array.from({ length: 70_000 }, () => ({ name: 'x'.repeat(920) })) }] }] })
    for (const body of [proto, ofJson]) {
      expect(body.length).toBeGreaterThan(64_000_000)
      const began = performance.now()
      expect(records(body, 'traces', undefined, 100_000)).toHaveLength(70_000)
      expect(performance.now() - began).toBeLessThan(10_000)
    }
  })

  test('E24: fields without end, names without end and levels without end cost no more than their bytes', () => {
    const hostile = [
      Buffer.concat(Array.from({ length: 500_000 }, () => number(99, 1))),
      Buffer.from(`{${Array.from({ length: 200_000 }, () => '"a":1').join()}}`),
      Buffer.from(`{"a":${'['.repeat(2_000_000)}`),
      Buffer.from(`{"${'a'.repeat(5_000_000)}":1}`),
      Buffer.from(`{"a":"${'\\\\'.repeat(2_000_000)}`),
      Buffer.concat([Buffer.from([0x0a]), Buffer.alloc(5_000_000, 0xff)]),
    ]
    for (const body of hostile) {
      const began = performance.now()
      splitOtlp(body, 'traces', sniffEncoding(body), 1_000)
      expect(performance.now() - began).toBeLessThan(3_000)
    }
    expect(refusal(hostile[2]!)).toMatchObject({ rule: 'is nested more than 1000 levels deep' })
  })
})

describe('what is refused', () => {
  const span = { traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(1), startTimeUnixNano: '5', name: 'x' }
  const log = { timeUnixNano: '5', body: { stringValue: 'hello' } }
  const traces = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
  const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [log] }] }] }

  test('E25: logs among spans are refused, and spans among logs', () => {
    expect(refusal(encode('logs', logs), 'traces')?.rule).toBe('holds a log record where a span should be; log records go to /v1/logs')
    expect(refusal(encode('traces', traces), 'logs')?.rule).toBe('holds a span where a log record should be; spans go to /v1/traces')
    expect(refusal(json(jsonOf(logs)), 'traces')?.rule).toBe('holds resourceLogs, and no log record is a span; log records go to /v1/logs')
    expect(refusal(json(jsonOf(traces)), 'logs')?.rule).toBe('holds resourceSpans, and no span is a log record; spans go to /v1/traces')
    expect(refusal(json({ ...traces, ...logs }), 'traces')?.rule).toContain('holds resourceLogs')
    // Whatever a log record says first: severity, body and ids, observed time.
    for (const only of [{ severityNumber: 9 }, { observedTimeUnixNano: '5' }, { flags: 1, body: { stringValue: 'x' } }])
      expect(refusal(encode('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [only] }] }] }), 'traces')?.rule).toBe('holds a log record where a span should be; log records go to /v1/logs')
  })

  test('E25: metrics are refused in either place', () => {
    const sum = field(1, field(2, field(2, field(1, Buffer.from('requests')), field(7, number(2, 1)))))
    expect(refusal(sum, 'traces')?.rule).toBe('holds no span: its field 7 is a length and bytes, and that of a span is 8 bytes')
    expect(refusal(sum, 'logs')?.rule).toBe('holds no log record: its field 1 is a length and bytes, and that of a log record is 8 bytes')
    expect(refusal(json({ resourceMetrics: [] }))?.rule).toBe('holds resourceMetrics, and must hold resourceSpans')
  })

  test.each([
    ['{"resource_spans":[]}', 'has resource_spans, which OTLP/JSON calls resourceSpans'],
    ['{"resourceSpans":[{"scope_spans":[]}]}', 'has scope_spans, which OTLP/JSON calls scopeSpans'],
    ['{"resourceSpans":[{"instrumentationLibrarySpans":[]}]}', 'has instrumentationLibrarySpans, which OTLP/JSON calls scopeSpans'],
    ['{"resourceSpans":[],"resourceSpans":[]}', 'has resourceSpans twice in one object'],
    ['{"resourceSpans":{}}', 'has resourceSpans that is no list'],
    ['{"resourceSpans":[1]}', 'has something else than an object in resourceSpans'],
    ['{"resourceSpans":[{"scopeSpans":[{"spans":[null]}]}]}', 'has something else than an object in spans'],
    ['[]', 'must be a JSON object with resourceSpans'],
    ['{"resourceSpans":[]} x', 'is no JSON: the end is expected'],
    ['{"resourceSpans":[', 'is no JSON: it is cut short'],
    ['{"a":tru}', 'is no JSON: a value is expected'],
  ])('E25: %s is refused: it %s', (body, rule) => {
    expect(refusal(Buffer.from(body), 'traces', 'json')).toEqual({ ok: false, rule, at: expect.any(Number) })
  })

  test.each<[string, Buffer, string]>([
    ['a length beyond the end', Buffer.from([0x0a, 0x05, 0x12]), 'is cut short: field 1 ends 4 bytes after the message'],
    ['a tag without end', Buffer.from([0x8a]), 'is cut short in a tag'],
    ['a group', Buffer.from([0x0b, 0x0c]), 'has field 1 with wire type 3, which proto3 does not have'],
    ['field 0', Buffer.from([0x02, 0x00]), 'has field number 0; 1 to 536870911 are allowed'],
    ['a varint of 11 bytes', Buffer.concat([varint(99 * 8), Buffer.alloc(10, 0x80), Buffer.from([1])]), 'has a varint of more than 10 bytes'],
    ['a resource that is a number', number(1, 5), 'has field 1 as a varint, and it must be a length and bytes'],
    ['OTLP of 2021', field(1, field(1_000)), 'is of OTLP before 0.15: it has libraries (field 1000) where scopes should be'],
  ])('E25: %s is refused', (_, body, rule) => {
    expect(refusal(body, 'traces', 'proto')).toEqual({ ok: false, rule, at: expect.any(Number) })
  })

  test('E25: the encoding is told by the bytes, also where protobuf begins as JSON could', () => {
    const cases: [string, Uint8Array][] = [
      ['json', Buffer.from('{}')], ['json', Buffer.from(' \r\n\t{"resourceSpans":[]}')], ['json', Buffer.from('\n{\n  "resourceSpans": []\n}\n')], ['json', Buffer.from('\ufeff{}')],
      ['proto', Buffer.alloc(0)], ['proto', encode('traces', traces)],
      // 0x0a 0x7b: a line feed and a brace, or a resource of 123 bytes.
      ['proto', field(1, field(1, field(99, Buffer.alloc(118, 0x20))))],
    ]
    expect(cases.at(-1)![1].subarray(0, 2)).toEqual(Buffer.from('\n{'))
    for (const [encoding, body] of cases) expect(sniffEncoding(body), text(body)).toBe(encoding)
  })
})
