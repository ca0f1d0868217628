/**
 * One span or log record of OTLP (opentelemetry-proto 1.x, `trace/v1/trace.proto` and `logs/v1/logs.proto`), read from
 * protobuf or JSON, with its resource and scope. Attribute names that are given twice: the last counts.
 */
export type OtlpRecord = SpanRecord | LogRecord

/** `AnyValue`. 64-bit integers that a double cannot hold are decimal text; bytes are base64. */
export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [name: string]: AttributeValue }
export type Attributes = ReadonlyMap<string, AttributeValue>

interface RecordBase {
  attributes: Attributes
  resource: Attributes
  scope: { name: string; version: string }
}

export interface SpanRecord extends RecordBase {
  signal: 'span'
  /** Lower-case hex, 32 and 16 digits. */
  traceId: string
  spanId: string
  /** Null: it says that it has none. */
  parentSpanId: string | null
  name: string
  kind: 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  /** RFC 3339, UTC, nanoseconds. */
  start: string
  /** The same as `start` where it says 0: it has not ended. */
  end: string
  status: 'unset' | 'ok' | 'error'
  statusMessage: string
  events: readonly { name: string; time: string; attributes: Attributes }[]
  links: readonly { traceId: string; spanId: string; attributes: Attributes }[]
}

export interface LogRecord extends RecordBase {
  signal: 'log'
  /** Null where it stands in none. */
  traceId: string | null
  spanId: string | null
  /** `time_unix_nano`, else `observed_time_unix_nano`; RFC 3339. */
  time: string
  /** `event_name`, else the attribute `event.name`; '' where neither is there. */
  eventName: string
  body: AttributeValue
  severityText: string
}
