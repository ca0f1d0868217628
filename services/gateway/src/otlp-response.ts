import type { OtlpEncoding } from '@onbehalf/events'
import type { OtlpSignal, PartialSuccess } from './otlp-accept.ts'
import { int64Field, messageField, textField } from './protobuf-writer.ts'

/**
 * An `Export…ServiceResponse` (opentelemetry-proto, collector/…_service.proto): empty when everything was taken, as the
 * specification wants it.
 */
export function exportResponse(signal: OtlpSignal, encoding: OtlpEncoding, partial: PartialSuccess | null): Buffer {
  if (encoding === 'proto') return partial === null ? Buffer.alloc(0) : messageField(1, Buffer.concat([int64Field(1, partial.rejected), textField(2, partial.message)]))
  if (partial === null) return Buffer.from('{}')
  // 64-bit integers are text in the JSON mapping of protobuf.
  return Buffer.from(JSON.stringify({ partialSuccess: { [rejectedNames[signal]]: String(partial.rejected), errorMessage: partial.message } }))
}

const rejectedNames: Record<OtlpSignal, string> = { traces: 'rejectedSpans', logs: 'rejectedLogRecords', metrics: 'rejectedDataPoints' }
