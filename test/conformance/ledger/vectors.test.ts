import { createHash, hash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import {
  commitment,
  consistencyProof,
  entryBundle,
  entryText,
  hashFromBase64,
  hashToBase64,
  inclusionProof,
  leafHash,
  parseEntryBundle,
  parseEntryText,
  parseTilePath,
  rootFromTiles,
  tileBytes,
  tilePath,
  tileWidth,
  Tree,
  verifyConsistency,
  verifyInclusion,
} from '@onbehalf/ledger'
import type { EntryKind, Hash } from '@onbehalf/ledger'
import { beforeAll, describe, expect, test } from 'vitest'

/** What main.go wrote: see its types. */
interface Vectors {
  seed: string
  size: number
  entries: {
    tenant: string
    kind: EntryKind
    received_at: string
    producer: string
    salt_hex: string
    content_base64: string
    commitment: string
    text: string
    leaf: string
  }[]
  bundle_sha256: string
  roots: { size: number; root: string }[]
  tiles: { level: number; index: number; width: number; path: string; sha256: string }[]
  inclusion: { index: number; size: number; proof: string[] }[]
  consistency: { old_size: number; new_size: number; proof: string[] }[]
  paths: { level: number; index: number; width: number; path: string }[]
}

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as Vectors
const sha256 = (data: Uint8Array) => hash('sha256', data, 'binary') as string as Hash
const sha256Hex = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
const leafAt = (index: number) => leafHash(sha256, `${vectors.seed} ${index}\n`)
const rootAt = new Map(vectors.roots.map(({ size, root }) => [size, hashFromBase64(root)]))

const full = new Map<string, Hash[]>()
const grownRoots = new Map<number, string>()
let edges: Hash[][] = []

const readTile = async (level: number, index: number, width: number): Promise<Hash[]> =>
  (full.get(`${level}/${index}`) ?? edges[level] ?? []).slice(0, width)

beforeAll(() => {
  const tree = new Tree(sha256)
  for (let size = 0; size <= vectors.size; size += 1) {
    if (rootAt.has(size)) grownRoots.set(size, hashToBase64(tree.root()))
    if (size === vectors.size) break
    tree.append(leafAt(size))
    for (const { level, index, hashes } of tree.takeTiles()) full.set(`${level}/${index}`, hashes)
  }
  edges = tree.edges()
})

describe('L21: Go (golang.org/x/mod/sumdb/tlog) computes the same', () => {
  test('L21: the golden file has vectors of every sort', () => {
    expect(vectors.size).toBe(70_000)
    expect(vectors.entries).toHaveLength(4)
    expect(vectors.roots.length).toBeGreaterThan(30)
    expect(vectors.tiles.length).toBeGreaterThan(30)
    expect(vectors.inclusion.length).toBeGreaterThan(50)
    expect(vectors.consistency.length).toBeGreaterThan(50)
    expect(vectors.paths).toHaveLength(7)
  })

  test('L21: entry texts, commitments, leaves and the bundle', () => {
    for (const vector of vectors.entries) {
      const salt = Buffer.from(vector.salt_hex, 'hex')
      const committed = commitment(sha256, salt, Buffer.from(vector.content_base64, 'base64'))
      expect(hashToBase64(committed)).toBe(vector.commitment)
      const { tenant, kind, producer, received_at: receivedAt } = vector
      const fields = { tenant, kind, receivedAt, producer, commitment: committed }
      expect(entryText(fields)).toBe(vector.text)
      expect(parseEntryText(vector.text)).toEqual(fields)
      expect(hashToBase64(leafHash(sha256, vector.text))).toBe(vector.leaf)
    }
    const texts = vectors.entries.map((vector) => vector.text)
    expect(sha256Hex(entryBundle(texts))).toBe(vectors.bundle_sha256)
    expect(parseEntryBundle(entryBundle(texts), texts.length)).toEqual(texts)
  })

  test('L21: roots while the tree grows, and from its tiles afterwards', async () => {
    for (const { size, root } of vectors.roots) {
      expect(grownRoots.get(size), `size ${size}`).toBe(root)
      expect(hashToBase64(await rootFromTiles(sha256, readTile, size)), `size ${size}`).toBe(root)
    }
  })

  test('L21: full and partial tiles, byte for byte', async () => {
    for (const { level, index, width, path, sha256: expected } of vectors.tiles) {
      expect(tilePath(level, index, width)).toBe(path)
      expect(sha256Hex(tileBytes(await readTile(level, index, width))), path).toBe(expected)
    }
    expect(full.size).toBe(273 + 1)
    expect([0, 1, 2, 3].map((level) => tileWidth(level, [273, 1, 0, 0][level]!, vectors.size))).toEqual([112, 17, 1, 0])
  })

  test('L21: inclusion proofs', async () => {
    for (const { index, size, proof } of vectors.inclusion) {
      const ours = await inclusionProof(sha256, readTile, index, size)
      expect(ours.map(hashToBase64), `${index} of ${size}`).toEqual(proof)
      const claim = { leaf: leafAt(index), index, size, proof: proof.map(hashFromBase64), root: rootAt.get(size)! }
      expect(verifyInclusion(sha256, claim), `${index} of ${size}`).toBe(true)
    }
  })

  test('L21: consistency proofs', async () => {
    for (const { old_size: oldSize, new_size: newSize, proof } of vectors.consistency) {
      const ours = await consistencyProof(sha256, readTile, oldSize, newSize)
      expect(ours.map(hashToBase64), `${oldSize} to ${newSize}`).toEqual(proof)
      const [oldRoot, newRoot] = [rootAt.get(oldSize)!, rootAt.get(newSize)!]
      const claim = { oldSize, newSize, oldRoot, newRoot, proof: proof.map(hashFromBase64) }
      expect(verifyConsistency(sha256, claim), `${oldSize} to ${newSize}`).toBe(true)
    }
  })

  test('L21: tile paths', () => {
    for (const { level, index, width, path } of vectors.paths) {
      const name = { level: level === -1 ? ('entries' as const) : level, index, width }
      expect(tilePath(name.level, index, width)).toBe(path)
      expect(parseTilePath(path)).toEqual(name)
    }
  })
})
