import { jsonDepthMax } from './envelope.ts'
import { fieldError, type Path } from './explain.ts'
import type { FieldError, RejectionCode } from './statement.ts'

export type Flaw = { code: RejectionCode; path: Path; rule: string; value?: unknown }

/**
 * What no JSON value of ours may hold anywhere, in fields that we know and in those that we do not: NUL and lone
 * surrogates (no database stores them), numbers beyond a double (they have no canonical form), and more than
 * `jsonDepthMax` levels (what reads it later may recurse). Answers the first flaw, in the order of the text.
 *
 * @param escapes whether strings may hold NUL or half of a surrogate pair: from JSON in UTF-8 these come by `\u` only
 */
export function flawOf(value: unknown, escapes = true): Flaw | null {
  return isSound(value, escapes, 0) ? null : locate(value, [])
}

export function flawError(flaw: Flaw, docs: string): FieldError {
  return fieldError(flaw.path, flaw.rule, flaw.value, docs)
}

/** The quick answer, for the hot path: no paths, no objects. */
function isSound(value: unknown, escapes: boolean, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return !escapes || isSoundText(value)
    case 'number':
      return Number.isFinite(value)
    case 'object': {
      if (value === null) return true
      if (depth === jsonDepthMax) return false
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) if (!isSound(value[i], escapes, depth + 1)) return false
        return true
      }
      for (const name in value) {
        if (escapes && !isSoundText(name)) return false
        if (!isSound((value as Record<string, unknown>)[name], escapes, depth + 1)) return false
      }
      return true
    }
    default:
      return true
  }
}

function isSoundText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** `path` is lengthened and shortened on the way; where there is a flaw, it ends there. */
function locate(value: unknown, path: PropertyKey[]): Flaw | null {
  if (typeof value === 'string') return textFlaw(value, path, 'must')
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { code: 'invalid', path, rule: 'must be a number within the range of a 64-bit float', value }
  }
  if (typeof value !== 'object' || value === null) return null
  if (path.length === jsonDepthMax) {
    return { code: 'too_deep', path, rule: `must not be nested more than ${jsonDepthMax} levels deep` }
  }
  for (const name in value) {
    path.push(name)
    const member = (value as Record<string, unknown>)[name]
    const flaw = textFlaw(name, path, 'has a name that must') ?? locate(member, path)
    if (flaw) return flaw
    path.pop()
  }
  return null
}

function textFlaw(text: string, path: Path, subject: string): Flaw | null {
  if (text.includes('\0')) return { code: 'invalid', path, rule: `${subject} not contain NUL (U+0000)`, value: text }
  if (text.isWellFormed()) return null
  return { code: 'invalid', path, rule: `${subject} not contain half of a surrogate pair`, value: text }
}
