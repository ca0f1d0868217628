import type { Hash } from '../hash.ts'
import { tilePath } from '../tile-path.ts'
import { tileWidth } from '../tiles.ts'
import { Tree } from '../tree.ts'
import { sha256 } from './sha256.ts'

/**
 * A log kept as a real one is: full tiles as the tree gives them, and its edges. Its reader fails the test when it is
 * asked for a tile that a tree of `readSize` does not have with exactly that width, or for the same one twice.
 */
export class TiledLog {
  readonly tree = new Tree(sha256)
  readonly #full = new Map<string, Hash[]>()

  constructor(leaves: readonly Hash[] = []) {
    for (const leaf of leaves) this.append(leaf)
  }

  append(leaf: Hash): void {
    this.tree.append(leaf)
    for (const { level, index, hashes } of this.tree.takeTiles()) this.#full.set(tilePath(level, index), hashes)
  }

  readerAt(readSize: number) {
    const edges = this.tree.edges()
    const asked = new Set<string>()
    return async (level: number, index: number, width: number): Promise<Hash[]> => {
      const path = tilePath(level, index, width)
      if (width !== tileWidth(level, index, readSize)) throw new Error(`${path} is no tile of a tree of ${readSize}`)
      if (asked.has(path)) throw new Error(`${path} was read twice`)
      asked.add(path)
      const hashes = this.#full.get(tilePath(level, index)) ?? edges[level] ?? []
      return hashes.slice(0, width)
    }
  }
}
