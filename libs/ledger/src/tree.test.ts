import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Hash } from './hash.ts'
import { rootOf } from './root-of.ts'
import { leafAt, leavesOf, sha256 } from './testing/sha256.ts'
import { SparseLog } from './testing/sparse-log.ts'
import { Tree } from './tree.ts'

const treeOf = (leaves: readonly Hash[], tree = new Tree(sha256)) => {
  for (const leaf of leaves) tree.append(leaf)
  return tree
}
const stateOf = (tree: Tree) => ({
  size: tree.size,
  root: tree.root(),
  frontier: tree.frontier(),
  edges: tree.edges(),
})
const leaves = leavesOf(66_100)
const boundaries = [0, 1, 2, 3, 127, 128, 255, 256, 257, 511, 512, 513, 767, 768, 1023, 1024, 1025, 2000]
const largeBoundaries = [65_280, 65_535, 65_536, 65_537, 66_100]

describe('L3: the root is that of the naive recursion, after every append', () => {
  test('L3: for every size up to 600', () => {
    const tree = new Tree(sha256)
    for (let size = 0; size <= 600; size += 1) {
      expect(tree.size).toBe(size)
      expect(tree.root(), `size ${size}`).toBe(rootOf(sha256, leaves.slice(0, size)))
      tree.append(leaves[size]!)
    }
  })

  test('L3: for random leaves, and at the boundaries of the tiles', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), fc.nat(10_000), (size, from) => {
        const some = leaves.slice(from, from + size)
        expect(treeOf(some).root()).toBe(rootOf(sha256, some))
      }),
      { numRuns: 40, examples: boundaries.map((size) => [size, 0]) },
    )
    const tree = new Tree(sha256)
    for (const size of largeBoundaries) {
      treeOf(leaves.slice(tree.size, size), tree)
      expect(tree.root(), `size ${size}`).toBe(rootOf(sha256, leaves.slice(0, size)))
    }
  })
})

describe('L4: n leaves cost n - popcount(n) node hashes, full tiles included', () => {
  test('L4: counted at every size up to 2,000 and at 65,536', () => {
    let hashes = 0
    const tree = new Tree((data) => {
      hashes += 1
      return sha256(data)
    })
    for (let size = 1; size <= 65_536; size += 1) {
      tree.append(leaves[size - 1]!)
      if (size > 2000 && size < 65_536) continue
      expect(hashes).toBe(size - size.toString(2).replaceAll('0', '').length)
    }
    expect(tree.takeTiles()).toHaveLength(256 + 1)
  })
})

describe('L5: the full tiles are those of C2SP tlog-tiles, each given once', () => {
  test('L5: level, index, hashes and root of every tile of 66,100 leaves', () => {
    const tree = new Tree(sha256)
    const tiles = leaves.flatMap((leaf) => {
      tree.append(leaf)
      return tree.takeTiles()
    })
    expect(tree.takeTiles()).toEqual([])
    const level0 = tiles.filter((tile) => tile.level === 0)
    const level1 = tiles.filter((tile) => tile.level === 1)
    expect(level0.map((tile) => tile.index)).toEqual(Array.from({ length: 258 }, (_, index) => index))
    for (const { index, hashes, root } of level0) {
      expect(hashes).toEqual(leaves.slice(index * 256, (index + 1) * 256))
      expect(root).toBe(rootOf(sha256, hashes))
    }
    expect(level1.map((tile) => tile.index)).toEqual([0])
    expect(level1[0]!.hashes).toEqual(level0.slice(0, 256).map((tile) => tile.root))
    expect(level1[0]!.root).toBe(rootOf(sha256, leaves.slice(0, 65_536)))
    expect(tiles).toHaveLength(level0.length + level1.length)
    expect(tree.edges()).toEqual([leaves.slice(66_048), level0.slice(256).map((tile) => tile.root), [level1[0]!.root]])
  })

  test('L5: the same tiles in the same order, however the appends are cut into batches', () => {
    const whole = treeOf(leaves.slice(0, 3000)).takeTiles()
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 30 }), (batches) => {
        const tree = new Tree(sha256)
        const tiles = batches.flatMap((batch) => {
          treeOf(leaves.slice(tree.size, Math.min(3000, tree.size + batch)), tree)
          return tree.takeTiles()
        })
        expect(tiles).toEqual(whole.slice(0, tiles.length))
        expect(tiles).toHaveLength(Math.floor(tree.size / 256))
      }),
      { numRuns: 30 },
    )
  })
})

describe('L6: the edges are the partial tiles, the frontier is the peaks', () => {
  test('L6: widths and hashes at any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), (size) => {
        const tree = treeOf(leaves.slice(0, size))
        const edges = tree.edges()
        expect(edges.map((edge) => edge.length)).toEqual(
          size === 0 ? [] : size < 256 ? [size] : [size % 256, Math.floor(size / 256)],
        )
        if (size > 0) expect(edges[0]).toEqual(leaves.slice(size - (size % 256), size))
        const peaks: Hash[] = []
        for (let at = 0, width = 2048; width >= 1; width /= 2) {
          if (at + width > size) continue
          peaks.push(rootOf(sha256, leaves.slice(at, at + width)))
          at += width
        }
        expect(tree.frontier()).toEqual(peaks)
      }),
      { numRuns: 40, examples: boundaries.map((size) => [size]) },
    )
  })

  test('L6: what is handed out is a copy', () => {
    const tree = treeOf(leaves.slice(0, 300))
    const before = stateOf(tree)
    tree.edges()[0]!.pop()
    tree.edges().pop()
    tree.frontier().pop()
    expect(stateOf(tree)).toEqual(before)
  })
})

