import { request as httpRequest } from 'node:http'
import { connect, constants } from 'node:http2'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Client, compressionAlgorithms, credentials, Metadata, status as rpc, type ServiceError } from '@grpc/grpc-js'
import { read } from '@onbehalf/events'
import { createLifecycle, createLogger, type Authenticate } from '@onbehalf/runtime'
import { sha256Hex } from '@onbehalf/store'
import type { createEmbeddedStream } from '@onbehalf/stream'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GatewayDeps } from './gateway.ts'
import { otlpGrpcDoor } from './otlp-grpc-door.ts'
import { createOtlpGrpc } from './otlp-grpc.ts'
import { jsonLogs, jsonSpans, protoLogs, protoSpans, readStatus } from './testing/otlp-requests.ts'
import { headerOf, RunningGateway, token } from './testing/running-gateway.ts'

let gateway: RunningGateway
beforeEach(async () => {
  gateway = await new RunningGateway().start()
})
afterEach(() => gateway.stop())

type Encoding = 'proto' | 'json'
const mediaTypes = { proto: 'application/x-protobuf', json: 'application/json' }
const twoSpans = [{ spanId: 'b7ad6b7169203331' }, { spanId: 'b7ad6b7169203332' }]
const badSpan = { spanId: '00' }

/** What a client sees, whichever way it came. */
interface Seen {
  ok: boolean
  code: number
  message: string
  /** Bytes of the answer. */
  answer: Buffer
  retry: string | null
}

async function overHttp(signal: string, body: string | Uint8Array, encoding: Encoding = 'proto', headers: Record<string, string> = {}): Promise<Seen & { status: number; headers: Headers }> {
  const response = await fetch(`${gateway.url}/v1/${signal}`, {
    method: 'POST', body: body as NonNullable<RequestInit['body']>, headers: { authorization: `Bearer ${token}`, 'content-type': mediaTypes[encoding], ...headers },
  })
  const answer = Buffer.from(await response.arrayBuffer())
  expect(response.headers.get('content-type')?.split(';')[0]).toBe(mediaTypes[encoding])
  const seen = { status: response.status, headers: response.headers, answer, retry: response.headers.get('retry-after') }
  if (response.status === 200) return { ...seen, ok: true, code: 0, message: '' }
  const { code, message } = encoding === 'proto' ? readStatus(answer) : JSON.parse(answer.toString()) as { code: number; message: string }
  return { ...seen, ok: false, code, message }
}

const services: Record<string, string> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService', logs: 'opentelemetry.proto.collector.logs.v1.LogsService', metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
}

function overGrpc(signal: string, body: Uint8Array, { headers = {}, gzip = false }: { headers?: Record<string, string>; gzip?: boolean } = {}): Promise<Seen> {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries({ authorization: `Bearer ${token}`, ...headers })) metadata.set(name, value)
  const client = new Client(gateway.grpcAddress, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1, ...(gzip && { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip }),
  })
  return new Promise((resolve) => {
    client.makeUnaryRequest(`/${services[signal] ?? signal}/Export`, (bytes: Buffer) => bytes, (bytes: Buffer) => bytes, Buffer.from(body), metadata, (error: ServiceError | null, answer?: Buffer) => {
      client.close()
      const details = error?.metadata.get('grpc-status-details-bin')[0]
      const retry = details instanceof Buffer && details.includes('google.rpc.RetryInfo') ? 'RetryInfo' : null
      resolve({ ok: error === null, code: error?.code ?? 0, message: error?.details ?? '', answer: answer ?? Buffer.alloc(0), retry })
    })
  })
}

const kinds = () => gateway.journal.map((record) => headerOf(record, 'onbehalf-kind'))
const context = { tenant: 'default', producer: 'default', sha256: sha256Hex }

