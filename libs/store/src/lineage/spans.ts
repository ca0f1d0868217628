import { spansKey, type EntryRef, type Fact } from '@onbehalf/lineage'
import { sqlFile } from '../sql-file.ts'
import { readFactsAt } from './facts.ts'
import type { LineageSource } from './reader.ts'
import { segmentsOf, type FactsPlace } from './segments-of.ts'

/** One span, as it was received. */
export interface ReceivedSpan {
  fact: Fact & { type: 'span.ended' }
  entry: EntryRef
}

/** Behind which row of the index the next page begins. */
export type SpanPlace = readonly [logId: string, firstIndex: number]

const spansOfTrace = sqlFile(import.meta.url, 'sql/spans-of-trace.sql')

/**
 * The spans of a trace, a page of segments at a time (up to 256 spans each), in the order of the journal. One that was sent
 * twice is there twice.
 */
export async function readSpansOf(source: LineageSource, traceId: string, after: SpanPlace | null, segments_max: number): Promise<{ spans: ReceivedSpan[]; next: SpanPlace | null }> {
  const { client, tenant, asOf, cache } = source
  const key = spansKey(traceId)
  const { rows } = await client.query<FactsPlace>({ name: 'spans-of-trace', text: spansOfTrace, values: [tenant, key, after?.[0] ?? '', after?.[1] ?? -1, segments_max + 1] })
  const page = rows.slice(0, segments_max)
  const segments = await segmentsOf(client, page, cache)
  const spans = page.flatMap((row): ReceivedSpan[] => {
    const segment = segments.of(row)
    if (asOf !== undefined && segment.receivedAt > asOf) return []
    return row.places.flatMap((place) => {
      const reading = readFactsAt(segment, place)
      if (!('facts' in reading)) return []
      return reading.facts.flatMap((fact) => (fact.type === 'span.ended' && fact.keys.filed === key ? [{ fact, entry: fact.entry }] : []))
    })
  })
  const last = page.at(-1)
  return { spans, next: rows.length > segments_max && last ? [last.log_id, last.first_index] : null }
}
