import { isHash } from './hash.ts'
import type { Hash, Sha256 } from './hash.ts'
import { LedgerError } from './ledger-error.ts'
import { nodeHash } from './merkle-hash.ts'
import { rangeRoots } from './range-roots.ts'
import type { LeafRange } from './range-roots.ts'
import { assertSize, isSize } from './size.ts'
import { splitPoint } from './split-point.ts'
import type { TileReader } from './tiles.ts'

/**
 * PATH(index, D[0:size]) of RFC 9162 §2.1.3.1, from the leaf's sibling up to the root's child; empty for an only leaf.
 * Throws `out_of_range` unless index < size, `tile_mismatch` where the reader lacks hashes.
 */
export async function inclusionProof(
  sha256: Sha256,
  read: TileReader,
  index: number,
  size: number,
): Promise<Hash[]> {
  assertSize(size)
  if (!isSize(index) || index >= size) {
    throw new LedgerError('out_of_range', `a tree of ${size} leaves has no leaf ${index}`, { index, size })
  }
  const siblings: LeafRange[] = []
  let from = 0
  let to = size
  while (to - from > 1) {
    const middle = from + splitPoint(to - from)
    if (index < middle) {
      siblings.push({ from: middle, to })
      to = middle
    } else {
      siblings.push({ from, to: middle })
      from = middle
    }
  }
  return rangeRoots(sha256, read, size, siblings.reverse())
}

/** What an inclusion proof claims: leaf `index` of the tree of `size` leaves with that root is `leaf`. */
export interface InclusionClaim {
  leaf: Hash
  index: number
  size: number
  proof: readonly Hash[]
  root: Hash
}

/**
 * RFC 9162 §2.1.3.2. False for anything that is not a proof, malformed input included: it never throws. Halving is by
 * division: JavaScript's shifts are 32-bit, and sizes are not.
 */
export function verifyInclusion(sha256: Sha256, { leaf, index, size, proof, root }: InclusionClaim): boolean {
  if (!isSize(size) || !isSize(index) || index >= size) return false
  if (![leaf, root, ...proof].every(isHash)) return false
  let fn = index
  let sn = size - 1
  let r = leaf
  for (const p of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(sha256, p, r)
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2)
        sn = Math.floor(sn / 2)
      }
    } else {
      r = nodeHash(sha256, r, p)
    }
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return sn === 0 && r === root
}
