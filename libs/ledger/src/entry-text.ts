import { decodeBase64 } from './base64.ts'
import { hashBytes, hashFromBytes, hashToBase64, isHash } from './hash.ts'
import type { Hash } from './hash.ts'
import { LedgerError } from './ledger-error.ts'

/** What the bytes of an entry are, as they were received. */
export const entryKinds = [
  'cloudevent',
  'cloudevent-binary',
  'otlp-span-proto',
  'otlp-span-json',
  'otlp-log-proto',
  'otlp-log-json',
  'opa',
  'authzen',
  'cloudtrail',
  'gcp-audit',
  'k8s-audit',
  'agt',
  'own',
  'tombstone',
  'unreadable',
  'lost',
] as const

export type EntryKind = (typeof entryKinds)[number]

/** Everything a leaf commits to. */
export interface EntryFields {
  tenant: string // [a-z0-9_][a-z0-9._-]{0,62}
  kind: EntryKind
  receivedAt: string // RFC 3339, UTC, exactly six fraction digits and Z
  producer: string // as tenant
  commitment: Hash
}

/**
 * The six lines a leaf is the hash of, each ended by a newline: short, readable, ASCII, and without content. Throws
 * `entry_malformed` for a field outside its grammar: a newline in a name would let one entry pass for another.
 */
export function entryText({ tenant, kind, receivedAt, producer, commitment }: EntryFields): string {
  if (!isId(tenant)) throw malformed('tenant', tenant)
  if (!kinds.has(kind)) throw malformed('kind', kind)
  if (!timePattern.test(receivedAt)) throw malformed('receivedAt', receivedAt)
  if (!isId(producer)) throw malformed('producer', producer)
  if (!isHash(commitment)) throw malformed('commitment', commitment)
  return `${firstLine}\n${tenant}\n${kind}\n${receivedAt}\n${producer}\n${hashToBase64(commitment)}\n`
}

/** The strict inverse: what it reads, `entryText` writes again byte for byte. Throws `entry_malformed`. */
export function parseEntryText(text: string): EntryFields {
  const lines = text.split('\n')
  const [first, tenant, kind, receivedAt, producer, commitmentText, rest] = lines
  if (lines.length !== 7 || rest !== '') {
    throw new LedgerError('entry_malformed', 'an entry text is six lines, each ended by a newline', {
      lines: lines.length - 1,
    })
  }
  if (first !== firstLine) throw new LedgerError('entry_malformed', `an entry text begins with ${firstLine}`)
  const digest = decodeBase64(commitmentText!)
  if (digest?.length !== hashBytes) throw malformed('commitment', commitmentText!)
  const fields: EntryFields = {
    tenant: tenant!,
    kind: kind as EntryKind,
    receivedAt: receivedAt!,
    producer: producer!,
    commitment: hashFromBytes(digest),
  }
  entryText(fields)
  return fields
}

const firstLine = 'onbehalf.entry/v1'
const idPattern = /^[a-z0-9_][a-z0-9._-]{0,62}$/
// A JavaScript caller's `undefined` would pass the pattern as the text 'undefined', and be committed to for ever.
const isId = (value: string) => typeof value === 'string' && idPattern.test(value)
const timePattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/
const kinds: ReadonlySet<string> = new Set(entryKinds)

function malformed(field: string, value: string): LedgerError {
  const shown = JSON.stringify(String(value).slice(0, 80))
  return new LedgerError('entry_malformed', `${shown} is not a ${field} of an entry`, { field })
}
