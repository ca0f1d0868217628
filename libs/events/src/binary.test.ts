import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  digest, eventTypes, exampleOf, frameBinary, fromHttpHeaders, parseBinary, read, type EventType,
} from './index.ts'
import { binaryOf, context, json, readJson, rejectionOf, sha256, statementOf, utf8 } from './testing/entries.ts'

const event = exampleOf('session.started')
const types = (Object.keys(eventTypes) as EventType[]).filter((type) => eventTypes[type].saidBy === 'anyone')

test.each(types)('E8: %s is one statement with one digest in binary and in structured mode', (type) => {
  const structured = statementOf(readJson(exampleOf(type)))
  const binary = statementOf(read('cloudevent-binary', binaryOf(exampleOf(type)), context))
  expect(binary).toEqual(structured)
  expect(digest(binary, sha256)).toBe(digest(structured, sha256))
})

test('E8: the modes agree where only one of them names the content type, or has attributes that are no strings', () => {
  const { datacontenttype: _, ...unsaid } = event
  const structured = statementOf(readJson({ ...unsaid, retries: 3, replayed: true }))
  const typed = { ...event, retries: 3, replayed: true, datacontenttype: 'Application/JSON; charset="UTF-8"' }
  const binary = statementOf(read('cloudevent-binary', binaryOf(typed), context))
  expect(binary.event['retries']).toBe('3')
  expect(digest(binary, sha256)).toBe(digest(structured, sha256))
})

test('E8: HTTP headers become those of Kafka, so that the entry is the same', () => {
  const source = '/agents/b%20t?x="1"'
  const kafka = frameBinary(
    [
      ['ce_id', utf8('Zoë 😀 100%')],
      ['ce_source', utf8(source)],
      ['content-type', utf8('application/json')],
    ],
    utf8('{}'),
  )
  const http = fromHttpHeaders([
    ['CE-Id', 'Zo%C3%AB%20%F0%9F%98%80 100%'],
    ['host', 'localhost'],
    ['ce-source', '"/agents/b%2520t?x=\\"1\\""'],
    ['Content-Type', 'application/json'],
    ['ce', 'x'],
  ])
  expect(frameBinary(http, utf8('{}'))).toEqual(kafka)
  expect(fromHttpHeaders([['ce-id', 'Zo\u00c3\u00ab']])).toEqual([['ce_id', utf8('Zoë')]])
})

describe('frames', () => {
  test('E8: a frame gives back what was framed', () => {
    const header = fc.tuple(fc.string({ unit: 'grapheme' }), fc.uint8Array())
    fc.assert(
      fc.property(fc.array(header), fc.uint8Array(), (headers, value) => {
        const parsed = parseBinary(frameBinary(headers, value))!
        expect(parsed.headers.map(([name, bytes]) => [name, [...bytes]])).toEqual(
          headers.map(([name, bytes]) => [name, [...bytes]]),
        )
        expect([...parsed.value]).toEqual([...value])
      }),
    )
  })

  test('E8: the layout is uint32be count, then length-prefixed name and value, then the body', () => {
    expect([...frameBinary([['ab', utf8('c')]], utf8('{}'))]).toEqual([
      0, 0, 0, 1, 0, 0, 0, 2, 0x61, 0x62, 0, 0, 0, 1, 0x63, 0x7b, 0x7d,
    ])
  })

  test('E8: a frame that is cut short is unparsable, wherever it is cut', () => {
    const content = binaryOf(event)
    const body = json(event.data).length
    for (let length = 0; length < content.length; length += 7) {
      const { code, message } = rejectionOf(read('cloudevent-binary', content.subarray(0, length), context))
      expect(code).toBe('unparsable')
      if (length >= content.length - body) expect(message).toBe('the data must be JSON (RFC 8259)')
    }
    const hostile = Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    expect(parseBinary(hostile)).toBeNull()
  })
})

describe('headers', () => {
  const withHeaders = (headers: [string, Uint8Array][], value = json(event.data)) => {
    const parsed = parseBinary(binaryOf(event))!
    return read('cloudevent-binary', frameBinary([...parsed.headers, ...headers], value), context)
  }

  test.each([
    ['given twice', ['ce_id', utf8('x')], '/id', 'must be given only once'],
    ['not UTF-8', ['ce_vendor', Uint8Array.from([0xff])], '/vendor', 'must be UTF-8'],
    ['the data', ['ce_data', utf8('{}')], '/data', 'must be the body, not a header'],
    ['with a NUL', ['ce_vendor', utf8('a\0')], '/vendor', 'must not contain NUL (U+0000)'],
  ] as const)('E8: a header %s is refused by name', (_, header, path, rule) => {
    expect(rejectionOf(withHeaders([[...header]]))).toMatchObject({ code: 'invalid', errors: [{ path, rule }] })
  })

  test('E8: headers that are not of the event are ignored, and none can reach the prototype', () => {
    const statement = statementOf(withHeaders([['x-request-id', utf8('r')], ['ce___proto__', utf8('p')]]))
    expect(statement.event).not.toHaveProperty('x-request-id')
    expect(Object.getPrototypeOf(statement.event)).toBe(Object.prototype)
    expect(Object.hasOwn(statement.event, '__proto__')).toBe(true)
  })

  test('E8: a body that is no JSON object is refused', () => {
    expect(rejectionOf(withHeaders([], utf8('<xml>'))).errors).toMatchObject([{ path: '/data', rule: /JSON/ }])
    const notAnObject = [{ path: '/data', rule: 'must be an object' }]
    expect(rejectionOf(withHeaders([], utf8('[1]'))).errors).toMatchObject(notAnObject)
    expect(rejectionOf(withHeaders([], Uint8Array.from([0x22, 0xff, 0x22]))).message).toBe('the data must be UTF-8')
  })
})
