import type { Hash, Sha256 } from './hash.ts'
import { LedgerError } from './ledger-error.ts'
import { nodeHash } from './merkle-hash.ts'
import { perfectRoot } from './perfect-root.ts'
import { splitPoint } from './split-point.ts'
import { tileWidth, tileWidthMax } from './tiles.ts'
import type { TileReader } from './tiles.ts'

/** Leaves `from` (inclusive) to `to` (exclusive), as RFC 9162 cuts them: a subtree of the tree. */
export interface LeafRange {
  from: number
  to: number
}

/**
 * The Merkle tree hash of each range in a tree of `size` leaves, computed from tiles. Each tile needed is read once,
 * all at the same time, with the width it has at that size, so that partial tiles do. Throws `tile_mismatch` where the
 * reader answers fewer hashes; what it answers beyond is a later size's and is not looked at.
 */
export async function rangeRoots(
  sha256: Sha256,
  read: TileReader,
  size: number,
  ranges: readonly LeafRange[],
): Promise<Hash[]> {
  const needed = ranges.map((range) => perfectSubtrees(range).map(placeInTile))
  const distinct = new Map(needed.flat().map((place) => [tileKey(place), place]))
  const tiles = new Map(
    await Promise.all(Array.from(distinct, async ([key, place]) => [key, await readTile(read, place, size)] as const)),
  )
  return needed.map((places) => {
    const roots = places.map((place) =>
      perfectRoot(sha256, tiles.get(tileKey(place))!.slice(place.at, place.at + place.width)),
    )
    return roots.reduceRight((right, left) => nodeHash(sha256, left, right))
  })
}

/** Where the hashes below a perfect subtree stand: a run of up to 128 hashes of one tile. */
interface Place {
  level: number
  index: number
  at: number
  width: number
}

/** A range is a row of perfect subtrees, largest first; each begins at a multiple of its own width. */
function perfectSubtrees({ from, to }: LeafRange): LeafRange[] {
  const subtrees: LeafRange[] = []
  let at = from
  while (at < to) {
    const left = to - at
    const half = left === 1 ? 1 : splitPoint(left)
    const width = half * 2 === left ? left : half
    subtrees.push({ from: at, to: at + width })
    at += width
  }
  return subtrees
}

function placeInTile({ from, to }: LeafRange): Place {
  let level = 0
  let leavesPerHash = 1
  while (leavesPerHash * tileWidthMax <= to - from) {
    leavesPerHash *= tileWidthMax
    level += 1
  }
  const first = from / leavesPerHash
  return {
    level,
    index: Math.floor(first / tileWidthMax),
    at: first % tileWidthMax,
    width: (to - from) / leavesPerHash,
  }
}

const tileKey = ({ level, index }: Place) => `${level}/${index}`

async function readTile(read: TileReader, { level, index }: Place, size: number): Promise<Hash[]> {
  const width = tileWidth(level, index, size)
  const hashes = await read(level, index, width)
  if (hashes.length >= width) return hashes
  const message = `tile ${level}/${index} has ${width} hashes in a tree of ${size} leaves, read were ${hashes.length}`
  throw new LedgerError('tile_mismatch', message, { level, index, width, hashes: hashes.length, size })
}
