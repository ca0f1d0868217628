import type { Hash, Sha256 } from './hash.ts'
import { LedgerError } from './ledger-error.ts'

/**
 * SHA-256(salt || content): what an entry's text says of its content, without the content. The 16 random bytes of salt
 * keep a guessed content from being confirmed once both are erased. Who already has `salt || content` side by side, as
 * a segment stores them, hashes that slice and gets the same. Throws `salt_malformed`.
 */
export function commitment(sha256: Sha256, salt: Uint8Array, content: Uint8Array): Hash {
  if (salt.length !== saltBytes) {
    throw new LedgerError('salt_malformed', `a salt is ${saltBytes} bytes, not ${salt.length}`, { length: salt.length })
  }
  const length = saltBytes + content.length
  const data = length <= buffer.length ? buffer : new Uint8Array(length)
  data.set(salt, 0)
  data.set(content, saltBytes)
  return sha256(data.length === length ? data : data.subarray(0, length))
}

/** Bytes in a salt. */
export const saltBytes = 16

// Events of common size are copied here instead of into an array of their own.
const buffer = new Uint8Array(16 * 1024)
