import { connect } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { OnbehalfError } from './errors.ts'
import { addHealthRoutes, createHealth } from './health.ts'
import { createHttpServer, isLoopback, type HttpServer, type HttpServerOptions } from './http-server.ts'
import { createBootstrapAuthenticate } from './identity.ts'
import { createLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { listenHttp } from './ports.ts'

const token = 'a-token-for-tests-only'
const authorization = `Bearer ${token}`
const open: HttpServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()))
})

async function serve(options: Partial<HttpServerOptions> = {}, routes?: (app: HttpServer) => void) {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', level: 'debug', format: 'json', destination: { write: (line: string) => void lines.push(line) } })
  const app = createHttpServer({ name: 'test', logger, host: '127.0.0.1', authenticate: createBootstrapAuthenticate(token), ...options })
  app.get('/v1/me', async (request) => request.identity)
  app.post('/v1/things', { schema: { body: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } } }, async () => ({}))
  app.get('/v1/things/:id', async () => ({}))
  app.get('/admin', { config: { roles: ['auditor'] } }, async () => ({}))
  app.get('/boom', async () => { throw new TypeError('secret inside') })
  app.get('/coded', async () => { throw new OnbehalfError('conflict', 'It is taken.', { details: { candidates: ['a'], status: 999 } }) })
  app.get('/foreign', async () => { throw Object.assign(new Error('connect 10.0.0.7 refused'), { code: 'stream_unavailable' }) })
  routes?.(app)
  open.push(app)
  const { url, port } = await listenHttp(app, { port: 0, asked: false, variable: 'X' }, '127.0.0.1')
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, { ...init, headers: { authorization, ...(init.headers as object) } })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text), text }
  }
  return { app, url, port, ask, lines }
}

/** Bytes as they are, for what fetch would never send. */
async function raw(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
  socket.end(bytes)
  await once(socket, 'close')
  return answer
}

describe('errors are problem documents', () => {
  test.for<[string, RequestInit, number, string]>([
    ['/nowhere', {}, 404, 'not_found'],
    ['/v1/me', { method: 'DELETE' }, 405, 'method_not_allowed'],
    ['/v1/things', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 400, 'unparsable'],
    ['/v1/things', { method: 'POST', body: '', headers: { 'content-type': 'application/json' } }, 400, 'unparsable'],
    ['/v1/things', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }, 400, 'invalid_request'],
    ['/v1/things', { method: 'POST', body: '<a/>', headers: { 'content-type': 'application/xml' } }, 415, 'unsupported_media_type'],
    ['/v1/things', { method: 'POST', body: JSON.stringify({ name: 'x'.repeat(3_000) }), headers: { 'content-type': 'application/json' } }, 413, 'request_too_large'],
    ['/v1/things/%zz', {}, 400, 'bad_request'],
    [`/v1/things/${'x'.repeat(3_000)}`, {}, 400, 'bad_request'],
    ['/coded', {}, 409, 'conflict'],
    ['/foreign', {}, 503, 'stream_unavailable'],
    ['/boom', {}, 500, 'internal'],
  ])('case %#', async ([path, init, status, code]) => {
    const { ask } = await serve({ bodyBytesMax: 2_048 })
    const answer = await ask(path, init)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ status, code, docs: `/docs/errors#${code}`, type: `/docs/errors#${code}`, title: expect.any(String), detail: expect.any(String), next: expect.any(String), request_id: answer.headers.get('x-request-id') })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('a fault of ours shows a report id and nothing else; the log has the rest under it', async () => {
    const { ask, lines } = await serve()
    const { text, body } = await ask('/boom')
    expect(text).not.toMatch(/secret inside|TypeError|\.ts/)
    const line = lines.map((entry) => JSON.parse(entry)).find((entry) => entry.report_id === body.report_id)
    expect(line).toMatchObject({ level: 'error', err: { message: 'secret inside' } })
  })

  test('a library\'s message stays inside, a detail cannot replace a standard member', async () => {
    const { ask } = await serve()
    expect((await ask('/foreign')).text).not.toContain('10.0.0.7')
    expect((await ask('/foreign')).headers.get('retry-after')).toBe('1')
    expect((await ask('/coded')).body).toMatchObject({ status: 409, candidates: ['a'] })
  })

  test('405 lists what is allowed, 404 suggests what was meant', async () => {
    const { ask } = await serve({ notFoundHint: (_method, path) => (path === '/wrong' ? 'Try the other door.' : null) })
    expect((await ask('/v1/things', { method: 'PUT' })).headers.get('allow')).toBe('POST')
    expect((await ask('/v1/thing')).body.detail).toContain('Did you mean /v1/things?')
    expect((await ask('/wrong')).body.detail).toContain('Try the other door.')
  })

  test('what is not HTTP is answered too', async () => {
    const { port } = await serve()
    for (const bytes of ['rubbish\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`]) {
      const answer = await raw(port, bytes)
      expect(answer).toMatch(/^HTTP\/1\.1 4(00|31) /)
      expect(answer).toContain('"code":')
    }
  })

  test('the documentation link names the door that serves it', async () => {
    const { ask } = await serve({ docsBase: () => 'http://127.0.0.1:4700' })
    expect((await ask('/nowhere')).body.docs).toBe('http://127.0.0.1:4700/docs/errors#not_found')
  })
})

