import zlib from 'node:zlib'
import type { EntryKind, Hash } from '@onbehalf/ledger'
import { entryText, hashToBase64 } from '@onbehalf/ledger'
import { sha256 } from '../sha256.ts'
import { StoreError } from '../store-error.ts'
import { LeafText } from './leaf-text.ts'
import { decodeOffsets, decodeRuns } from './run-length.ts'
import { timeUs } from './time.ts'

/** A row of `journal.segments`; a query that needs neither leaves nor offsets may leave those columns out. */
export interface SegmentRow {
  tenant: string
  log_id: string
  first_index: number
  count: number
  /** RFC 3339 with microseconds, as pool.ts reads timestamptz. */
  received_at: string
  kinds: string
  producers: string
  offsets?: string
  commitments?: Buffer
  /** 0: content as it is, 1: zstd. */
  encoding: number
  content: Buffer
}

/** One thing as it was received. */
export interface JournalEntry {
  index: number
  kind: EntryKind
  producer: string
  /** 16 bytes; null once erased. */
  salt: Buffer | null
  /** A view into the segment; null once erased. */
  content: Buffer | null
  erased: boolean
}

/** What one commit added to one log. Nothing is decompressed before the first entry is asked for. */
export class Segment {
  readonly tenant: string
  readonly logId: string
  readonly firstIndex: number
  readonly count: number
  /** RFC 3339 with microseconds: the same for all its entries. */
  readonly receivedAt: string
  readonly #row: SegmentRow
  #kinds: string[] | undefined
  #producers: string[] | undefined
  #offsets: bigint[] | undefined
  #body: Body | undefined
  #leafText: LeafText | undefined

  constructor(row: SegmentRow) {
    this.tenant = row.tenant
    this.logId = row.log_id
    this.firstIndex = row.first_index
    this.count = row.count
    this.receivedAt = row.received_at
    this.#row = row
  }

  /** Microseconds since 1970. */
  get receivedAtUs(): number {
    return timeUs(this.receivedAt)
  }

  /** @param i place in the segment, from 0. Throws `journal_damaged` where the row is not what it should be. */
  entry(i: number): JournalEntry {
    const kind = this.kind(i)
    const producer = this.producer(i)
    const { bytes, starts } = this.#opened()
    const start = starts[i]!
    const end = starts[i + 1]!
    // No salt, no content: a content of no bytes still has its salt.
    const erased = end === start
    return {
      index: this.firstIndex + i,
      kind,
      producer,
      salt: erased ? null : bytes.subarray(start, start + saltLength),
      content: erased ? null : bytes.subarray(start + saltLength, end),
      erased,
    }
  }

  kind(i: number): EntryKind {
    this.#kinds ??= decodeRuns(this.#row.kinds, this.count)
    return this.#kinds[this.#place(i)] as EntryKind
  }

  producer(i: number): string {
    this.#producers ??= decodeRuns(this.#row.producers, this.count)
    return this.#producers[this.#place(i)]!
  }

  /** Offset of the record it came in; null in a log without a source. */
  offset(i: number): bigint | null {
    this.#offsets ??= decodeOffsets(this.#row.offsets ?? '', this.count)
    return this.#offsets[this.#place(i)] ?? null
  }

  /** As stored; without the column, computed from salt and content. */
  commitment(i: number): Hash {
    if (this.#row.commitments !== undefined) {
      const stored = this.#row.commitments.toString('latin1', this.#place(i) * 32, i * 32 + 32) as Hash
      if (stored.length !== 32) throw this.#damaged('it has fewer commitments than entries')
      return stored
    }
    const sealed = this.#sealed(i)
    if (sealed === null) throw this.#damaged('the commitment of an erased entry was not read')
    return sha256(sealed)
  }

  /** Whether the commitment stored for an entry is that of its salt and content; null for an erased one. */
  commits(i: number): boolean | null {
    const sealed = this.#sealed(i)
    return sealed === null ? null : sha256(sealed) === this.commitment(i)
  }

  /** The six lines that the leaf is the hash of. */
  text(i: number): string {
    return entryText({ tenant: this.tenant, kind: this.kind(i), receivedAt: this.receivedAt,
      producer: this.producer(i), commitment: this.commitment(i) })
  }

  /** SHA-256 of 0x00 and the text: the same as `leafHash` gives, without making the text. */
  leaf(i: number): Hash {
    const { commitments } = this.#row
    const base64 = commitments === undefined ? hashToBase64(this.commitment(i))
      : commitments.toString('base64', this.#place(i) * 32, i * 32 + 32)
    if (base64.length !== 44) throw this.#damaged('it has fewer commitments than entries')
    this.#leafText ??= new LeafText(this.tenant, this.receivedAt)
    return this.#leafText.hash(this.kind(i), this.producer(i), base64)
  }

  /** Salt and content as they stand, side by side; null once erased. */
  #sealed(i: number): Buffer | null {
    const { bytes, starts } = this.#opened()
    const start = starts[this.#place(i)]!
    const end = starts[i + 1]!
    return end === start ? null : bytes.subarray(start, end)
  }

  #place(i: number): number {
    if (!Number.isInteger(i) || i < 0 || i >= this.count) throw new RangeError(`a segment of ${this.count} has no entry ${i}`)
    return i
  }

  #opened(): Body {
    return (this.#body ??= this.#open())
  }

  #open(): Body {
    const { encoding, content } = this.#row
    let bytes: Buffer
    try {
      bytes = encoding === 1 ? zlib.zstdDecompressSync(content) : content
    } catch (cause) {
      throw this.#damaged('its content does not decompress', cause)
    }
    const starts = new Float64Array(this.count + 1)
    let at = 4 * this.count
    if (bytes.length < at) throw this.#damaged('its content is too short')
    for (let i = 0; i < this.count; i++) {
      starts[i] = at
      const length = bytes.readUInt32LE(4 * i)
      if (length !== erasedLength) at += saltLength + length
    }
    starts[this.count] = at
    if (at !== bytes.length) throw this.#damaged(`its content has ${bytes.length} bytes, not ${at}`)
    return { bytes, starts }
  }

  #damaged(what: string, cause?: unknown): StoreError {
    return new StoreError('journal_damaged', `Segment ${this.tenant}/${this.logId}@${this.firstIndex}: ${what}.`,
      { tenant: this.tenant, log_id: this.logId, first_index: this.firstIndex }, cause)
  }
}

/** A length that says: salt and content of this entry were erased. */
export const erasedLength = 0xffff_ffff
export const saltLength = 16

/** `starts[i]`: where entry i's salt begins. */
interface Body { bytes: Buffer; starts: Float64Array }

export function readSegmentRows(rows: readonly SegmentRow[]): Segment[] {
  return rows.map((row) => new Segment(row))
}
