import type { Random } from './random.ts'

/** The same items, some of them again (whole copies), at any later place. */
export function duplicated<T>(random: Random, items: readonly T[], share: number): T[] {
  const out = [...items]
  for (const item of items) if (random.chance(share)) out.splice(random.int(out.length + 1), 0, item)
  return out
}

/** Items that arrive late: each moves back by at most `places`. */
export function jittered<T>(random: Random, items: readonly T[], places: number): T[] {
  return items
    .map((item, i) => ({ item, place: i + random.next() * places }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** Over so many partitions, each keeping the order that its items had. Some may stay empty. */
export function split<T>(random: Random, items: readonly T[], partitions: number): T[][] {
  const out = Array.from({ length: partitions }, (): T[] => [])
  for (const item of items) random.pick(out).push(item)
  return out
}

/** Cuts a list into runs of 1 to `most` items: the batches in which it arrives. */
export function batches<T>(random: Random, items: readonly T[], most: number): T[][] {
  const out: T[][] = []
  for (let at = 0; at < items.length;) {
    const length = 1 + random.int(most)
    out.push(items.slice(at, at + length))
    at += length
  }
  return out
}
