import type { Hash, Sha256 } from './hash.ts'
import { emptyRoot } from './merkle-hash.ts'
import { rangeRoots } from './range-roots.ts'
import { assertSize } from './size.ts'
import type { TileReader } from './tiles.ts'

/** The root the tree had at `size`, for any size its tiles reach. Throws `out_of_range`, `tile_mismatch`. */
export async function rootFromTiles(sha256: Sha256, read: TileReader, size: number): Promise<Hash> {
  assertSize(size)
  if (size === 0) return emptyRoot(sha256)
  const [root] = await rangeRoots(sha256, read, size, [{ from: 0, to: size }])
  return root!
}
