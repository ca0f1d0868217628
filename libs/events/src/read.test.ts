import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvent } from './event-type.ts'
import { eventBytesMax, exampleOf, jsonDepthMax, read, rejectionCodes, type EntryKind } from './index.ts'
import { createRead } from './read.ts'
import { context, json, readJson, rejectionOf, statementOf, utf8 } from './testing/entries.ts'

const event = exampleOf('action.requested')
const text = JSON.stringify(event)

/** The example with some JSON text in place of a purpose that is easy to find. */
const withPurpose = (jsonText: string) => utf8(text.replace('"Refund order 881"', jsonText))

describe('what is not an event at all', () => {
  test.each([
    ['nothing', ''],
    ['malformed JSON', '{"specversion":'],
    ['two events', `${text}\n${text}`],
    ['a trailing comma', text.replace(/}$/, ',}')],
    ['a raw line break in a string', text.replace('refund-bot', 'refund\nbot')],
  ])('E4: %s is unparsable', (_, content) => {
    const rejection = rejectionOf(read('cloudevent', utf8(content), context))
    expect(rejection).toEqual({
      code: 'unparsable',
      message: 'the event must be JSON (RFC 8259)',
      errors: [{ path: '', rule: 'must be JSON (RFC 8259)', docs: '/docs/events/envelope' }],
    })
  })

  test.each([
    ['null', 'null', 'must be a JSON object'],
    ['a number', '5', 'must be a JSON object'],
    ['a string', '"x"', 'must be a JSON object'],
    ['a batch', `[${text}]`, 'must be one event, a JSON object; the events of a batch are entries of their own'],
  ])('E4: %s is not an event', (_, content, rule) => {
    const { code, errors } = rejectionOf(read('cloudevent', utf8(content), context))
    expect(code).toBe('invalid')
    expect(errors).toMatchObject([{ path: '', rule }])
  })

  test('E4: an object that is no CloudEvent is told all that it lacks', () => {
    const { code, message, errors } = rejectionOf(readJson({ hello: 'world' }))
    expect(code).toBe('invalid')
    expect(errors.map((error) => error.path)).toEqual(['/specversion', '/id', '/source', '/type', '/time', '/data'])
    expect(message).toBe('/specversion is required: must be "1.0" (and 5 more)')
  })

  test('E4: kinds that say nothing have a code of their own, and what no release knows waits', () => {
    const codes = (['tombstone', 'unreadable', 'lost', 'nonsense'] as EntryKind[]).map(
      (kind) => rejectionOf(read(kind, utf8('x'), context)).code,
    )
    expect(codes).toEqual(['tombstone', 'unreadable', 'lost', 'unsupported_kind'])
    expect(rejectionCodes).toEqual(expect.arrayContaining(codes))
  })
})

