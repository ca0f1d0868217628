/** Every way this library refuses its input. A code is never reused for another meaning. */
export type LedgerErrorCode =
  | 'hash_malformed' // not 32 bytes, or not the hex or base64 of 32 bytes
  | 'entry_malformed' // a field outside its grammar, or a text that is not the six lines
  | 'salt_malformed' // a salt that is not 16 bytes
  | 'out_of_range' // an index or size that no tree of this size has
  | 'edges_mismatch' // partial tiles that do not fit the size of the tree to restore
  | 'tile_mismatch' // a reader answered another number of hashes than it was asked for
  | 'tile_malformed' // bytes that are not whole hashes, or not 1 to 256 of them
  | 'tile_path_malformed'
  | 'bundle_malformed'
  | 'proof_malformed'

/**
 * The one error this library throws. `message` is a sentence for people, `code` is for programs, `details` holds the
 * positions and sizes the sentence is about; never content.
 */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode
  readonly details: Readonly<Record<string, string | number>>

  constructor(code: LedgerErrorCode, message: string, details: Record<string, string | number> = {}) {
    super(message)
    this.name = 'LedgerError'
    this.code = code
    this.details = details
  }
}
