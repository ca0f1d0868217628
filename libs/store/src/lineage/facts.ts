import { hash } from 'node:crypto'
import { digest, read, type Rejection } from '@onbehalf/events'
import { keysOf, type EntryRef, type Fact } from '@onbehalf/lineage'
import type { JournalEntry, Segment } from '../journal/segment.ts'

/** What one entry says, with who said it and where it stands; or why it cannot be read. */
export type EntryReading = { facts: Fact[] } | { rejection: Rejection; entry: EntryRef } | { erased: true }

export function readFactsAt(segment: Segment, place: number): EntryReading {
  const entry = segment.entry(place)
  if (entry.content === null) return { erased: true }
  const ref: EntryRef = {
    log: `${segment.tenant}/${segment.logId}`,
    index: segment.firstIndex + place,
    kind: entry.kind,
    producer: entry.producer,
    received_at: segment.receivedAt,
  }
  const reading = read(entry.kind, entry.content, { tenant: segment.tenant, producer: entry.producer, sha256: sha256Hex })
  if (!reading.ok) return { rejection: reading.rejection, entry: ref }
  return { facts: reading.statements.map((statement) => factOf(statement, entry, ref)) }
}

export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/** One character per byte. Node's types leave out that one-shot hashing takes any encoding. */
function sha256Latin1(data: Uint8Array): string {
  return hash('sha256', data, 'latin1' as 'hex')
}

function factOf(statement: Parameters<typeof keysOf>[0], entry: JournalEntry, ref: EntryRef): Fact {
  let digested: string | undefined
  return Object.assign(statement, {
    producer: entry.producer,
    saidBy: [entry.producer],
    entry: ref,
    keys: keysOf(statement, entry.producer, sha256Hex),
    digest: () => (digested ??= digest(statement, sha256Latin1)),
  })
}
