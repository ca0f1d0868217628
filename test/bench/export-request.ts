// @boundaries-ignore the messages of OpenTelemetry, for the official decoder: what the product's own is compared with
import { messages } from '../../libs/events/src/otlp/testing/otlp-proto.ts'

/**
 * Decodes a request as the tests of `@opentelemetry/otlp-transformer` do, with protobufjs: the transformer itself writes
 * requests and reads responses alone. Not made into plain objects, which would take longer.
 */
export function decodeExportRequest(request: Buffer): ExportRequest {
  return messages.traces.decode(request) as unknown as ExportRequest
}

export interface ReadSpan {
  service: string
  traceId: Buffer
  spanId: Buffer
  /** Without any bytes for a root. */
  parentSpanId: Buffer
  startMs: number
}

/** What identifies the spans of a request, in their order. */
export function readExportRequest(request: Buffer): ReadSpan[] {
  return decodeExportRequest(request).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')!.value.stringValue
    return scopeSpans.flatMap(({ spans }) => spans.map(({ traceId, spanId, parentSpanId, startTimeUnixNano }) =>
      ({ service, traceId, spanId, parentSpanId: Buffer.from(parentSpanId), startMs: Number(BigInt(String(startTimeUnixNano)) / 1_000_000n) })))
  })
}

interface ExportRequest {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] }
    scopeSpans: { spans: { traceId: Buffer; spanId: Buffer; parentSpanId: Uint8Array; startTimeUnixNano: unknown }[] }[]
  }[]
}
