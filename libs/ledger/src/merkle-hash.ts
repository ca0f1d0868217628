import { writeAscii } from './ascii.ts'
import type { Hash, Sha256 } from './hash.ts'
import { writeHash } from './hash.ts'

/**
 * SHA-256(0x00 || entry), RFC 9162 §2.1.1. An entry's text is ASCII; a text that is not throws `entry_malformed`,
 * because its bytes would depend on an encoding nobody stated. Bytes are hashed as they are.
 */
export function leafHash(sha256: Sha256, entry: string | Uint8Array): Hash {
  const length = entry.length + 1
  const data = length <= leafBuffer.length ? leafBuffer : new Uint8Array(length)
  data[0] = 0x00
  if (typeof entry === 'string') writeAscii(entry, data, 1)
  else data.set(entry, 1)
  return sha256(data.length === length ? data : data.subarray(0, length))
}

/** SHA-256(0x01 || left || right), RFC 9162 §2.1.1. */
export function nodeHash(sha256: Sha256, left: Hash, right: Hash): Hash {
  writeHash(left, nodeBuffer, 1)
  writeHash(right, nodeBuffer, 33)
  return sha256(nodeBuffer)
}

/** The root of a tree without leaves: SHA-256 of nothing, RFC 9162 §2.1.1. */
export function emptyRoot(sha256: Sha256): Hash {
  return sha256(new Uint8Array(0))
}

// Reused by every call: hashing is synchronous, and a fresh array per node is a third of the cost of a node.
const nodeBuffer = new Uint8Array(65)
nodeBuffer[0] = 0x01
// An entry's text is about 120 bytes and never more than 256; what is longer comes from another log and may allocate.
const leafBuffer = new Uint8Array(512)