describe('limits', () => {
  test('E4: an event is at most 1 MiB', () => {
    const padded = (bytes: number) => utf8(text.replace(/}$/, `,"x":"${'x'.repeat(bytes - text.length - 7)}"}`))
    expect(padded(eventBytesMax).length).toBe(eventBytesMax)
    expect(read('cloudevent', padded(eventBytesMax), context).ok).toBe(true)
    expect(rejectionOf(read('cloudevent', padded(eventBytesMax + 1), context))).toMatchObject({
      code: 'too_large',
      message: 'the event must be at most 1048576 bytes (1 MiB), and has 1048577',
    })
  })

  test.each([
    ['/id', 255, 'must be a string of 1 to 255 characters without control characters'],
    ['/source', 1_024, 'must be a URI reference (RFC 3986) of 1 to 1024 characters'],
    ['/data/action_id', 255, 'must be a string of 1 to 255 characters without control characters'],
    ['/data/tool_call_id', 1_024, 'must be a string of 1 to 1024 characters without control characters'],
    ['/data/purpose', 16_384, 'must be a string of at most 16 KiB of UTF-8, without NUL and lone surrogates'],
  ])('E4: %s has at most %i characters', (path, charsMax, rule) => {
    const withLength = (length: number) => withValue(path, 'x'.repeat(length))
    expect(readJson(withLength(charsMax)).ok).toBe(true)
    const { errors } = rejectionOf(readJson(withLength(charsMax + 1)))
    expect(errors).toMatchObject([{ path, rule: expect.stringContaining(rule) }])
    expect(String(errors[0]!.value)).toHaveLength(200)
  })

  test('E4: 16 KiB are bytes of UTF-8, not characters', () => {
    expect(readJson(withValue('/data/purpose', 'é'.repeat(8_192))).ok).toBe(true)
    expect(readJson(withValue('/data/purpose', 'é'.repeat(8_193))).ok).toBe(false)
    expect(readJson(withValue('/data/purpose', '😀'.repeat(4_096))).ok).toBe(true)
    expect(readJson(withValue('/data/purpose', '😀'.repeat(4_096) + 'x')).ok).toBe(false)
    expect(readJson(withValue('/data/purpose', '€'.repeat(5_461) + 'x')).ok).toBe(true)
    expect(readJson(withValue('/data/purpose', '€'.repeat(5_462))).ok).toBe(false)
  })

  test('E4: a list has at most 1,000 items, and a hostile one costs no more than its size', () => {
    const approvers = (length: number) => ({
      ...exampleOf('approval.requested'),
      data: { approval_id: 'a', approvers: Array.from({ length }, () => ({ sub: 'a', kind: 'user' })) },
    })
    expect(readJson(approvers(1_000)).ok).toBe(true)
    expect(rejectionOf(readJson(approvers(1_001))).errors).toMatchObject([
      { path: '/data/approvers', rule: 'must have at most 1000 items', value: '(a list of 1001)' },
    ])
    const hostile = { ...approvers(0), data: { approval_id: 'a', approvers: Array(500_000).fill(1) } }
    const { errors } = rejectionOf(readJson(hostile))
    expect(errors).toMatchObject([{ path: '/data/approvers', rule: 'must have at most 1000 items' }])
    const wrong = { ...hostile, data: { approval_id: 'a', approvers: Array(1_000).fill(1) } }
    expect(rejectionOf(readJson(wrong)).errors).toHaveLength(20)
  })

  test('E4: a chain of 64 actors is read, a longer one is refused by name', () => {
    const chain = (actors: number): object =>
      actors === 1 ? { sub: 'a1' } : { sub: `a${actors}`, act: chain(actors - 1) }
    expect(readJson(withValue('/data/act', chain(64))).ok).toBe(true)
    expect(rejectionOf(readJson(withValue('/data/act', chain(65)))).errors).toMatchObject([
      { path: '/data/act', rule: 'must nest at most 64 actors', value: '(an object)' },
    ])
  })

  test('E4: nesting is bounded in fields that nobody knows too, without a stack overflow', () => {
    const nested = (open: string, close: string, depth: number) =>
      withPurpose(`"","x":${open.repeat(depth)}0${close.repeat(depth)}`)
    expect(read('cloudevent', nested('[', ']', jsonDepthMax - 2), context).ok).toBe(true)
    const tooDeep = [nested('[', ']', jsonDepthMax - 1), nested('[', ']', 500_000), nested('{"x":', '}', 150_000)]
    for (const content of tooDeep) {
      const { code, errors } = rejectionOf(read('cloudevent', content, context))
      expect(code).toBe('too_deep')
      expect(errors).toMatchObject([{ rule: 'must not be nested more than 128 levels deep' }])
      expect(errors[0]!.path).toMatch(/^\/data\/x(\/0|\/x){126}$/)
    }
    expect(rejectionOf(read('cloudevent', utf8('['.repeat(1_000_000)), context)).code).toBe('unparsable')
  })
})

