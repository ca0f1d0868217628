import { connect } from 'node:net'
import { once } from 'node:events'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { eventTypes, exampleOf, parseBinary, read, rejectionCodes } from '@onbehalf/events'
import { isErrorCode, type Authenticate } from '@onbehalf/runtime'
import { sha256Hex } from '@onbehalf/store'
import type { createEmbeddedStream } from '@onbehalf/stream'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GatewayDeps } from './gateway.ts'
import { headerOf as header, RunningGateway, token } from './testing/running-gateway.ts'

let gateway: RunningGateway
beforeEach(async () => {
  gateway = await new RunningGateway().start()
})
afterEach(() => gateway.stop())

const structured = { 'content-type': 'application/cloudevents+json' }
const batched = { 'content-type': 'application/cloudevents-batch+json' }
const example = exampleOf('action.requested')
const text = JSON.stringify(example)
const event = (changes: object): string => JSON.stringify({ ...example, ...changes })
const withData = (changes: object): string => event({ data: { ...example.data, ...changes } })


describe('sources', () => {
  test('a producer speaks for the sources that it is registered for, in a batch as well', async () => {
    const own = await new RunningGateway().start({ registrations: { maySpeakFor: (tenant, producer, source) => `${tenant}/${producer}` === 'default/default' && source.startsWith('urn:mine:') } })
    try {
      expect((await own.post(event({ source: 'urn:mine:1' }), structured)).status).toBe(202)
      const { status, body } = await own.post(`[${event({ source: 'urn:mine:1' })},${event({ id: 'e-2', source: 'urn:theirs' })}]`, batched)
      expect(status).toBe(403)
      expect(body).toMatchObject({ code: 'source_not_registered', errors: [{ index: 1, path: '/source', value: 'urn:theirs', rule: 'is not a source of producer default' }] })
      expect(own.journal).toHaveLength(1)
    } finally {
      await own.stop()
    }
  })
})

describe('structured', () => {
  test('is accepted when durable, with its position, its bytes as they were', async () => {
    const spaced = `\n{ "future" : [1.0, 1e3, "\\u00fc"], ${text.slice(1)}  `
    const answer = await gateway.post(spaced, structured)
    expect(answer.status).toBe(202)
    expect(answer.body).toEqual({ accepted: 1, position: 'onbehalf.embedded/0@17' })
    const [record] = gateway.journal
    expect(record!.value!.toString()).toBe(spaced)
    expect(header(record!, 'onbehalf-tenant')).toBe('default')
    expect(header(record!, 'onbehalf-producer')).toBe('default')
    expect(header(record!, 'onbehalf-kind')).toBe('cloudevent')
    expect(record!.key!.toString()).toMatch(/^default\/\d+$/)
  })

  test.each(Object.keys(eventTypes) as (keyof typeof eventTypes)[])('every type that producers write: %s', async (type) => {
    const { status, body } = await gateway.post(JSON.stringify(exampleOf(type)), structured)
    if (eventTypes[type].saidBy !== 'anyone') expect(body.code).toBe('reserved_type')
    else expect(status).toBe(202)
  })

  test('plain application/json is one event or a list of them', async () => {
    const json = { 'content-type': 'application/json' }
    expect((await gateway.post(text, json)).body.accepted).toBe(1)
    expect((await gateway.post(` [${text}, ${event({ id: '2' })}]`, json)).body.accepted).toBe(2)
    expect(gateway.journal.map(({ value }) => value!.toString())).toEqual([text, text, event({ id: '2' })])
  })

  test('one story is in one bucket', async () => {
    await gateway.post(`[${text},${event({ id: '2' })}]`, batched)
    const [a, b] = gateway.journal
    expect(a!.key).toEqual(b!.key)
  })

  test.each([['gzip', gzipSync(text)], ['zstd', zstdCompressSync(text)]])('packed with %s', async (encoding, body) => {
    expect((await gateway.post(body, { ...structured, 'content-encoding': encoding })).status).toBe(202)
    expect(gateway.journal[0]!.value!.toString()).toBe(text)
  })
})

