import { z } from 'zod'
import { timeOf } from './time.ts'

/**
 * The strings of an event, each with the sentence that a producer is told when it breaks the rule.
 *
 * Two alphabets. *Lines* are ids and names: no control characters at all, because they become keys, are compared and
 * are printed. *Text* is what people and tools wrote; an error message with an ANSI colour in it is still evidence, so
 * only what no database can store (NUL, lone surrogates) is refused. Whoever prints text escapes it.
 */
const textBytesMax = 16_384

/** An id that is ours to choose: 1 to 255 characters (UTF-16 code units), no control characters. */
export const id = () => shared.id

/** An id that somebody else chose: some frameworks put a whole signature into a tool call id. */
export const foreignId = () => shared.foreignId

/** A name for people or a short code: an operation, a tool, a version. */
export const name = () => shared.name

/** What somebody wrote. */
export const text = () => shared.text

/** RFC 3339; see `timeOf` for what exactly is accepted. */
export const time = () => shared.time

/** `sha-256:<64 lower-case hex digits>`, of the RFC 8785 form for JSON values. */
export const digestText = () => shared.digest

/** A whole number from 0 to 2^53 - 1. */
export const count = () => shared.count

/** W3C Trace Context ids; either case is taken, all zeros is no id. */
export const traceId = () => matching('must be 32 hex digits, not all zeros', /^(?!0{32}$)[0-9a-fA-F]{32}$/)
export const spanId = () => matching('must be 16 hex digits, not all zeros', /^(?!0{16}$)[0-9a-fA-F]{16}$/)

/** A list; the limit keeps one event from costing more than one event. */
export const list = <Item extends z.ZodType>(item: Item, itemsMax = 1_000) => z.array(item).max(itemsMax)

/** Any JSON value, kept as it came. */
export const anything = () => z.unknown()

/** An object of which we know nothing but that it is one. */
export const anyObject = () => z.record(z.string(), z.unknown())

/** The `act` claim of RFC 8693: actors within actors, at most 64 of them. */
export const act = () =>
  anyObject().refine((value) => actorsIn(value) <= actorsMax, actRule).meta({ $comment: actRule })

/** Has no control characters (C0, DEL, C1) and no lone surrogate. */
function isLine(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return false
    if (unit >= 0xd800 && unit <= 0xdfff) return value.isWellFormed() && !controlAfter(value, i)
  }
  return true
}

const countRule = 'must be a whole number, 0 or more'

/** One instance of each, so that a JSON Schema names it once. */
const shared = {
  id: line(255).meta({ id: 'Id' }),
  foreignId: line(1_024).meta({ id: 'ForeignId' }),
  name: line(1_024).meta({ id: 'Name' }),
  text: refined('must be a string of at most 16 KiB of UTF-8, without NUL and lone surrogates', isText, {
    maxLength: textBytesMax,
  }).meta({ id: 'Text' }),
  time: refined(
    'must be an RFC 3339 time with an offset, such as 2026-03-01T09:30:00.250Z',
    (value) => timeOf(value) !== null,
    { format: 'date-time' },
  ).meta({ id: 'Time' }),
  digest: matching('must be "sha-256:" and 64 lower-case hex digits', /^sha-256:[0-9a-f]{64}$/).meta({ id: 'Digest' }),
  count: z
    .number(countRule)
    .refine((value) => Number.isSafeInteger(value) && value >= 0, countRule)
    .meta({ id: 'Count', type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, $comment: countRule }),
}

const actorsMax = 64
const actRule = `must nest at most ${actorsMax} actors`

function actorsIn(claim: Record<string, unknown>): number {
  let actors = 0
  for (let at: unknown = claim; typeof at === 'object' && at !== null; at = (at as { act?: unknown }).act) actors++
  return actors
}

/** 1 to `lengthMax` characters of one line. */
export function line(lengthMax: number) {
  return refined(
    `must be a string of 1 to ${lengthMax} characters without control characters`,
    (value) => value.length > 0 && value.length <= lengthMax && isLine(value),
    { minLength: 1, maxLength: lengthMax, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' },
  )
}

export function matching(rule: string, pattern: RegExp) {
  return refined(rule, (value) => pattern.test(value), { pattern: pattern.source })
}

/**
 * A string with one rule, whose sentence is the error whatever is wrong with it. `json` is what JSON Schema can say of
 * the rule; where that is less, the rule is the law.
 */
export function refined(rule: string, test: (value: string) => boolean, json: Record<string, unknown>) {
  return z.string(rule).refine(test, rule).meta({ ...json, $comment: rule })
}

function isText(value: string): boolean {
  if (value.length > textBytesMax || value.includes('\0') || !value.isWellFormed()) return false
  return value.length * 3 <= textBytesMax || utf8Bytes(value) <= textBytesMax
}

function utf8Bytes(value: string): number {
  let bytes = value.length
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit >= 0x80) bytes += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}

function controlAfter(value: string, from: number): boolean {
  for (let i = from; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return true
  }
  return false
}
