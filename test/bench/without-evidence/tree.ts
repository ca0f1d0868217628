import type { Hash, Tile } from '@onbehalf/ledger'

/** Stands in for the ledger's Tree: counts leaves. Heads get as many bytes as the database demands, all zero. */
export class Tree {
  #size = 0

  get size(): number {
    return this.#size
  }

  append(_leaf: Hash): void {
    this.#size += 1
  }

  root(): Hash {
    return nothing
  }

  frontier(): Hash[] {
    const peaks: Hash[] = []
    for (let left = this.#size; left > 0; left = Math.floor(left / 2)) if (left % 2 === 1) peaks.push(nothing)
    return peaks
  }

  takeTiles(): Tile[] {
    return []
  }
}

const nothing = '\0'.repeat(32) as Hash