describe('binary', () => {
  const headers = {
    'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': 'evt-1', 'ce-source': 'urn:x', 'ce-type': example.type, 'ce-time': example.time,
  }
  const data = JSON.stringify(example.data)

  test('becomes the frame of Kafka\'s binary mode, the body as it was', async () => {
    const answer = await gateway.post(data, { ...headers, 'ce-subject': '"J%C3%BCrgen"', 'x-other': 'left out' })
    expect(answer.status).toBe(202)
    const [record] = gateway.journal
    expect(header(record!, 'onbehalf-kind')).toBe('cloudevent-binary')
    const frame = parseBinary(record!.value!)!
    expect(Buffer.from(frame.value).toString()).toBe(data)
    const names = Object.fromEntries(frame.headers.map(([name, value]) => [name, Buffer.from(value).toString()]))
    expect(names).toEqual({
      'content-type': 'application/json', ce_specversion: '1.0', ce_id: 'evt-1', ce_source: 'urn:x', ce_type: example.type, ce_time: example.time, ce_subject: 'Jürgen',
    })
  })

  test('without a content type', async () => {
    const { 'content-type': _, ...rest } = headers
    const answer = await gateway.post(Buffer.from(data), rest)
    expect(answer.status).toBe(202)
  })

  test('a header that is given twice, a bad time, a data content type that is no JSON', async () => {
    const raw = await rawPost([...Object.entries(headers), ['ce-id', 'evt-2']], data)
    expect(raw).toContain('422')
    expect(raw).toContain('"/id"')
    expect((await gateway.post(data, { ...headers, 'ce-time': 'yesterday' })).body).toMatchObject({ status: 422, code: 'invalid', errors: [{ index: 0, path: '/time' }] })
    expect((await gateway.post('<a/>', { ...headers, 'content-type': 'text/xml' })).status).toBeOneOf([400, 422])
  })
})

describe('batch', () => {
  test('is accepted as a whole, each element as its bytes were', async () => {
    const elements = [event({ id: 'a' }), `{ "id":"b",  ${text.slice(1).replace(/"id":"[^"]*",/, '')}`, event({ id: 'c' })]
    const answer = await gateway.post(`[\n ${elements.join(' ,\t')}\r\n]`, batched)
    expect(answer.body).toEqual({ accepted: 3, position: 'onbehalf.embedded/0@19' })
    expect(gateway.journal.map(({ value }) => value!.toString())).toEqual(elements)
  })

  test('an empty one is nothing', async () => {
    expect((await gateway.post('[]', batched)).body).toEqual({ accepted: 0, position: '' })
  })

  test('is all or nothing, and every fault is told with its index', async () => {
    const answer = await gateway.post(`[${text},${event({ time: 1 })},${withData({ action_id: '' })}]`, batched)
    expect(answer.status).toBe(422)
    expect(answer.body.errors).toEqual([
      expect.objectContaining({ index: 1, path: '/time', rule: expect.any(String), value: 1, docs: expect.stringContaining('/docs/events') }),
      expect.objectContaining({ index: 2, path: '/data/action_id' }),
    ])
    expect(answer.body.detail).toMatch(/^Event 1: \/time .*\(and 1 more\)\.$/)
    expect(gateway.journal).toEqual([])
  })

  test('the list of faults is bounded, their number is told', async () => {
    await restart({ limits: { errors_listed_max: 2 } })
    const { body } = await gateway.post(`[${Array(5).fill('{}').join(',')}]`, batched)
    expect(body.errors).toHaveLength(2)
    expect(body.errors_total).toBeGreaterThan(2)
  })

  test('an element that is no JSON makes the whole no JSON', async () => {
    expect((await gateway.post(`[${text},{]`, batched)).status).toBe(400)
    expect((await gateway.post(`[${text},nil]`, batched)).body).toMatchObject({ status: 400, code: 'unparsable', errors: [{ index: 1 }] })
    expect((await gateway.post(text, batched)).body).toMatchObject({ status: 400, at: 0 })
  })
})

