import type { FieldError } from '@onbehalf/events'
import { errorDocs, isErrorCode, OnbehalfError, type ErrorCode } from '@onbehalf/runtime'

/** An event of a request that is rejected. */
export interface Refused {
  /** Its place in the batch; 0 for a single one. */
  index: number
  /** Of `read`, or of what the door itself knows: who may say it. */
  rejection: { code: string; message: string; errors: FieldError[] }
}

/** One line of `errors` in the problem document. */
interface ListedError extends FieldError {
  index: number
  code: ErrorCode
}

export interface RefusalOptions {
  errorsListedMax: number
  /** Of the whole request, for its message. */
  events: number
  /** In front of links to documentation, when it is served at another door. */
  docsBase: string
  next?: string
  /** What they are called; `event` if left out. */
  what?: 'event' | 'record'
}

/** The error for a request some of whose events are rejected: a batch is all or nothing, so all are told at once. */
export function refusalOf(refused: readonly Refused[], { errorsListedMax, events, docsBase, next, what = 'event' }: RefusalOptions): OnbehalfError {
  const errors = refused.flatMap(({ index, rejection }) => listed(index, rejection, docsBase))
  const code = codeOf(refused)
  const first = errors[0]!
  const subject = events === 1 ? `The ${what}` : `${what === 'event' ? 'Event' : 'Record'} ${first.index}`
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  const message = `${subject}${first.path === '' ? '' : `: ${first.path}`} ${first.rule}${more}.`
  return new OnbehalfError(code, message, {
    details: {
      errors: errors.slice(0, errorsListedMax),
      ...(errors.length > errorsListedMax ? { errors_total: errors.length } : {}),
    },
    ...(next === undefined ? {} : { next }),
  })
}

const listed = (index: number, rejection: Refused['rejection'], docsBase: string): ListedError[] =>
  toldErrors(rejection, docsBase).map((error) => ({ index, ...error }))

/** What is wrong with one event, for the one who sent it. */
export function toldErrors({ code, message, errors }: Refused['rejection'], docsBase: string): (FieldError & { code: ErrorCode })[] {
  const known = registered(code)
  if (errors.length === 0) return [{ code: known, path: '', rule: message.replace(/\.$/, ''), docs: `${docsBase}${errorDocs(known)}` }]
  return errors.map((error) => ({ code: known, ...error, docs: `${docsBase}${error.docs}` }))
}

/** The whole request's code: what makes it unreadable before what makes it too large, forbidden, or invalid. */
function codeOf(refused: readonly Refused[]): ErrorCode {
  const codes = new Set(refused.map(({ rejection }) => registered(rejection.code)))
  const first = order.find((code) => codes.has(code))
  return first ?? (codes.size === 1 ? [...codes][0]! : 'invalid')
}

const order: ErrorCode[] = ['fault', 'unparsable', 'too_large', 'tenant_mismatch', 'source_not_registered']

const registered = (code: string): ErrorCode => (isErrorCode(code) ? code : 'invalid')
