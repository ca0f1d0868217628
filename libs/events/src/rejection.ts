import type { FieldError, Reading, RejectionCode } from './statement.ts'

export type Rejected = Reading & { ok: false }

/** The page of the documentation for what is wrong around `data`. */
export const envelopeDocs = '/docs/events/envelope'

/** Rejected for what its fields say; the message is the first of the errors. */
export function invalid(errors: FieldError[]): Rejected {
  const [first] = errors
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return reject('invalid', `${first?.path || 'the event'} ${first?.rule ?? 'is not valid'}${more}`, errors)
}

export function reject(code: RejectionCode, message: string, errors: FieldError[] = []): Rejected {
  return { ok: false, rejection: { code, message, errors } }
}
