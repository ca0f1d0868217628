import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ReadContext, Reading, Statement } from '@onbehalf/events'
import {
  createHttpServer, OnbehalfError, withSpan,
  type Authenticate, type DocsBase, type HttpServer, type Identity, type Logger, type Metrics,
} from '@onbehalf/runtime'
import { RecordTooLarge, StreamUnavailable, type OutgoingRecord, type Produced, type StreamProducer } from '@onbehalf/stream'
import type { FastifyRequest } from 'fastify'
import { InFlight, readBody, type Lease } from './body.ts'
import { contentMode, type ContentMode } from './content-mode.ts'
import { entriesOf, type Entry } from './entries.ts'
import { bodyHint, gatewayHint } from './hints.ts'
import { createIdempotencyCache, idempotencyKey } from './idempotency.ts'
import { defaultLimits, type GatewayLimits } from './limits.ts'
import { partitionKey } from './partition-key.ts'
import { formatPosition } from './position.ts'
import { refusalOf, type Refused } from './refusal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** How the request carries its events; set before the body is read. */
    contentMode: ContentMode
    lease: Lease | null
  }
}

export interface GatewayDeps {
  producer: Pick<StreamProducer, 'produce'>
  authenticate: Authenticate
  /** Left out: every producer may speak for every source. */
  registrations?: SourceRegistrations
  /** The one door of libs/events: what it rejects here would be in quarantine had it come over Kafka. */
  read: (kind: Entry['kind'], content: Uint8Array, context: ReadContext) => Reading
  logger: Logger
  metrics: Metrics
  limits?: Partial<GatewayLimits>
  /** The address it will be bound to, see `createHttpServer`. */
  host?: string
  docsBase?: DocsBase
}

/** Which CloudEvents sources a producer is registered for. */
export interface SourceRegistrations {
  maySpeakFor(tenant: string, producer: string, source: string): boolean
}

/** The 202 answer of `POST /v1/events`. */
export interface Accepted {
  accepted: number
  /** `<topic>/<partition>@<offset>,…`: what `?at_least=` of the query API takes. */
  position: string
}

