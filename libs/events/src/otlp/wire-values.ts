import { badField, Malformed } from './malformed.ts'
import type { Attributes, LogRecord, SpanRecord } from './record.ts'

/** What the values of OTLP become in a record, whichever encoding they came in. */

/** Lists and maps within each other, in attributes and bodies. */
export const valueDepthMax = 64

export function tooDeep(): Malformed {
  return new Malformed(`has a value nested more than ${valueDepthMax} levels deep`, undefined, { code: 'too_deep' })
}

/** `SpanKind`, `Status.StatusCode`: by number, and by name in JSON. */
export const spanKinds: readonly SpanRecord['kind'][] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
export const statusCodes: readonly SpanRecord['status'][] = ['unset', 'ok', 'error']

/** RFC 3339 in UTC, to the nanosecond; null for 0, which says nothing. @throws Malformed before 1970 and beyond 9999 */
export function timeOfNanos(field: string, nanos: bigint): string | null {
  if (nanos === 0n) return null
  if (nanos < 0n || nanos >= nanosEnd) throw badField(field, 'must be nanoseconds since 1970, and before the year 10000', String(nanos))
  const fraction = String(nanos % perSecond).padStart(9, '0').replace(/0+$/, '')
  const seconds = new Date(Number(nanos / perSecond) * 1_000).toISOString().slice(0, 19)
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`
}

const perSecond = 1_000_000_000n
const nanosEnd = 253_402_300_800n * perSecond

/** A span must say when it began: everything about it hangs on that. */
export function required(field: string, time: string | null): string {
  if (time === null) throw badField(field, 'is required: nanoseconds since 1970, and not 0')
  return time
}

/** The time of a log record: when it happened, else when it was seen. */
export function timeOfLog(happened: string | null, observed: string | null): LogRecord['time'] {
  return required('timeUnixNano', happened ?? observed)
}

/** Where an event's name stood before it had a field of its own. */
export function eventNameOf(attributes: Attributes): string {
  const name = attributes.get('event.name')
  return typeof name === 'string' ? name : ''
}

/** Lower-case hex of an id with so many digits; null for one that is left out or all zeros, which is none. */
export function idOf(field: string, hex: string, digits: 16 | 32): string | null {
  if (hex === '') return null
  if (hex.length !== digits || !/^[0-9a-fA-F]+$/.test(hex)) throw badField(field, `must be ${digits / 2} bytes (${digits} hex digits)`, hex)
  return /^0+$/.test(hex) ? null : hex.toLowerCase()
}

export function requiredId(field: string, hex: string, digits: 16 | 32): string {
  const id = idOf(field, hex, digits)
  if (id === null) throw badField(field, `is required: ${digits / 2} bytes, not all zeros`, hex)
  return id
}

/** JSON has no other way to write what is no number (proto3 JSON mapping), and no way to write minus zero that all keep. */
export function numberOf(value: number): number | string {
  return Number.isFinite(value) ? value + 0 : String(value)
}

/** An `int64` as a number, or as decimal text where a double cannot hold it. */
export function integerOf(value: bigint): number | string {
  return value >= safeMin && value <= safeMax ? Number(value) : String(value)
}

const safeMin = BigInt(Number.MIN_SAFE_INTEGER)
const safeMax = BigInt(Number.MAX_SAFE_INTEGER)

/** Of no more bytes than tell that it is no id. */
export function hexOf(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes.subarray(0, 64)) hex += (byte >> 4).toString(16) + (byte & 15).toString(16)
  return hex
}

/** RFC 4648 section 4, with padding. */
export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text += alphabet[bits >> 18]! + alphabet[(bits >> 12) & 63]!
    text += i + 1 < bytes.length ? alphabet[(bits >> 6) & 63]! : '='
    text += i + 2 < bytes.length ? alphabet[bits & 63]! : '='
  }
  return text
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
