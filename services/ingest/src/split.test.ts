import { JsonLogsSerializer, JsonTraceSerializer, ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { parseBinary, read } from '@onbehalf/events'
import { sha256Hex, type Entry } from '@onbehalf/store'
import type { StreamRecord } from '@onbehalf/stream'
import { describe, expect, test } from 'vitest'
import { split } from './split.ts'
import { someLogs, someSpans } from './testing/telemetry.ts'
import type { TopicConfig } from './topics.ts'

const everyone = () => true
const record = (value: string | Uint8Array | null, headers: Record<string, string> | [string, string][] = {}): StreamRecord => ({
  offset: 7n,
  key: null,
  value: value === null ? null : Buffer.from(value),
  headers: (Array.isArray(headers) ? headers : Object.entries(headers)).map(([name, text]) => [name, Buffer.from(text)]),
  timestampMs: 0,
})
/** Of a record that is one entry. */
function one(entries: Entry[]): Entry {
  expect(entries).toHaveLength(1)
  return entries[0]!
}
const said = (entry: Entry) => ({ ...entry, content: Buffer.from(entry.content).toString() })

describe('CloudEvents of anyone', () => {
  const topic: TopicConfig = { kind: 'cloudevents', tenant: 'acme', producer: 'crm' }

  test('a structured event is its value, whatever it holds', () => {
    for (const value of ['{"specversion":"1.0"}', 'not json', '']) {
      expect(said(one(split(record(value), topic, everyone))))
        .toEqual({ tenant: 'acme', producer: 'crm', kind: 'cloudevent', content: value, offset: 7n })
    }
  })

  test('a binary event is its headers as received, then its value', () => {
    const headers: [string, string][] = [['ce_specversion', '1.0'], ['ce_id', 'ä'], ['content-type', 'application/json'], ['x', '1'], ['x', '2']]
    const entry = one(split(record('{"a":1}', headers), topic, everyone))
    expect(entry.kind).toBe('cloudevent-binary')
    const { headers: framed, value } = parseBinary(entry.content)!
    expect(framed.map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual(headers)
    expect(Buffer.from(value).toString()).toBe('{"a":1}')
    expect(one(split(record(null, headers), topic, everyone)).kind).toBe('cloudevent-binary')
  })

  test('the content type of a structured event outweighs attributes in headers', () => {
    const headers = { ce_specversion: '1.0', 'content-type': 'application/cloudevents+json; charset=utf-8' }
    expect(one(split(record('{}', headers), topic, everyone)).kind).toBe('cloudevent')
  })

  test('headers of the gateway are not believed, and a tombstone has no content', () => {
    const trusted = { 'onbehalf-tenant': 'victim', 'onbehalf-producer': 'x', 'onbehalf-kind': 'own' }
    expect(said(one(split(record('{}', trusted), topic, everyone)))).toMatchObject({ tenant: 'acme', producer: 'crm', kind: 'cloudevent' })
    expect(said(one(split(record(null), topic, everyone)))).toMatchObject({ kind: 'tombstone', content: '' })
  })

  test('what belongs to a tenant that nobody knows is kept for nobody', () => {
    expect(said(one(split(record('{}'), topic, () => false)))).toMatchObject({ tenant: '_unassigned', kind: 'cloudevent', content: '{}' })
  })
})

describe('what the gateway accepted', () => {
  const topic: TopicConfig = { kind: 'gateway' }
  const headers = { 'onbehalf-tenant': 'acme', 'onbehalf-producer': 'pdp-eu', 'onbehalf-kind': 'cloudevent-binary' }

  test('is whose its headers say, its content untouched', () => {
    expect(said(one(split(record('framed', headers), topic, everyone))))
      .toEqual({ tenant: 'acme', producer: 'pdp-eu', kind: 'cloudevent-binary', content: 'framed', offset: 7n })
    expect(one(split(record('x', { ...headers, traceparent: 'y' }), topic, (tenant) => tenant !== 'acme')).tenant).toBe('_unassigned')
  })

  test('is never lost when the headers are not what they should be', () => {
    const twice: [string, string][] = [...Object.entries(headers), ['onbehalf-tenant', 'other']] as [string, string][]
    for (const bad of [{}, twice, { ...headers, 'onbehalf-tenant': 'Not Valid' }, { ...headers, 'onbehalf-kind': 'own' },
      { ...headers, 'onbehalf-kind': 'nonsense' }, { ...headers, 'onbehalf-producer': '' }]) {
      expect(said(one(split(record('content', bad), topic, everyone))))
        .toEqual({ tenant: '_unassigned', producer: '_unassigned', kind: 'unreadable', content: 'content', offset: 7n })
    }
  })
})

test('any other topic holds one entry of its kind per record', () => {
  const topic: TopicConfig = { kind: 'opa', tenant: 'acme', producer: 'pdp' }
  expect(said(one(split(record('[1'), topic, everyone)))).toEqual({ tenant: 'acme', producer: 'pdp', kind: 'opa', content: '[1', offset: 7n })
})

describe('what a Collector writes', () => {
  const spans: TopicConfig = { kind: 'otlp_spans', tenant: 'acme', producer: 'collector' }
  const logs: TopicConfig = { kind: 'otlp_logs', tenant: 'acme', producer: 'collector' }
  const messages: [string, TopicConfig, Uint8Array][] = [
    ['otlp-span-proto', spans, ProtobufTraceSerializer.serializeRequest(someSpans(0, 20))!],
    ['otlp-span-json', spans, JsonTraceSerializer.serializeRequest(someSpans(0, 20))!],
    ['otlp-log-proto', logs, ProtobufLogsSerializer.serializeRequest(someLogs(0, 20))!],
    ['otlp-log-json', logs, JsonLogsSerializer.serializeRequest(someLogs(0, 20))!],
  ]

  test.each(messages)('is an entry of kind %s for each of its records, at the offset of the message', (kind, topic, message) => {
    const entries = split(record(message), topic, everyone)
    expect(entries).toHaveLength(20)
    for (const [i, entry] of entries.entries()) {
      expect(entry).toMatchObject({ tenant: 'acme', producer: 'collector', kind, offset: 7n })
      expect(Buffer.from(entry.content).toString()).toContain(`number ${i}.`)
      expect(read(entry.kind, entry.content, { tenant: 'acme', producer: 'collector', sha256: sha256Hex }).ok).toBe(true)
    }
  })

  test('is kept whole when it cannot be cut, when it holds nothing and when it is a tombstone', () => {
    const [, , message] = messages[0]!
    for (const broken of [message.slice(0, -1), Buffer.from('{"resourceSpans":[{"scopeSpans":[{"spans":[{'), Buffer.from('hello'), messages[2]![2], messages[3]![2]])
      expect(split(record(broken), spans, everyone)).toEqual([{ tenant: 'acme', producer: 'collector', kind: 'unreadable', content: Buffer.from(broken), offset: 7n }])
    expect(said(one(split(record(''), spans, everyone)))).toMatchObject({ kind: 'otlp-span-proto', content: '' })
    expect(said(one(split(record('{"resourceLogs":[]}'), logs, everyone)))).toMatchObject({ kind: 'otlp-log-json', content: '{"resourceLogs":[]}' })
    expect(said(one(split(record(null), logs, everyone)))).toMatchObject({ kind: 'tombstone', content: '' })
  })

  test('is of the configured tenant, whatever its headers say, and nobody\'s where that is not known', () => {
    const trusted = { 'onbehalf-tenant': 'victim', 'onbehalf-producer': 'x', 'onbehalf-kind': 'cloudevent' }
    for (const entry of split(record(messages[0]![2], trusted), spans, everyone)) expect(entry).toMatchObject({ tenant: 'acme', producer: 'collector', kind: 'otlp-span-proto' })
    for (const entry of split(record(messages[0]![2]), spans, () => false)) expect(entry).toMatchObject({ tenant: '_unassigned', kind: 'otlp-span-proto' })
  })
})

describe('audit records of others', () => {
  const topic: TopicConfig = { kind: 'cloudtrail', tenant: 'acme', producer: 'aws' }

  test('a message of several is as many entries at its offset, one is itself, and what cannot be cut is whole', () => {
    const contents = (value: string | null) => split(record(value), topic, everyone).map((entry) => ({ ...said(entry) })).map(({ kind, content, offset }) => [kind, content, offset])
    expect(contents('{"Records":[{"eventID":"a"}, {"eventID":"b"}]}')).toEqual([['cloudtrail', '{"eventID":"a"}', 7n], ['cloudtrail', '{"eventID":"b"}', 7n]])
    expect(contents('{"eventID":"a"}')).toEqual([['cloudtrail', '{"eventID":"a"}', 7n]])
    expect(contents('{"Records":[')).toEqual([['cloudtrail', '{"Records":[', 7n]])
    expect(contents('')).toEqual([['cloudtrail', '', 7n]])
    expect(contents(null)).toEqual([['tombstone', '', 7n]])
  })
})
