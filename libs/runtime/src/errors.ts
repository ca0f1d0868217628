/**
 * The one registry of error codes: what went wrong, as a word that programs may match on. A code is never renamed and
 * never used again for something else; one that is no longer raised stays here, marked as retired.
 * `docs/errors.md` is generated from this table.
 */
export interface ErrorCodeEntry {
  /** HTTP status that the code travels with; codes that never reach HTTP carry the one that would fit. */
  status: number
  /** A few words, the same for every occurrence (RFC 9457 `title`). */
  title: string
  /** What the person who reads it can do next, in a sentence or two. */
  next: string
  /** Exit code of a command that ends with it: 2 wrong usage or input, 3 the server refuses or is away, 70 our fault. */
  exit: 1 | 2 | 3 | 70
}

const entry = (status: number, exit: ErrorCodeEntry['exit'], title: string, next: string): ErrorCodeEntry => ({
  status,
  title,
  next,
  exit,
})

export const errorCodes = {
  // What was sent
  unparsable: entry(400, 2, 'It cannot be parsed', 'Send UTF-8 JSON (RFC 8259); the message says where reading stopped.'),
  bad_request: entry(400, 2, 'The request is not well formed', 'Compare the request with the documentation of the endpoint.'),
  invalid_request: entry(400, 2, 'A parameter is not valid', 'Each item of `errors` names the parameter and the rule it breaks.'),
  invalid_search: entry(400, 2, 'The search cannot be read', 'The message shows the position and, where there is one, a suggestion.'),
  invalid: entry(422, 2, 'The event breaks a rule', 'Each item of `errors` names the path, the rule and where it is documented. Nothing of the request was received: correct it and send all of it again.'),
  unknown_type: entry(422, 2, 'The event type is not known', 'Use a type of the catalogue (`GET /schemas`), with its version: `onbehalf.<name>.v1`.'),
  unknown_version: entry(422, 2, 'The version of the event type is not known', 'Use a version of the catalogue, or upgrade Onbehalf before its producers.'),
  reserved_type: entry(422, 2, 'The event type is one that Onbehalf alone writes', 'Send the types that the catalogue lists for producers.'),
  too_deep: entry(422, 2, 'The event is nested too deeply', 'Objects and lists may stand in each other 128 deep, a chain of actors 64.'),
  lost: entry(422, 2, 'It is lost', 'It was in the stream and is not any more; the entry says which offsets.'),
  fault: entry(500, 70, 'Reading it failed by a fault of ours', 'Please report it with the report id.'),
  tombstone: entry(422, 2, 'There is no content', 'Send the event itself: an empty body says nothing.'),
  unreadable: entry(422, 2, 'The content cannot be understood', 'Compare what was sent with the format that its media type names.'),
  unsupported_kind: entry(422, 2, 'This kind of content is not read', 'Send CloudEvents, or upgrade to a version that reads this format.'),
  too_large: entry(413, 2, 'The event is too large', 'An event may have 1 MiB. Send digests of large arguments and results, not the values.'),
  request_too_large: entry(413, 2, 'The request is too large', 'Send fewer events in one request; the message names the limit.'),
  unsupported_media_type: entry(415, 2, 'The media type is not accepted', 'Use one of the media types in `accepted`.'),
  unsupported_encoding: entry(415, 2, 'The content encoding is not accepted', 'Use one of the encodings in `accepted`, or none.'),
  not_acceptable: entry(406, 2, 'The answer cannot be given in the form asked for', 'Ask for one of the media types in `accepted`.'),
  idempotency_key_invalid: entry(400, 2, 'The Idempotency-Key is not valid', 'Send 1 to 255 visible ASCII characters, a UUID for example.'),
  idempotency_key_reused: entry(422, 2, 'The Idempotency-Key was used for another request', 'Use a new key for a new request; send the same bytes again to repeat one.'),
  header_fields_too_large: entry(431, 2, 'The header fields are too large', 'Send large attributes in a structured event, in the body.'),

  // Who sent it
  unauthenticated: entry(401, 3, 'A valid credential is needed', 'Send `authorization: Bearer <token>`. The bootstrap token is printed at start and kept in the instance file.'),
  forbidden: entry(403, 3, 'The credential does not allow this', 'Use a credential that has one of the roles named in the message.'),
  tenant_mismatch: entry(403, 3, 'The event names another tenant', 'Leave `tenantid` out, or use a credential of that tenant.'),
  tenant_unknown: entry(403, 3, 'The tenant is not known', 'Name a tenant of the configuration document in `onbehalf-tenant`, or leave the header out.'),
  source_not_registered: entry(403, 3, 'The producer is not registered for the source', 'Send it as the producer whose source it is, or add the source to the registration (`onbehalf producer add`).'),
  producer_unknown: entry(403, 3, 'The producer is not registered', 'Register it first (`onbehalf producer add`), or leave the header `onbehalf-producer` out.'),
  host_not_allowed: entry(403, 3, 'The Host header names another server', 'Address this server by the name it is bound to. A web page of another site must not reach it (DNS rebinding).'),

  // What was asked for
  not_found: entry(404, 3, 'There is nothing here', 'Check the address and the id; `GET /openapi.json` lists what there is.'),
  method_not_allowed: entry(405, 2, 'The method is not allowed here', 'Use one of the methods in the `allow` header.'),
  config_document_invalid: entry(422, 2, 'The configuration document breaks a rule', 'Each item of `errors` names the path, the rule and where it is documented. Nothing was changed.'),
  config_file_set: entry(409, 3, 'The configuration comes from a file', 'Change the file that `ONBEHALF_CONFIG_FILE` names and send the process SIGHUP, or start it without that variable.'),
  conflict: entry(409, 3, 'It conflicts with what there is', 'Read the present state and decide again.'),
  ambiguous: entry(409, 3, 'The id names more than one thing', 'Use one of the `candidates`.'),
  precondition_failed: entry(412, 3, 'It has changed in the meantime', 'Read it again and send its ETag in `if-match`.'),
  precondition_required: entry(428, 3, 'A precondition is needed', 'Send the ETag that you read in `if-match`.'),
  position_invalid: entry(400, 2, 'The position cannot be read', 'Pass on the `position` of a 202 answer as it is: `<topic>/<partition>@<offset>,…`.'),
  position_timeout: entry(503, 3, 'The position was not reached in time', 'Ask again after `retry-after` seconds; `GET /v1/status` shows the lag.'),

  // Load and surroundings
  rate_limited: entry(429, 3, 'Too many requests', 'Send again after `retry-after` seconds.'),
  overloaded: entry(429, 3, 'More is in hand than fits', 'Nothing was received. Send again after `retry-after` seconds.'),
  request_timeout: entry(408, 3, 'The request did not arrive in time', 'Send it again, in smaller parts if the line is slow.'),
  stopping: entry(503, 3, 'The server is stopping', 'Nothing was received. Send again after `retry-after` seconds.'),
  stream_unavailable: entry(503, 3, 'The stream cannot take events now', 'Nothing was acknowledged. Send again after `retry-after` seconds; what was written twice counts once.'),
  record_too_large: entry(413, 2, 'The record is larger than the stream takes', 'Raise `max.message.bytes` of the topic to 4194304, or send smaller events.'),
  stream_topic_missing: entry(503, 2, 'A topic does not exist', 'Create the topics first; the documentation has a list of them with their settings.'),
  stream_unauthorized: entry(503, 2, 'The broker refuses our credential', 'Check `ONBEHALF_KAFKA_SASL_*`, `ONBEHALF_KAFKA_TLS_*` and the ACLs.'),
  partition_lost: entry(503, 70, 'The partition is read by another process now', 'Nothing to do: the other process goes on where this one stopped.'),
  database_unavailable: entry(503, 3, 'The database cannot be reached', 'Check `ONBEHALF_POSTGRES_URL` and the database; what is unacknowledged is read again.'),
  schema_outdated: entry(503, 2, 'The database has another schema version', 'Run `onbehalf migrate`, or start the version that made it.'),
  server_unreachable: entry(503, 3, 'The server cannot be reached', 'Start it with `npm start`, or set `ONBEHALF_URL` and `ONBEHALF_TOKEN`.'),
  not_ready: entry(503, 3, 'The server is not ready', 'See the checks in the answer; ask again in a moment.'),
  partition_stopped: entry(503, 70, 'A partition is not read any more', 'The log says at which offset and why. Nothing of it is lost; correct the cause and restart.'),
  batch_undecodable: entry(503, 70, 'A record batch cannot be decoded', 'Check the codec of the topic\'s producers; the partition waits and loses nothing.'),
  database_newer: entry(503, 2, 'The database was made by a newer version', 'Start that version or a later one.'),
  migration_changed: entry(500, 70, 'A migration that has run has changed since', 'Start the version that made the database; migrations are never edited.'),
  migration_failed: entry(500, 70, 'A migration failed', 'The database is as it was before it; the log has the cause.'),
  roles_missing: entry(500, 2, 'A role of the database is missing', 'Run `onbehalf migrate` as a user that may create roles, or create them as the documentation lists them.'),
  embedded_postgres_unsupported: entry(500, 2, 'There is no embedded PostgreSQL for this platform', 'Set `ONBEHALF_POSTGRES_URL` to a PostgreSQL of yours.'),
  embedded_postgres_in_use: entry(500, 2, 'The embedded PostgreSQL is in use', 'Stop the process named in the message, or set `ONBEHALF_DATA_DIR` to another directory.'),
  embedded_postgres_unreachable: entry(500, 2, 'The embedded PostgreSQL gives no answer', 'The log of PostgreSQL in the data directory says why.'),
  embedded_postgres_version: entry(500, 2, 'The data were written by another PostgreSQL', 'Start the version of Onbehalf that made the data directory.'),
  embedded_postgres_failed: entry(500, 2, 'The embedded PostgreSQL did not start', 'The log of PostgreSQL in the data directory says why.'),
  journal_damaged: entry(500, 1, 'The journal is damaged', 'Stop, keep the database as it is, and run `onbehalf doctor`.'),
  journal_misuse: entry(500, 70, 'The journal was used wrongly', 'Please report it with the report id.'),
  writer_dead: entry(503, 70, 'The writer of a partition has stopped', 'It starts anew from the stored offset; nothing is lost.'),
  integrity_failed: entry(500, 1, 'The journal is not what it was', 'Stop, keep the database as it is, and run `onbehalf doctor`.'),

  // Starting
  config_invalid: entry(500, 2, 'The configuration is not valid', 'Correct the variables named in the message; the README lists all of them.'),
  kafka_required: entry(500, 2, 'A service of its own needs Kafka', 'Set `ONBEHALF_KAFKA_BROKERS`, or run everything in one process with `onbehalf up`.'),
  postgres_required: entry(500, 2, 'A service of its own needs PostgreSQL', 'Set `ONBEHALF_POSTGRES_URL`, or run everything in one process with `onbehalf up`.'),
  token_required: entry(500, 2, 'There is no credential', 'Set `ONBEHALF_BOOTSTRAP_TOKEN`: a door that others can reach is not opened without one.'),
  port_busy: entry(500, 2, 'The port is in use', 'Stop what uses it, set the variable to another port, or leave it out to get a free one.'),
  address_unavailable: entry(500, 2, 'The address cannot be bound', 'Set `ONBEHALF_HOST` to an address of this machine, and a port that this user may open.'),
  data_dir_in_use: entry(409, 2, 'The data directory is in use', 'Stop the process named in the message, or set `ONBEHALF_DATA_DIR` to another directory.'),
  data_dir_unusable: entry(500, 2, 'The data directory cannot be used', 'Set `ONBEHALF_DATA_DIR` to a directory that this user may write.'),
  usage: entry(400, 2, 'The command is not used rightly', 'Run it with `--help`.'),
  start_failed: entry(500, 70, 'A part could not be started', 'The log has the cause, under the report id.'),

  internal: entry(500, 70, 'A fault of ours', 'Please report it with the report id; the server\'s log has the details under that id.'),
} as const satisfies Record<string, ErrorCodeEntry>

