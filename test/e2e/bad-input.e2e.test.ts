import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { exampleOf } from '@onbehalf/events'
import { createRandom, scenarios, testSeed } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Programs, ready, residentMiB, type Program } from './program.ts'

/**
 * What nobody should send, sent to a running instance: every answer is a problem document that names the field and says
 * nothing of our insides, nothing is received, and the process lives and stays small.
 */
const seed = testSeed()
const structured = 'application/cloudevents+json'
const batch = 'application/cloudevents-batch+json'

interface Answer {
  status: number
  headers: Record<string, string>
  text: string
  body: any
}

describe(`bad input (ONBEHALF_TEST_SEED=${seed})`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'onbehalf-bad-'))
  const programs = new Programs({ ONBEHALF_DATA_DIR: join(dir, 'data'), ONBEHALF_API_PORT: '0', ONBEHALF_OTLP_HTTP_PORT: '0', ONBEHALF_OTLP_GRPC_PORT: '0' })
  let running: Program
  let instance: { api_url: string; otlp_http_url: string; token: string }

  beforeAll(async () => {
    running = programs.start(['up', '--json'])
    instance = (await ready(running)) as typeof instance
  })
  afterAll(async () => {
    await programs.endAll()
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  })

  /** By node:http, which sends headers as they are given. */
  function send(url: string, method: string, headers: Record<string, string | string[]>, body?: string | Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sending = request(url, { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode!, headers: response.headers as Record<string, string>, text, body: parsed(text) })
        })
      })
      // An answer may come, and the connection end, while a large body is still being sent.
      sending.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)))
      sending.end(body)
    })
  }

  const bearer = () => ({ authorization: `Bearer ${instance.token}` })
  const post = (body: string | Buffer, type = structured, headers: Record<string, string | string[]> = {}) =>
    send(`${instance.otlp_http_url}/v1/events`, 'POST', { ...bearer(), 'content-type': type, ...headers }, body)
  const get = (path: string, headers: Record<string, string> = {}) => send(instance.api_url + path, 'GET', { ...bearer(), ...headers })

  /** The shape that every error has, whatever went wrong (RFC 9457, and the registry of codes). */
  function expectProblem(answer: Answer, status: number, code: string): void {
    expect([answer.status, answer.body?.code], answer.text.slice(0, 600)).toEqual([status, code])
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String), next: expect.any(String) })
    expect(answer.body.type).toMatch(new RegExp(`/docs/errors#${code}$`))
    expect(answer.body.docs).toBe(answer.body.type)
    expect(answer.text.length).toBeLessThan(70_000)
    expectNoInsides(answer.text)
    if (status === 429 || status === 503) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  }

  const received = async (): Promise<number> => (await get('/v1/status')).body.logs.find((each: any) => each.log === 'default/onbehalf.embedded/0')?.size ?? 0

  const event = exampleOf('action.requested')
  const changed = (change: object, data: object = {}) => JSON.stringify({ ...event, ...change, data: { ...event.data, ...data } })
  const without = (name: string) => JSON.stringify({ ...event, [name]: undefined })

  /** Every item of "Bad input" and its neighbours: what is sent, what is answered, which field is named. */
  const events: [what: string, body: string | Buffer, status: number, code: string, path: string | null, rule: RegExp][] = [
    ['nothing', '', 400, 'unparsable', '', /must be JSON/],
    ['text that is no JSON', 'hello', 400, 'unparsable', '', /must be JSON/],
    ['JSON that is cut short', '{"specversion":"1.0","id":', 400, 'unparsable', '', /must be JSON/],
    ['two values', `${JSON.stringify(event)}{}`, 400, 'unparsable', '', /must be JSON/],
    ['bytes that are no UTF-8', Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]), 400, 'unparsable', '', /must be UTF-8/],
    ['UTF-16', Buffer.from(`\ufeff${JSON.stringify(event)}`, 'utf16le'), 400, 'unparsable', '', /must be UTF-8/],
    ['null', 'null', 422, 'invalid', '', /must be a JSON object/],
    ['a list', '[]', 422, 'invalid', '', /must be one event/],
    ['an empty object', '{}', 422, 'invalid', '/specversion', /./],
    ['no specversion', without('specversion'), 422, 'invalid', '/specversion', /1\.0/],
    ['no id', without('id'), 422, 'invalid', '/id', /required/],
    ['no source', without('source'), 422, 'invalid', '/source', /required/],
    ['no type', without('type'), 422, 'invalid', '/type', /required/],
    ['no time', without('time'), 422, 'invalid', '/time', /required/],
    ['no data', without('data'), 422, 'invalid', '/data', /required/],
    ['a type that is a number', changed({ type: 7 }), 422, 'invalid', '/type', /string/],
    ['an unknown type', changed({ type: 'onbehalf.action.exploded.v1' }), 422, 'unknown_type', '/type', /nearest is onbehalf\.action\./],
    ['a foreign type', changed({ type: 'com.github.push' }), 422, 'unknown_type', '/type', /not a known type/],
    ['an unknown version', changed({ type: 'onbehalf.action.requested.v99' }), 422, 'unknown_version', '/type', /newest is onbehalf\.action\.requested\.v1/],
    ['a type that only we write', changed({ type: 'onbehalf.log.opened.v1' }), 422, 'reserved_type', '/type', /only Onbehalf/],
    ['a prototype as type', changed({ type: 'onbehalf.constructor.v1' }), 422, 'unknown_type', '/type', /./],
    ['a missing field of data', changed({}, { agent: undefined }), 422, 'invalid', '/data/agent', /required/],
    ['a missing field within it', changed({}, { agent: { sub: 'x' } }), 422, 'invalid', '/data/agent/kind', /required/],
    ['a field of the wrong type', changed({}, { operation: { name: 'x' } }), 422, 'invalid', '/data/operation', /string/],
    ['a field that is too long', changed({}, { action_id: 'x'.repeat(256) }), 422, 'invalid', '/data/action_id', /1 to 255/],
    ['a word that is not one of the list', changed({}, { side_effect: 'huge' }), 422, 'invalid', '/data/side_effect', /./],
    ['a time without an offset', changed({ time: '2026-01-01T00:00:00' }), 422, 'invalid', '/time', /RFC 3339/],
    ['a day that there is not', changed({ time: '2026-02-30T00:00:00Z' }), 422, 'invalid', '/time', /RFC 3339/],
    ['a NUL in a field', changed({}, { purpose: 'a\0b' }), 422, 'invalid', '/data/purpose', /NUL/],
    ['a NUL in a name', changed({}, { ['x\0y']: 1 }), 422, 'invalid', '/data/x\ufffdy', /NUL/],
    ['a NUL where we do not look', changed({ myextension: 'a\0' }), 422, 'invalid', '/myextension', /NUL/],
    ['half of a surrogate pair', changed({}, { purpose: 'PLACE' }).replace('PLACE', 'x\\udc00'), 422, 'invalid', '/data/purpose', /surrogate/],
    ['an escape sequence in an id', changed({ id: 'evil\u001b[31m' }), 422, 'invalid', '/id', /control characters/],
    ['a number beyond a double', changed({}, { arguments: 'PLACE' }).replace('"PLACE"', '1e999'), 422, 'invalid', '/data/arguments', /64-bit/],
    ['65 actors in each other', changed({}, { act: nest(65, 'act') }), 422, 'invalid', '/data/act', /at most 64/],
    ['130 levels', changed({}, { arguments: nest(130, 'a') }), 422, 'too_deep', `/data/arguments${'/a'.repeat(126)}`, /128 levels/],
    ['100,000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 422, 'invalid', '', /must be one event/],
    ['100,000 levels that never end', `{"a":${'['.repeat(100_000)}`, 400, 'unparsable', '', /must be JSON/],
    ['another tenant', changed({ tenantid: 'somebody-else' }), 403, 'tenant_mismatch', '/tenantid', /default/],
    ['an event of more than 1 MiB', changed({}, { arguments: 'x'.repeat(1_100_000) }), 413, 'too_large', '', /1048576/],
    ['a traceparent of zeros', changed({ traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00` }), 422, 'invalid', '/traceparent', /traceparent/],
  ]

  test.each(events)('%s: refused, and what is wrong is named', async (_what, body, status, code, path, rule) => {
    const before = await received()
    const answer = await post(body)
    expectProblem(answer, status, code)
    const error = answer.body.errors[0]
    expect(error).toMatchObject({ index: 0, code, rule: expect.stringMatching(rule), docs: expect.stringContaining('/docs/') })
    if (path !== null) expect(error.path).toBe(path)
    expect(JSON.stringify(error.value ?? null).length).toBeLessThan(300)
    // The documentation that it points at is there.
    expect((await send(error.docs.split('#')[0], 'GET', {})).status).toBe(200)
    expect(await received()).toBe(before)
  })

  test('an actor chain of 64 and an event of just 1 MiB are taken', async () => {
    const deep = await post(changed({ id: 'deep' }, { act: nest(63, 'act') }))
    expect(deep.status, deep.text).toBe(202)
    const text = changed({ id: 'large' }, { arguments: 'PLACE' })
    const large = await post(text.replace('PLACE', 'x'.repeat(1_048_576 - Buffer.byteLength(text) + 'PLACE'.length)))
    expect(large.status, large.text).toBe(202)
  })

  test.each([64, 70])('a chain of %d delegations, told backwards, is no bad input: 64 are followed, and the leg says where it stopped', async (hops) => {
    const granted = exampleOf('delegation.granted')
    const name = (i: number) => `deep-${hops}-${i}`
    const links = Array.from({ length: hops }, (_, i) => ({
      ...granted, id: name(i),
      data: { ...granted.data, delegation_id: name(i), parent: i === 0 ? { kind: 'root' } : { kind: 'delegation', delegation_id: name(i - 1) } },
    }))
    const action = { ...event, id: `deep-${hops}`, data: { ...event.data, action_id: `deep-${hops}`, delegation_id: name(hops - 1) } }
    const sent = await post(JSON.stringify([action, ...links.reverse()]), batch)
    expect(sent.status, sent.text).toBe(202)
    const found = await get(`/v1/actions/deep-${hops}?at_least=${encodeURIComponent(sent.body.position)}`)
    expect(found.status, found.text.slice(0, 500)).toBe(200)
    expect(found.body.chain.map((hop: any) => hop.delegation_id)).toEqual(Array.from({ length: 64 }, (_, i) => name(hops - 64 + i)))
    if (hops > 64) expect(found.body.legs.delegation.reason).toMatch(/64|deep/)
    else expect(found.body.legs.delegation.reason).toBeNull()
  })

  test('a batch is all or nothing: each bad event is named by its place, and nothing is received', async () => {
    const before = await received()
    const good = scenarios['refund']!.play({ seed, atMs: Date.UTC(2026, 10, 24, 9) }).events
    const bad = await post(JSON.stringify([good[0], { ...event, type: 'nonsense' }, good[1], { ...event, data: { ...event.data, agent: 3 } }]), batch)
    expectProblem(bad, 422, 'invalid')
    expect(bad.body.errors.map((error: any) => [error.index, error.path])).toEqual([[1, '/type'], [3, '/data/agent']])
    for (const [body, code, status] of [
      [`[${JSON.stringify(event)},`, 'unparsable', 400], [`[${JSON.stringify(event)}]x`, 'unparsable', 400], [`{"events":[]}`, 'unparsable', 400],
      [`[,]`, 'unparsable', 400], [`[${'{},'.repeat(10_000)}{}]`, 'request_too_large', 413],
    ] as const) expectProblem(await post(body, batch), status, code)
    const many = await post(`[${'{},'.repeat(4_999)}{}]`, batch)
    expectProblem(many, 422, 'invalid')
    expect(many.body.errors).toHaveLength(100)
    expect(many.body.errors_total).toBeGreaterThanOrEqual(5_000)
    expect(await received()).toBe(before)
  })

  test('binary mode: headers are named as the attributes that they are', async () => {
    const before = await received()
    const ce = { 'ce-specversion': '1.0', 'ce-id': 'b', 'ce-source': 'urn:x', 'ce-type': event.type, 'ce-time': event.time }
    const data = JSON.stringify(event.data)
    const cases: [headers: Record<string, string | string[]>, body: string, status: number, code: string, path: string][] = [
      [{ ...ce, 'ce-time': 'noon' }, data, 422, 'invalid', '/time'],
      [{ ...ce, 'ce-id': '' }, data, 422, 'invalid', '/id'],
      [{ ...ce, 'ce-id': '%00' }, data, 422, 'invalid', '/id'],
      [{ ...ce, 'ce-id': '%FF%FE' }, data, 422, 'invalid', '/id'],
      [{ ...ce, 'ce-type': 'onbehalf.nothing.v1' }, data, 422, 'unknown_type', '/type'],
      [{ ...ce, 'ce-tenantid': 'somebody-else' }, data, 403, 'tenant_mismatch', '/tenantid'],
      [{ ...ce, 'ce-data': '{}' }, data, 422, 'invalid', '/data'],
      [ce, '', 400, 'unparsable', '/data'],
      [ce, '[1]', 422, 'invalid', '/data'],
      [{ ...ce, 'ce-source': ['urn:x', 'urn:y'] }, data, 422, 'invalid', '/source'],
    ]
    for (const [headers, body, status, code, path] of cases) {
      const answer = await post(body, 'application/json', headers)
      expectProblem(answer, status, code)
      expect(answer.body.errors[0].path, JSON.stringify(headers)).toBe(path)
    }
    expect(await received()).toBe(before)
  })

  test('the envelope of HTTP: credential, media type, encoding, size, host, method, address', async () => {
    const url = `${instance.otlp_http_url}/v1/events`
    const body = JSON.stringify(event)
    for (const authorization of ['', 'Bearer', 'Bearer wrong', `Basic ${Buffer.from('a:b').toString('base64')}`, `Bearer ${instance.token}x`]) {
      const answer = await send(url, 'POST', { 'content-type': structured, ...(authorization && { authorization }) }, body)
      expectProblem(answer, 401, 'unauthenticated')
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
      expect(answer.text).not.toContain(instance.token)
    }
    expectProblem(await send(`${instance.api_url}/v1/actions`, 'GET', {}), 401, 'unauthenticated')
    for (const type of ['text/plain', 'application/x-protobuf', 'application/cloudevents+avro', 'application/x-www-form-urlencoded', 'nonsense', `${structured}; charset=utf-16`]) expectProblem(await post(body, type), 415, 'unsupported_media_type')
    expectProblem(await post(body, structured, { 'content-encoding': 'br' }), 415, 'unsupported_encoding')
    expectProblem(await post(body, structured, { 'content-encoding': 'gzip' }), 400, 'unparsable')
    expectProblem(await post(gzipSync(body).subarray(0, 40), structured, { 'content-encoding': 'gzip' }), 400, 'unparsable')
    expectProblem(await post('x'.repeat(17 << 20)), 413, 'request_too_large')
    for (const [encoding, packed] of [['gzip', gzipSync(Buffer.alloc(200 << 20, 32))], ['zstd', zstdCompressSync(Buffer.alloc(200 << 20, 32))]] as const) {
      expect(packed.length).toBeLessThan(1 << 20)
      expectProblem(await post(packed, structured, { 'content-encoding': encoding }), 413, 'request_too_large')
    }
    expectProblem(await post(body, structured, { host: 'evil.example' }), 403, 'host_not_allowed')
    expectProblem(await post(body, structured, { 'idempotency-key': 'x'.repeat(300) }), 400, 'idempotency_key_invalid')
    const wrongMethod = await send(url, 'PUT', { ...bearer(), 'content-type': structured }, body)
    expectProblem(wrongMethod, 405, 'method_not_allowed')
    expect(wrongMethod.headers['allow']).toBe('POST')
    expectProblem(await send(`${instance.otlp_http_url}/v1/event`, 'POST', { ...bearer(), 'content-type': structured }, body), 404, 'not_found')
    expectProblem(await post(body, structured, { 'x-long': 'x'.repeat(20_000) }), 431, 'header_fields_too_large')
  })

  test('what is no HTTP is answered as HTTP, or not at all', async () => {
    const port = Number(new URL(instance.otlp_http_url).port)
    for (const bytes of ['\0\0\0\0', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET\r\n\r\n', `POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']) {
      const answer = await raw(port, bytes)
      expectNoInsides(answer)
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d [\s\S]*application\/problem\+json/)
    }
  })

  test('questions that cannot be answered name the parameter', async () => {
    const cases: [path: string, status: number, code: string, named: string | null][] = [
      ['/v1/actions?limit=0', 400, 'invalid_request', '/limit'],
      ['/v1/actions?limit=1e9', 400, 'invalid_request', '/limit'],
      ['/v1/actions?limit=5&limit=6', 400, 'invalid_request', '/limit'],
      ['/v1/actions?cursor=AAAA', 400, 'invalid_request', '/cursor'],
      ['/v1/actions?lmit=5', 400, 'invalid_request', '/lmit'],
      ['/v1/actions?at_least=somewhere', 400, 'position_invalid', '/at_least'],
      ['/v1/actions?at_least=onbehalf.embedded/0@99999999999999999999', 400, 'position_invalid', '/at_least'],
      ['/v1/actions/x?as_of=yesterday', 400, 'invalid_request', '/as_of'],
      ['/v1/actions/%00', 400, 'invalid_request', '/id'],
      ['/v1/actions/%FF', 400, 'bad_request', null],
      ['/v1/actions/%E0%A4%A', 400, 'bad_request', null],
      ['/v1/actions/nobody', 404, 'not_found', null],
      ['/v1/actions/nobody/entries', 404, 'not_found', null],
      [`/v1/actions/${'x'.repeat(1_500)}`, 400, 'invalid_request', '/id'],
      ["/v1/actions/';drop%20table%20lineage.facts;--", 404, 'not_found', null],
      ['/v1/traces/xyz', 400, 'invalid_request', '/trace_id'],
      [`/v1/traces/${'0'.repeat(32)}`, 400, 'invalid_request', '/trace_id'],
      ['/v1/nothing', 404, 'not_found', null],
      ['/v1/../../etc/passwd', 404, 'not_found', null],
      ['/v1/quarantine?cursor=%00', 400, 'invalid_request', '/cursor'],
    ]
    for (const [path, status, code, named] of cases) {
      const answer = await get(path)
      expect([path, answer.status, answer.body?.code], answer.text.slice(0, 300)).toEqual([path, status, code])
      expectProblem(answer, status, code)
      if (named !== null) expect(answer.body.errors[0].path, path).toBe(named)
    }
    expectProblem(await get('/v1/actions', { accept: 'image/png' }), 406, 'not_acceptable')
  })

  test('200 hostile requests later it is alive, well and not larger than before', async () => {
    const random = createRandom(seed)
    const five = Buffer.alloc(5 << 20, 'x')
    const bomb = gzipSync(Buffer.alloc(100 << 20, 32))
    const hostile: (() => Promise<Answer>)[] = [
      () => post(five),
      () => post(Buffer.concat([Buffer.from('{"data":"'), five, Buffer.from('"}')])),
      () => post(Buffer.concat([Buffer.from('['), Buffer.from('{},'.repeat(9_000)), Buffer.from('{}]')]), batch),
      () => post('{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000)),
      () => post('['.repeat(1_000_000), batch),
      () => post(bomb, structured, { 'content-encoding': 'gzip' }),
      () => post(JSON.stringify({ ...event, data: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, random.int(9)])), type: random.word(9) })),
      () => post(random.hex(20_000), random.word(5)),
      () => get(`/v1/actions/${random.word(200)}`),
      () => get(`/v1/actions?cursor=${random.word(2_000)}`),
    ]
    const round = async (requests: number) => {
      for (let i = 0; i < requests; i += 4) {
        const answers = await Promise.all(Array.from({ length: 4 }, () => random.pick(hostile)()))
        for (const answer of answers) {
          expect(answer.status, `seed ${seed}: ${answer.text.slice(0, 300)}`).toBeGreaterThanOrEqual(400)
          expect(answer.status, `seed ${seed}: ${answer.text.slice(0, 300)}`).toBeLessThan(500)
          expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
          expectNoInsides(answer.text)
        }
      }
    }
    // The first ones bring in code and fill pools; what the next 200 add is what would go on for ever.
    await round(40)
    const before = residentMiB(running.pid)
    await round(200)
    const after = residentMiB(running.pid)
    expect(after - before, `from ${Math.round(before)} to ${Math.round(after)} MiB, seed ${seed}`).toBeLessThan(150)
    // Of which 128 MiB may be bodies in hand: one request of OpenTelemetry may have 64 MiB.
    expect(after, `seed ${seed}`).toBeLessThan(564)

    expect(running.ended).toBe(false)
    expect((await get('/readyz')).body).toMatchObject({ status: 'ok' })
    const good = await post(changed({ id: 'still-here' }, { action_id: 'still-here' }))
    expect(good.status, good.text).toBe(202)
    expect((await get(`/v1/actions/still-here?at_least=${encodeURIComponent(good.body.position)}`)).status).toBe(200)
    expect((await get('/v1/quarantine')).body.items).toEqual([])
    // Nobody but the sender was at fault.
    expect(running.log().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
    const { token } = JSON.parse(readFileSync(join(dir, 'data', 'instance.json'), 'utf8'))
    expect(running.err).not.toContain(token)
  }, 120_000)
})

/** `{"a":{"a":…}}`, so many of them. */
function nest(levels: number, name: string): object {
  let nested: object = { sub: 'x' }
  for (let level = 1; level < levels; level++) nested = { sub: 'x', [name]: nested }
  return nested
}

/** No stack trace, no path of ours, no module, no SQL. */
function expectNoInsides(text: string): void {
  expect(text).not.toMatch(/\bat \S+ \(|node_modules|node:internal|\.ts:\d+|file:\/\/|\bselect .* from \b|Error: /)
}

function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(Buffer.from(bytes, 'latin1')))
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.once('error', () => resolve(text))
    socket.once('close', () => resolve(text))
  })
}

function parsed(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
