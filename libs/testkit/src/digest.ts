import { createHash } from 'node:crypto'
import { canonicalJson } from '@onbehalf/events'

/** `sha-256:…` of the RFC 8785 form, as events carry digests of arguments and results. */
export function digestOf(value: unknown): string {
  return `sha-256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`
}
