import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { consistencyProof, verifyConsistency } from './consistency.ts'
import type { Hash } from './hash.ts'
import { emptyRoot, nodeHash } from './merkle-hash.ts'
import { rootOf } from './root-of.ts'
import { flipped, mutatedProofs } from './testing/mutations.ts'
import { leafAt, leavesOf, sha256 } from './testing/sha256.ts'
import { SparseLog } from './testing/sparse-log.ts'
import { TiledLog } from './testing/tiled-log.ts'

const leaves = leavesOf(66_100)
const log = new TiledLog(leaves)
const tiles = (size: number) => log.readerAt(size)
const rootAt = (size: number) => rootOf(sha256, leaves.slice(0, size))

type Pair = [number, number]

/** SUBPROOF(m, D_n, b) as RFC 9162 §2.1.4.1 writes it. */
function subproof(m: number, d: readonly Hash[], b: boolean): Hash[] {
  if (m === d.length) return b ? [] : [rootOf(sha256, d)]
  const k = 2 ** (Math.ceil(Math.log2(d.length)) - 1)
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), rootOf(sha256, d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), rootOf(sha256, d.slice(0, k))]
}

const size = fc.integer({ min: 1, max: 2000 })
const sizes = fc.tuple(size, size).map(([a, b]): Pair => [Math.min(a, b), Math.max(a, b)])
const boundaries: Pair[] = [[255, 256], [255, 257], [256, 257], [256, 512], [511, 513], [512, 2000]]

describe('L12: a consistency proof from tiles is PROOF of RFC 9162, and verifies', () => {
  test('L12: the seven-leaf example of RFC 9162 §2.1.5', async () => {
    const [a, b, c, d, e, f, j] = leaves as [Hash, Hash, Hash, Hash, Hash, Hash, Hash]
    const [g, h, i] = [nodeHash(sha256, a, b), nodeHash(sha256, c, d), nodeHash(sha256, e, f)]
    const [k, l] = [nodeHash(sha256, g, h), nodeHash(sha256, i, j)]
    expect(await consistencyProof(sha256, tiles(7), 3, 7)).toEqual([c, d, g, l])
    expect(await consistencyProof(sha256, tiles(7), 4, 7)).toEqual([l])
    expect(await consistencyProof(sha256, tiles(7), 6, 7)).toEqual([i, j, k])
  })

  test('L12: every pair of sizes up to 40', async () => {
    for (let newSize = 1; newSize <= 40; newSize += 1) {
      for (let oldSize = 1; oldSize <= newSize; oldSize += 1) {
        const proof = await consistencyProof(sha256, tiles(newSize), oldSize, newSize)
        expect(proof, `${oldSize} to ${newSize}`).toEqual(subproof(oldSize, leaves.slice(0, newSize), true))
        const claim = { oldSize, newSize, oldRoot: rootAt(oldSize), newRoot: rootAt(newSize), proof }
        expect(verifyConsistency(sha256, claim)).toBe(true)
      }
    }
  })

  test('L12: any pair of sizes up to 2,000, from the tiles of a log that has grown since', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([oldSize, newSize]) => {
        const proof = await consistencyProof(sha256, tiles(newSize), oldSize, newSize)
        expect(proof).toEqual(subproof(oldSize, leaves.slice(0, newSize), true))
        const claim = { oldSize, newSize, oldRoot: rootAt(oldSize), newRoot: rootAt(newSize), proof }
        expect(verifyConsistency(sha256, claim)).toBe(true)
      }),
      { numRuns: 60, examples: boundaries.map((pair): [Pair] => [pair]) },
    )
  })

  test('L12: around 65,536, where three tile levels meet', async () => {
    const marks = [256, 65_535, 65_536, 65_537, 66_100]
    const roots = new Map(marks.map((size) => [size, rootAt(size)]))
    for (const newSize of [65_536, 66_100]) {
      for (const oldSize of marks.filter((mark) => mark <= newSize)) {
        const proof = await consistencyProof(sha256, tiles(newSize), oldSize, newSize)
        expect(proof).toEqual(subproof(oldSize, leaves.slice(0, newSize), true))
        const claim = { oldSize, newSize, oldRoot: roots.get(oldSize)!, newRoot: roots.get(newSize)!, proof }
        expect(verifyConsistency(sha256, claim), `${oldSize} to ${newSize}`).toBe(true)
      }
    }
  })

  test('L12: from the empty tree, and from a tree to itself, nothing is to be proved', async () => {
    expect(await consistencyProof(sha256, tiles(9), 0, 9)).toEqual([])
    expect(await consistencyProof(sha256, tiles(9), 9, 9)).toEqual([])
    const empty = emptyRoot(sha256)
    const claim = { oldSize: 0, newSize: 9, oldRoot: empty, newRoot: rootAt(9), proof: [] }
    expect(verifyConsistency(sha256, claim)).toBe(true)
    expect(verifyConsistency(sha256, { ...claim, newSize: 0, newRoot: empty })).toBe(true)
    expect(verifyConsistency(sha256, { ...claim, newSize: 0 })).toBe(false)
    expect(verifyConsistency(sha256, { ...claim, newSize: 0, oldRoot: rootAt(9) })).toBe(false)
    expect(verifyConsistency(sha256, { ...claim, oldRoot: rootAt(1) })).toBe(false)
    expect(verifyConsistency(sha256, { ...claim, proof: [empty] })).toBe(false)
    expect(verifyConsistency(sha256, { ...claim, oldSize: 9, oldRoot: rootAt(9) })).toBe(true)
    expect(verifyConsistency(sha256, { ...claim, oldSize: 9, oldRoot: rootAt(8) })).toBe(false)
    expect(verifyConsistency(sha256, { ...claim, oldSize: 9, oldRoot: rootAt(9), proof: [rootAt(9)] })).toBe(false)
  })

  test('L12: sizes that are none, or shrink, are errors', async () => {
    for (const [oldSize, newSize] of [[6, 5], [-1, 5], [0.5, 5], [1, Number.NaN], [1, 2 ** 53]] as const) {
      await expect(consistencyProof(sha256, tiles(5), oldSize, newSize)).rejects.toMatchObject({ code: 'out_of_range' })
    }
    await expect(consistencyProof(sha256, async () => [], 3, 5)).rejects.toMatchObject({ code: 'tile_mismatch' })
  })
})

