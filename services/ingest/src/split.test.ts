import { parseBinary } from '@onbehalf/events'
import type { StreamRecord } from '@onbehalf/stream'
import { describe, expect, test } from 'vitest'
import { split } from './split.ts'
import type { TopicConfig } from './topics.ts'

const everyone = () => true
const record = (value: string | null, headers: Record<string, string> | [string, string][] = {}): StreamRecord => ({
  offset: 7n,
  key: null,
  value: value === null ? null : Buffer.from(value),
  headers: (Array.isArray(headers) ? headers : Object.entries(headers)).map(([name, text]) => [name, Buffer.from(text)]),
  timestampMs: 0,
})
const said = (entry: ReturnType<typeof split>) => ({ ...entry, content: Buffer.from(entry.content).toString() })

describe('CloudEvents of anyone', () => {
  const topic: TopicConfig = { kind: 'cloudevents', tenant: 'acme', producer: 'crm' }

  test('a structured event is its value, whatever it holds', () => {
    for (const value of ['{"specversion":"1.0"}', 'not json', '']) {
      expect(said(split(record(value), topic, everyone)))
        .toEqual({ tenant: 'acme', producer: 'crm', kind: 'cloudevent', content: value, offset: 7n })
    }
  })

  test('a binary event is its headers as received, then its value', () => {
    const headers: [string, string][] = [['ce_specversion', '1.0'], ['ce_id', 'ä'], ['content-type', 'application/json'], ['x', '1'], ['x', '2']]
    const entry = split(record('{"a":1}', headers), topic, everyone)
    expect(entry.kind).toBe('cloudevent-binary')
    const { headers: framed, value } = parseBinary(entry.content)!
    expect(framed.map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual(headers)
    expect(Buffer.from(value).toString()).toBe('{"a":1}')
    expect(split(record(null, headers), topic, everyone).kind).toBe('cloudevent-binary')
  })

  test('the content type of a structured event outweighs attributes in headers', () => {
    const headers = { ce_specversion: '1.0', 'content-type': 'application/cloudevents+json; charset=utf-8' }
    expect(split(record('{}', headers), topic, everyone).kind).toBe('cloudevent')
  })

  test('headers of the gateway are not believed, and a tombstone has no content', () => {
    const trusted = { 'onbehalf-tenant': 'victim', 'onbehalf-producer': 'x', 'onbehalf-kind': 'own' }
    expect(said(split(record('{}', trusted), topic, everyone))).toMatchObject({ tenant: 'acme', producer: 'crm', kind: 'cloudevent' })
    expect(said(split(record(null), topic, everyone))).toMatchObject({ kind: 'tombstone', content: '' })
  })

  test('what belongs to a tenant that nobody knows is kept for nobody', () => {
    expect(said(split(record('{}'), topic, () => false))).toMatchObject({ tenant: '_unassigned', kind: 'cloudevent', content: '{}' })
  })
})

describe('what the gateway accepted', () => {
  const topic: TopicConfig = { kind: 'gateway' }
  const headers = { 'onbehalf-tenant': 'acme', 'onbehalf-producer': 'pdp-eu', 'onbehalf-kind': 'cloudevent-binary' }

  test('is whose its headers say, its content untouched', () => {
    expect(said(split(record('framed', headers), topic, everyone)))
      .toEqual({ tenant: 'acme', producer: 'pdp-eu', kind: 'cloudevent-binary', content: 'framed', offset: 7n })
    expect(split(record('x', { ...headers, traceparent: 'y' }), topic, (tenant) => tenant !== 'acme').tenant).toBe('_unassigned')
  })

  test('is never lost when the headers are not what they should be', () => {
    const twice: [string, string][] = [...Object.entries(headers), ['onbehalf-tenant', 'other']] as [string, string][]
    for (const bad of [{}, twice, { ...headers, 'onbehalf-tenant': 'Not Valid' }, { ...headers, 'onbehalf-kind': 'own' },
      { ...headers, 'onbehalf-kind': 'nonsense' }, { ...headers, 'onbehalf-producer': '' }]) {
      expect(said(split(record('content', bad), topic, everyone)))
        .toEqual({ tenant: '_unassigned', producer: '_unassigned', kind: 'unreadable', content: 'content', offset: 7n })
    }
  })
})

test('any other topic holds one entry of its kind per record', () => {
  const topic: TopicConfig = { kind: 'opa', tenant: 'acme', producer: 'pdp' }
  expect(said(split(record('[1'), topic, everyone))).toEqual({ tenant: 'acme', producer: 'pdp', kind: 'opa', content: '[1', offset: 7n })
})