describe('bad input', () => {
  const deepChain = (depth: number): object => (depth === 0 ? {} : { sub: `a${depth}`, act: deepChain(depth - 1) })
  const depth200 = `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`

  test.for<[string, string | Uint8Array, number, string, string | null]>([
    ['malformed JSON', '{"specversion":', 400, 'unparsable', null],
    ['nothing at all', '', 400, 'unparsable', null],
    ['wrong type', withData({ operation: 7 }), 422, 'invalid', '/data/operation'],
    ['a number as event', '7', 422, 'invalid', ''],
    ['unknown type', event({ type: 'onbehalf.action.requestet.v1' }), 422, 'unknown_type', '/type'],
    ['a foreign type', event({ type: 'com.example.thing' }), 422, 'unknown_type', '/type'],
    ['unknown version', event({ type: 'onbehalf.action.requested.v99' }), 422, 'unknown_version', '/type'],
    ['missing field', event({ data: { ...example.data, action_id: undefined } }), 422, 'invalid', '/data/action_id'],
    ['missing attribute', event({ source: undefined }), 422, 'invalid', '/source'],
    ['no data', event({ data: undefined }), 422, 'invalid', '/data'],
    ['oversized event', withData({ arguments: 'x'.repeat(1_048_576) }), 413, 'too_large', ''],
    ['bad UTF-8', Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]), 400, 'unparsable', null],
    ['NUL', withData({ operation: 'a\0b' }), 422, 'invalid', '/data/operation'],
    ['lone surrogate', text.replace('"payments.refund"', '"\\ud800"'), 422, 'invalid', '/data/operation'],
    ['a chain that is too deep', withData({ act: deepChain(80) }), 422, 'invalid', null],
    ['nesting that is too deep', withData({ arguments: JSON.parse(depth200) as object }), 422, 'too_deep', null],
    ['another tenant', event({ tenantid: 'other' }), 403, 'tenant_mismatch', '/tenantid'],
    ['old CloudEvents', event({ specversion: '0.3' }), 422, 'invalid', '/specversion'],
    ['an id that is too long', event({ id: 'x'.repeat(256) }), 422, 'invalid', '/id'],
  ])('%s', async ([, body, status, code, path]) => {
    const answer = await gateway.post(body, structured)
    expect(answer.body).toMatchObject({ status, code })
    expect(answer.status).toBe(status)
    if (path !== null) expect(answer.body.errors[0]).toMatchObject({ index: 0, path, rule: expect.any(String), docs: expect.stringMatching(/^\/docs\//) })
    expect(gateway.journal).toEqual([])
  })

  test('a chain of 64 is no bad input', async () => {
    expect((await gateway.post(withData({ act: deepChain(60) }), structured)).status).toBe(202)
  })

  test('a body that does not fit, plain and packed', async () => {
    await restart({ limits: { request_bytes_max: 10_000 } })
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    expect((await gateway.post('x'.repeat(20_000), structured)).body.code).toBe('request_too_large')
    expect((await gateway.post(bomb.subarray(0, 9_000), { ...structured, 'content-encoding': 'gzip' })).body.code).toBe('request_too_large')
    expect((await gateway.post(`[${Array(3_000).fill('1').join(',')}]`, batched)).status).toBe(422)
  })

  test('a batch of too many', async () => {
    await restart({ limits: { batch_events_max: 2 } })
    expect((await gateway.post(`[${text},${text},${text}]`, batched)).body).toMatchObject({ status: 413, code: 'request_too_large', batch_events_max: 2 })
  })

  test.for<[string, Record<string, string>, number, string]>([
    ['unknown media type', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['OTLP', { 'content-type': 'application/x-protobuf' }, 415, 'unsupported_media_type'],
    ['unknown packing', { ...structured, 'content-encoding': 'br' }, 415, 'unsupported_encoding'],
    ['not packed as it says', { ...structured, 'content-encoding': 'gzip' }, 400, 'unparsable'],
    ['bad idempotency key', { ...structured, 'idempotency-key': 'a b' }, 400, 'idempotency_key_invalid'],
    ['another producer', { ...structured, 'onbehalf-producer': 'pdp-eu' }, 403, 'producer_unknown'],
    ['another tenant', { ...structured, 'onbehalf-tenant': 'other' }, 403, 'tenant_unknown'],
    ['no credential', { ...structured, authorization: '' }, 401, 'unauthenticated'],
  ])('%s', async ([, headers, status, code]) => {
    const answer = await gateway.post(text, headers)
    expect(answer.body).toMatchObject({ status, code })
    if (status === 415) {
      expect(answer.body.accepted.length).toBeGreaterThan(0)
      expect(answer.headers.get(code === 'unsupported_encoding' ? 'accept-encoding' : 'accept-post')).toContain(answer.body.accepted[0])
    }
  })

  test('a truncated gzip', async () => {
    const packed = gzipSync(text)
    expect((await gateway.post(packed.subarray(0, -12), { ...structured, 'content-encoding': 'gzip' })).body.code).toBe('unparsable')
  })

  test('a credential without the role', async () => {
    const responder: Authenticate = () => ({ tenant: 'default', producer: 'r', roles: ['responder'], credential: 'k', instance: false })
    await restart({ authenticate: responder })
    expect((await gateway.post(text, structured)).body).toMatchObject({ status: 403, code: 'forbidden', detail: expect.stringContaining('producer') })
  })

  test('a client that goes away in the middle', async () => {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write(`POST /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/cloudevents+json\r\ncontent-length: 1000\r\n\r\n{`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await gateway.post(text, structured)).status).toBe(202)
    expect(await gateway.metrics.render()).toContain('onbehalf_gateway_in_flight_bytes 0')
    expect(gateway.log.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })

  test('a body that does not arrive in time, plain and packed', async () => {
    await restart({ limits: { request_ms_max: 100 } })
    for (const encoding of ['', 'content-encoding: gzip\r\n']) {
      const socket = connect(gateway.port, '127.0.0.1')
      socket.write(`POST /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/cloudevents+json\r\n${encoding}content-length: 1000\r\n\r\n`)
      const [answer] = await once(socket, 'data')
      expect(String(answer)).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/)
      socket.destroy()
    }
    expect(await gateway.metrics.render()).toContain('onbehalf_gateway_in_flight_bytes 0')
  })

  test('every code that read can answer is in the registry', () => {
    for (const code of rejectionCodes) expect(isErrorCode(code)).toBe(true)
  })
})

describe('advice', () => {
  test.each([
    ['{"resourceSpans":[]}', 'OTLP'],
    [event({ specversion: '0.3' }), '"1.0"'],
    ['{"decision_id":"1","labels":{},"bundles":{}}', '/v1/opa/logs'],
  ])('for a body that is something else', async (body, advice) => {
    expect((await gateway.post(body, { 'content-type': 'application/json' })).body.next).toContain(advice)
  })

  test.each([
    ['POST', '/v1/event', 404, 'POST /v1/events'],
    ['POST', '/', 404, 'POST /v1/events'],
    ['POST', '/traces', 404, 'POST /v1/traces'],
    ['POST', '/otlp/v1/logs', 404, 'POST /v1/logs'],
    ['POST', '/opa/logs', 404, 'POST /v1/opa/logs'],
    ['POST', '/opentelemetry.proto.collector.trace.v1.TraceService/Export', 404, '4317'],
    ['GET', '/v1/actions/a', 404, 'query API'],
    ['GET', '/v1/events', 405, 'POST'],
  ])('at a wrong address: %s %s', async (method, path, status, advice) => {
    const response = await fetch(`${gateway.url}${path}`, { method })
    expect(response.status).toBe(status)
    expect(((await response.json()) as { detail: string }).detail).toContain(advice)
  })
})

describe('Idempotency-Key', () => {
  const key = { ...structured, 'idempotency-key': 'k-1' }

  test('the same again is the same answer, written once', async () => {
    const first = await gateway.post(text, key)
    const second = await gateway.post(text, key)
    expect(second.body).toEqual(first.body)
    expect(gateway.journal).toHaveLength(1)
  })

  test('with another body it is refused', async () => {
    await gateway.post(text, key)
    expect((await gateway.post(event({ id: '2' }), key)).body).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    expect(gateway.journal).toHaveLength(1)
  })

  test('a refusal is not remembered', async () => {
    expect((await gateway.post('{}', key)).status).toBe(422)
    expect((await gateway.post(text, key)).status).toBe(202)
  })

  test('two at once are written once', async () => {
    const answers = await Promise.all([gateway.post(text, key), gateway.post(text, key)])
    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    expect(gateway.journal).toHaveLength(1)
  })
})

describe('when the stream does not take it', () => {
  test('nothing is acknowledged before it is durable', async () => {
    gateway.held = []
    let answered = false
    const answer = gateway.post(text, structured).finally(() => (answered = true))
    while (gateway.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(answered).toBe(false)
    gateway.held[0]!.committed()
    expect((await answer).status).toBe(202)
  })

  test('503 with Retry-After, never 500; sent again under its key it goes through', async () => {
    await restart({}, { produceTimeoutMs: 100 })
    gateway.held = []
    const key = { ...structured, 'idempotency-key': 'k' }
    const answer = await gateway.post(text, key)
    expect(answer.body).toMatchObject({ status: 503, code: 'stream_unavailable' })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    gateway.held.forEach((batch) => batch.committed())
    gateway.held = null
    expect((await gateway.post(text, key)).status).toBe(202)
  })

  test('a stream that fails in a way nobody named is 503 too', async () => {
    await restart({ producer: { produce: () => Promise.reject(new TypeError('inside')) } })
    expect((await gateway.post(text, structured)).body).toMatchObject({ status: 503, code: 'stream_unavailable' })
  })

  test('a full queue is back-pressure', async () => {
    await restart({}, { queue_bytes_max: text.length, batches_ahead_max: 1 })
    gateway.held = []
    const first = gateway.post(text, structured)
    while (gateway.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await gateway.post(text, structured)).status).toBe(503)
    gateway.held[0]!.committed()
    expect((await first).status).toBe(202)
  })

  test('bodies in hand are bounded: 429, and the share is given back', async () => {
    await restart({ limits: { in_flight_bytes_max: text.length + 10 } })
    gateway.held = []
    const first = gateway.post(text, structured)
    while (gateway.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const second = await gateway.post(text, structured)
    expect(second.body).toMatchObject({ status: 429, code: 'overloaded' })
    expect(second.headers.get('retry-after')).toBe('1')
    gateway.held[0]!.committed()
    gateway.held = null
    expect((await first).status).toBe(202)
    expect((await gateway.post(text, structured)).status).toBe(202)
  })
})

test('what was accepted and refused is counted', async () => {
  await gateway.post(`[${text},${text}]`, batched)
  await gateway.post('{}', structured)
  const metrics = await gateway.metrics.render()
  expect(metrics).toContain('onbehalf_gateway_events_accepted_total{tenant="default",producer="default",mode="batch"} 2')
  expect(metrics).toContain('onbehalf_gateway_refused_total{tenant="default",producer="default",code="invalid"} 1')
})

describe('whatever is sent', () => {
  const allowed = [202, 400, 401, 403, 413, 415, 422]
  const contentTypes = fc.constantFrom(...Object.values(structured), ...Object.values(batched), 'application/json', 'text/plain')

  test('bytes: never a crash, never a 500', { timeout: 60_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), contentTypes, fc.constantFrom('identity', 'gzip', 'zstd'), async (bytes, type, encoding) => {
      const { status } = await gateway.post(bytes, { 'content-type': type, 'content-encoding': encoding })
      expect(allowed).toContain(status)
    }), { numRuns: 300 })
  })

  test('JSON, and events with a field replaced: what is accepted is what read accepts', { timeout: 60_000 }, async () => {
    const fields = Object.keys(example.data)
    const changed = fc.tuple(fc.constantFrom(...Object.keys(example), ...fields), fc.jsonValue()).map(([name, value]) =>
      fields.includes(name) ? withData({ [name]: value }) : event({ [name]: value }))
    await fc.assert(fc.asyncProperty(fc.array(fc.oneof(changed, fc.json()), { maxLength: 4 }), async (elements) => {
      gateway.journal.length = 0
      const { status } = await gateway.post(`[${elements.join(',')}]`, batched)
      const good = elements.every((element) => read('cloudevent', Buffer.from(element), { tenant: 'default', producer: 'default', sha256: sha256Hex }).ok)
      expect(allowed).toContain(status)
      expect(status === 202).toBe(good)
      expect(gateway.journal.map(({ value }) => value!.toString().trim())).toEqual(good ? elements.map((element) => element.trim()) : [])
    }), { numRuns: 300 })
  })

  test('headers of binary mode', { timeout: 60_000 }, async () => {
    const name = fc.string({ unit: fc.constantFrom(...'abcdefz0_-'), minLength: 1, maxLength: 10 }).map((n) => `ce-${n}`)
    const value = fc.string({ unit: fc.constantFrom('%', '2', '0', 'F', '"', '\\', 'a', ' ', '\u00ff', ':'), maxLength: 20 })
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.string(), async (headers, body) => {
      const raw = await rawPost([['ce-specversion', '1.0'], ...headers], body)
      expect(raw).toMatch(/^HTTP\/1\.1 (202|4\d\d) /)
    }), { numRuns: 300 })
  })
})

async function restart(deps: Partial<GatewayDeps>, streamConfig: Parameters<typeof createEmbeddedStream>[0] = {}) {
  await gateway.stop()
  gateway = await new RunningGateway().start(deps, streamConfig)
}

/** A request with headers that fetch would fold or refuse. */
async function rawPost(headers: [string, string][], body: string): Promise<string> {
  const socket = connect(gateway.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
  const lines = [
    ['host', 'localhost'], ['authorization', `Bearer ${token}`], ['connection', 'close'], ['content-length', String(Buffer.byteLength(body))], ...headers,
  ].map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(Buffer.from(`POST /v1/events HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'))
  socket.write(body)
  await once(socket, 'close')
  return answer
}
