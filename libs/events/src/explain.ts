import type { z } from 'zod'
import type { FieldError } from './statement.ts'

/** Enough to mend an event, and no more than a page of it. */
const errorsMax = 20
const valueCharsMax = 200
const pathCharsMax = 500

export type Path = readonly PropertyKey[]

/**
 * Why a value does not have the shape of a schema: at most 20 errors, in the order of the schema. zod looks at no item
 * of a list that is too long, so a hostile event costs no more than its size.
 *
 * @param at where the value stands in the event
 * @param docs the page of the documentation
 */
export function explain(schema: z.ZodType, value: unknown, at: Path, docs: string): FieldError[] {
  const result = schema.safeParse(value)
  if (result.success) return []
  return result.error.issues.slice(0, errorsMax).map((issue) => {
    const bad = issue.code === 'invalid_key' ? String(issue.path.at(-1)) : follow(value, issue.path)
    const rule = ruleOf(issue)
    return fieldError([...at, ...issue.path], bad === undefined ? `is required: ${rule}` : rule, bad, docs)
  })
}

export function fieldError(path: Path, rule: string, value: unknown, docs: string): FieldError {
  const field = path[0] === 'data' && path.length > 1 ? path[1] : path[0]
  const secret = path.some((part) => /secret|password|passwd|authorization|api_?key|bearer|cookie/i.test(String(part)))
  const error: FieldError = {
    path: cut(path.map((part) => `/${escapePointer(String(part))}`).join(''), pathCharsMax),
    rule,
    docs: field === undefined ? docs : `${docs}#${cut(encodeURIComponent(String(field).toWellFormed()), pathCharsMax)}`,
  }
  if (value !== undefined) error.value = secret ? '(not shown)' : show(value)
  return error
}

/** At most `max` characters, never half of a surrogate pair, and always something that can be stored. */
export function cut(text: string, max: number): string {
  const printable = text.length > max ? `${text.slice(0, max - 1)}…` : text
  return printable.toWellFormed().replaceAll('\0', '\ufffd')
}

/** RFC 6901, section 3. */
function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}

function ruleOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (!issue.message.startsWith('Invalid input')) return issue.message
      return `must be ${named[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return oneOf(issue.values)
    case 'invalid_union':
      return 'options' in issue ? oneOf(issue.options as unknown[]) : 'has none of the shapes that are allowed here'
    case 'invalid_key':
      return issue.issues[0] ? ruleOf(issue.issues[0]) : 'is not a name that is allowed here'
    case 'too_big':
      return `must have at most ${issue.maximum} items`
    case 'too_small':
      return `must have at least ${issue.minimum} items`
    default:
      return issue.message
  }
}

const named: Record<string, string> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  boolean: 'true or false',
  string: 'a string',
  number: 'a number',
}

function oneOf(values: readonly unknown[]): string {
  const quoted = values.map((value) => JSON.stringify(value)).join(', ')
  return values.length === 1 ? `must be ${quoted}` : `must be one of ${quoted}`
}

function show(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, valueCharsMax)
  if (Array.isArray(value)) return `(a list of ${value.length})`
  if (typeof value === 'object' && value !== null) return '(an object)'
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function follow(value: unknown, path: Path): unknown {
  let at = value
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = (at as Record<PropertyKey, unknown>)[part]
  }
  return at
}
