import { messageField, textField } from '../protobuf-writer.ts'

export interface SpanOf {
  traceId?: string
  spanId?: string
  name?: string
  attributes?: Record<string, string>
}

/** An ExportTraceServiceRequest with one resource and scope, as protobuf. A span's ids are hex, of any length. */
export const protoSpans = (spans: readonly SpanOf[]): Buffer => messageField(1, Buffer.concat([
  messageField(1, attribute('service.name', 'tests')),
  messageField(2, Buffer.concat([messageField(1, textField(1, 'by hand')), ...spans.map((span) => messageField(2, spanBytes(span)))])),
]))

/** The same as JSON. */
export const jsonSpans = (spans: readonly SpanOf[]): string => JSON.stringify({
  resourceSpans: [{
    resource: { attributes: [{ key: 'service.name', value: { stringValue: 'tests' } }] },
    scopeSpans: [{
      scope: { name: 'by hand' },
      spans: spans.map((span) => ({ ...defaults(span), kind: 1, startTimeUnixNano: String(startNs), endTimeUnixNano: String(startNs + 1_000n), attributes: Object.entries(span.attributes ?? {}).map(([key, text]) => ({ key, value: { stringValue: text } })) })),
    }],
  }],
})

export const protoLogs = (bodies: readonly string[]): Buffer => messageField(1, messageField(2, Buffer.concat(bodies.map((body) => messageField(2, Buffer.concat([fixed64(1, startNs), messageField(5, textField(1, body))]))))))

export const jsonLogs = (bodies: readonly string[]): string => JSON.stringify({
  resourceLogs: [{ scopeLogs: [{ logRecords: bodies.map((body) => ({ timeUnixNano: String(startNs), body: { stringValue: body } })) }] }],
})

/** A `google.rpc.Status`, as far as the tests look. */
export function readStatus(bytes: Uint8Array): { code: number; message: string } {
  const content = Buffer.from(bytes)
  if (content[0] !== 0x08 || content[2] !== 0x12) throw new Error('no google.rpc.Status')
  let [length, at] = [0, 3]
  for (let shift = 0; ; shift += 7) {
    length += (content[at]! & 127) << shift
    if (content[at++]! < 128) break
  }
  return { code: content[1]!, message: content.toString('utf8', at, at + length) }
}

const startNs = 1_767_225_600_000_000_000n

const defaults = ({ traceId = '0af7651916cd43dd8448eb211c80319c', spanId = 'b7ad6b7169203331', name = 'work' }: SpanOf) => ({ traceId, spanId, name })

function spanBytes(span: SpanOf): Buffer {
  const { traceId, spanId, name } = defaults(span)
  return Buffer.concat([
    messageField(1, Buffer.from(traceId, 'hex')), messageField(2, Buffer.from(spanId, 'hex')), textField(5, name), fixed64(7, startNs), fixed64(8, startNs + 1_000n),
    ...Object.entries(span.attributes ?? {}).map(([key, text]) => messageField(9, pair(key, text))),
  ])
}

const attribute = (key: string, text: string): Buffer => messageField(1, pair(key, text))
const pair = (key: string, text: string): Buffer => Buffer.concat([textField(1, key), messageField(2, textField(1, text))])

function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = (number << 3) | 1
  bytes.writeBigUInt64LE(value, 1)
  return bytes
}
