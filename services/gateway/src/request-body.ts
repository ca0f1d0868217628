import { OnbehalfError, type HttpServer } from '@onbehalf/runtime'
import type { FastifyRequest } from 'fastify'
import { readBody, type Lease } from './body.ts'
import type { Intake } from './intake.ts'

declare module 'fastify' {
  interface FastifyRequest {
    lease: Lease | null
  }
  interface FastifyContextConfig {
    /** Largest body of the route, after its encoding is undone. */
    bodyBytesMax?: number
    /** The route reads the body itself, as it comes. */
    streamed?: boolean
  }
}

/** Bodies as bytes, whatever they say they are: unpacked, counted against what may be in hand, in a bounded time. */
export function addBodies(app: HttpServer, { limits, inFlight }: Pick<Intake, 'limits' | 'inFlight'>): void {
  app.decorateRequest('lease', null)
  app.addHook('onRequest', async (request, reply) => {
    // `close` comes at the end of every answer, and also when the client goes away before there is one.
    reply.raw.once('close', () => request.lease?.close())
    // It may have gone while its credential was looked up; then nothing is taken for it.
    if (reply.raw.destroyed) throw new OnbehalfError('bad_request', 'The client has gone away.')
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    const { streamed, bodyBytesMax = limits.request_bytes_max } = request.routeOptions.config
    if (streamed === true) return payload
    const lease = (request.lease = inFlight.open())
    return readBody(payload, { encoding: request.headers['content-encoding'], bytesMax: bodyBytesMax, timeMsMax: limits.request_ms_max, lease })
  })
  // What was answered before it had all arrived may not go on arriving for ever.
  app.addHook('onResponse', async ({ raw }) => {
    if (raw.complete) return
    const timer = setTimeout(() => raw.socket.destroy(), leftoverMsMax).unref()
    raw.once('close', () => clearTimeout(timer))
  })
}

const leftoverMsMax = 10_000
