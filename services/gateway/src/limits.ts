/** Bounds on everything that a client can make grow. Each has its own error. */
export interface GatewayLimits {
  /** One event's entry: the JSON text, or headers and body in binary mode. */
  event_bytes_max: number
  /** One request's body, after its content encoding is undone. */
  request_bytes_max: number
  /** Events of one batch. */
  batch_events_max: number
  /** Bodies of all requests in hand: beyond it, 429. */
  in_flight_bytes_max: number
  /** Errors listed in one answer; `errors_total` tells of the rest. */
  errors_listed_max: number
  /** Idempotency keys remembered, for all producers together. */
  idempotency_keys_max: number
  idempotency_age_ms_max: number
}

export const defaultLimits: GatewayLimits = {
  event_bytes_max: 1_048_576,
  request_bytes_max: 16 * 1_048_576,
  batch_events_max: 10_000,
  in_flight_bytes_max: 64 * 1_048_576,
  errors_listed_max: 100,
  idempotency_keys_max: 10_000,
  idempotency_age_ms_max: 24 * 3_600_000,
}
