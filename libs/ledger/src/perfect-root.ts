import type { Hash, Sha256 } from './hash.ts'
import { nodeHash } from './merkle-hash.ts'

/** The root over 1, 2, 4, … neighbouring hashes of one height: pairwise, level by level, no recursion. */
export function perfectRoot(sha256: Sha256, hashes: readonly Hash[]): Hash {
  let row = hashes
  while (row.length > 1) {
    const above: Hash[] = []
    for (let at = 0; at < row.length; at += 2) above.push(nodeHash(sha256, row[at]!, row[at + 1]!))
    row = above
  }
  return row[0]!
}
