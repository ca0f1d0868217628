import { decodeBase64, encodeBase64 } from './base64.ts'
import { LedgerError } from './ledger-error.ts'

/**
 * A SHA-256 value: 32 bytes as a latin-1 string, one character per byte. A string because it is compared with `===`,
 * is a key as it is, costs less to keep than a Uint8Array, and is what `crypto.hash(…, 'latin1')` gives fastest.
 */
export type Hash = string & { readonly __brand: 'Hash' }

/**
 * The hash function, given by the caller, so that the same code runs in Node and in a browser. It must neither keep
 * nor change `data`: this library hands out the same buffers again and again.
 */
export type Sha256 = (data: Uint8Array) => Hash

/** Whether a value that came from outside is a Hash: 32 characters, none above U+00FF. */
export function isHash(value: unknown): value is Hash {
  if (typeof value !== 'string' || value.length !== hashBytes) return false
  for (let at = 0; at < hashBytes; at += 1) if (value.charCodeAt(at) > 0xff) return false
  return true
}

/** A fresh array of the 32 bytes. */
export function hashToBytes(hash: Hash): Uint8Array {
  const bytes = new Uint8Array(hashBytes)
  writeHash(hash, bytes, 0)
  return bytes
}

/** Reads the 32 bytes at `at`. Throws `hash_malformed` where fewer are left. */
export function hashFromBytes(bytes: Uint8Array, at = 0): Hash {
  if (!Number.isInteger(at) || at < 0 || at + hashBytes > bytes.length) {
    throw new LedgerError('hash_malformed', `a hash needs ${hashBytes} bytes at ${at}, of ${bytes.length}`, {
      at,
      length: bytes.length,
    })
  }
  return String.fromCharCode.apply(null, bytes.subarray(at, at + hashBytes) as unknown as number[]) as Hash
}

/** 64 lower-case hexadecimal digits. */
export function hashToHex(hash: Hash): string {
  let hex = ''
  for (let at = 0; at < hash.length; at += 1) hex += hash.charCodeAt(at).toString(16).padStart(2, '0')
  return hex
}

/** Reads 64 lower-case hexadecimal digits; anything else throws `hash_malformed`. */
export function hashFromHex(hex: string): Hash {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new LedgerError('hash_malformed', 'a hash is 64 lower-case hex digits')
  return hex.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))) as Hash
}

/** 44 characters of standard, padded base64. */
export function hashToBase64(hash: Hash): string {
  writeHash(hash, scratch, 0)
  return encodeBase64(scratch)
}

/** Reads the canonical base64 of 32 bytes; anything else throws `hash_malformed`. */
export function hashFromBase64(text: string): Hash {
  const bytes = decodeBase64(text)
  if (bytes?.length !== hashBytes) throw new LedgerError('hash_malformed', 'a hash is the base64 of 32 bytes')
  return hashFromBytes(bytes)
}

/** Bytes in a hash. */
export const hashBytes = 32

/** Writes the 32 bytes of a hash into `to` from `at`; the loop is as fast as a native copy and needs no Buffer. */
export function writeHash(hash: Hash, to: Uint8Array, at: number): void {
  for (let i = 0; i < hashBytes; i += 1) to[at + i] = hash.charCodeAt(i)
}

/** Throws `hash_malformed` for a string of another length: one such leaf would spoil every later root. */
export function assertHash(hash: Hash): void {
  if (hash.length !== hashBytes) {
    throw new LedgerError('hash_malformed', `a hash is ${hashBytes} bytes, not ${hash.length}`, { length: hash.length })
  }
}

const scratch = new Uint8Array(hashBytes)
