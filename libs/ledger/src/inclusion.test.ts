import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Hash } from './hash.ts'
import { inclusionProof, verifyInclusion } from './inclusion.ts'
import { nodeHash } from './merkle-hash.ts'
import { rootFromTiles } from './root-from-tiles.ts'
import { rootOf } from './root-of.ts'
import { flipped, mutatedProofs } from './testing/mutations.ts'
import { leafAt, leavesOf, sha256 } from './testing/sha256.ts'
import { SparseLog } from './testing/sparse-log.ts'
import { TiledLog } from './testing/tiled-log.ts'

const leaves = leavesOf(66_100)
const log = new TiledLog(leaves)
const tiles = (size: number) => log.readerAt(size)

const boundaries = [255, 256, 257, 511, 512, 513].flatMap((size): [number, number][] => [
  [size, 0],
  [size, size - 1],
])

/** PATH(m, D_n) as RFC 9162 §2.1.3.1 writes it. */
function path(m: number, d: readonly Hash[]): Hash[] {
  if (d.length === 1) return []
  const k = 2 ** (Math.ceil(Math.log2(d.length)) - 1)
  return m < k
    ? [...path(m, d.slice(0, k)), rootOf(sha256, d.slice(k))]
    : [...path(m - k, d.slice(k)), rootOf(sha256, d.slice(0, k))]
}

describe('L10: an inclusion proof from tiles is PATH of RFC 9162, and verifies', () => {
  test('L10: the seven-leaf example of RFC 9162 §2.1.5', async () => {
    const [a, b, c, d, e, f, j] = leaves as [Hash, Hash, Hash, Hash, Hash, Hash, Hash]
    const [g, h, i] = [nodeHash(sha256, a, b), nodeHash(sha256, c, d), nodeHash(sha256, e, f)]
    const [k, l] = [nodeHash(sha256, g, h), nodeHash(sha256, i, j)]
    expect(await inclusionProof(sha256, tiles(7), 0, 7)).toEqual([b, h, l])
    expect(await inclusionProof(sha256, tiles(7), 3, 7)).toEqual([c, g, l])
    expect(await inclusionProof(sha256, tiles(7), 4, 7)).toEqual([f, j, k])
    expect(await inclusionProof(sha256, tiles(7), 6, 7)).toEqual([i, k])
  })

  test('L10: every leaf of every size up to 40', async () => {
    for (let size = 1; size <= 40; size += 1) {
      const d = leaves.slice(0, size)
      const root = rootOf(sha256, d)
      for (let index = 0; index < size; index += 1) {
        const proof = await inclusionProof(sha256, tiles(size), index, size)
        expect(proof, `${index} of ${size}`).toEqual(path(index, d))
        expect(verifyInclusion(sha256, { leaf: leaves[index]!, index, size, proof, root })).toBe(true)
      }
    }
  })

  test('L10: any leaf of any size up to 2,000, from the tiles of a log that has grown since', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2000 }), fc.nat(), async (size, at) => {
        const index = at % size
        const d = leaves.slice(0, size)
        const proof = await inclusionProof(sha256, tiles(size), index, size)
        expect(proof).toEqual(path(index, d))
        expect(
          verifyInclusion(sha256, { leaf: leaves[index]!, index, size, proof, root: rootOf(sha256, d) }),
        ).toBe(true)
      }),
      { numRuns: 80, examples: boundaries },
    )
  })

  test('L10: around 65,536, where three tile levels meet', async () => {
    for (const size of [65_536, 65_537, 66_100]) {
      const d = leaves.slice(0, size)
      const root = rootOf(sha256, d)
      expect(await rootFromTiles(sha256, tiles(size), size)).toBe(root)
      for (const index of [255, 65_535, size - 1]) {
        const proof = await inclusionProof(sha256, tiles(size), index, size)
        expect(proof, `${index} of ${size}`).toEqual(path(index, d))
        expect(verifyInclusion(sha256, { leaf: leaves[index]!, index, size, proof, root })).toBe(true)
      }
    }
  })

  test('L10: the root at any earlier size comes from the tiles, too', async () => {
    for (let size = 0; size <= 600; size += 7) {
      expect(await rootFromTiles(sha256, tiles(size), size)).toBe(rootOf(sha256, leaves.slice(0, size)))
    }
  })

  test('L10: an index or size that is none, and a reader that lacks hashes, are errors', async () => {
    for (const [index, size] of [[0, 0], [5, 5], [-1, 5], [0.5, 5], [0, 2 ** 53], [Number.NaN, 5], [0, -1]] as const) {
      await expect(inclusionProof(sha256, tiles(5), index, size)).rejects.toMatchObject({ code: 'out_of_range' })
    }
    await expect(rootFromTiles(sha256, tiles(5), 1.5)).rejects.toMatchObject({ code: 'out_of_range' })
    await expect(inclusionProof(sha256, async () => leaves.slice(0, 3), 0, 5)).rejects.toMatchObject({
      code: 'tile_mismatch',
      details: { level: 0, index: 0, width: 5, hashes: 3, size: 5 },
    })
    const broken = new Error('the disk is gone')
    await expect(inclusionProof(sha256, () => Promise.reject(broken), 0, 700)).rejects.toBe(broken)
  })

  test('L10: a reader may answer more hashes than asked for', async () => {
    const grown = (level: number, index: number) => tiles(66_100)(level, index, level === 0 ? 256 : 2)
    expect(await inclusionProof(sha256, grown, 3, 300)).toEqual(path(3, leaves.slice(0, 300)))
  })
})

