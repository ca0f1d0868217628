import { bytes, fixed32, fixed64, varint } from './protobuf.ts'
import type { OtlpSignal } from './split.ts'

/**
 * Where records stand in a request: under their scope, under their resource (opentelemetry-proto 1.x,
 * `trace/v1/trace.proto`, `logs/v1/logs.proto`).
 */
export interface Layout {
  /** For people. */
  record: string
  path: string
  /** Names in JSON. */
  resources: string
  scopes: string
  records: string
  /** Wire types of the fields of a record, by number. */
  wires: Readonly<Record<number, number>>
}

/** Field numbers are the same for both signals. */
export const resourcesField = 1
export const scopesField = 2
export const recordsField = 2

export const layouts: Record<OtlpSignal, Layout> = {
  traces: {
    record: 'span', path: '/v1/traces', resources: 'resourceSpans', scopes: 'scopeSpans', records: 'spans',
    wires: {
      1: bytes, 2: bytes, 3: bytes, 4: bytes, 5: bytes, 6: varint, 7: fixed64, 8: fixed64, 9: bytes, 10: varint, 11: bytes, 12: varint, 13: bytes,
      14: varint, 15: bytes, 16: fixed32,
    },
  },
  logs: {
    record: 'log record', path: '/v1/logs', resources: 'resourceLogs', scopes: 'scopeLogs', records: 'logRecords',
    wires: { 1: fixed64, 2: varint, 3: bytes, 5: bytes, 6: bytes, 7: varint, 8: fixed32, 9: bytes, 10: bytes, 11: fixed64, 12: bytes },
  },
}

/** Fields of records that can be wrong, as errors name them: those of JSON. */
export const recordFields = [
  'traceId', 'spanId', 'parentSpanId', 'name', 'kind', 'startTimeUnixNano', 'endTimeUnixNano', 'attributes', 'events', 'links', 'status', 'resource', 'scope',
  'timeUnixNano', 'observedTimeUnixNano', 'severityText', 'eventName', 'resourceSpans', 'scopeSpans', 'spans', 'resourceLogs', 'scopeLogs', 'logRecords',
]

/** Of OTLP before 0.15, in protobuf: what is under it would be lost unseen. */
export const librariesField = 1_000

/** Names that mean records which would be lost unseen, and what is to be said of them. */
export const strangers: Readonly<Record<string, string>> = {
  resource_spans: 'resourceSpans', resource_logs: 'resourceLogs', scope_spans: 'scopeSpans', scope_logs: 'scopeLogs', log_records: 'logRecords',
  instrumentationLibrarySpans: 'scopeSpans', instrumentationLibraryLogs: 'scopeLogs', instrumentation_library_spans: 'scopeSpans', instrumentation_library_logs: 'scopeLogs',
}
