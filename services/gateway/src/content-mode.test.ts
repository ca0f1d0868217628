import { expect, test } from 'vitest'
import { acceptedMediaTypes, contentMode } from './content-mode.ts'

const refused = (headers: Record<string, string>) => {
  try {
    contentMode(headers)
  } catch (error) {
    return error
  }
  throw new Error('the media type was accepted')
}

test.each([
  [{ 'content-type': 'application/cloudevents+json' }, 'structured'],
  [{ 'content-type': 'Application/CloudEvents+JSON; charset="UTF-8"' }, 'structured'],
  [{ 'content-type': 'application/cloudevents-batch+json;charset=utf-8' }, 'batch'],
  [{ 'content-type': 'application/cloudevents+json', 'ce-id': '1' }, 'structured'],
  [{ 'content-type': 'application/json', 'ce-id': '1' }, 'binary'],
  [{ 'content-type': 'text/xml', 'ce-specversion': '1.0' }, 'binary'],
  [{ 'ce-specversion': '1.0' }, 'binary'],
  [{ 'content-type': 'application/json; charset=utf-8' }, 'sniffed'],
])('%o is %s', (headers, mode) => {
  expect(contentMode(headers)).toBe(mode)
})

test.each([
  [{}, 'no content-type', 'application/cloudevents+json'],
  [{ 'content-type': 'text/plain' }, 'text/plain', 'application/cloudevents-batch+json'],
  [{ 'content-type': 'nonsense' }, 'of the request', 'application/cloudevents+json'],
  [{ 'content-type': 'application/x-protobuf' }, 'x-protobuf', '/v1/traces'],
  [{ 'content-type': 'application/grpc' }, 'grpc', '4317'],
  [{ 'content-type': 'application/cloudevents+avro' }, '+avro', 'application/cloudevents+json'],
  [{ 'content-type': 'application/cloudevents+json; charset=utf-16' }, 'charset=utf-16', 'application/cloudevents+json'],
  [{ 'content-type': 'application/x-www-form-urlencoded' }, 'urlencoded', '-H'],
])('%o is refused, with what is accepted and where to go', (headers, detail, next) => {
  expect(refused(headers as Record<string, string>)).toMatchObject({
    code: 'unsupported_media_type',
    message: expect.stringContaining(detail),
    next: expect.stringContaining(next),
    details: { accepted: acceptedMediaTypes },
  })
})