/** The door for producers: `POST /v1/events`. It acknowledges what is durable, and refuses what `read` refuses. */
export function createGateway({ producer, authenticate, registrations, read, logger, metrics, host, docsBase = '', ...deps }: GatewayDeps): HttpServer {
  const limits: GatewayLimits = { ...defaultLimits, ...deps.limits }
  const inFlight = new InFlight(limits.in_flight_bytes_max)
  const answers = createIdempotencyCache<Accepted>({ keysMax: limits.idempotency_keys_max, ageMsMax: limits.idempotency_age_ms_max })
  const acceptedTotal = metrics.counter('gateway_events_accepted_total', 'Events that were acknowledged.', ['tenant', 'producer', 'mode'])
  const refusedTotal = metrics.counter('gateway_refused_total', 'Requests that were refused, by code.', ['tenant', 'producer', 'code'])
  const produceSeconds = metrics.histogram('gateway_produce_seconds', 'Time until the records of a request were durable.')
  metrics.gauge('gateway_in_flight_bytes', 'Bodies of requests in hand.', [], (gauge) => gauge.set(inFlight.bytes))

  const app = createHttpServer({
    name: 'gateway', logger, metrics, authenticate, docsBase, ...(host === undefined ? {} : { host }),
    bodyBytesMax: limits.request_bytes_max,
    notFoundHint: gatewayHint,
    onRefused: (code, { identity }) => refusedTotal.inc({ tenant: identity?.tenant ?? '', producer: identity?.producer ?? '', code }),
  })
  app.decorateRequest('contentMode', null as unknown as ContentMode)
  app.decorateRequest('lease', null)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    const lease = (request.lease = inFlight.open())
    return readBody(payload, { encoding: request.headers['content-encoding'], bytesMax: limits.request_bytes_max, lease })
  })

  app.post('/v1/events', {
    config: { roles: ['producer'] },
    onRequest: async (request, reply) => {
      // `close` comes at the end of every answer, and also when the client goes away before there is one.
      reply.raw.once('close', () => request.lease?.release())
      request.contentMode = contentMode(request.headers)
    },
  }, async (request, reply) => {
    const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0)
    const key = idempotencyKey(request.headers['idempotency-key'])
    const work = () => accept(request.contentMode, request.raw.rawHeaders, body, request.identity)
    const { tenant, producer } = request.identity
    const accepted = key === null ? await work() : await answers.once({ tenant, producer, key }, digestOf(request.headers, body), work)
    return reply.code(202).send(accepted)
  })

  async function accept(mode: ContentMode, rawHeaders: readonly string[], body: Buffer, identity: Identity): Promise<Accepted> {
    const entries = entriesOf(mode, rawHeaders, body, limits.batch_events_max)
    const records = readAll(entries, identity, body)
    const produced = await withSpan('gateway.produce', { 'onbehalf.records': records.length }, () => produce(records))
    acceptedTotal.inc({ tenant: identity.tenant, producer: identity.producer, mode }, entries.length)
    return { accepted: entries.length, position: formatPosition(produced) }
  }

  /** @throws OnbehalfError naming every event that is rejected */
  function readAll(entries: readonly Entry[], identity: Identity, body: Buffer): OutgoingRecord[] {
    const context: ReadContext = { tenant: identity.tenant, producer: identity.producer }
    const refused: Refused[] = []
    const records = entries.map(({ kind, content }, index) => {
      const reading = content.length > limits.event_bytes_max ? tooLarge(content.length, limits.event_bytes_max) : read(kind, content, context)
      if (!reading.ok) refused.push({ index, rejection: reading.rejection })
      else refused.push(...strangers(reading.statements, identity, registrations).map((rejection) => ({ index, rejection })))
      return recordOf(kind, content, identity, reading.ok ? reading.statements[0] : undefined)
    })
    if (refused.length > 0) {
      const next = bodyHint(body)
      throw refusalOf(refused, {
        errorsListedMax: limits.errors_listed_max,
        events: entries.length,
        docsBase: typeof docsBase === 'function' ? docsBase() : docsBase,
        ...(next === undefined ? {} : { next }),
      })
    }
    return records
  }

  async function produce(records: readonly OutgoingRecord[]): Promise<Produced[]> {
    if (records.length === 0) return []
    const end = produceSeconds.startTimer()
    try {
      return await producer.produce(records)
    } catch (cause) {
      if (cause instanceof StreamUnavailable) {
        logger.warn({ err: cause }, 'the stream did not take the events of a request')
        throw new OnbehalfError('stream_unavailable', 'The stream did not acknowledge the events in time.', { cause, retryAfterS: 2 })
      }
      if (cause instanceof RecordTooLarge) throw new OnbehalfError('record_too_large', `Event ${cause.index} is larger than the stream takes.`, { cause })
      // Whatever it was, nothing was acknowledged: a client that is told 500 drops what it would send again after 503.
      logger.error({ err: cause }, 'producing failed in a way that the stream does not name')
      throw new OnbehalfError('stream_unavailable', 'The events could not be written.', { cause, retryAfterS: 2 })
    } finally {
      end()
    }
  }
  return app
}

function recordOf(kind: Entry['kind'], content: Uint8Array, { tenant, producer }: Identity, statement: Statement | undefined): OutgoingRecord {
  return {
    key: partitionKey(tenant, statement),
    value: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    // Believed on the gateway's own topic alone: only the gateway may write there.
    headers: { 'onbehalf-tenant': tenant, 'onbehalf-producer': producer, 'onbehalf-kind': kind },
  }
}

function tooLarge(bytes: number, bytesMax: number): Reading {
  const message = `has ${bytes} bytes; an event may have ${bytesMax}`
  return { ok: false, rejection: { code: 'too_large', message, errors: [] } }
}

/** A source is registered to its producers: nobody else may speak in its name. */
function strangers(statements: readonly Statement[], { tenant, producer }: Identity, registrations: SourceRegistrations | undefined): Refused['rejection'][] {
  const stranger = statements.find(({ source }) => registrations?.maySpeakFor(tenant, producer, source) === false)
  if (stranger === undefined) return []
  const rule = `is not a source of producer ${producer}`
  return [{ code: 'source_not_registered', message: rule, errors: [{ path: '/source', rule, value: stranger.source.slice(0, 200), docs: '/docs/events/envelope#source' }] }]
}

/** All that makes a request what it is: its attributes and its body. Lengths keep two headers from looking like one. */
function digestOf(headers: IncomingHttpHeaders, body: Buffer): string {
  const hash = createHash('sha256')
  for (const name of Object.keys(headers).toSorted()) {
    if (name === 'content-type' || name.startsWith('ce-')) hash.update(JSON.stringify([name, headers[name]]))
  }
  return hash.update('\n').update(body).digest('hex')
}
