import fc from 'fast-check'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, test } from 'vitest'
import { caseOf, read, rejectionCodes, sniffEncoding, splitOtlp, type EntryKind, type OtlpEncoding, type OtlpSignal } from '../index.ts'
import { context } from '../testing/entries.ts'
import { decode, encode } from './testing/otlp-proto.ts'
import { field, fixed64, number, varint } from './testing/raw.ts'
import { jsonOf, requests } from './testing/requests.ts'
import { someSpans } from './testing/sdk-spans.ts'

const signals: readonly OtlpSignal[] = ['traces', 'logs']
const encodings: readonly OtlpEncoding[] = ['proto', 'json']
const kindOf = (signal: OtlpSignal, encoding: OtlpEncoding): EntryKind => `otlp-${signal === 'traces' ? 'span' : 'log'}-${encoding}`

const cases = new Set<string>()

/** Cuts and reads the bytes as everything that they may be said to be; answers whether something of it could be read. */
function tried(bytes: Uint8Array): boolean {
  let any = false
  sniffEncoding(bytes)
  for (const signal of signals) for (const encoding of encodings) {
    const kind = kindOf(signal, encoding)
    any = isBounded(kind, bytes) || any
    const cut = splitOtlp(bytes, signal, encoding, 1_000)
    if (!cut.ok) {
      expect(cut.rule.length).toBeLessThan(300)
      if (cut.at !== undefined) expect(cut.at >= 0 && cut.at <= bytes.length).toBe(true)
      continue
    }
    expect(cut.records.length).toBeLessThanOrEqual(1_000)
    for (const record of cut.records) {
      isBounded(kind, record)
      // A record is of the signal that it was cut as, or nothing would be cut.
      expect(splitOtlp(record, signal, encoding, 1)).toEqual({ ok: true, records: [record] })
    }
  }
  return any
}

function isBounded(kind: EntryKind, bytes: Uint8Array): boolean {
  const reading = read(kind, bytes, context)
  if (reading.ok) {
    for (const { event } of reading.statements) expect(JSON.stringify(event).length).toBeLessThan(400_000)
    return reading.statements.length > 0
  }
  const { code, message, errors } = reading.rejection
  cases.add(caseOf(reading.rejection))
  expect(rejectionCodes).toContain(code)
  expect(code, message).not.toBe('fault')
  expect(message.length).toBeLessThan(1_000)
  expect(message.isWellFormed() && !message.includes('\0')).toBe(true)
  expect(JSON.stringify(errors).length).toBeLessThan(10_000)
  return false
}

const spans = someSpans(3)
const real = [
  ProtobufTraceSerializer.serializeRequest(spans)!, JsonTraceSerializer.serializeRequest(spans)!,
  ...fc.sample(requests.logs, { numRuns: 5, seed: 7 }).flatMap((request) => [encode('logs', request), Buffer.from(JSON.stringify(jsonOf(request)))]),
]

describe('random bytes', () => {
  test('E28: are answered', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void tried(bytes)), { numRuns: 800 })
  })

  test('E28: that are messages of anything are answered', () => {
    const message = fc.letrec<{ message: Buffer }>((tie) => ({
      message: fc.array(fc.oneof(
        { depthSize: 'medium' },
        fc.tuple(fc.integer({ min: 1, max: 17 }), fc.bigInt(0n, 2n ** 64n - 1n)).map(([at, value]) => number(at, value)),
        fc.tuple(fc.integer({ min: 1, max: 17 }), fc.bigInt(0n, 2n ** 64n - 1n)).map(([at, value]) => fixed64(at, value)),
        fc.tuple(fc.integer({ min: 1, max: 17 }), fc.uint8Array({ maxLength: 20 })).map(([at, bytes]) => field(at, bytes)),
        fc.tuple(fc.constantFrom(1, 2, 5, 6, 9, 11, 13, 15), tie('message')).map(([at, inner]) => field(at, inner)),
      ), { maxLength: 5 }).map((fields) => Buffer.concat(fields)),
    })).message
    fc.assert(fc.property(message, (bytes) => void tried(field(1, field(2, field(2, bytes))))), { numRuns: 500 })
  })

  test('E28: a message that is cut short is none, here as for protobufjs', () => {
    for (let end = 0; end <= real[0]!.length; end++) {
      const bytes = real[0]!.subarray(0, end)
      let isMessage = true
      try {
        decode('traces', bytes)
      } catch {
        isMessage = false
      }
      expect(splitOtlp(bytes, 'traces', 'proto', 100).ok, `${end}`).toBe(isMessage)
    }
  })
})

describe('real requests', () => {
  test('E28: cut short anywhere are answered', () => {
    for (const bytes of real) for (let end = 0; end < bytes.length; end += 1 + (bytes.length >> 6)) tried(bytes.subarray(0, end))
  })

  test('E28: with bytes changed are answered', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 0x22, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xff))), { minLength: 1, maxLength: 4 })
    fc.assert(fc.property(fc.constantFrom(...real), changes, (bytes, changed) => {
      const broken = Uint8Array.from(bytes)
      for (const [at, byte] of changed) if (broken.length > 0) broken[at % broken.length] = byte
      tried(broken)
    }), { numRuns: 400 })
  })

  test('E28: are read', () => {
    expect([real[0]!, real[1]!].map((bytes) => tried(splitOtlpFirst(bytes)))).toEqual([true, true])
  })
})

