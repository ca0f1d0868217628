import type { Hash } from '../hash.ts'
import { nodeHash } from '../merkle-hash.ts'
import { leafAt, sha256 } from './sha256.ts'

/**
 * A log of any size up to 2^53 - 1 without its leaves: all are alike but the `marked` ones, so that a subtree without a
 * marked leaf is known from its height alone. BigInt throughout: it shares no arithmetic with what it checks.
 */
export class SparseLog {
  readonly #marked: readonly bigint[]
  readonly #plain: Hash[] = [leafAt(-1)]
  readonly #known = new Map<string, Hash>()

  constructor(marked: readonly number[]) {
    this.#marked = marked.map(BigInt)
  }

  leaf(index: number): Hash {
    return this.#root(BigInt(index), BigInt(index) + 1n)
  }

  /** RFC 9162 §2.1.1 over the first `size` leaves. */
  rootAt(size: number): Hash {
    return this.#root(0n, BigInt(size))
  }

  read = async (level: number, index: number, width: number): Promise<Hash[]> => {
    const span = 256n ** BigInt(level)
    const first = BigInt(index) * 256n
    return Array.from({ length: width }, (_, at) => {
      const from = (first + BigInt(at)) * span
      return this.#root(from, from + span)
    })
  }

  /** The partial tiles of a tree of `size` leaves. */
  async edgesAt(size: number): Promise<Hash[][]> {
    const edges: Hash[][] = []
    for (let left = BigInt(size); left > 0n; left /= 256n) {
      edges.push(await this.read(edges.length, Number(left / 256n), Number(left % 256n)))
    }
    return edges
  }

  #root(from: bigint, to: bigint): Hash {
    const width = to - from
    const isPlain = !this.#marked.some((index) => from <= index && index < to)
    if (width === 1n) return isPlain ? this.#plain[0]! : leafAt(Number(from))
    const half = 1n << BigInt((width - 1n).toString(2).length - 1)
    if (isPlain && half * 2n === width) return this.#plainRoot(width.toString(2).length - 1)
    const key = `${from}-${to}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const root = nodeHash(sha256, this.#root(from, from + half), this.#root(from + half, to))
    this.#known.set(key, root)
    return root
  }

  #plainRoot(height: number): Hash {
    for (let at = this.#plain.length; at <= height; at += 1) {
      this.#plain.push(nodeHash(sha256, this.#plain[at - 1]!, this.#plain[at - 1]!))
    }
    return this.#plain[height]!
  }
}
