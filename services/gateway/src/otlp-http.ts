import type { OtlpEncoding } from '@onbehalf/events'
import { OnbehalfError, type HttpServer, type Problem, type WrittenProblem } from '@onbehalf/runtime'
import type { FastifyRequest } from 'fastify'
import { mediaType } from './media-type.ts'
import type { AcceptOtlp, OtlpSignal } from './otlp-accept.ts'
import { exportResponse } from './otlp-response.ts'
import { encodeStatus, encodeStatusJson, rpcStatusOf } from './rpc-status.ts'

/** OTLP over HTTP (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP"): `POST /v1/traces`, `/v1/logs`, `/v1/metrics`. */
export function addOtlpRoutes(app: HttpServer, { accept, bodyBytesMax }: { accept: AcceptOtlp; bodyBytesMax: number }): void {
  for (const [path, signal] of Object.entries(signals)) {
    app.post(path, {
      config: { roles: ['producer'], bodyBytesMax },
      onRequest: async ({ headers }) => {
        if (encodingOf(headers['content-type']) === null) {
          throw new OnbehalfError('unsupported_media_type', 'OTLP is application/x-protobuf or application/json.', { details: { accepted: Object.values(mediaTypes) } })
        }
      },
    }, async (request, reply) => {
      const encoding = encodingOf(request.headers['content-type'])!
      const partial = await accept({ signal, encoding, body: (request.body as Buffer | undefined) ?? Buffer.alloc(0), identity: request.identity })
      return reply.code(200).type(mediaTypes[encoding]).send(exportResponse(signal, encoding, partial))
    })
  }
}

/** Errors on the paths of OTLP are a `google.rpc.Status` in the encoding of the request; JSON where that is neither. */
export function writeOtlpProblem({ status, detail, next }: Problem, { url, headers }: FastifyRequest): WrittenProblem | null {
  if (!isOtlpPath(url)) return null
  const said = rpcStatusOf({ status, message: detail, next })
  const encoding = encodingOf(headers['content-type']) ?? 'json'
  return { contentType: mediaTypes[encoding], body: encoding === 'proto' ? encodeStatus(said) : encodeStatusJson(said) }
}

const signals: Record<string, OtlpSignal> = { '/v1/traces': 'traces', '/v1/logs': 'logs', '/v1/metrics': 'metrics' }

const mediaTypes: Record<OtlpEncoding, string> = { proto: 'application/x-protobuf', json: 'application/json' }

const isOtlpPath = (url: string): boolean => Object.hasOwn(signals, url.split('?', 1)[0]!.replace(/\/$/, ''))

function encodingOf(contentType = ''): OtlpEncoding | null {
  const { type } = mediaType(contentType)
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'proto'
  return type === 'application/json' ? 'json' : null
}