describe('a request is cut into one entry per record', () => {
  test.each<[string, Encoding, string, string | Buffer]>([
    ['traces', 'proto', 'otlp-span-proto', protoSpans(twoSpans)],
    ['traces', 'json', 'otlp-span-json', jsonSpans(twoSpans)],
    ['logs', 'proto', 'otlp-log-proto', protoLogs(['a', 'b'])],
    ['logs', 'json', 'otlp-log-json', jsonLogs(['a', 'b'])],
  ])('%s as %s over HTTP', async (signal, encoding, kind, body) => {
    const seen = await overHttp(signal, body, encoding)
    expect(seen.status).toBe(200)
    expect(seen.answer.toString()).toBe(encoding === 'proto' ? '' : '{}')
    expect(kinds()).toEqual([kind, kind])
    const [first, second] = gateway.journal
    expect(read(kind as 'otlp-span-proto', first!.value!, context).ok).toBe(true)
    expect(first!.value).not.toEqual(second!.value)
    expect(headerOf(first!, 'onbehalf-tenant')).toBe('default')
    expect(headerOf(first!, 'onbehalf-producer')).toBe('default')
    // One trace is in one log.
    expect(first!.key).toEqual(second!.key)
  })

  test.each([false, true])('over gRPC, packed: %s', async (gzip) => {
    const seen = await overGrpc('traces', protoSpans(twoSpans), { gzip })
    expect(seen).toMatchObject({ ok: true, answer: Buffer.alloc(0) })
    expect(await overGrpc('logs', protoLogs(['a']), { gzip })).toMatchObject({ ok: true })
    expect(kinds()).toEqual(['otlp-span-proto', 'otlp-span-proto', 'otlp-log-proto'])
    expect(read('otlp-span-proto', gateway.journal[0]!.value!, context).ok).toBe(true)
  })

  test.each([['gzip', gzipSync], ['zstd', zstdCompressSync]] as const)('packed with %s', async (encoding, pack) => {
    expect((await overHttp('traces', pack(protoSpans(twoSpans)), 'proto', { 'content-encoding': encoding })).status).toBe(200)
    expect(gateway.journal).toHaveLength(2)
  })

  test('chunked, in pieces that end anywhere', async () => {
    const body = protoSpans(twoSpans)
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(`${gateway.url}/v1/traces`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': mediaTypes.proto } }, ({ statusCode }) => resolve(statusCode))
      sent.on('error', reject)
      for (const byte of body) sent.write(Buffer.of(byte))
      sent.end()
    })
    expect(status).toBe(200)
    expect(gateway.journal).toHaveLength(2)
  })

  test('an empty request is a success, and metrics are accepted and not kept', async () => {
    for (const signal of ['traces', 'logs', 'metrics']) {
      expect((await overHttp(signal, '', 'proto')).status).toBe(200)
      expect((await overHttp(signal, '{}', 'json')).status).toBe(200)
      expect((await overGrpc(signal, Buffer.alloc(0))).ok).toBe(true)
    }
    expect((await overHttp('metrics', '{"resourceMetrics":[{}]}', 'json')).answer.toString()).toBe('{}')
    expect(gateway.journal).toEqual([])
    expect(gateway.log.filter((line) => line.includes('metrics are accepted and not kept'))).toHaveLength(1)
  })

  test('a request with more than one step is durable as a whole', async () => {
    const spans = Array.from({ length: 12_000 }, (_, i) => ({ spanId: (i + 1).toString(16).padStart(16, '0') }))
    expect((await overHttp('traces', protoSpans(spans))).status).toBe(200)
    expect(gateway.journal).toHaveLength(12_000)
  })
})

