import { decodeUtf8 } from '../utf8.ts'

/** Formats whose records come many at a time. */
export type ForeignKind = 'opa' | 'authzen' | 'cloudtrail' | 'gcp-audit' | 'k8s-audit' | 'agt'

export type SplitRecords =
  | { ok: true; records: Uint8Array[] }
  /** `rule` is a sentence about the body; `at` the byte where it is broken. */
  | { ok: false; rule: string; at?: number }

/** A body of more records is refused: a view costs more than the smallest record. */
export const foreignRecordsMax = 200_000

/**
 * Cuts an upload into its records: a JSON array, objects one after the other (NDJSON), one object, or the wrapper of the
 * format (`{"Records":[…]}`). Records are views of `body`, byte for byte as they came. Only the structure between records is
 * checked; whether a record is JSON is for `read` to say. Never throws; linear in the size of `body`.
 */
export function splitRecords(kind: ForeignKind, body: Uint8Array): SplitRecords {
  const records: Uint8Array[] = []
  const wrapper = wrappers[kind]
  let at = skipSpace(body, body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0)
  if (at === body.length) return { ok: false, rule: 'must not be empty' }
  while (at < body.length) {
    const isArray = body[at] === openBracket
    const list = isArray ? at : body[at] === openBrace && wrapper !== null ? findMember(body, at, wrapper) : null
    if (list !== null) {
      const fault = takeItems(body, list, records)
      if (fault) return fault
    }
    const end = isObjectOrArray(body[at]) ? endOf(body, at) : null
    if (end === null) return isObjectOrArray(body[at]) ? { ok: false, rule: 'ends inside of a value', at } : notARecord(at)
    if (list === null) records.push(body.subarray(at, end))
    if (records.length > foreignRecordsMax) return tooMany
    at = skipSpace(body, end)
  }
  return { ok: true, records }
}

/**
 * The member under which an API or a file of the format puts its list: CloudTrail log files, EventList of audit.k8s.io/v1,
 * entries.list and entries.write of Cloud Logging.
 */
const wrappers: Record<ForeignKind, string | null> = {
  opa: null,
  authzen: null,
  cloudtrail: 'Records',
  'gcp-audit': 'entries',
  'k8s-audit': 'items',
  agt: 'entries',
}

const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]
const tooMany: SplitRecords = { ok: false, rule: `must have at most ${foreignRecordsMax} records` }

function notARecord(at: number): SplitRecords {
  return { ok: false, rule: 'must hold JSON objects only: a list of them, or one after the other', at }
}

/** Adds the objects of the array that begins at `at`; answers what is wrong with it, if anything is. */
function takeItems(body: Uint8Array, at: number, records: Uint8Array[]): SplitRecords | null {
  let i = skipSpace(body, at + 1)
  if (body[i] === closeBracket) return null
  for (;;) {
    if (i >= body.length) return { ok: false, rule: 'ends inside of a list', at }
    if (body[i] !== openBrace) return notARecord(i)
    const end = endOf(body, i)
    if (end === null) return { ok: false, rule: 'ends inside of a value', at: i }
    if (records.length === foreignRecordsMax) return tooMany
    records.push(body.subarray(i, end))
    i = skipSpace(body, end)
    if (body[i] === closeBracket) return null
    if (i < body.length && body[i] !== comma) return { ok: false, rule: 'must have a comma between two records', at: i }
    i = skipSpace(body, i + 1)
  }
}

/** Where the array under `name` begins in the object that begins at `at`; null if it has none. */
function findMember(body: Uint8Array, at: number, name: string): number | null {
  let i = skipSpace(body, at + 1)
  while (body[i] === quote) {
    const nameEnd = endOfString(body, i)
    if (nameEnd === null) return null
    const value = skipSpace(body, skipSpace(body, nameEnd) + 1)
    if (body[skipSpace(body, nameEnd)] !== colon) return null
    if (body[value] === openBracket && nameEnd - i === name.length + 2 && decodeUtf8(body.subarray(i + 1, nameEnd - 1)) === name) return value
    const end = endOf(body, value)
    if (end === null) return null
    i = skipSpace(body, end)
    if (body[i] !== comma) return null
    i = skipSpace(body, i + 1)
  }
  return null
}

/** The byte behind the value that begins at `at`, by its brackets and quotes alone; null if the body ends before it. */
function endOf(body: Uint8Array, at: number): number | null {
  if (body[at] === quote) return endOfString(body, at)
  if (!isObjectOrArray(body[at])) {
    let i = at
    while (i < body.length && body[i] !== comma && body[i] !== closeBrace && body[i] !== closeBracket && !isSpace(body[i])) i++
    return i
  }
  let depth = 0
  for (let i = at; i < body.length; i++) {
    const byte = body[i]
    if (byte === quote) {
      const end = endOfString(body, i)
      if (end === null) return null
      i = end - 1
    } else if (byte === openBrace || byte === openBracket) depth++
    else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) return i + 1
  }
  return null
}

function endOfString(body: Uint8Array, at: number): number | null {
  for (let i = body.indexOf(quote, at + 1); i >= 0; i = body.indexOf(quote, i + 1)) {
    let escapes = 0
    while (body[i - 1 - escapes] === backslash) escapes++
    if (escapes % 2 === 0) return i + 1
  }
  return null
}

function skipSpace(body: Uint8Array, from: number): number {
  let i = from
  while (isSpace(body[i])) i++
  return i
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isObjectOrArray(byte: number | undefined): boolean {
  return byte === openBrace || byte === openBracket
}
