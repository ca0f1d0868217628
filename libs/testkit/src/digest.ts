import { hash } from 'node:crypto'
import { canonicalJson } from '@onbehalf/events'

export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/** `sha-256:…` of the RFC 8785 form, as events carry digests of arguments and results. */
export function digestOf(value: unknown): string {
  return `sha-256:${sha256Hex(canonicalJson(value))}`
}
