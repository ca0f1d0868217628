import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A key that was just made. The key itself is told once and kept nowhere. */
export interface NewApiKey {
  /** `obk_<8 characters>_<43 characters>`. */
  key: string
  /** `obk_<8 characters>`: what the key is called everywhere. 40 random bits; who stores it sees to it that it is unique. */
  prefix: string
  /** SHA-256 of the secret part: what is stored. */
  digest: Buffer
}

/** What was sent, if it has the form of a key. */
export interface ReadApiKey {
  prefix: string
  secret: string
}

/** A key: `obk_`, 40 random bits in base32 (RFC 4648 §6, lower case), `_`, 256 random bits in base64url without padding (§5). */
export function newApiKey(random: (bytes: number) => Buffer = randomBytes): NewApiKey {
  const prefix = `obk_${base32(random(5))}`
  const secret = random(32).toString('base64url')
  return { key: `${prefix}_${secret}`, prefix, digest: digestOf(secret) }
}

/** Null for everything that does not have the form of a key. */
export function readApiKey(text: string): ReadApiKey | null {
  const match = /^(obk_[a-z2-7]{8})_([A-Za-z0-9_-]{43})$/.exec(text)
  return match === null ? null : { prefix: match[1]!, secret: match[2]! }
}

/**
 * Whether it is the secret with that digest; takes the same time whatever was sent. Against null it compares too, and it
 * is not: so nobody can tell by the clock whether a prefix is there.
 */
export function isSecretOf(secret: string, digest: Uint8Array | null): boolean {
  return timingSafeEqual(digestOf(secret), digest ?? nobodys) && digest !== null
}

const nobodys = Buffer.alloc(32)

// One round is enough: 256 random bits cannot be guessed, and what makes passwords slow to try would only slow the door.
const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** 5 bytes: 8 characters. */
function base32(bytes: Buffer): string {
  const bits = BigInt(`0x${bytes.toString('hex')}`)
  return Array.from({ length: 8 }, (_, at) => alphabet[Number((bits >> BigInt(35 - at * 5)) & 31n)]).join('')
}
