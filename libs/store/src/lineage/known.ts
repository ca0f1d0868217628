import type { ClientBase } from 'pg'
import { links_max, nothingKnown, wanting, type Fact, type Key, type Known, type Missing } from '@onbehalf/lineage'
import type { Segment } from '../journal/segment.ts'
import { sqlFile } from '../sql-file.ts'
import { readFactsAt } from './facts.ts'
import { separator } from './joined.ts'
import { segmentsOf, type FactsPlace } from './segments-of.ts'

/** What is known of one tenant, and what of it has to be read. */
export interface Want {
  tenant: string
  known: Known
  missing: Missing
}

export interface ReadOptions {
  /** RFC 3339 with microseconds: entries received later are left out. */
  asOf?: string
  /** Segments are decoded once per call; give a cache to keep them longer. */
  cache?: SegmentCache
}

export interface SegmentCache {
  get(id: string): Segment | undefined
  set(id: string, segment: Segment): void
}

/**
 * Reads everything that `expand` found missing, for any number of tenants at once: two index look-ups and one read of
 * the journal segments that they point into. Afterwards every wanted key is present in `known`, if only as empty.
 */
export async function readMissing(client: ClientBase, wants: readonly Want[], options: ReadOptions = {}): Promise<void> {
  await readLinks(client, wants)
  await readFacts(client, wants, options)
  await readLatest(client, wants, options)
}

const factsOfKeys = sqlFile(import.meta.url, 'sql/facts-of-keys.sql')
const linksOfKeys = sqlFile(import.meta.url, 'sql/links-of-keys.sql')

async function readLinks(client: ClientBase, wants: readonly Want[]): Promise<void> {
  const lists = new Lists<Key>(wants, 'links')
  if (lists.size === 0) return
  const { tenants, keys } = inStep(wants, 'links')
  const found = await client.query<{ tenant: string; key: string; filed: string }>({
    name: 'links-of-keys',
    text: linksOfKeys,
    values: [tenants, keys, links_max],
  })
  for (const row of found.rows) lists.of(row).push(row.filed)
  lists.publish()
}

async function readFacts(client: ClientBase, wants: readonly Want[], options: ReadOptions): Promise<void> {
  const lists = new Lists<Fact>(wants, 'facts')
  if (lists.size === 0) return
  const { tenants, keys } = inStep(wants, 'facts')
  const found = await client.query<FactsPlace>({ name: 'facts-of-keys', text: factsOfKeys, values: [tenants, keys] })
  const segments = await segmentsOf(client, found.rows, options.cache)
  for (const row of found.rows) {
    const segment = segments.of(row)
    if (options.asOf !== undefined && segment.receivedAt > options.asOf) continue
    const list = lists.of(row)
    for (const place of row.places) {
      const reading = readFactsAt(segment, place)
      if ('facts' in reading) list.push(...reading.facts.filter((fact) => fact.keys.filed === row.key))
    }
  }
  lists.publish()
}

/**
 * The latest part of some series. As of a time that may be one that had begun and was empty: then the one before, and so on
 * for as many as can lie between what is said and its receipt.
 */
async function readLatest(client: ClientBase, wants: readonly Want[], options: ReadOptions): Promise<void> {
  for (const { tenant, known, missing } of wants)
    for (const series of missing.latest) {
      const found = await client.query<{ key: Key }>({ name: 'latest-keys', text: latestKeys, values: [tenant, series, `${series}~`, parts_max] })
      let facts: readonly Fact[] = []
      for (const { key } of found.rows) {
        const part = nothingKnown()
        await readFacts(client, [{ tenant, known: part, missing: wanting([key]) }], options)
        facts = part.facts.get(key)!
        if (facts.length > 0) break
      }
      known.latest.set(series, facts)
    }
}

const parts_max = 1_000
const latestKeys = sqlFile(import.meta.url, 'sql/latest-keys.sql')

/** One list per wanted key, handed to `known` when all of them are complete. */
class Lists<Value> {
  readonly #lists = new Map<string, { known: Map<Key, readonly Value[]>; key: Key; values: Value[] }>()

  constructor(wants: readonly Want[], of: 'facts' | 'links') {
    for (const { tenant, known, missing } of wants)
      for (const key of missing[of])
        this.#lists.set(tenant + separator + key, { known: known[of] as Map<Key, readonly any[]>, key, values: [] })
  }

  get size(): number {
    return this.#lists.size
  }

  of(row: { tenant: string; key: string }): Value[] {
    return this.#lists.get(row.tenant + separator + row.key)!.values
  }

  publish(): void {
    for (const { known, key, values } of this.#lists.values()) known.set(key, values)
  }
}

function inStep(wants: readonly Want[], of: 'facts' | 'links'): { tenants: string; keys: string } {
  const tenants: string[] = []
  const keys: string[] = []
  for (const { tenant, missing } of wants)
    for (const key of missing[of]) {
      tenants.push(tenant)
      keys.push(key)
    }
  return { tenants: tenants.join(separator), keys: keys.join(separator) }
}