describe('some records can never be taken', () => {
  const mixed = [twoSpans[0]!, badSpan, twoSpans[1]!, { traceId: '' }]

  test('the others are, and the answer says how many are not, and why', async () => {
    const json = JSON.parse((await overHttp('traces', jsonSpans(mixed), 'json')).answer.toString())
    expect(json).toEqual({ partialSuccess: { rejectedSpans: '2', errorMessage: expect.stringMatching(/^2 rejected: span 1: .*; span 3: /) } })
    const proto = await overHttp('traces', protoSpans(mixed))
    // ExportTraceServiceResponse { partial_success = 1 { rejected_spans = 1, error_message = 2 } }
    expect([proto.answer[0], proto.answer.indexOf(Buffer.of(0x08, 0x02, 0x12))]).toEqual([0x0a, expect.toBeOneOf([2, 3])])
    expect((await overGrpc('traces', protoSpans(mixed))).answer).toEqual(proto.answer)
    expect(gateway.journal).toHaveLength(6)
    expect(await gateway.metrics.render()).toMatch(/onbehalf_gateway_records_rejected_total\{tenant="default",producer="default",code="invalid"\} 6/)
  })

  test('a record that is too large is one of them', async () => {
    await restart({ limits: { record_bytes_max: 500 } })
    const seen = await overHttp('traces', jsonSpans([twoSpans[0]!, { attributes: { a: 'x'.repeat(500) } }]), 'json')
    expect(JSON.parse(seen.answer.toString()).partialSuccess).toMatchObject({ rejectedSpans: '1', errorMessage: expect.stringContaining('it may have 500') })
    expect(gateway.journal).toHaveLength(1)
  })

  test('where none can, the request is refused', async () => {
    const seen = await overHttp('traces', protoSpans([badSpan, badSpan]))
    expect(seen).toMatchObject({ status: 400, code: rpc.INVALID_ARGUMENT, message: expect.stringContaining('2 rejected: span 0') })
    expect(await overGrpc('traces', protoSpans([badSpan, badSpan]))).toMatchObject({ code: rpc.INVALID_ARGUMENT, message: seen.message })
  })

  test('sources are no matter of OpenTelemetry, which has none', async () => {
    await restart({ registrations: { maySpeakFor: () => false } })
    expect(await overHttp('traces', protoSpans(twoSpans))).toMatchObject({ status: 200 })
  })
})

