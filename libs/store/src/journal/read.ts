import type { ClientBase, Pool } from 'pg'
import type { Hash, TileReader } from '@onbehalf/ledger'
import { hashFromBytes, parseTile } from '@onbehalf/ledger'
import { sqlFile } from '../sql-file.ts'
import { Segment } from './segment.ts'
import type { JournalEntry, SegmentRow } from './segment.ts'

export interface SegmentAddress { tenant: string; logId: string; firstIndex: number }

/** The head of a log: what its tree is, now. */
export interface LogHead {
  tenant: string
  logId: string
  /** `<tenant>/<log id>`: its public name, and what follows the instance's origin in a checkpoint. */
  origin: string
  /** Null for `own`. */
  topic: string | null
  partition: number | null
  generation: number
  size: number
  rootHash: Hash
  /** The peaks, largest subtree first. */
  frontier: Hash[]
  /** Of the last segment; null while the log is empty. */
  receivedAt: string | null
}

/** What both `pool` and `client` can do. */
export type Queryable = ClientBase | Pool

/** Segments of a log in order, the first of which holds `fromIndex`, until the limits are passed (at least one). */
export async function readSegments(client: Queryable, tenant: string, logId: string, fromIndex: number,
  limits: { bytes_max?: number; entries_max?: number } = {}): Promise<Segment[]> {
  const { bytes_max = 4 << 20, entries_max = 10_000 } = limits
  const { rows } = await client.query<SegmentRow>({ name: 'segments-of-log', text: segmentsOfLog,
    values: [tenant, logId, fromIndex, entries_max, bytes_max] })
  return rows.map((row) => new Segment(row))
}

/** Segments by their keys, in one round trip, in no order; those that do not exist are left out. */
export async function readSegmentsAt(client: Queryable, addresses: readonly SegmentAddress[]): Promise<Segment[]> {
  if (addresses.length === 0) return []
  const joined = (of: (address: SegmentAddress) => string | number) => addresses.map(of).join('\x1f')
  const { rows } = await client.query<SegmentRow>({ name: 'segments-at', text: segmentsAt,
    values: [joined((a) => a.tenant), joined((a) => a.logId), joined((a) => a.firstIndex)] })
  return rows.map((row) => new Segment(row))
}

/** One entry with its segment; null where the log does not reach so far. */
export async function readEntry(client: Queryable, tenant: string, logId: string, index: number):
Promise<{ segment: Segment; entry: JournalEntry } | null> {
  const [segment] = await readSegments(client, tenant, logId, index, { entries_max: 1 })
  if (segment === undefined || segment.firstIndex > index) return null
  return { segment, entry: segment.entry(index - segment.firstIndex) }
}

/** The heads of one tenant's logs, or of all, by tenant and log. A reader sees its own tenant's alone. */
export async function readHeads(client: Queryable, tenant?: string): Promise<LogHead[]> {
  const { rows } = await client.query<HeadRow>({ name: 'heads', text: headsSql, values: [tenant ?? null] })
  return rows.map(headOf)
}

/** How far a partition has come. */
export interface PartitionPosition {
  topic: string
  partition: number
  epoch: number
  /** Null: never read. */
  nextOffset: bigint | null
  /** The end of the topic when it was last seen. */
  endOffset: bigint | null
  /** RFC 3339: at this time the topic held nothing after `nextOffset`. */
  caughtUpAt: string | null
}

/** Every partition, or those of one topic. */
export async function readPartitions(client: Queryable, topic?: string): Promise<PartitionPosition[]> {
  const { rows } = await client.query<{ topic: string; partition: number; epoch: number; caught_up_at: string | null
    next_offset: number | bigint | null; end_offset: number | bigint | null }>({ name: 'partitions',
    text: `select topic, partition, epoch, next_offset, end_offset, caught_up_at from journal.partitions
           where $1::text is null or topic = $1 order by topic, partition`,
    values: [topic ?? null] })
  return rows.map((row) => ({
    topic: row.topic,
    partition: row.partition,
    epoch: row.epoch,
    nextOffset: row.next_offset === null ? null : BigInt(row.next_offset),
    endOffset: row.end_offset === null ? null : BigInt(row.end_offset),
    caughtUpAt: row.caught_up_at,
  }))
}

/**
 * Full tiles as stored, partial ones computed from what is below them. For a log of `size`: what grew since is left out.
 */
export function tileReader(client: Queryable, tenant: string, logId: string): TileReader {
  return async (level, index, width) => {
    const stored = await client.query<{ hashes: Buffer }>({ name: 'tile',
      text: 'select hashes from ledger.tiles where tenant = $1 and log_id = $2 and level = $3 and index = $4',
      values: [tenant, logId, level, index] })
    if (stored.rows[0] !== undefined) return parseTile(stored.rows[0].hashes).slice(0, width)
    if (level === 0) return leavesOf(client, tenant, logId, index * 256, width)
    const below = await client.query<{ root: Buffer }>({ name: 'tile-roots',
      text: `select root from ledger.tiles
             where tenant = $1 and log_id = $2 and level = $3 and index >= $4 and index < $5 order by index`,
      values: [tenant, logId, level - 1, index * 256, index * 256 + width] })
    return below.rows.map((row) => hashFromBytes(row.root))
  }
}

/** Leaf hashes `from` … `from + count`, from the segments' commitments. */
export async function leavesOf(client: Queryable, tenant: string, logId: string, from: number, count: number):
Promise<Hash[]> {
  const { rows } = await client.query<SegmentRow>({ name: 'leaves', text: leavesSql,
    values: [tenant, logId, from, from + count] })
  const leaves: Hash[] = []
  for (const row of rows) {
    const segment = new Segment(row)
    const first = Math.max(0, from - segment.firstIndex)
    const end = Math.min(segment.count, from + count - segment.firstIndex)
    for (let i = first; i < end; i++) leaves.push(segment.leaf(i))
  }
  return leaves
}

export interface HeadRow {
  tenant: string
  log_id: string
  origin: string
  topic: string | null
  partition: number | null
  generation: number
  size: number
  root_hash: Buffer
  frontier: Buffer
  received_at: string | null
}

export function headOf(row: HeadRow): LogHead {
  return {
    tenant: row.tenant,
    logId: row.log_id,
    origin: row.origin,
    topic: row.topic,
    partition: row.partition,
    generation: row.generation,
    size: row.size,
    rootHash: hashFromBytes(row.root_hash),
    frontier: hashesOf(row.frontier),
    receivedAt: row.received_at,
  }
}

export function hashesOf(bytes: Uint8Array): Hash[] {
  return Array.from({ length: bytes.length / 32 }, (_, at) => hashFromBytes(bytes, at * 32))
}

const segmentsOfLog = sqlFile(import.meta.url, 'sql/segments-of-log.sql')
const segmentsAt = sqlFile(import.meta.url, 'sql/segments-at.sql')
const headsSql = sqlFile(import.meta.url, 'sql/heads.sql')
const leavesSql = sqlFile(import.meta.url, 'sql/leaves.sql')
