import type { ClientBase } from 'pg'
import { Tree, hashFromBytes, hashToHex, nodeHash, parseTile, rootFromTiles, rootOf } from '@onbehalf/ledger'
import type { Hash, Tile } from '@onbehalf/ledger'
import { sha256 } from '../sha256.ts'
import { sqlFile } from '../sql-file.ts'
import { tileReader, type LogHead } from './read.ts'
import { Segment, type SegmentRow } from './segment.ts'
import type { Check, Problem } from './verify.ts'

export interface LogTotals {
  segments: number
  entries: number
  erased: number
  /** Of content, as stored. */
  bytes: number
  tiles: number
}

/** Reads one log from its first segment to its head, and recomputes its tree as it goes. */
export class LogVerifier {
  readonly #client: ClientBase
  readonly #head: LogHead
  readonly #totals: LogTotals
  readonly #report: () => void
  readonly #opened: Set<string>
  readonly #tiles: StoredTiles
  #tree: Tree | null = new Tree(sha256)
  /** The next index. */
  #next = 0
  #receivedAt = ''
  #lastOffset: bigint | null = null
  /** Where a leaf is not what its tile says. Whose fault that is, the head decides at the end. */
  readonly #suspects: Suspect[] = []
  #suspectsMore = 0

  /** @param opened gets the logs that the tenant's own log names */
  constructor(client: ClientBase, head: LogHead, totals: LogTotals, report: () => void, opened: Set<string>) {
    this.#client = client
    this.#head = head
    this.#totals = totals
    this.#report = report
    this.#opened = opened
    this.#tiles = new StoredTiles(client, head.tenant, head.logId)
  }

  /** The greatest source offset seen. */
  get lastOffset(): bigint | null {
    return this.#lastOffset
  }