describe('refusals are a google.rpc.Status in the encoding of the request', () => {
  test.each<[string, Encoding, string | Buffer, Record<string, string>, number, number]>([
    ['no credential', 'proto', '', { authorization: '' }, 401, rpc.UNAUTHENTICATED],
    ['no credential', 'json', '', { authorization: '' }, 401, rpc.UNAUTHENTICATED],
    ['another tenant', 'proto', '', { 'onbehalf-tenant': 'other' }, 403, rpc.PERMISSION_DENIED],
    ['another producer', 'json', '{}', { 'onbehalf-producer': 'other' }, 403, rpc.PERMISSION_DENIED],
    ['no protobuf', 'proto', Buffer.of(0xff, 0xff, 0xff), {}, 400, rpc.INVALID_ARGUMENT],
    ['no JSON', 'json', '{"resourceSpans":', {}, 400, rpc.INVALID_ARGUMENT],
    ['log records', 'proto', protoLogs(['a']), {}, 400, rpc.INVALID_ARGUMENT],
    ['log records', 'json', jsonLogs(['a']), {}, 400, rpc.INVALID_ARGUMENT],
    ['unknown packing', 'proto', '', { 'content-encoding': 'br' }, 415, rpc.INVALID_ARGUMENT],
    ['not packed as it says', 'json', '{}', { 'content-encoding': 'gzip' }, 400, rpc.INVALID_ARGUMENT],
  ])('%s as %s', async (_, encoding, body, headers, status, code) => {
    const seen = await overHttp('traces', body, encoding, headers)
    expect(seen).toMatchObject({ status, code, message: expect.stringMatching(/^.{10,}\.$/) })
    expect(seen.retry).toBeNull()
    expect(gateway.journal).toEqual([])
  })

  test('a media type that is neither, and a wrong method, are told in JSON', async () => {
    const response = await fetch(`${gateway.url}/v1/traces`, { method: 'POST', body: 'x', headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' } })
    expect([response.status, response.headers.get('accept-post'), await response.json()]).toEqual([415, 'application/x-protobuf, application/json', { code: 3, message: expect.stringContaining('application/x-protobuf') }])
    const got = await fetch(`${gateway.url}/v1/logs`)
    expect([got.status, got.headers.get('allow'), await got.json()]).toEqual([405, 'POST', { code: 12, message: expect.stringContaining('POST') }])
  })

  test('a body that does not fit, plain, packed, and as a bomb, over both', async () => {
    await restart({ limits: { records_request_bytes_max: 100_000 } })
    const large = protoSpans([{ attributes: { a: 'x'.repeat(100_000) } }])
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    expect(bomb.length).toBeLessThan(100_000)
    for (const [body, headers] of [[large, {}], [gzipSync(large), { 'content-encoding': 'gzip' }], [bomb, { 'content-encoding': 'gzip' }]] as const) {
      expect(await overHttp('traces', body, 'proto', headers)).toMatchObject({ status: 413, code: rpc.RESOURCE_EXHAUSTED, retry: null })
    }
    expect(await overGrpc('traces', large)).toMatchObject({ code: rpc.RESOURCE_EXHAUSTED })
    expect(await overGrpc('traces', large, { gzip: true })).toMatchObject({ code: rpc.RESOURCE_EXHAUSTED })
    expect(await overGrpc('traces', Buffer.alloc(50_000_000), { gzip: true })).toMatchObject({ code: rpc.RESOURCE_EXHAUSTED })
  })

  test('too many records', async () => {
    await restart({ limits: { otlp_records_max: 1 } })
    const seen = await overHttp('traces', protoSpans(twoSpans))
    expect(seen).toMatchObject({ status: 413, code: rpc.RESOURCE_EXHAUSTED, message: expect.stringContaining('A request may have 1 records') })
    expect(await overGrpc('traces', protoSpans(twoSpans))).toMatchObject({ code: rpc.RESOURCE_EXHAUSTED, message: seen.message })
  })

  test('over gRPC: no credential, another tenant or producer, not the role, an unknown service', async () => {
    expect(await overGrpc('traces', Buffer.alloc(0), { headers: { authorization: '' } })).toMatchObject({ code: rpc.UNAUTHENTICATED, retry: null })
    expect(await overGrpc('traces', Buffer.alloc(0), { headers: { authorization: 'Bearer wrong' } })).toMatchObject({ code: rpc.UNAUTHENTICATED })
    expect(await overGrpc('traces', Buffer.alloc(0), { headers: { 'onbehalf-tenant': 'other' } })).toMatchObject({ code: rpc.PERMISSION_DENIED })
    expect(await overGrpc('traces', Buffer.alloc(0), { headers: { 'onbehalf-producer': 'other' } })).toMatchObject({ code: rpc.PERMISSION_DENIED })
    expect(await overGrpc('x.Unknown', Buffer.alloc(0))).toMatchObject({ code: rpc.UNIMPLEMENTED })
    const responder: Authenticate = () => ({ tenant: 'default', producer: 'r', roles: ['responder'], credential: 'k', instance: false })
    await restart({ authenticate: responder })
    expect(await overGrpc('traces', Buffer.alloc(0))).toMatchObject({ code: rpc.PERMISSION_DENIED, message: expect.stringContaining('producer') })
    expect(await gateway.metrics.render()).toContain('onbehalf_gateway_refused_total{tenant="",producer="",code="forbidden"} 1')
  })
})

describe('when the stream does not take it', () => {
  test('503 with Retry-After, and UNAVAILABLE with RetryInfo', async () => {
    await restart({}, { produceTimeoutMs: 100 })
    gateway.held = []
    expect(await overHttp('traces', protoSpans(twoSpans))).toMatchObject({ status: 503, code: rpc.UNAVAILABLE, retry: '2' })
    expect(await overHttp('logs', jsonLogs(['a']), 'json')).toMatchObject({ status: 503, code: rpc.UNAVAILABLE })
    expect(await overGrpc('traces', protoSpans(twoSpans))).toMatchObject({ code: rpc.UNAVAILABLE, retry: 'RetryInfo' })
    gateway.held.forEach((batch) => batch.committed())
  })

  test('nothing is acknowledged before it is durable', async () => {
    gateway.held = []
    let answered = 0
    const answers = [overHttp('traces', protoSpans(twoSpans)), overGrpc('traces', protoSpans(twoSpans))].map((answer) => answer.finally(() => answered++))
    while (gateway.held.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(answered).toBe(0)
    gateway.held.forEach((batch) => batch.committed())
    expect((await Promise.all(answers)).map(({ ok }) => ok)).toEqual([true, true])
  })

  test('a fault of ours is 503 too: the client keeps what it holds', async () => {
    await restart({ read: () => { throw new TypeError('inside') } })
    const seen = await overHttp('traces', protoSpans(twoSpans))
    expect(seen).toMatchObject({ status: 503, code: rpc.UNAVAILABLE, retry: '5' })
    expect(seen.message).not.toContain('inside')
    expect(await overGrpc('traces', protoSpans(twoSpans))).toMatchObject({ code: rpc.UNAVAILABLE, retry: 'RetryInfo' })
  })

  test('what is in hand is bounded, for both doors together, and given back', async () => {
    const body = protoSpans([{ attributes: { a: 'x'.repeat(50_000) } }])
    await restart({ limits: { in_flight_bytes_max: 60_000 } })
    gateway.held = []
    const first = overHttp('traces', body)
    while (gateway.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await overHttp('traces', body)).toMatchObject({ status: 429, code: rpc.UNAVAILABLE, retry: '1' })
    expect(await overGrpc('traces', body)).toMatchObject({ code: rpc.UNAVAILABLE, retry: 'RetryInfo' })
    gateway.held[0]!.committed()
    gateway.held = null
    expect((await first).ok).toBe(true)
    expect((await overHttp('traces', body)).ok).toBe(true)
    expect(await gateway.metrics.render()).toContain('onbehalf_gateway_in_flight_bytes 0')
  })
})

describe('the gRPC door', () => {
  const silent = createLogger({ name: 'test', level: 'silent' })
  const grpcOf = (accept: Parameters<typeof createOtlpGrpc>[0]['accept']) => createOtlpGrpc({
    accept, authenticate: () => ({ tenant: 'default', producer: 'default', roles: ['producer'], credential: 'k', instance: false }), requestBytesMax: 1_000, requestMsMax: 10_000,
    inFlight: { bytes: 0, open: () => ({ grow: () => undefined, release: () => undefined, close: () => undefined }) } as never, logger: silent, onRefused: () => undefined,
    rates: { check: () => undefined, charge: () => undefined, fields: () => null } as never,
  })

  test('a busy default port is replaced, one that was asked for is an error that names the variable', async () => {
    const busy = Number(gateway.grpcAddress.split(':')[1])
    const doors: unknown[] = []
    const open = async (asked: boolean) => {
      const grpc = grpcOf(async () => null)
      const door = otlpGrpcDoor({ grpc, host: '127.0.0.1', port: { port: busy, asked, variable: 'ONBEHALF_OTLP_GRPC_PORT' }, logger: silent, opened: (each) => doors.push(each) })
      try {
        await door.start?.()
      } finally {
        await door.stop?.()
      }
    }
    await open(false)
    expect(doors).toEqual([expect.objectContaining({ host: '127.0.0.1', replaced: busy })])
    await expect(open(true)).rejects.toMatchObject({ code: 'port_busy', message: expect.stringContaining(`ONBEHALF_OTLP_GRPC_PORT=${busy}`) })
  })

  /** A call whose headers come and whose message does not. */
  const emptyCall = () => {
    const session = connect(`http://${gateway.grpcAddress}`)
    const stream = session.request({
      ':method': 'POST', ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'content-type': 'application/grpc', te: 'trailers', authorization: `Bearer ${token}`,
    })
    const status = new Promise<number>((resolve) => {
      for (const event of ['response', 'trailers'] as const) stream.on(event, (headers: Record<string, unknown>) => headers['grpc-status'] !== undefined && resolve(Number(headers['grpc-status'])))
    })
    stream.on('error', () => undefined).resume()
    return { stream, status, end: () => session.destroy() }
  }

  test('calls whose message does not come are ended, and hold nothing any more', async () => {
    await restart({ limits: { request_ms_max: 200 } })
    const calls = Array.from({ length: 40 }, emptyCall)
    const ended = await Promise.all(calls.map(({ status }) => status))
    expect(ended.filter((code) => code === rpc.OK)).toEqual([])
    expect(await gateway.metrics.render()).toContain('onbehalf_gateway_in_flight_bytes 0')
    expect(await overGrpc('traces', protoSpans(twoSpans))).toMatchObject({ ok: true })
    for (const call of calls) call.end()
  })

  test('a call that is given up while its credential is looked up leaves nothing held', async () => {
    const looked = Promise.withResolvers<void>()
    let asked = 0
    await restart({ authenticate: async () => {
      asked++
      await looked.promise
      return { tenant: 'default', producer: 'default', roles: ['producer'], credential: 'k', instance: false }
    } })
    const calls = Array.from({ length: 10 }, emptyCall)
    await expect.poll(() => asked).toBe(10)
    for (const { stream } of calls) stream.close(constants.NGHTTP2_CANCEL)
    await new Promise((resolve) => setTimeout(resolve, 100))
    looked.resolve()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await gateway.metrics.render()).toContain('onbehalf_gateway_in_flight_bytes 0')
    for (const call of calls) call.end()
  })

  test('stopping, it answers what is in hand and refuses what is new, in a bounded time', async () => {
    const inHand = Promise.withResolvers<null>()
    const called = Promise.withResolvers<void>()
    const grpc = grpcOf(() => {
      called.resolve()
      return inHand.promise
    })
    const lifecycle = createLifecycle({ logger: silent })
    lifecycle.add(otlpGrpcDoor({ grpc, host: '127.0.0.1', port: { port: 0, asked: true, variable: 'X' }, logger: silent, opened: ({ port }) => (gateway.grpcAddress = `127.0.0.1:${port}`) }))
    await lifecycle.start()
    const first = overGrpc('traces', Buffer.alloc(0))
    await called.promise
    grpc.quiesce()
    expect(await overGrpc('traces', Buffer.alloc(0))).toMatchObject({ code: rpc.UNAVAILABLE, retry: 'RetryInfo', message: expect.stringContaining('stopping') })
    const stopped = lifecycle.stop()
    inHand.resolve(null)
    expect((await first).ok).toBe(true)
    expect(await stopped).toEqual([])
  })
})

describe('whatever is sent', () => {
  test('HTTP and gRPC agree on what is refused, and nothing is 500', { timeout: 60_000 }, async () => {
    const whole = protoSpans(twoSpans)
    const cut = fc.integer({ min: 0, max: whole.length }).map((length) => whole.subarray(0, length))
    const flipped = fc.tuple(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 0, max: 255 })).map(([at, byte]) => Buffer.from(whole).fill(byte, at, at + 1))
    const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array))
    await fc.assert(fc.asyncProperty(fc.oneof(cut, flipped, bytes), fc.constantFrom('traces', 'logs'), async (body, signal) => {
      const http = await overHttp(signal, body)
      const grpc = await overGrpc(signal, body)
      expect(http.status).toBeOneOf([200, 400])
      expect([grpc.code, grpc.message]).toEqual([http.code, http.message])
      expect(grpc.answer).toEqual(http.ok ? http.answer : Buffer.alloc(0))
    }), { numRuns: 200 })
  })

  test('JSON: what is taken is what read takes', { timeout: 60_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.oneof(fc.json(), fc.json().map((text) => `{"resourceSpans":[{"scopeSpans":[{"spans":[${text}]}]}]}`)), async (body) => {
      gateway.journal.length = 0
      const { status } = await overHttp('traces', body, 'json')
      expect(status).toBeOneOf([200, 400])
      for (const record of gateway.journal) expect(read('otlp-span-json', record.value!, context).ok).toBe(true)
    }), { numRuns: 200 })
  })
})

async function restart(deps: Partial<GatewayDeps>, streamConfig: Parameters<typeof createEmbeddedStream>[0] = {}) {
  await gateway.stop()
  gateway = await new RunningGateway().start(deps, streamConfig)
}
