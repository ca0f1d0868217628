import { assertHash } from './hash.ts'
import type { Hash, Sha256 } from './hash.ts'
import { LedgerError } from './ledger-error.ts'
import { emptyRoot, nodeHash } from './merkle-hash.ts'
import { perfectRoot } from './perfect-root.ts'
import { assertSize } from './size.ts'
import { tileWidthMax } from './tiles.ts'
import type { Tile } from './tiles.ts'

/**
 * The growing end of a log's Merkle tree: O(log n) hashes in memory whatever the size, one node hash per leaf on
 * average. It keeps the peaks (roots of the perfect subtrees, one per set bit of the size) and, per tile level, the
 * hashes since the last full tile. A full tile costs no hash of its own: the node that completes at height 8k is the
 * root of a tile of level k-1 and a hash of level k.
 */
export class Tree {
  readonly #sha256: Sha256
  #size = 0
  #peaks: (Hash | undefined)[] = [] // by height: a binary counter, so that no step needs a shift of the size
  #edges: Hash[][] = [] // by tile level: its partial tile
  #completed: Tile[] = []

  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  /**
   * The tree as it was at `size`, from its partial tiles: `edges[k]` has `floor(size / 256^k) mod 256` hashes. What
   * `edges()` gave, or the rightmost partial tile of each level from storage. At most 255 node hashes per level.
   * Throws `edges_mismatch` where they do not fit, `out_of_range` for a size past 2^53 - 1. Compare `root()` with the
   * stored root to know that the hashes are the right ones.
   */
  static restore(sha256: Sha256, size: bigint | number, edges: readonly (readonly Hash[])[]): Tree {
    const tree = new Tree(sha256)
    tree.#size = Number(size)
    assertSize(tree.#size)
    for (let level = 0, left = tree.#size; left > 0 || level < edges.length; level += 1) {
      const edge = edges[level] ?? []
      const width = left % tileWidthMax
      if (edge.length !== width) {
        const message = `a tree of ${size} leaves has ${width} hashes at the edge of level ${level}, not ${edge.length}`
        throw new LedgerError('edges_mismatch', message, { size: tree.#size, level, width, hashes: edge.length })
      }
      edge.forEach(assertHash)
      if (left > 0) tree.#restoreLevel(edge)
      left = Math.floor(left / tileWidthMax)
    }
    return tree
  }

  /** Leaves so far. */
  get size(): number {
    return this.#size
  }

  /** Adds a leaf hash. Throws `hash_malformed`, leaving the tree as it was. */
  append(leaf: Hash): void {
    assertHash(leaf)
    if (this.#size === Number.MAX_SAFE_INTEGER) throw new LedgerError('out_of_range', 'the tree is full')
    const peaks = this.#peaks
    this.#size += 1
    this.#addToEdge(0, leaf)
    let node = leaf
    let height = 0
    for (let left = peaks[0]; left !== undefined; left = peaks[height]) {
      node = nodeHash(this.#sha256, left, node)
      peaks[height] = undefined
      height += 1
      if (height % tileHeight === 0) this.#completeTile(height / tileHeight - 1, node)
    }
    peaks[height] = node
  }

  /** The root over all leaves: fewer node hashes than there are peaks. */
  root(): Hash {
    let root: Hash | undefined
    for (const peak of this.#peaks) {
      if (peak !== undefined) root = root === undefined ? peak : nodeHash(this.#sha256, peak, root)
    }
    return root ?? emptyRoot(this.#sha256)
  }

  /** The peaks, largest subtree first: what the root is folded from. */
  frontier(): Hash[] {
    return this.#peaks.filter((peak) => peak !== undefined).reverse()
  }

  /** The full tiles completed since the last call, in order of completion: write each once, it never changes. */
  takeTiles(): Tile[] {
    const tiles = this.#completed
    this.#completed = []
    return tiles
  }

  /** The partial tile of each level, empty ones too: what `restore` takes and what is served as `.p/<W>`. */
  edges(): Hash[][] {
    return this.#edges.map((edge) => edge.slice())
  }

  /** An independent copy, tiles not yet taken included: append to it, and keep the one that was committed. */
  clone(): Tree {
    const copy = new Tree(this.#sha256)
    copy.#size = this.#size
    copy.#peaks = this.#peaks.slice()
    copy.#edges = this.edges()
    copy.#completed = this.#completed.slice()
    return copy
  }

  #addToEdge(level: number, hash: Hash): void {
    const edge = this.#edges[level]
    if (edge === undefined) this.#edges[level] = [hash]
    else edge.push(hash)
  }

  #completeTile(level: number, root: Hash): void {
    const index = this.#size / tileWidthMax ** (level + 1) - 1
    this.#completed.push({ level, index, hashes: this.#edges[level]!, root })
    this.#edges[level] = []
    this.#addToEdge(level + 1, root)
  }

  /** A partial tile of width w holds one peak per set bit of w, the largest first. */
  #restoreLevel(edge: readonly Hash[]): void {
    const lowest = this.#edges.length * tileHeight
    this.#edges.push(edge.slice())
    let at = edge.length
    for (let bit = 0; bit < tileHeight; bit += 1) {
      const width = 2 ** bit
      const set = Math.floor(edge.length / width) % 2 === 1
      if (set) at -= width
      this.#peaks[lowest + bit] = set ? perfectRoot(this.#sha256, edge.slice(at, at + width)) : undefined
    }
  }
}

const tileHeight = 8