describe('credentials', () => {
  test.each([
    [undefined, 'Bearer realm="onbehalf"'],
    ['Bearer wrong-token', 'Bearer realm="onbehalf", error="invalid_token"'],
    ['Basic YTpi', 'Bearer realm="onbehalf", error="invalid_token"'],
  ])('%s -> 401 with a challenge', async (given, challenge) => {
    const { url } = await serve()
    const response = await fetch(`${url}/v1/me`, given === undefined ? {} : { headers: { authorization: given } })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(challenge)
    expect(await response.json()).toMatchObject({ code: 'unauthenticated' })
  })

  test('the bootstrap token is admin of the whole instance', async () => {
    const { ask } = await serve()
    expect((await ask('/v1/me')).body).toEqual({ tenant: 'default', producer: 'default', roles: ['admin'], credential: 'bootstrap', instance: true })
    expect((await ask('/admin')).status).toBe(200)
  })

  test.each([
    ['onbehalf-producer', 'pdp-eu', 403, 'producer_unknown'],
    ['onbehalf-tenant', 'other', 403, 'tenant_unknown'],
    ['onbehalf-producer', 'no spaces', 400, 'bad_request'],
    ['onbehalf-producer', 'default', 200, undefined],
  ])('%s: %s -> %i', async (name, value, status, code) => {
    const { ask } = await serve()
    const answer = await ask('/v1/me', { headers: { [name]: value } })
    expect(answer.status).toBe(status)
    expect(answer.body.code).toBe(code)
  })

  test('an admin speaks as a registered producer of a known tenant', async () => {
    const registrations = { hasTenant: (t: string) => t === 't2', hasProducer: (t: string, p: string) => t === 't2' && p === 'pdp' }
    const { ask } = await serve({ authenticate: createBootstrapAuthenticate(token, registrations) })
    const answer = await ask('/v1/me', { headers: { 'onbehalf-tenant': 't2', 'onbehalf-producer': 'pdp' } })
    expect(answer.body).toMatchObject({ tenant: 't2', producer: 'pdp' })
  })

  test('a role that does not suffice is 403 and names those that do', async () => {
    const { ask } = await serve({ authenticate: () => ({ tenant: 'default', producer: 'p', roles: ['producer'], credential: 'k', instance: false }) })
    const answer = await ask('/admin')
    expect(answer.status).toBe(403)
    expect(answer.body.detail).toContain('auditor or admin')
  })

  test('no token is ever logged', async () => {
    const { ask, lines } = await serve()
    await ask('/boom')
    await ask('/v1/me')
    expect(lines.join('')).not.toContain(token)
  })
})

describe('who may reach it', () => {
  test('on loopback a foreign Host header is refused', async () => {
    const { port } = await serve()
    expect(await raw(port, 'GET /v1/me HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n')).toContain('host_not_allowed')
    expect(await raw(port, `GET /v1/me HTTP/1.1\r\nhost: localhost:${port}\r\nconnection: close\r\n\r\n`)).toContain('unauthenticated')
    expect(await raw(port, `GET /v1/me HTTP/1.1\r\nhost: [::1]:${port}\r\nconnection: close\r\n\r\n`)).toContain('unauthenticated')
  })

  test('beyond loopback any Host is right', async () => {
    const { port } = await serve({ host: '0.0.0.0' })
    expect(await raw(port, 'GET /v1/me HTTP/1.1\r\nhost: onbehalf.example\r\nconnection: close\r\n\r\n')).toContain('unauthenticated')
    expect(isLoopback('0.0.0.0')).toBe(false)
    expect(isLoopback('127.3.2.1')).toBe(true)
  })

  test('pages of other origins read nothing unless named', async () => {
    const { ask } = await serve({ allowedOrigins: ['https://ops.example'] })
    expect((await ask('/v1/me', { headers: { origin: 'https://evil.example' } })).headers.get('access-control-allow-origin')).toBeNull()
    expect((await ask('/v1/me', { headers: { origin: 'https://ops.example' } })).headers.get('access-control-allow-origin')).toBe('https://ops.example')
  })
})

describe('operating it', () => {
  test('health and metrics need no credential', async () => {
    const metrics = createMetrics({ processMetrics: true })
    const health = createHealth({ checkTimeoutMs: 50 })
    const { url } = await serve({ metrics }, (app) => addHealthRoutes(app, { health, metrics }))
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    health.check('database', () => new Promise(() => {}))
    const response = await fetch(`${url}/readyz`)
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'not ready', checks: { database: { ok: false, reason: 'gave no answer in 50 ms' } } })
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toContain('onbehalf_http_request_seconds_count{door="test",method="GET",route="/livez",status="200"} 1')
    expect(text).toContain('onbehalf_process_cpu_seconds_total')
  })

  test('closing lets the request in hand end and answers 503 to a new one on an open connection', async () => {
    const gate = Promise.withResolvers<void>()
    const { app, url, ask } = await serve({}, (server) => server.get('/slow', async () => (await gate.promise, { done: true })))
    const slow = ask('/slow')
    while (app.server.listening && (await connections(app)) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 30))
    const closed = app.close()
    await new Promise((resolve) => setTimeout(resolve, 20))
    gate.resolve()
    const answer = await slow
    expect(answer.body).toEqual({ done: true })
    expect(answer.headers.get('connection')).toBe('close')
    const at = Date.now()
    await closed
    expect(Date.now() - at).toBeLessThan(2_000)
    await expect(fetch(url)).rejects.toThrow()
  })
})

const connections = (app: HttpServer) => new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)))
