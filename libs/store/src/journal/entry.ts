import type { EntryKind } from '@onbehalf/ledger'

/** One thing as it was received, before it is in the journal. */
export interface Entry {
  tenant: string
  kind: EntryKind
  producer: string
  /** May be empty. Read while `prepare` runs, not kept. */
  content: Uint8Array
  /** Of the record it came in; never decreasing within a partition. */
  offset: bigint
}

/** Whether a tenant or a producer may be called so. */
export function isId(text: string): boolean {
  if (ids.has(text)) return true
  if (!/^[a-z0-9_][a-z0-9._-]{0,62}$/.test(text)) return false
  if (ids.size > 100_000) ids.clear()
  ids.add(text)
  return true
}

// Asked per entry, of the same few names: the pattern is tried once per name.
const ids = new Set<string>()

/** Where entries go whose tenant nobody knows. */
export const unassignedTenant = '_unassigned'

/** Bounds of a segment: the lesser of the two; one larger entry is a segment of its own. */
export const segmentEntriesMax = 256
export const segmentBytesMax = 1 << 20