describe('L13: a changed consistency proof does not verify', () => {
  test('L13: one bit, one hash more or less or elsewhere, another root, sizes the wrong way round', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(255), async ([oldSize, newSize], bit) => {
        fc.pre(oldSize < newSize)
        const proof = await consistencyProof(sha256, tiles(newSize), oldSize, newSize)
        const claim = { oldSize, newSize, oldRoot: rootAt(oldSize), newRoot: rootAt(newSize), proof }
        expect(verifyConsistency(sha256, claim)).toBe(true)
        for (const mutated of [...mutatedProofs(proof, bit, leafAt(-2)), []]) {
          expect(verifyConsistency(sha256, { ...claim, proof: mutated })).toBe(false)
        }
        expect(verifyConsistency(sha256, { ...claim, oldRoot: flipped(claim.oldRoot, bit) })).toBe(false)
        expect(verifyConsistency(sha256, { ...claim, newRoot: flipped(claim.newRoot, bit) })).toBe(false)
        expect(verifyConsistency(sha256, { ...claim, oldSize: newSize, newSize: oldSize })).toBe(false)
        for (const other of [0, newSize, newSize + 1, -1, 0.5, Number.NaN]) {
          expect(verifyConsistency(sha256, { ...claim, oldSize: other }), `old size ${other}`).toBe(false)
        }
        for (const other of [0, oldSize, oldSize - 1, 0.5, Infinity, 2 ** 53]) {
          expect(verifyConsistency(sha256, { ...claim, newSize: other }), `new size ${other}`).toBe(false)
        }
      }),
      { numRuns: 25 },
    )
  })

  test('L13: a proof that stops below the root, or goes on above it, is none, though its hashes add up', async () => {
    const proof = await consistencyProof(sha256, tiles(7), 3, 7)
    const claim = { oldSize: 3, newSize: 7, oldRoot: rootAt(3), newRoot: rootAt(7), proof }
    expect(verifyConsistency(sha256, claim)).toBe(true)
    expect(verifyConsistency(sha256, { ...claim, proof: proof.slice(0, -1), newRoot: rootAt(4) })).toBe(false)
    const stranger = leafAt(-2)
    const above = { ...claim, proof: [...proof, stranger] }
    const left = (root: Hash) => nodeHash(sha256, stranger, root)
    const right = (root: Hash) => nodeHash(sha256, root, stranger)
    expect(verifyConsistency(sha256, { ...above, oldRoot: left(rootAt(3)), newRoot: left(rootAt(7)) })).toBe(false)
    expect(verifyConsistency(sha256, { ...above, newRoot: right(rootAt(7)) })).toBe(false)
  })

  test('L13: a rewritten history has no proof', async () => {
    const rewritten = new TiledLog(leaves.slice(0, 1000).with(400, leafAt(-3)))
    const proof = await consistencyProof(sha256, rewritten.readerAt(1000), 700, 1000)
    const claim = { oldSize: 700, newSize: 1000, oldRoot: rootAt(700), newRoot: rewritten.tree.root(), proof }
    expect(verifyConsistency(sha256, claim)).toBe(false)
  })
})

describe('L14: sizes past 2^31 are proved and verified', () => {
  test('L14: consistency of logs of up to 2^53 - 1 leaves', async () => {
    const check = async (oldSize: number, newSize: number) => {
      const sparse = new SparseLog([0, oldSize - 1, oldSize, newSize - 1])
      const [oldRoot, newRoot] = [sparse.rootAt(oldSize), sparse.rootAt(newSize)]
      const proof = await consistencyProof(sha256, sparse.read, oldSize, newSize)
      const claim = { oldSize, newSize, oldRoot, newRoot, proof }
      expect(verifyConsistency(sha256, claim), `${oldSize} to ${newSize}`).toBe(true)
      for (const mutated of mutatedProofs(proof, oldSize % 256, leafAt(-2))) {
        expect(verifyConsistency(sha256, { ...claim, proof: mutated })).toBe(false)
      }
    }
    const marks = [256, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 + 255, 2 ** 53 - 1]
    for (const oldSize of marks) {
      for (const newSize of marks.filter((mark) => mark > oldSize)) await check(oldSize, newSize)
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2 ** 31, max: 2 ** 53 - 1 }), fc.nat({ max: 2 ** 53 - 1 }), (newSize, at) =>
        check(1 + (at % (newSize - 1)), newSize),
      ),
      { numRuns: 20 },
    )
  })
})