describe('text', () => {
  test('E5: bytes that are not UTF-8 are refused', () => {
    for (const bad of [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
      const content = withPurpose('"??????"')
      content.set(bad, content.indexOf(0x3f))
      expect(rejectionOf(read('cloudevent', content, context))).toMatchObject({
        code: 'unparsable',
        message: 'the event must be UTF-8',
      })
    }
  })

  test.each([
    ['NUL', '"a\\u0000b"', '/data/purpose', 'must not contain NUL (U+0000)'],
    ['half of a surrogate pair', '"a\\ud800b"', '/data/purpose', 'must not contain half of a surrogate pair'],
    ['the other half', '"\\udc00"', '/data/purpose', 'must not contain half of a surrogate pair'],
    ['NUL in a field nobody knows', '"","x":[{"y":"\\u0000"}]', '/data/x/0/y', 'must not contain NUL (U+0000)'],
    ['NUL in a name', '"","a\\u0000":1', '/data/a\ufffd', 'has a name that must not contain NUL (U+0000)'],
    ['half a pair in a name', '"","\\udfff":1', '/data/\ufffd', 'has a name that must not contain half of a surrogate'],
    ['a number beyond a double', '"","x":1e999', '/data/x', 'must be a number within the range of a 64-bit float'],
  ])('E5: %s is refused wherever it stands', (_, jsonText, path, rule) => {
    const rejection = rejectionOf(read('cloudevent', withPurpose(jsonText), context))
    expect(rejection).toMatchObject({ code: 'invalid', errors: [{ path, rule: expect.stringContaining(rule) }] })
    expect(JSON.stringify(rejection)).not.toMatch(/\\u0000|\\ud/)
  })

  test('E5: ids, names and attributes have no control characters; what people wrote may', () => {
    const lines = ['/id', '/subject', '/data/action_id', '/data/operation', '/data/agent/sub', '/data/session_id']
    for (const path of lines) {
      for (const bad of ['a\nb', '\u001b[31m', 'a\u007f', '\u0085', '😀\u0001']) {
        expect(rejectionOf(readJson(withValue(path, bad))).errors, path).toMatchObject([{ path }])
      }
      expect(readJson(withValue(path, 'Zoë 😀 \u{10ffff}')).ok, path).toBe(true)
    }
    expect(readJson(withValue('/data/purpose', 'line\nline\t\u001b[31mred')).ok).toBe(true)
  })

  test('E5: a byte order mark is dropped', () => {
    expect(statementOf(read('cloudevent', utf8(`\ufeff${text}`), context)).event).toEqual(event)
  })
})

describe('attributes', () => {
  test.each([
    ['/specversion', '0.3', 'must be "1.0"'],
    ['/id', '', 'must be a string of 1 to 255'],
    ['/id', 5, 'must be a string of 1 to 255'],
    ['/source', '', 'must be a URI reference'],
    ['/source', 'my service', 'must be a URI reference'],
    ['/source', 'a%2', 'must be a URI reference'],
    ['/time', 'yesterday', 'must be an RFC 3339 time'],
    ['/time', 1_772_357_400, 'must be an RFC 3339 time'],
    ['/sequence', 41, 'must be a string of 1 to 64 digits'],
    ['/sequence', '-1', 'must be a string of 1 to 64 digits'],
    ['/datacontenttype', 'text/plain', 'must be application/json'],
    ['/datacontenttype', 'application/json; charset=latin1', 'must be application/json'],
    ['/traceparent', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, 'must be a W3C traceparent'],
    ['/traceparent', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`, 'must be a W3C traceparent'],
    ['/traceparent', '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', 'must be a W3C traceparent'],
    ['/traceparent', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'must be a W3C traceparent'],
    ['/traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x', 'must be a W3C traceparent'],
    ['/data', [], 'must be an object'],
    ['/data', 'x', 'must be an object'],
    ['/data/agent/kind', 'robot', 'must be one of "user", "agent", "service"'],
    ['/data/resource', null, 'must be an object'],
  ])('E2: %s must not be %j', (path, value, rule) => {
    const { code, errors } = rejectionOf(readJson(withValue(path, value)))
    expect(code).toBe('invalid')
    expect(errors).toMatchObject([{ path, rule: expect.stringContaining(rule) }])
  })

  test('E2: every fault is named at once, with its documentation', () => {
    const bad = { ...event, time: 'x', data: { ...event.data, action_id: '', agent: { sub: 'a' } } }
    expect(rejectionOf(readJson(bad)).errors.map(({ path, docs }) => [path, docs])).toEqual([
      ['/time', '/docs/events/envelope#time'],
      ['/data/action_id', '/docs/events/action.requested#action_id'],
      ['/data/agent/kind', '/docs/events/action.requested#agent'],
    ])
  })

  test('E4: attributes that are null count as absent', () => {
    const nulls = { ...event, subject: null, traceparent: null, tenantid: null, vendorx: null }
    const { traceparent: _traceparent, tenantid: _tenantid, ...rest } = event
    const statement = statementOf(readJson(nulls))
    expect(statement.event).toEqual(rest)
    expect(statement.traceId).toBeUndefined()
    expect(rejectionOf(readJson({ ...event, id: null })).errors).toMatchObject([{ path: '/id', rule: /^is required/ }])
  })

  test('E1: trace and span are those of the data, else those of traceparent', () => {
    const ids = (data: object, traceparent?: string) => {
      const { traceId, spanId } = statementOf(readJson({ ...event, traceparent, data: { ...event.data, ...data } }))
      return [traceId, spanId]
    }
    const [trace, span] = ['4BF92F3577B34DA6A3CE929D0E0E4736', '00F067AA0BA902B7']
    const lower = [trace.toLowerCase(), span.toLowerCase()]
    expect(ids({ trace_id: trace, span_id: span }, event.traceparent)).toEqual(lower)
    expect(ids({ trace_id: trace }, event.traceparent)).toEqual([trace.toLowerCase(), undefined])
    expect(ids({}, event.traceparent)).toEqual(['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'])
    expect(ids({}, 'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more')[0]).toMatch(/^0af/)
    expect(ids({})).toEqual([undefined, undefined])
  })

  test('E6: the tenant of an event is that of its producer, or left out', () => {
    const { tenantid: _, ...without } = event
    expect(readJson(without).ok).toBe(true)
    for (const tenantid of ['other', '', 5, {}]) {
      expect(rejectionOf(readJson({ ...event, tenantid }))).toMatchObject({
        code: 'tenant_mismatch',
        errors: [{ path: '/tenantid', rule: 'must be the tenant of the producer, default' }],
      })
    }
  })

  test('E17: no error shows a secret, or more than 200 characters', () => {
    const long = { ...event, data: { ...event.data, purpose: 5, agent: 'x'.repeat(5_000) } }
    const { errors } = rejectionOf(readJson(long))
    expect(errors.find((error) => error.path === '/data/agent')!.value).toHaveLength(200)
    const deep = withPurpose('"","authorization":{"bearer":"s3cr3t\\u0000"}')
    expect(rejectionOf(read('cloudevent', deep, context)).errors).toEqual([
      expect.objectContaining({ path: '/data/authorization/bearer', value: '(not shown)' }),
    ])
  })

  test('E17: paths are JSON pointers', () => {
    expect(rejectionOf(read('cloudevent', withPurpose('"","a/b~c":"\\u0000"'), context)).errors).toMatchObject([
      { path: '/data/a~1b~0c', docs: '/docs/events/envelope#a%2Fb~c' },
    ])
  })
})

describe('types', () => {
  test.each([
    ['onbehalf.action.request.v1', 'onbehalf.action.requested.v1'],
    ['action.requested', 'onbehalf.action.requested.v1'],
    ['onbehalf.decision.v1', 'onbehalf.decision.recorded.v1'],
    ['onbehalf.toString.v1', 'onbehalf.'],
    ['onbehalf.__proto__.v1', 'onbehalf.'],
    ['onbehalf.Decision.made.v1', 'onbehalf.decision.recorded.v1'],
    ['x'.repeat(500_000), 'onbehalf.'],
  ])('E7: an unknown type is told the nearest known one', (type, near) => {
    const { code, errors } = rejectionOf(readJson({ ...event, type }))
    expect(code).toBe('unknown_type')
    expect(errors).toMatchObject([{ path: '/type', rule: expect.stringContaining(`the nearest is ${near}`) }])
  })

  test.each(['v0', 'v2', 'v01', 'v99999999999999999999'])('E7: a known type has no version %s', (version) => {
    expect(rejectionOf(readJson({ ...event, type: `onbehalf.action.requested.${version}` }))).toMatchObject({
      code: 'unknown_version',
      errors: [{ path: '/type', rule: expect.stringContaining('the newest is onbehalf.action.requested.v1') }],
    })
  })

  test('E13: an older version is checked by its own schema and lifted to the newest', () => {
    const readHistory = createRead({
      'thing.seen': defineEvent({
        type: 'thing.seen',
        version: 3,
        title: 'Thing seen',
        doc: 'A type with a history',
        leg: null,
        schema: z.object({ what: z.object({ id: z.string() }), count: z.number() }),
        example: { what: { id: 'a' }, count: 1 },
        upcasters: {
          1: { schema: z.object({ id: z.string() }), upcast: (data) => ({ what: (data as { id: string }).id }) },
          2: {
            schema: z.object({ what: z.string() }),
            upcast: (data) => ({ ...data, what: { id: (data as { what: string }).what }, count: 1 }),
          },
        },
      }),
    })
    const readVersion = (version: number, data: object) =>
      readHistory('cloudevent', json({ ...event, type: `onbehalf.thing.seen.v${version}`, data }), context)
    const newest = { what: { id: 'a' }, count: 1 }
    expect(statementOf(readVersion(3, newest)).data).toEqual(newest)
    expect(statementOf(readVersion(2, { what: 'a' })).data).toEqual(newest)
    const oldest = statementOf(readVersion(1, { id: 'a' }))
    expect(oldest).toMatchObject({ type: 'thing.seen', data: newest, event: { data: { id: 'a' } } })
    expect(rejectionOf(readVersion(1, { what: 'a' })).errors).toMatchObject([{ path: '/data/id' }])
    expect(rejectionOf(readVersion(4, newest)).code).toBe('unknown_version')
  })

  test('E3: a fault of ours is a rejection without a stack trace', () => {
    const readBroken = createRead({
      'thing.seen': defineEvent({
        type: 'thing.seen',
        version: 2,
        title: 'Thing seen',
        doc: 'A type whose upcaster fails',
        leg: null,
        schema: z.object({}),
        example: {},
        upcasters: {
          1: {
            schema: z.object({}),
            upcast: () => {
              throw new Error('secret detail')
            },
          },
        },
      }),
    })
    const reading = readBroken('cloudevent', json({ ...event, type: 'onbehalf.thing.seen.v1' }), context)
    expect(rejectionOf(reading).code).toBe('fault')
    expect(JSON.stringify(reading)).not.toMatch(/secret|\.ts/)
  })
})

function withValue(path: string, value: unknown): object {
  const copy = structuredClone(event) as Record<string, unknown>
  const names = path.slice(1).split('/')
  const last = names.pop()!
  const holder = names.reduce((at, name) => at[name] as never, copy)
  holder[last] = value
  return copy
}