export type ErrorCode = keyof typeof errorCodes

/** The registry's row for a code, with its plain type. */
export const errorCode = (code: ErrorCode): ErrorCodeEntry => errorCodes[code]

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorCodes, text)

/** Where a code is documented: a link that works offline, relative to the API's door. */
export const errorDocs = (code: ErrorCode): string => `/docs/errors#${code}`

export interface OnbehalfErrorOptions {
  cause?: unknown
  /** What it is about, for programs: goes into the problem document (`errors`, `accepted`, `candidates` …): no secrets. */
  details?: Record<string, unknown>
  /** Seconds after which it is worth trying again (`retry-after`). */
  retryAfterS?: number
  /** Replaces the registry's `next`, where the place knows better. */
  next?: string
}

/**
 * A surprise with a code. The message is a sentence for the person who reads it and does not repeat the cause's;
 * it may be shown to clients, so it holds nothing secret and nothing of our insides. The cause never leaves the log.
 */
export class OnbehalfError extends Error {
  override readonly name = 'OnbehalfError'
  readonly code: ErrorCode
  readonly details: Record<string, unknown>
  readonly retryAfterS: number | undefined
  readonly next: string

  constructor(code: ErrorCode, message: string, options: OnbehalfErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
    this.retryAfterS = options.retryAfterS
    this.next = options.next ?? errorCode(code).next
  }

  get status(): number {
    return errorCode(this.code).status
  }

  get exitCode(): number {
    return errorCode(this.code).exit
  }
}

/** The exit code of a command that ends with `error`: by its code, 70 for what nobody expected. */
export const exitCodeOf = (error: unknown): number => asOnbehalfError(error)?.exitCode ?? 70

/**
 * The error as one of the registry, if it has one of its codes: libraries that must not import this one throw errors of
 * their own with a `code` of the registry. Null for everything else.
 */
export function asOnbehalfError(error: unknown): OnbehalfError | null {
  if (error instanceof OnbehalfError) return error
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string' || !isErrorCode(error.code)) return null
  const details = 'details' in error && typeof error.details === 'object' && error.details !== null ? error.details : {}
  return new OnbehalfError(error.code, error.message, { cause: error, details: { ...details } })
}

/** A short id that a person can read out; the log holds the whole error under it. */
export const newReportId = (): string => crypto.randomUUID().slice(0, 13)
