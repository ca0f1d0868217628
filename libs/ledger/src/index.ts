export { commitment, saltBytes } from './commitment.ts'
export { consistencyProof, verifyConsistency } from './consistency.ts'
export type { ConsistencyClaim } from './consistency.ts'
export { entryBundle, parseEntryBundle } from './entry-bundle.ts'
export { entryKinds, entryText, parseEntryText } from './entry-text.ts'
export type { EntryFields, EntryKind } from './entry-text.ts'
export {
  hashBytes,
  hashFromBase64,
  hashFromBytes,
  hashFromHex,
  hashToBase64,
  hashToBytes,
  hashToHex,
  isHash,
} from './hash.ts'
export type { Hash, Sha256 } from './hash.ts'
export { inclusionProof, verifyInclusion } from './inclusion.ts'
export type { InclusionClaim } from './inclusion.ts'
export { LedgerError } from './ledger-error.ts'
export type { LedgerErrorCode } from './ledger-error.ts'
export { emptyRoot, leafHash, nodeHash } from './merkle-hash.ts'
export { rootFromTiles } from './root-from-tiles.ts'
export { rootOf } from './root-of.ts'
export { parseTilePath, tilePath } from './tile-path.ts'
export type { TileName } from './tile-path.ts'
export { parseTile, tileBytes, tileWidth, tileWidthMax } from './tiles.ts'
export type { Tile, TileReader } from './tiles.ts'
export { parseTlogProof, tlogProof } from './tlog-proof.ts'
export type { TlogProof } from './tlog-proof.ts'
export { Tree } from './tree.ts'
