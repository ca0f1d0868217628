import type { IncomingHttpHeaders } from 'node:http'
import { OnbehalfError } from '@onbehalf/runtime'
import { mediaType } from './media-type.ts'

/**
 * How a request carries CloudEvents (HTTP binding, section 1.3). `sniffed` is ours: `application/json` without `ce-`
 * headers, which is what people's curl sends; an array is then a batch, anything else one structured event.
 */
export type ContentMode = 'structured' | 'batch' | 'binary' | 'sniffed'

export const acceptedMediaTypes = ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'] as const

/**
 * Decided by the headers alone, before the body is read.
 * @throws OnbehalfError `unsupported_media_type`, with what is accepted and a better address where we can guess it
 */
export function contentMode(headers: IncomingHttpHeaders): ContentMode {
  const given = headers['content-type']
  const hasAttributes = Object.keys(headers).some((name) => name.startsWith('ce-'))
  if (given === undefined) {
    if (hasAttributes) return 'binary'
    throw unsupported('The request has no content-type.')
  }
  const { type, charset } = mediaType(given)
  if (type === 'application/cloudevents+json' || type === 'application/cloudevents-batch+json') {
    if (charset !== null && charset !== 'utf-8' && charset !== 'utf8') throw unsupported(`JSON is UTF-8; the request says charset=${charset}.`)
    return type === 'application/cloudevents+json' ? 'structured' : 'batch'
  }
  if (type.startsWith('application/cloudevents')) throw unsupported(`The event format ${type} is not read; JSON is.`)
  // Any content type may stand in binary mode: there it is the type of the data alone.
  if (hasAttributes) return 'binary'
  if (type === 'application/json') return 'sniffed'
  throw unsupported(`The media type ${type === '' ? 'of the request' : type} is not accepted here.`, hintFor(type))
}

function hintFor(type: string): string | undefined {
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return `This looks like OTLP, which goes to /v1/traces or /v1/logs. ${advice}`
  if (type === 'application/grpc' || type.startsWith('application/grpc+')) return `OTLP over gRPC goes to its own port, by default 4317. ${advice}`
  if (type === 'application/x-ndjson' || type === 'application/jsonl') return `Send a JSON array as application/cloudevents-batch+json. ${advice}`
  if (type === 'application/x-www-form-urlencoded') return `curl sends forms unless told otherwise: add -H 'content-type: application/cloudevents+json'.`
  return undefined
}

const advice = `Send one event as ${acceptedMediaTypes[0]}, several as ${acceptedMediaTypes[1]}, or its attributes as ce- headers with the data as body.`

function unsupported(message: string, next: string = advice): OnbehalfError {
  return new OnbehalfError('unsupported_media_type', message, { details: { accepted: acceptedMediaTypes }, next })
}
