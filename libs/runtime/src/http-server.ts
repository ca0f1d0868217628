import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { OnbehalfError } from './errors.ts'
import type { Authenticate, Identity, Role } from './identity.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { nearestName } from './nearest-name.ts'
import { problemMediaType, problemOf, type DocsBase, type Problem } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who it is from; set before the body is read, on every route that is not public. */
    identity: Identity
  }
  interface FastifyContextConfig {
    /** Reachable without a credential. */
    public?: boolean
    /** One of these is needed; admin always suffices. Left out: any credential. */
    roles?: readonly Role[]
  }
}

export interface HttpServerOptions {
  /** Which door it is, in logs and metrics: `gateway`, `api`, `admin`. */
  name: string
  logger: Logger
  /** Left out: every route is public (the admin door). */
  authenticate?: Authenticate
  metrics?: Metrics
  /** The address it will be bound to: on loopback, the Host header must name loopback. */
  host?: string
  /** Further names it may be addressed by. */
  allowedHosts?: readonly string[]
  /** Origins whose pages may read answers (CORS). Default: none. */
  allowedOrigins?: readonly string[]
  /** Largest body; default 1 MiB. */
  bodyBytesMax?: number
  /** Time for a whole request to arrive; default 120 s, 0: not limited here. */
  requestTimeoutMs?: number
  /** Where `/docs` is served, if not at this door. */
  docsBase?: DocsBase
  /** A better sentence for people who came to the wrong place, or null. */
  notFoundHint?: (method: string, path: string) => string | null
  /** How errors are written where a protocol has a form of its own for them; null: as problem+json. */
  writeProblem?: (problem: Problem, request: FastifyRequest) => WrittenProblem | null
  /** Told of every refusal, for metrics. */
  onRefused?: (code: string, request: FastifyRequest) => void
}

export interface WrittenProblem {
  contentType: string
  body: Buffer
}

export type HttpServer = FastifyInstance

/**
 * A Fastify server with the manners that all our doors share: problem+json for every error, a credential before the body
 * is read, security headers, no CORS unless named, a Host check on loopback, request ids, a drain that answers 503.
 * Routes declare `config: { public }` or `config: { roles }`.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { name, logger, metrics, docsBase = '', bodyBytesMax = 1_048_576, requestTimeoutMs = 120_000 } = options
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    // Answered by our own hook instead, as problem+json.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 2_048, ignoreTrailingSlash: true },
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, docsBase),
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply),
  }) as unknown as HttpServer

  const seconds = metrics?.histogram('http_request_seconds', 'Time from the request to the end of the answer.', ['door', 'method', 'route', 'status'])
  const paths = new Set<string>()
  let stopping = false

  function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { problem, headers, fault } = problemOf(error, { requestId: request.id, docsBase })
    if (fault !== null) logger.error({ err: fault.error, report_id: fault.reportId, request_id: request.id, method: request.method, url: request.url }, 'a fault of ours')
    else logger.debug({ code: problem.code, request_id: request.id, method: request.method, url: request.url }, problem.detail)
    options.onRefused?.(problem.code, request)
    if (reply.raw.headersSent) {
      // The answer has begun: all that is left is to end it visibly incomplete.
      reply.raw.destroy()
      return
    }
    const { contentType, body } = options.writeProblem?.(problem, request) ?? { contentType: problemMediaType, body: Buffer.from(JSON.stringify(problem)) }
    // Bytes, so that no route's response schema or serializer has a say in what an error looks like.
    void reply.code(problem.status).headers({ ...securityHeaders, ...headers, 'x-request-id': request.id }).type(contentType).send(body)
  }

  app.decorateRequest('identity', null as unknown as Identity)
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
  app.setNotFoundHandler((request) => {
    throw notFound(app, paths, request, options.notFoundHint)
  })
  app.addHook('onRoute', ({ url }) => {
    if (!url.includes('*')) paths.add(url)
  })
  app.addHook('preClose', async () => {
    stopping = true
  })

  app.addHook('onSend', async (_request, reply, payload) => {
    // Else a client that keeps its connection would hold up the end until the keep-alive time is over.
    if (stopping) reply.header('connection', 'close')
    return payload
  })

  const hosts = allowedHostsOf(options)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders).header('x-request-id', request.id)
    if (stopping) throw new OnbehalfError('stopping', 'The server is stopping and takes nothing new.', { retryAfterS: 5 })
    if (hosts !== null && !hosts.has(hostNameOf(request.headers.host))) {
      throw new OnbehalfError('host_not_allowed', 'The Host header does not name this server.')
    }
    allowOrigin(request, reply, options.allowedOrigins)
    if (request.is404) return
    const { public: isPublic, roles } = request.routeOptions.config
    if (options.authenticate === undefined || isPublic === true) return
    request.identity = await options.authenticate(request.headers)
    if (roles !== undefined) requireRole(request.identity, roles)
  })
  if (seconds !== undefined) {
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'none'
      seconds.observe({ door: name, method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
    })
  }
  return app
}

/** @throws OnbehalfError `forbidden` unless the identity has one of the roles; admin always suffices */
export function requireRole(identity: Identity, roles: readonly Role[]): void {
  if (identity.roles.includes('admin') || roles.some((role) => identity.roles.includes(role))) return
  throw new OnbehalfError('forbidden', `The credential has no role that allows this; needed: ${[...new Set([...roles, 'admin'])].join(' or ')}.`)
}

