import type { RejectionCode } from '../statement.ts'

/** Bytes that are not what they should be. Never leaves the folder: whoever calls in from outside gets a result. */
export class Malformed extends Error {
  /** Offset of the byte where it was seen, in what was given. */
  readonly at: number | undefined
  /** More than a limit allows, rather than wrong. */
  readonly tooMany: boolean
  readonly code: RejectionCode
  /** The field of the record that is wrong, as JSON names it, and its value; the message says the rule. */
  readonly field: string | undefined
  readonly value: unknown

  constructor(rule: string, at?: number, { tooMany = false, code = 'unparsable', field, value }: { tooMany?: boolean; code?: RejectionCode; field?: string; value?: unknown } = {}) {
    super(rule)
    this.name = 'Malformed'
    this.at = at
    this.tooMany = tooMany
    this.code = code
    this.field = field
    this.value = value
  }
}

/** A record that can be read, in which a field breaks a rule. */
export function badField(field: string, rule: string, value?: unknown): Malformed {
  return new Malformed(rule, undefined, { code: 'invalid', field, value })
}
