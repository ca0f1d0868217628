import { isHash } from './hash.ts'
import type { Hash, Sha256 } from './hash.ts'
import { LedgerError } from './ledger-error.ts'
import { emptyRoot, nodeHash } from './merkle-hash.ts'
import { rangeRoots } from './range-roots.ts'
import type { LeafRange } from './range-roots.ts'
import { assertSize, isSize } from './size.ts'
import { splitPoint } from './split-point.ts'
import type { TileReader } from './tiles.ts'

/**
 * PROOF(oldSize, D[0:newSize]) of RFC 9162 §2.1.4.1: that the tree only grew. Empty for equal sizes and, as C2SP
 * tlog-witness has it, from the empty tree, with which every tree is consistent. Throws `out_of_range` unless
 * oldSize <= newSize, `tile_mismatch` where the reader lacks hashes.
 */
export async function consistencyProof(
  sha256: Sha256,
  read: TileReader,
  oldSize: number,
  newSize: number,
): Promise<Hash[]> {
  assertSize(oldSize)
  assertSize(newSize)
  if (oldSize > newSize) {
    const message = `a tree of ${newSize} leaves is no continuation of one of ${oldSize}`
    throw new LedgerError('out_of_range', message, { oldSize, newSize })
  }
  if (oldSize === 0 || oldSize === newSize) return []
  const ranges: LeafRange[] = []
  let from = 0
  let to = newSize
  // SUBPROOF descends to where the old tree ends; `from > 0` is its flag b = false: the verifier lacks that subtree.
  while (to !== oldSize) {
    const middle = from + splitPoint(to - from)
    if (oldSize <= middle) {
      ranges.push({ from: middle, to })
      to = middle
    } else {
      ranges.push({ from, to: middle })
      from = middle
    }
  }
  if (from > 0) ranges.push({ from, to })
  return rangeRoots(sha256, read, newSize, ranges.reverse())
}

/** What a consistency proof claims: the tree with the old root is the beginning of the one with the new root. */
export interface ConsistencyClaim {
  oldSize: number
  newSize: number
  oldRoot: Hash
  newRoot: Hash
  proof: readonly Hash[]
}

/**
 * RFC 9162 §2.1.4.2, with the two cases it leaves out: equal sizes have equal roots and an empty proof; old size 0 has
 * the empty tree's root and an empty proof. False for anything that is not a proof, malformed input included: it never
 * throws.
 */
export function verifyConsistency(
  sha256: Sha256,
  { oldSize, newSize, oldRoot, newRoot, proof }: ConsistencyClaim,
): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return false
  if (![oldRoot, newRoot, ...proof].every(isHash)) return false
  if (oldSize === newSize) return proof.length === 0 && oldRoot === newRoot && (oldSize > 0 || isEmpty(sha256, oldRoot))
  if (oldSize === 0) return proof.length === 0 && isEmpty(sha256, oldRoot)
  if (proof.length === 0) return false

  const [first, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof
  let fn = oldSize - 1
  let sn = newSize - 1
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  let fr = first!
  let sr = first!
  for (const c of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(sha256, c, fr)
      sr = nodeHash(sha256, c, sr)
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2)
        sn = Math.floor(sn / 2)
      }
    } else {
      sr = nodeHash(sha256, sr, c)
    }
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return sn === 0 && fr === oldRoot && sr === newRoot
}

const isEmpty = (sha256: Sha256, root: Hash) => root === emptyRoot(sha256)

function isPowerOfTwo(size: number): boolean {
  let rest = size
  while (rest % 2 === 0) rest /= 2
  return rest === 1
}