  async *problems(): AsyncGenerator<Problem> {
    for (let after = -1; this.#next < this.#head.size;) {
      const { rows } = await this.#client.query<SegmentRow>({ name: 'verify-segments', text: segmentsSql,
        values: [this.#head.tenant, this.#head.logId, after, page_segments_max] })
      for (const row of rows) {
        after = row.first_index
        if (row.first_index >= this.#head.size) break
        yield* this.#segment(new Segment(row), row.content.length)
      }
      if (rows.length < page_segments_max || after >= this.#head.size) break
    }
    if (this.#next < this.#head.size) yield* this.#gap(this.#head.size)
    yield* this.#verdict()
    yield* this.#beyond()
  }

  async *#segment(segment: Segment, bytes: number): AsyncGenerator<Problem> {
    const { firstIndex, count } = segment
    this.#totals.segments++
    if (this.#totals.segments % 100 === 0) this.#report()
    if (firstIndex > this.#next) yield* this.#gap(firstIndex)
    if (firstIndex < this.#next) {
      yield this.#problem('extra', firstIndex, `The segment at ${firstIndex} holds entries that the one before it has as well.`)
      return
    }
    if (segment.receivedAt < this.#receivedAt) {
      yield this.#problem('time', firstIndex, `received_at goes back from ${this.#receivedAt} to ${segment.receivedAt}.`)
    }
    this.#receivedAt = segment.receivedAt
    yield* this.#contents(segment, bytes)
    yield* this.#offsets(segment)
    const leaves = attempt(() => Array.from({ length: count }, (_, i) => segment.leaf(i)))
    if (leaves instanceof Error) {
      yield this.#problem('segment', firstIndex, leaves.message)
      yield* this.#fill(firstIndex + count)
    } else {
      for (const leaf of leaves) this.#tree?.append(leaf)
      this.#next += count
      yield* this.#completed()
    }
    this.#totals.entries += count
  }

  *#contents(segment: Segment, bytes: number): Generator<Problem> {
    for (let i = 0; i < segment.count; i++) {
      const commits = attempt(() => segment.commits(i))
      if (commits instanceof Error) {
        yield this.#problem('segment', segment.firstIndex, commits.message)
        return
      }
      if (commits === null) this.#totals.erased++
      else if (!commits) {
        yield this.#problem('commitment', segment.firstIndex + i, `Salt and content of entry ${segment.firstIndex + i} do not give its commitment.`)
      } else if (this.#head.logId === 'own') {
        const event = attempt(() => JSON.parse(String(segment.entry(i).content)) as { type?: string; data?: { log?: string } })
        if (!(event instanceof Error) && event?.type === 'onbehalf.log.opened.v1') this.#opened.add(String(event.data?.log))
      }
    }
    this.#totals.bytes += bytes
  }

  *#offsets(segment: Segment): Generator<Problem> {
    if (this.#head.topic === null) return
    for (let i = 0; i < segment.count; i++) {
      const offset = attempt(() => segment.offset(i))
      if (offset instanceof Error) {
        yield this.#problem('segment', segment.firstIndex, offset.message)
        return
      }
      if (offset === null) {
        yield this.#problem('offset', segment.firstIndex, 'The segment does not say which records its entries came in.')
        return
      }
      if (this.#lastOffset !== null && offset < this.#lastOffset) {
        yield this.#problem('offset', segment.firstIndex + i, `Source offset ${offset} comes after ${this.#lastOffset}.`)
      }
      this.#lastOffset = offset
    }
  }

  async *#gap(to: number): AsyncGenerator<Problem> {
    yield this.#problem('gap', this.#next, `Entries ${this.#next} to ${to - 1} are not there: ${to - this.#next} missing.`)
    yield* this.#fill(to)
  }

  /** Takes leaves that cannot be computed from the tiles, so that what follows can still be held against the head. */
  async *#fill(to: number): AsyncGenerator<Problem> {
    while (this.#next < to) {
      const index = Math.floor(this.#next / 256)
      const tile = this.#tree === null ? null : await this.#tiles.leaves(index)
      if (tile === null) {
        this.#tree = null
        this.#next = to
        return
      }
      for (; this.#next < to && this.#next < (index + 1) * 256; this.#next++) this.#tree!.append(tile.hashes[this.#next % 256]!)
      yield* this.#completed()
    }
  }

  async *#completed(): AsyncGenerator<Problem> {
    for (const tile of this.#tree?.takeTiles() ?? []) {
      this.#totals.tiles++
      const stored = tile.level === 0 ? await this.#tiles.leaves(tile.index) : await this.#tiles.one(tile.level, tile.index)
      const from = tile.index * 256 ** (tile.level + 1)
      if (stored === null) yield this.#problem('tile', from, `Tile ${tile.index} of level ${tile.level} is missing.`)
      else if (tile.level === 0) yield* this.#compareLeaves(tile, stored)
      else if (stored.root !== tile.root || stored.hashes.join('') !== tile.hashes.join('')) {
        // Wrong leaves make wrong levels above: said once, below.
        if (this.#suspects.length === 0) yield this.#problem('tile', from, `Tile ${tile.index} of level ${tile.level} is not what its entries give.`)
      }
    }
  }

  *#compareLeaves(computed: Tile, stored: Tile): Generator<Problem> {
    let differ = false
    for (let i = 0; i < 256; i++) {
      if (computed.hashes[i] === stored.hashes[i]) continue
      differ = true
      const suspect = { index: computed.index * 256 + i, computed: computed.hashes[i]!, stored: stored.hashes[i]! }
      if (this.#suspects.length < suspects_max) this.#suspects.push(suspect)
      else this.#suspectsMore++
    }
    const rootStored = differ ? rootOf(sha256, stored.hashes) : computed.root
    if (stored.root !== rootStored) {
      yield this.#problem('tile', computed.index * 256, `The root of tile ${computed.index} of level 0 is not that of its hashes.`)
    }
  }

  /** With the whole tree known: is it the head, the tiles or the entries that were changed? */
  async *#verdict(): AsyncGenerator<Problem> {
    const head = this.#head
    const tree = this.#tree
    const sound = tree !== null && tree.root() === head.rootHash
    if (sound) {
      for (const tile of new Set(this.#suspects.map((suspect) => Math.floor(suspect.index / 256)))) {
        const first = this.#suspects.find((suspect) => Math.floor(suspect.index / 256) === tile)!
        yield this.#problem('tile', first.index, `Tile ${tile} of level 0 is wrong from hash ${first.index % 256} on; the entries are those of the head.`)
      }
    } else {
      yield* this.#wrongEntries()
      if (this.#suspects.length > 0 || tree === null) yield* this.#headAgainstTiles()
    }
    if (tree === null) return
    const frontier = tree.frontier()
    if (sound && frontier.join('') !== head.frontier.join('')) {
      yield this.#problem('head', head.size, 'The peaks of the head are not those of its entries, though the root is.')
    }
    if (!sound && this.#suspects.length === 0) yield* this.#unexplained(tree, frontier)
  }

  /** Entries are wrong, so they cannot vouch for the head. The tiles can. */
  async *#headAgainstTiles(): AsyncGenerator<Problem> {
    const { tenant, logId, size, rootHash } = this.#head
    const root = await rootFromTiles(sha256, tileReader(this.#client, tenant, logId), size).catch(() => undefined)
    if (root !== undefined && root !== rootHash) {
      yield this.#problem('head', size, `The tiles give root ${shown(root)}; the head says ${shown(rootHash)}.`)
    }
  }

  /** Full tiles agree, the head does not: it was changed itself, or an entry that no full tile holds yet. */
  *#unexplained(tree: Tree, frontier: Hash[]): Generator<Problem> {
    const head = this.#head
    if (tree.size !== head.size || rootOfPeaks(head.frontier) !== head.rootHash) {
      yield this.#problem('head', head.size, `The ${tree.size} entries give root ${shown(tree.root())}; the head says ${head.size} and ${shown(head.rootHash)}.`)
      return
    }
    for (let i = 0, from = 0, rest = head.size; i < frontier.length; i++) {
      const width = 2 ** Math.floor(Math.log2(rest))
      if (frontier[i] !== head.frontier[i]) {
        yield this.#problem(width >= 256 ? 'head' : 'entry', from,
          `Entries ${from} to ${from + width - 1} do not give the head's peak ${shown(head.frontier[i])}, but ${shown(frontier[i])}.`)
      }
      from += width
      rest -= width
    }
  }

  *#wrongEntries(): Generator<Problem> {
    const places = new Map(this.#suspects.map((suspect) => [suspect.stored, suspect.index]))
    for (const { index, computed } of this.#suspects) {
      const belongs = places.get(computed)
      yield belongs === undefined
        ? this.#problem('entry', index, `Entry ${index} is not the one that the ledger has: its kind, producer, time or commitment was changed.`)
        : this.#problem('order', index, `At ${index} stands the entry that the ledger has at ${belongs}.`)
    }
    if (this.#suspectsMore > 0) yield this.#problem('entry', undefined, `And ${this.#suspectsMore} more entries that the ledger has otherwise.`)
  }

  async *#beyond(): AsyncGenerator<Problem> {
    const { rows } = await this.#client.query<{ what: 'segment' | 'tile'; level: number | null; index: number }>({
      name: 'verify-beyond', text: beyondSql, values: [this.#head.tenant, this.#head.logId] })
    for (const { what, level, index } of rows) {
      yield what === 'segment'
        ? this.#problem('extra', index, `The segment at ${index} lies beyond the head of ${this.#head.size} entries.`)
        : this.#problem('tile', undefined, `Tile ${index} of level ${level} lies beyond the head of ${this.#head.size} entries.`)
    }
  }

  #problem(check: Check, index: number | undefined, message: string): Problem {
    return { check, log: this.#head.origin, ...(index !== undefined && { index }), message }
  }
}

interface Suspect { index: number; computed: Hash; stored: Hash }

const page_segments_max = 32
const suspects_max = 1_000

/** Tiles as stored, the leaves' read ahead. */
class StoredTiles {
  readonly #client: ClientBase
  readonly #tenant: string
  readonly #logId: string
  #ahead = new Map<number, Tile>()
  #read = -1

  constructor(client: ClientBase, tenant: string, logId: string) {
    this.#client = client
    this.#tenant = tenant
    this.#logId = logId
  }

  async leaves(index: number): Promise<Tile | null> {
    if (index >= this.#read || !this.#ahead.has(index)) {
      if (index < this.#read && index >= this.#read - ahead_max) return null
      this.#ahead = new Map((await this.#query(0, index, index + ahead_max)).map((tile) => [tile.index, tile]))
      this.#read = index + ahead_max
    }
    return this.#ahead.get(index) ?? null
  }

  async one(level: number, index: number): Promise<Tile | null> {
    return (await this.#query(level, index, index + 1))[0] ?? null
  }

  async #query(level: number, from: number, to: number): Promise<Tile[]> {
    const { rows } = await this.#client.query<{ index: number; hashes: Buffer; root: Buffer }>({ name: 'verify-tiles',
      text: `select index, hashes, root from ledger.tiles
             where tenant = $1 and log_id = $2 and level = $3 and index >= $4 and index < $5 order by index`,
      values: [this.#tenant, this.#logId, level, from, to] })
    return rows.map((row) => ({ level, index: row.index, hashes: parseTile(row.hashes), root: hashFromBytes(row.root) }))
  }
}

const ahead_max = 32

function attempt<T>(work: () => T): T | Error {
  try {
    return work()
  } catch (error) {
    return error as Error
  }
}

/** The root that peaks give, the largest subtree first. RFC 9162 section 2.1.1. */
function rootOfPeaks(peaks: readonly Hash[]): Hash | undefined {
  return peaks.reduceRight<Hash | undefined>((root, peak) => (root === undefined ? peak : nodeHash(sha256, peak, root)), undefined)
}

function shown(hash: Hash | undefined): string {
  return hash === undefined ? '(none)' : `${hashToHex(hash).slice(0, 12)}…`
}

const segmentsSql = sqlFile(import.meta.url, 'sql/verify-segments.sql')
const beyondSql = sqlFile(import.meta.url, 'sql/verify-beyond.sql')