function splitOtlpFirst(bytes: Uint8Array): Uint8Array {
  const cut = splitOtlp(bytes, 'traces', sniffEncoding(bytes), 100)
  if (!cut.ok) throw new Error(cut.rule)
  return cut.records[0]!
}

describe('the worst of each kind', () => {
  const ids = [field(1, Buffer.alloc(16, 1)), field(2, Buffer.alloc(8, 2)), fixed64(7, 1n)]
  const span = (fields: Uint8Array[]) => field(1, field(2, field(2, Buffer.concat([...ids, Buffer.concat(fields)]))))
  const spanJson = (attributes: string) =>
    Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${'1'.repeat(32)}","spanId":"${'2'.repeat(16)}","startTimeUnixNano":"1","attributes":${attributes}}]}]}]}`)
  const deep = (levels: number) => Array.from({ length: levels }).reduce<Buffer>((inner) => field(5, field(1, inner)), field(1))
  const pair = (i: number) => field(9, field(1, Buffer.from(`a${i}`)), field(2, field(1, Buffer.from('x'))))

  const worst: [string, () => Uint8Array][] = [
    ['100,000 attributes', () => span(Array.from({ length: 100_000 }, (_, i) => pair(i)))],
    ['50,000 attributes in JSON', () => spanJson(JSON.stringify(Array.from({ length: 50_000 }, (_, i) => ({ key: `a${i}`, value: { stringValue: 'x' } }))))],
    ['an attribute of a megabyte', () => span([field(9, field(1, Buffer.from('onbehalf.purpose')), field(2, field(1, Buffer.alloc(1_000_000, 0x61))))])],
    ['a name of a megabyte of control characters', () => span([field(5, Buffer.alloc(1_000_000, 0x01))])],
    ['a megabyte of bytes', () => span([field(9, field(1, Buffer.from('a')), field(2, field(7, Buffer.alloc(1_000_000, 0xfe))))])],
    ['3,000 levels', () => span([field(9, field(1, Buffer.from('a')), field(2, deep(3_000)))])],
    ['900 levels in JSON', () => spanJson(`[{"key":"a","value":${'{"arrayValue":{"values":['.repeat(300)}{}${']}}'.repeat(300)}}]`)],
    ['a million levels of JSON', () => spanJson('['.repeat(1_000_000))],
    ['levels within a JSON text', () => spanJson(JSON.stringify([{ key: 'gen_ai.tool.call.arguments', value: { stringValue: '['.repeat(10_000) + ']'.repeat(10_000) } }, { key: 'gen_ai.operation.name', value: { stringValue: 'execute_tool' } }, { key: 'gen_ai.tool.name', value: { stringValue: 't' } }]))],
    ['half of a surrogate pair within a JSON text', () => spanJson(JSON.stringify([{ key: 'gen_ai.tool.call.arguments', value: { stringValue: '{"a":"\\ud800"}' } }, { key: 'gen_ai.operation.name', value: { stringValue: 'execute_tool' } }, { key: 'gen_ai.tool.name', value: { stringValue: 't' } }]))],
    ['a number beyond a double within a JSON text', () => spanJson(JSON.stringify([{ key: 'gen_ai.tool.call.arguments', value: { stringValue: '{"a":1e999}' } }, { key: 'gen_ai.operation.name', value: { stringValue: 'execute_tool' } }, { key: 'gen_ai.tool.name', value: { stringValue: 't' } }]))],
    ['50,000 links', () => span(Array.from({ length: 50_000 }, () => field(13, field(1, Buffer.alloc(16, 1)), field(2, Buffer.alloc(8, 1)))))],
    ['events without end', () => span(Array.from({ length: 50_000 }, () => field(11, fixed64(1, 1n))))],
    ['varints without end', () => span(Array.from({ length: 100_000 }, () => Buffer.concat([varint(99 * 8), Buffer.alloc(9, 0x80), Buffer.from([0])])))],
    ['digits without end', () => spanJson(`[{"key":"a","value":{"intValue":${'9'.repeat(1_000_000)}}},{"key":"b","value":{"intValue":"${'9'.repeat(1_000_000)}"}}]`)],
    ['names that are in every object', () => spanJson(JSON.stringify(['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((key) => ({ key, value: { kvlistValue: { values: [{ key, value: { stringValue: 'x' } }] } } }))))],
    ['white space without end', () => Buffer.concat([Buffer.alloc(1_000_000, 0x20), spanJson('[]')])],
  ]

  test.each(worst)('E28: %s', (_, make) => {
    const bytes = make()
    const began = performance.now()
    tried(bytes)
    expect(performance.now() - began).toBeLessThan(8_000)
  })
})

test('E28: all of these were refused for a few reasons, each with its place', () => {
  expect(cases.size).toBeGreaterThan(8)
  expect(cases.size).toBeLessThan(60)
  expect([...cases]).toEqual(expect.arrayContaining(['unparsable', 'unparsable : must be JSON (RFC 8259)', 'invalid : must hold a span']))
})
