import type { Hash, Sha256 } from './hash.ts'
import { emptyRoot, nodeHash } from './merkle-hash.ts'
import { splitPoint } from './split-point.ts'

/**
 * MTH of RFC 9162 §2.1.1, written as the RFC writes it: the oracle that everything faster here is compared with.
 * n-1 node hashes each time.
 */
export function rootOf(sha256: Sha256, leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return emptyRoot(sha256)
  if (leaves.length === 1) return leaves[0]!
  const k = splitPoint(leaves.length)
  return nodeHash(sha256, rootOf(sha256, leaves.slice(0, k)), rootOf(sha256, leaves.slice(k)))
}
