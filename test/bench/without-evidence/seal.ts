import zlib from 'node:zlib'
import type { Entry } from '@onbehalf/store'
// What is measured is this room without its hashing, so the rest of it is used from inside.
// @boundaries-ignore what is measured is this room without its hashing
import { segmentBytesMax, segmentEntriesMax } from '../../../libs/store/src/journal/entry.ts'
// @boundaries-ignore what is measured is this room without its hashing
import { encodeOffsets, encodeRuns } from '../../../libs/store/src/journal/run-length.ts'
// @boundaries-ignore what is measured is this room without its hashing
import type { OpenLog, SealedSegment } from '../../../libs/store/src/journal/seal.ts'

/**
 * `seal` of libs/store/src/journal/seal.ts without commitments and leaf hashes. Salts are zeros, which compress to
 * nothing, so that segments can be read back as usual. Keep it in step with the original: same cuts, same compression.
 */
export function seal(log: OpenLog, entries: readonly Entry[], _salts: Salts, nowUs: number): SealedSegment[] {
  const receivedAtUs = Math.max(log.receivedAtUs, nowUs)
  log.receivedAtUs = receivedAtUs
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
    segments.push(sealOne(log, entries.slice(from, to), bytes, receivedAtUs))
    from = to
  }
  return segments
}

export class Salts {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
}

function sealOne(log: OpenLog, entries: readonly Entry[], bytes: number, receivedAtUs: number): SealedSegment {
  const count = entries.length
  const firstIndex = log.tree.size
  const length = 4 * count + bytes
  let at = 4 * count
  for (let i = 0; i < count; i++) {
    const { content } = entries[i]!
    scratch.writeUInt32LE(content.length, 4 * i)
    scratch.fill(0, at, at + saltLength)
    scratch.set(content, at + saltLength)
    log.tree.append('' as never)
    at += saltLength + content.length
  }
  return {
    log, firstIndex, count, receivedAtUs,
    kinds: encodeRuns(entries.map((entry) => entry.kind)),
    producers: encodeRuns(entries.map((entry) => entry.producer)),
    offsets: encodeOffsets(entries.map((entry) => entry.offset)),
    commitments: noCommitments,
    encoding: 1,
    content: zlib.zstdCompressSync(scratch.subarray(0, length), fastest),
  }
}

const saltLength = 16
const fastest = { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } }
const scratch = Buffer.allocUnsafeSlow(4 << 20)
const noCommitments = Buffer.alloc(0)
