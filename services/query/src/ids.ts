import { z } from 'zod'

const idRule = 'must be 1 to 1024 characters without control characters'

/** An id as people paste it: blanks around it are not part of it. */
export const pastedId = z.string(idRule).transform((value) => value.trim()).pipe(z.string().refine(isId, idRule))

const traceRule = 'must be 32 hex digits, not all zeros; upper case, dashes and a whole traceparent are understood'

/** A W3C trace id: 32 hex digits in any case, with dashes as in a UUID, or a `traceparent` that holds one. */
export const pastedTraceId = z.string(traceRule).transform((value, context) => {
  const found = traceIdIn(value)
  if (found !== null) return found
  context.addIssue({ code: 'custom', message: traceRule })
  return z.NEVER
})

export function traceIdIn(text: string): string | null {
  const pasted = text.trim().toLowerCase()
  const digits = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(pasted)?.[1] ?? pasted.replaceAll('-', '')
  return /^[0-9a-f]{32}$/.test(digits) && !/^0+$/.test(digits) ? digits : null
}

/** The forms in which an id may have been meant, the one given first: hex digits are pasted in either case. */
export function formsOf(id: string): string[] {
  const lower = id.toLowerCase()
  return lower !== id && /^(d-)?[0-9a-f][0-9a-f-]{6,}$/.test(lower) ? [id, lower] : [id]
}

function isId(value: string): boolean {
  return value.length >= 1 && value.length <= 1_024 && /^\P{Cc}+$/u.test(value) && value.isWellFormed()
}
