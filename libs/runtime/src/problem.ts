import { asOnbehalfError, errorCode, errorDocs, isErrorCode, newReportId, OnbehalfError, type ErrorCode } from './errors.ts'

/** RFC 9457 problem document; every error of every door has this shape. Members are added, never renamed. */
export interface Problem {
  /** A relative reference to the code's documentation, so that it works offline. */
  type: string
  title: string
  status: number
  /** This occurrence, in a sentence. */
  detail: string
  code: ErrorCode
  docs: string
  /** What to do now. */
  next: string
  request_id?: string
  /** Only for faults of ours: the log has the rest under it. */
  report_id?: string
  [member: string]: unknown
}

export const problemMediaType = 'application/problem+json'

/** Where the documentation is served, for doors that do not serve it themselves; empty: at the same door. */
export type DocsBase = string | (() => string)

export interface ProblemResult {
  problem: Problem
  headers: Record<string, string>
  /** Set for faults of ours, to be logged with the report id. */
  fault: { error: unknown; reportId: string } | null
}

/**
 * What a client is told about `error`. An OnbehalfError says its own message and details; errors that Fastify and its
 * plugins raise for bad requests get a code of ours; everything else is `internal`, with a report id and nothing more.
 */
export function problemOf(error: unknown, { requestId, docsBase = '' }: { requestId?: string; docsBase?: DocsBase } = {}): ProblemResult {
  const known = error instanceof OnbehalfError ? error : fromFramework(error)
  const internal = known === null || known.status === 500
  const reportId = newReportId()
  const told = internal ? new OnbehalfError('internal', `The request failed for a reason of ours. The report id is ${reportId}.`) : known
  const docs = `${typeof docsBase === 'function' ? docsBase() : docsBase}${errorDocs(told.code)}`
  const problem: Problem = {
    type: docs,
    title: errorCode(told.code).title,
    status: told.status,
    detail: told.message,
    code: told.code,
    docs,
    next: told.next,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(internal ? { report_id: reportId } : {}),
  }
  return {
    // The standard members stand first, and no detail can take the place of one.
    problem: { ...problem, ...told.details, ...problem },
    headers: headersOf(told),
    fault: internal ? { error, reportId } : null,
  }
}

function headersOf(error: OnbehalfError): Record<string, string> {
  const { status } = error
  const headers: Record<string, string> = {}
  if (error.retryAfterS !== undefined || status === 429 || status === 503) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterS ?? 1)))
  }
  if (status === 401) headers['www-authenticate'] = authenticateHeader(error)
  if (status === 405 && Array.isArray(error.details.allow)) headers.allow = error.details.allow.join(', ')
  if (status === 415 && Array.isArray(error.details.accepted)) {
    // RFC 9110 §15.5.16: a 415 for the coding is told from one for the type by the header it carries.
    headers[error.code === 'unsupported_encoding' ? 'accept-encoding' : 'accept-post'] = error.details.accepted.join(', ')
  }
  return headers
}

/** RFC 6750 §3: no `error` attribute when there was no credential at all. */
function authenticateHeader(error: OnbehalfError): string {
  return error.details.credential === 'none' ? 'Bearer realm="onbehalf"' : 'Bearer realm="onbehalf", error="invalid_token"'
}

interface FrameworkError {
  code?: string
  statusCode?: number
  status?: number
  message?: string
  validation?: { instancePath?: string; message?: string; params?: Record<string, unknown> }[]
  validationContext?: string
}

const byFastifyCode: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['request_too_large', 'The body is larger than this endpoint takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'This endpoint does not take the media type of the request.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'The body is shorter or longer than content-length says.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['unparsable', 'The body is empty, though its content type is application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['unparsable', 'The body is not JSON.'],
  FST_ERR_BAD_URL: ['bad_request', 'The path is not a valid URL path: a percent sign stands before two hexadecimal digits.'],
  FST_ERR_MAX_PARAM_LENGTH: ['bad_request', 'A part of the path is longer than any id.'],
  FST_ERR_ROUTE_METHOD_NOT_SUPPORTED: ['method_not_allowed', 'The method is not supported.'],
}

const byStatus: Record<number, ErrorCode> = {
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'request_too_large',
  415: 'unsupported_media_type',
  428: 'precondition_required',
  429: 'rate_limited',
  431: 'header_fields_too_large',
  503: 'stopping',
}

function fromFramework(error: unknown): OnbehalfError | null {
  if (typeof error !== 'object' || error === null) return null
  const coded = asOnbehalfError(error)
  // A library's message may name hosts and tables; the title says enough.
  if (coded !== null) return new OnbehalfError(coded.code, coded.status < 500 ? coded.message : `${errorCode(coded.code).title}.`, { cause: error })
  const { code, message, validation, validationContext, ...rest } = error as FrameworkError
  if (Array.isArray(validation)) return fromValidation(validation, validationContext ?? 'request', error)
  const named = code === undefined ? undefined : byFastifyCode[code]
  if (named !== undefined) return new OnbehalfError(named[0], named[1], { cause: error })
  const status = rest.statusCode ?? rest.status
  if (error instanceof SyntaxError && status === 400) return new OnbehalfError('unparsable', 'The body is not JSON.', { cause: error })
  const general = status === undefined ? undefined : byStatus[status]
  if (general === undefined || !isErrorCode(general)) return null
  // Below 500 a plugin's message is meant for the client; above it may tell of our insides.
  const shown = status! < 500 && message !== undefined && message !== '' ? message : errorCode(general).title
  return new OnbehalfError(general, shown, { cause: error })
}

function fromValidation(validation: NonNullable<FrameworkError['validation']>, context: string, cause: unknown): OnbehalfError {
  const errors = validation.map(({ instancePath = '', message = 'is not valid' }) => ({
    path: instancePath,
    in: context,
    rule: message,
    docs: errorDocs('invalid_request'),
  }))
  const first = errors[0]
  const names: Record<string, string> = { querystring: 'query parameter', params: 'path parameter', headers: 'header', body: 'body' }
  const what = `${names[context] ?? context} ${first?.path.replace(/^\//, '') ?? ''}`.trim()
  return new OnbehalfError('invalid_request', `The ${what} is not valid: ${first?.rule ?? 'see errors'}.`, { cause, details: { errors } })
}
