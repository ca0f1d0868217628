import type { SegmentCache } from '@onbehalf/store'

type Segment = NonNullable<ReturnType<SegmentCache['get']>>

export interface SegmentCacheOptions {
  bytesMax: number
  /** An erased content must not outlive its erasure here by more than this. */
  ageMsMax: number
  now?: () => number
  /** What a segment takes in memory; an estimate. */
  sizeOf?: (segment: Segment) => number
}

/**
 * Decoded segments, the least recently used go first. Keys begin with the tenant, as the reader makes them, so one
 * tenant's entry can never be another's answer.
 */
export function createSegmentCache({ bytesMax, ageMsMax, now = () => performance.now(), sizeOf = bytesOf }: SegmentCacheOptions):
SegmentCache & { readonly bytes: number } {
  const kept = new Map<string, { segment: Segment; bytes: number; until: number }>()
  let total = 0

  const drop = (id: string) => {
    total -= kept.get(id)?.bytes ?? 0
    kept.delete(id)
  }
  return {
    get bytes() {
      return total
    },
    get(id) {
      const found = kept.get(id)
      if (found === undefined) return undefined
      if (found.until <= now()) {
        drop(id)
        return undefined
      }
      // A map keeps the order of insertion: the first is the one that was used least recently.
      kept.delete(id)
      kept.set(id, found)
      return found.segment
    },
    set(id, segment) {
      drop(id)
      const bytes = sizeOf(segment)
      if (bytes > bytesMax / 4) return
      kept.set(id, { segment, bytes, until: now() + ageMsMax })
      total += bytes
      for (const oldest of kept.keys()) {
        if (total <= bytesMax) break
        drop(oldest)
      }
    },
  }
}

/** Contents, and what holding each of them costs. */
function bytesOf(segment: Segment): number {
  let bytes = 1_024
  for (let place = 0; place < segment.count; place++) bytes += (segment.entry(place).content?.byteLength ?? 0) + 128
  return bytes
}
