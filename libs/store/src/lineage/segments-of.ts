import type { ClientBase } from 'pg'
import { readSegmentsAt, type SegmentAddress } from '../journal/read.ts'
import type { Segment } from '../journal/segment.ts'
import { StoreError } from '../store-error.ts'
import { separator } from './joined.ts'
import type { SegmentCache } from './known.ts'

/** A row of the index: entries of one segment that are filed under a key. */
export interface FactsPlace {
  tenant: string
  key: string
  log_id: string
  first_index: number
  places: number[]
}

/** The segments that some rows of the index point into: those that are not in the cache are read at once. */
export async function segmentsOf(client: ClientBase, rows: readonly FactsPlace[], cache: SegmentCache | undefined): Promise<{ of(row: FactsPlace): Segment }> {
  const segments = new Map<string, Segment>()
  const wanted = new Map<string, SegmentAddress>()
  for (const row of rows) {
    const id = addressOf(row)
    const cached = cache?.get(id)
    if (cached) segments.set(id, cached)
    else wanted.set(id, { tenant: row.tenant, logId: row.log_id, firstIndex: row.first_index })
  }
  for (const segment of await readSegmentsAt(client, [...wanted.values()])) {
    const id = segment.tenant + separator + segment.logId + separator + segment.firstIndex
    segments.set(id, segment)
    cache?.set(id, segment)
  }
  return {
    of(row) {
      const segment = segments.get(addressOf(row))
      if (!segment) throw missingSegment(row)
      return segment
    },
  }
}

function addressOf(row: FactsPlace): string {
  return row.tenant + separator + row.log_id + separator + row.first_index
}

/** The index points into a segment that the journal no longer has. */
function missingSegment({ tenant, log_id, first_index }: FactsPlace): StoreError {
  return new StoreError('journal_damaged', `The journal has no segment ${tenant}/${log_id}@${first_index}, and facts stand in it. `
    + 'Run `onbehalf doctor`.', { tenant, log_id, first_index })
}
