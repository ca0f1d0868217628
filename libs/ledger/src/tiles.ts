import { hashBytes, hashFromBytes, writeHash } from './hash.ts'
import type { Hash } from './hash.ts'
import { LedgerError } from './ledger-error.ts'

/** Hashes in a full tile: the width C2SP tlog-tiles fixes, eight levels of the tree. */
export const tileWidthMax = 256

/** A full tile: 256 hashes of one tile level, and the root over them, which is one hash of the level above. */
export interface Tile {
  level: number
  index: number
  hashes: Hash[]
  root: Hash
}

/**
 * Where proofs get their hashes: the first `width` hashes (1 to 256) of tile `index` of `level`. It may answer more,
 * where the tile has grown since. Nothing here trusts it: a proof made from wrong tiles does not verify.
 */
export interface TileReader {
  (level: number, index: number, width: number): Promise<Hash[]>
}

/** How many hashes that tile has in a tree of that size: 256 when full, 0 when the tree has no such tile. */
export function tileWidth(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / tileWidthMax ** level)
  return Math.max(0, Math.min(tileWidthMax, hashes - index * tileWidthMax))
}

/** A tile as it is served and stored: its hashes one after another. Throws `tile_malformed` unless 1 to 256. */
export function tileBytes(hashes: readonly Hash[]): Uint8Array {
  assertWidth(hashes.length)
  const bytes = new Uint8Array(hashes.length * hashBytes)
  hashes.forEach((hash, at) => writeHash(hash, bytes, at * hashBytes))
  return bytes
}

/** The hashes of a tile's bytes; `tile_malformed` unless they are exactly `width` hashes, or 1 to 256 if not given. */
export function parseTile(bytes: Uint8Array, width?: number): Hash[] {
  const count = bytes.length / hashBytes
  assertWidth(count)
  if (width !== undefined && count !== width) {
    throw new LedgerError('tile_malformed', `the tile has ${count} hashes, not ${width}`, { width, hashes: count })
  }
  return Array.from({ length: count }, (_, at) => hashFromBytes(bytes, at * hashBytes))
}

function assertWidth(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= tileWidthMax) return
  const message = `a tile is 1 to ${tileWidthMax} hashes of ${hashBytes} bytes, not ${count}`
  throw new LedgerError('tile_malformed', message, { hashes: count })
}