describe('L7: a tree restored after any prefix goes on as if it had never stopped', () => {
  test('L7: same state, and the same roots and tiles afterwards', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(700), fc.boolean(), (size, more, big) => {
        const uninterrupted = treeOf(leaves.slice(0, size))
        uninterrupted.takeTiles()
        const restored = Tree.restore(sha256, big ? BigInt(size) : size, uninterrupted.edges())
        expect(stateOf(restored)).toEqual(stateOf(uninterrupted))
        for (const tree of [uninterrupted, restored]) treeOf(leaves.slice(size, size + more), tree)
        expect(stateOf(restored)).toEqual(stateOf(uninterrupted))
        expect(restored.takeTiles()).toEqual(uninterrupted.takeTiles())
      }),
      { numRuns: 60, examples: boundaries.map((size) => [size, 300, size % 2 === 0]) },
    )
  })

  test('L7: around 65,536, where three tile levels meet', () => {
    for (const size of largeBoundaries) {
      const uninterrupted = treeOf(leaves.slice(0, size))
      const restored = Tree.restore(sha256, size, uninterrupted.edges())
      expect(stateOf(restored)).toEqual(stateOf(uninterrupted))
      expect(restored.takeTiles()).toEqual([])
      uninterrupted.takeTiles()
      for (let at = 0; at < 300; at += 1) {
        restored.append(leafAt(at))
        uninterrupted.append(leafAt(at))
      }
      expect(stateOf(restored)).toEqual(stateOf(uninterrupted))
      expect(restored.takeTiles()).toEqual(uninterrupted.takeTiles())
    }
  })

  test('L7: at sizes past 2^31, up to the last that a number can count', async () => {
    const sizes = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 255, 2 ** 40 - 1, 2 ** 48 - 3, 2 ** 53 - 601]
    for (const size of sizes) {
      const marked = [0, 2 ** 31 - 2, size - 1]
      const added = Array.from({ length: 600 }, (_, n) => size + n)
      const log = new SparseLog([...marked, ...added])
      const tree = Tree.restore(sha256, BigInt(size), await log.edgesAt(size))
      expect(tree.root(), `size ${size}`).toBe(log.rootAt(size))
      for (const index of added) tree.append(log.leaf(index))
      expect(tree.size).toBe(size + 600)
      expect(tree.root(), `size ${size} + 600`).toBe(log.rootAt(size + 600))
      for (const { level, index, hashes } of tree.takeTiles()) {
        expect(hashes).toEqual(await log.read(level, index, 256))
      }
      expect(tree.edges()).toEqual(await log.edgesAt(size + 600))
    }
  })

  test('L7: at 2^53 - 1 leaves the tree is full and says so', async () => {
    const log = new SparseLog([])
    const tree = Tree.restore(sha256, 2 ** 53 - 1, await log.edgesAt(2 ** 53 - 1))
    expect(() => tree.append(leafAt(0))).toThrow(expect.objectContaining({ code: 'out_of_range' }))
    expect(tree.root()).toBe(log.rootAt(2 ** 53 - 1))
  })
})

describe('L8: what does not fit is refused before it spoils anything', () => {
  test('L8: edges of another size', () => {
    const edges = treeOf(leaves.slice(0, 700)).edges()
    const [level0, level1] = edges as [Hash[], Hash[]]
    const wrong: [number, Hash[][]][] = [
      [699, edges],
      [701, edges],
      [700 + 256, edges],
      [700, []],
      [700, [level0]],
      [700, [level0.slice(1), level1]],
      [700, [level0, [...level1, level1[0]!]]],
      [700, [level0, level1, [leafAt(0)]]],
      [0, [[leafAt(0)]]],
    ]
    for (const [size, given] of wrong) {
      expect(() => Tree.restore(sha256, size, given)).toThrow(expect.objectContaining({ code: 'edges_mismatch' }))
    }
    expect(() => Tree.restore(sha256, 700, [level0.with(3, '' as Hash), level1])).toThrow(
      expect.objectContaining({ code: 'hash_malformed' }),
    )
    expect(Tree.restore(sha256, 700, [...edges, [], []]).edges()).toEqual(edges)
  })

  test('L8: sizes that are none', () => {
    for (const size of [-1, -1n, 0.5, Number.NaN, Infinity, 2 ** 53, 2n ** 64n]) {
      expect(() => Tree.restore(sha256, size, [])).toThrow(expect.objectContaining({ code: 'out_of_range' }))
    }
  })

  test('L8: a leaf of another length leaves the tree as it was', () => {
    const tree = treeOf(leaves.slice(0, 255))
    const before = stateOf(tree)
    for (const leaf of ['', 'a'.repeat(31), 'a'.repeat(64)]) {
      expect(() => tree.append(leaf as Hash)).toThrow(expect.objectContaining({ code: 'hash_malformed' }))
    }
    expect(stateOf(tree)).toEqual(before)
    expect(tree.takeTiles()).toEqual([])
  })
})

describe('L9: a clone and its origin do not touch each other', () => {
  test('L9: whichever grows, tiles not yet taken included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 600 }), (size, more) => {
        const tree = treeOf(leaves.slice(0, size))
        const before = stateOf(tree)
        const copy = tree.clone()
        treeOf(leaves.slice(size, size + more), copy)
        expect(stateOf(tree)).toEqual(before)
        const whole = treeOf(leaves.slice(0, size + more))
        expect(stateOf(copy)).toEqual(stateOf(whole))
        expect(copy.takeTiles()).toEqual(whole.takeTiles())
        expect(tree.takeTiles()).toHaveLength(Math.floor(size / 256))
      }),
      { numRuns: 40, examples: [[255, 1], [256, 256], [0, 0]] },
    )
  })
})