/** Loopback: what only programs of this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

const requestIdOf = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(given) ? given : randomUUID()

/**
 * A web page of another site can make its own name resolve to 127.0.0.1 and then speaks to us as its own origin; it
 * cannot change the Host header, which still names that site.
 */
function allowedHostsOf({ host, allowedHosts = [] }: HttpServerOptions): Set<string> | null {
  if (host === undefined || !isLoopback(host)) return null
  return new Set(['localhost', '127.0.0.1', '[::1]', host.toLowerCase(), ...allowedHosts.map((name) => name.toLowerCase())])
}

function hostNameOf(header: string | undefined): string {
  const match = /^(\[[0-9a-f:.]+\]|[^:]+)(?::\d+)?$/i.exec(header ?? '')
  return match?.[1]?.toLowerCase() ?? ''
}

function allowOrigin(request: FastifyRequest, reply: FastifyReply, origins: readonly string[] = []): void {
  const { origin } = request.headers
  if (origin === undefined || !origins.includes(origin)) return
  reply.header('access-control-allow-origin', origin).header('vary', 'origin')
}

const routableMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

function notFound(app: HttpServer, paths: Iterable<string>, request: FastifyRequest, hint: HttpServerOptions['notFoundHint']): OnbehalfError {
  const path = request.url.split('?', 1)[0]!
  const allow = routableMethods.filter((method) => app.findRoute({ method, url: path } as never) !== null)
  const advice = hint?.(request.method, path) ?? null
  if (allow.length > 0 && !allow.includes(request.method as never)) {
    return new OnbehalfError('method_not_allowed', `${request.method} is not allowed here.${advice === null ? '' : ` ${advice}`}`, { details: { allow } })
  }
  const told = advice ?? suggestion(paths, path)
  return new OnbehalfError('not_found', `There is nothing at ${shortened(path)}.${told === null ? '' : ` ${told}`}`)
}

function suggestion(paths: Iterable<string>, path: string): string | null {
  const near = nearestName(path.slice(0, 200), paths)
  return near === null ? null : `Did you mean ${near}?`
}

const shortened = (path: string): string => (path.length <= 200 ? path : `${path.slice(0, 199)}…`)

/** What Node's own parser refuses never reaches Fastify; it is answered on the socket. */
function answerClientError(error: Error & { code?: string }, socket: Socket, docsBase: DocsBase): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const { problem, headers } = problemOf(clientError(error), { docsBase })
  const body = JSON.stringify(problem)
  const lines = Object.entries({
    ...headers,
    'content-type': problemMediaType,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([header, value]) => `${header}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${problem.status} ${statusTexts[problem.status] ?? 'Bad Request'}\r\n${lines.join('')}\r\n${body}`)
}

const statusTexts: Record<number, string> = { 400: 'Bad Request', 408: 'Request Timeout', 413: 'Content Too Large', 431: 'Request Header Fields Too Large' }

function clientError({ code }: { code?: string }): OnbehalfError {
  if (code === 'HPE_HEADER_OVERFLOW') return new OnbehalfError('header_fields_too_large', 'The header fields have more than 16 KiB together.')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new OnbehalfError('request_timeout', 'The request did not arrive in time.')
  const otherProtocol = code === 'HPE_PAUSED_H2_UPGRADE' || code === 'HPE_PAUSED_H2' ? ' This looks like HTTP/2 (gRPC), which this door does not speak.' : ''
  return new OnbehalfError('bad_request', `What was sent is not HTTP/1.1.${otherProtocol}`)
}