describe('L11: a changed inclusion proof does not verify', () => {
  test('L11: one bit, one hash more or less or elsewhere, another leaf, root or index', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2000 }), fc.nat(), fc.nat(255), async (size, at, bit) => {
        const index = at % size
        const proof = await inclusionProof(sha256, tiles(size), index, size)
        const root = await rootFromTiles(sha256, tiles(size), size)
        const claim = { leaf: leaves[index]!, index, size, proof, root }
        expect(verifyInclusion(sha256, claim)).toBe(true)
        for (const mutated of mutatedProofs(proof, bit, leafAt(-2))) {
          expect(verifyInclusion(sha256, { ...claim, proof: mutated })).toBe(false)
        }
        expect(verifyInclusion(sha256, { ...claim, leaf: flipped(claim.leaf, bit) })).toBe(false)
        expect(verifyInclusion(sha256, { ...claim, root: flipped(root, bit) })).toBe(false)
        for (const other of [index - 1, index + 1, size, size + 1, -index - 1, index + 0.5, Number.NaN]) {
          expect(verifyInclusion(sha256, { ...claim, index: other }), `index ${other}`).toBe(false)
        }
        for (const other of [0, -size, size + 0.5, Number.NaN, Infinity, 2 ** 53]) {
          expect(verifyInclusion(sha256, { ...claim, size: other }), `size ${other}`).toBe(false)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('L11: a path that stops below the root, or goes on above it, is none, though its hashes add up', async () => {
    const proof = await inclusionProof(sha256, tiles(8), 5, 8)
    const claim = { leaf: leaves[5]!, index: 5, size: 8, proof, root: rootOf(sha256, leaves.slice(0, 8)) }
    expect(verifyInclusion(sha256, claim)).toBe(true)
    const below = [leaves.slice(5, 6), leaves.slice(4, 6), leaves.slice(4, 8)].map((d) => rootOf(sha256, d))
    for (const [length, root] of below.entries()) {
      expect(verifyInclusion(sha256, { ...claim, proof: proof.slice(0, length), root })).toBe(false)
    }
    const stranger = leafAt(-2)
    for (const root of [nodeHash(sha256, stranger, claim.root), nodeHash(sha256, claim.root, stranger)]) {
      expect(verifyInclusion(sha256, { ...claim, proof: [...proof, stranger], root })).toBe(false)
    }
  })

  test('L11: malformed hashes are false, not an exception', () => {
    const claim = { leaf: leafAt(0), index: 0, size: 1, proof: [], root: leafAt(0) }
    expect(verifyInclusion(sha256, claim)).toBe(true)
    for (const value of ['', 'short', null, undefined, 7, {}] as unknown as Hash[]) {
      expect(verifyInclusion(sha256, { ...claim, leaf: value, root: value })).toBe(false)
      expect(verifyInclusion(sha256, { ...claim, size: 2, proof: [value] })).toBe(false)
    }
  })
})

describe('L14: sizes past 2^31 are proved and verified', () => {
  test('L14: inclusion in logs of up to 2^53 - 1 leaves', async () => {
    const check = async (size: number, index: number) => {
      const sparse = new SparseLog([index, 0, 1, 2 ** 31, size - 1])
      const [leaf, root] = [sparse.leaf(index), sparse.rootAt(size)]
      const proof = await inclusionProof(sha256, sparse.read, index, size)
      const claim = { leaf, index, size, proof, root }
      expect(verifyInclusion(sha256, claim)).toBe(true)
      expect(await rootFromTiles(sha256, sparse.read, size)).toBe(root)
      for (const mutated of mutatedProofs(proof, index % 256, leafAt(-2))) {
        expect(verifyInclusion(sha256, { ...claim, proof: mutated })).toBe(false)
      }
      // What 32-bit arithmetic would take for the same position.
      for (const other of [index % 2 ** 31, index % 2 ** 32, index + 2 ** 32].filter((at) => at !== index)) {
        expect(verifyInclusion(sha256, { ...claim, index: other })).toBe(false)
      }
    }
    for (const size of [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 40 + 12_345, 2 ** 53 - 1]) {
      for (const index of [0, 2 ** 31 - 2, Math.floor(size / 3), size - 2, size - 1]) await check(size, index)
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2 ** 31, max: 2 ** 53 - 1 }), fc.nat({ max: 2 ** 53 - 1 }), (size, at) =>
        check(size, at % size),
      ),
      { numRuns: 20 },
    )
  })
})
