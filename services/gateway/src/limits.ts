/** Bounds on everything that a client can make grow. Each has its own error. */
export interface GatewayLimits {
  /** One event's entry: the JSON text, or headers and body in binary mode. */
  event_bytes_max: number
  /** One span, log record or foreign record. With its key and headers it must fit what `onbehalf.gateway` takes. */
  record_bytes_max: number
  /** The body of a request with CloudEvents, after its content encoding is undone. */
  request_bytes_max: number
  /** The body of a request with telemetry or foreign records, after its content encoding is undone. */
  records_request_bytes_max: number
  /** Events of one batch. */
  batch_events_max: number
  /** Spans or log records of one request. */
  otlp_records_max: number
  /** What is handed to the stream at a time; a request with more is written in several steps. */
  step_bytes_max: number
  /** How many seconds of its `rate_per_s` a producer may send at once. */
  rate_burst_s: number
  /** Bodies of all requests in hand: beyond it, 429. */
  in_flight_bytes_max: number
  /** Errors listed in one answer; `errors_total` tells of the rest. */
  errors_listed_max: number
  /** Idempotency keys remembered, for all producers together. */
  idempotency_keys_max: number
  idempotency_age_ms_max: number
  /** Time for the body of a request to arrive. */
  request_ms_max: number
  /** Lines and bytes of an import that are written at a time; about three times as much is in hand. */
  import_step_lines_max: number
  import_step_bytes_max: number
  /** Time that an import waits for the next bytes of its client. */
  import_idle_ms_max: number
  /** Time that an import waits for a stream that does not take anything. */
  import_outage_ms_max: number
  /** Refused lines that are told one by one; the others are counted. */
  import_refusals_listed_max: number
}

export const defaultLimits: GatewayLimits = {
  event_bytes_max: 1_048_576,
  record_bytes_max: 4 * 1_048_576 - 8_192,
  request_bytes_max: 16 * 1_048_576,
  records_request_bytes_max: 64 * 1_048_576,
  batch_events_max: 10_000,
  otlp_records_max: 200_000,
  step_bytes_max: 16 * 1_048_576,
  rate_burst_s: 2,
  in_flight_bytes_max: 128 * 1_048_576,
  errors_listed_max: 100,
  idempotency_keys_max: 10_000,
  idempotency_age_ms_max: 24 * 3_600_000,
  request_ms_max: 120_000,
  import_step_lines_max: 1_000,
  import_step_bytes_max: 1_048_576,
  import_idle_ms_max: 60_000,
  import_outage_ms_max: 30_000,
  import_refusals_listed_max: 1_000,
}
