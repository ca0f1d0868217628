import zlib from 'node:zlib'
import type { Tree } from '@onbehalf/ledger'
import { sha256Base64 } from '../sha256.ts'
import { segmentBytesMax, segmentEntriesMax, type Entry } from './entry.ts'
import { LeafText } from './leaf-text.ts'
import { encodeOffsets, encodeRuns } from './run-length.ts'
import { saltLength } from './segment.ts'
import { timeText } from './time.ts'

/** A log while its writer has it: the tree in memory is ahead of the stored head by what is being committed. */
export interface OpenLog {
  tenant: string
  logId: string
  generation: number
  tree: Tree
  /** Microseconds since 1970 of the last segment; 0 before the first. */
  receivedAtUs: number
  /** Whether its row exists, or will with a batch that is being committed. */
  opened: boolean
}

/** A segment, ready to be stored. */
export interface SealedSegment {
  log: OpenLog
  firstIndex: number
  count: number
  receivedAtUs: number
  kinds: string
  producers: string
  offsets: string
  /** One character per byte. */
  commitments: Buffer
  encoding: number
  content: Buffer
}

/**
 * The hot path: salts, hashes and compresses the entries of one log, grows its tree, and cuts them into segments. Pure
 * but for the salts. Per entry it makes two short strings and no buffer.
 *
 * @param nowUs becomes `received_at`, unless the log's last segment is later
 */
export function seal(log: OpenLog, entries: readonly Entry[], salts: Salts, nowUs: number): SealedSegment[] {
  const receivedAtUs = Math.max(log.receivedAtUs, nowUs)
  log.receivedAtUs = receivedAtUs
  const time = timeText(receivedAtUs)
  const segments: SealedSegment[] = []
  for (let from = 0; from < entries.length;) {
    let to = from
    let bytes = 0
    while (to < entries.length && to - from < segmentEntriesMax) {
      const grown = bytes + saltLength + entries[to]!.content.length
      if (to > from && grown > segmentBytesMax) break
      bytes = grown
      to++
    }
    segments.push(sealOne(log, entries.slice(from, to), salts, bytes, receivedAtUs, time))
    from = to
  }
  return segments
}

/** Random bytes, drawn once for a whole batch, handed out 16 by 16. */
export class Salts {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  copyNext(to: Buffer, at: number): void {
    this.#bytes.copy(to, at, this.#at, this.#at + saltLength)
    this.#at += saltLength
  }
}

function sealOne(log: OpenLog, entries: readonly Entry[], salts: Salts, bytes: number, receivedAtUs: number, time: string):
SealedSegment {
  const count = entries.length
  const firstIndex = log.tree.size
  const length = 4 * count + bytes
  const body = scratchOf(length)
  const commitments = Buffer.allocUnsafeSlow(count * 32)
  const leaves = new LeafText(log.tenant, time)
  let at = 4 * count
  for (let i = 0; i < count; i++) {
    const { content, kind, producer } = entries[i]!
    body.writeUInt32LE(content.length, 4 * i)
    salts.copyNext(body, at)
    body.set(content, at + saltLength)
    const end = at + saltLength + content.length
    const commitment = sha256Base64(body.subarray(at, end))
    commitments.write(commitment, i * 32, 'base64')
    log.tree.append(leaves.hash(kind, producer, commitment))
    at = end
  }
  const compressed = length < compressedBytesMin ? null : zlib.zstdCompressSync(body.subarray(0, length), fastest)
  const encoding = compressed !== null && compressed.length < length ? 1 : 0
  return {
    log,
    firstIndex,
    count,
    receivedAtUs,
    kinds: encodeRuns(entries.map((entry) => entry.kind)),
    producers: encodeRuns(entries.map((entry) => entry.producer)),
    offsets: encodeOffsets(entries.map((entry) => entry.offset)),
    commitments,
    encoding,
    content: encoding === 1 ? compressed! : Buffer.from(body.subarray(0, length)),
  }
}

/** zstd on a few hundred bytes costs 40 us and saves little. */
const compressedBytesMin = 2048
const fastest = { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } }

// Every segment is put together here and leaves compressed, so that no large buffer is made per segment.
let scratch = Buffer.allocUnsafeSlow(2 << 20)

function scratchOf(bytes: number): Buffer {
  if (bytes > scratch.length) {
    // A rare giant does not keep its memory.
    if (bytes > 16 << 20) return Buffer.allocUnsafeSlow(bytes)
    scratch = Buffer.allocUnsafeSlow(Math.max(bytes, scratch.length * 2))
  }
  return scratch
}
