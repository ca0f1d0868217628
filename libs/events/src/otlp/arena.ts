import { Malformed } from './malformed.ts'

/** Collects where records are cut, and makes them all at once, within limits. */
export interface Arena<Cut> {
  add(cut: Cut & { from: number }): void
  /** Counts a resource or scope: without records they cost something too. */
  countGroup(at: number): void
  records(): Uint8Array[]
}

/**
 * @param measure the length of a record
 * @param write writes a record at `start`
 */
export function createArena<Cut>(
  body: Uint8Array,
  recordsMax: number,
  measure: (cut: Cut) => number,
  write: (cut: Cut, body: Uint8Array, target: Uint8Array, start: number) => void,
): Arena<Cut> {
  const cuts: Cut[] = []
  // Of each as many as records, and one more: so that too many records are called that.
  const groupsMax = 2 * recordsMax + 2
  let groups = 0
  return {
    add(cut) {
      if (cuts.length >= recordsMax) throw new Malformed(`has more than ${recordsMax} records`, cut.from, { tooMany: true })
      cuts.push(cut)
    },
    countGroup(at) {
      if (++groups > groupsMax) throw new Malformed(`has more than ${groupsMax} resources and scopes`, at, { tooMany: true })
    },
    records() {
      const bytesMax = Math.min(mebibyte + 32 * body.length, 64 * mebibyte + 3 * body.length)
      const ends: number[] = []
      let length = 0
      for (const cut of cuts) ends.push(length += measure(cut))
      if (length > bytesMax) throw new Malformed(`would be ${length} bytes when each record has its resource and scope, and ${bytesMax} are the most; send fewer records at once`, undefined, { tooMany: true })
      const target = new Uint8Array(length)
      return cuts.map((cut, i) => {
        const start = i === 0 ? 0 : ends[i - 1]!
        write(cut, body, target, start)
        return target.subarray(start, ends[i])
      })
    },
  }
}

const mebibyte = 1_048_576
