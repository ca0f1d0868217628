import crypto, { createHash } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSecretOf, newApiKey, readApiKey } from './api-key.ts'

test('a new key reads back as its prefix and a secret with its digest', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 37, maxLength: 37 }), (bytes) => {
    let at = 0
    const { key, prefix, digest } = newApiKey((count) => Buffer.from(bytes.subarray(at, (at += count))))
    const read = readApiKey(key)!
    expect(read.prefix).toBe(prefix)
    expect(prefix).toMatch(/^obk_[a-z2-7]{8}$/)
    expect(Buffer.from(read.secret, 'base64url')).toEqual(Buffer.from(bytes.subarray(5)))
    expect(digest).toEqual(createHash('sha256').update(read.secret).digest())
    expect(isSecretOf(read.secret, digest)).toBe(true)
    // A bearer token (RFC 6750 §2.1), and a header value of an OTLP exporter as it is.
    expect(key).toMatch(/^[A-Za-z0-9_-]{56}$/)
  }))
})

test('the prefix is RFC 4648 base32 of five bytes, in lower case', () => {
  const of = (text: string) => newApiKey((count) => (count === 5 ? Buffer.from(text, 'latin1') : Buffer.alloc(count))).prefix
  // The vectors of RFC 4648 §10, and both ends.
  expect([of('fooba'), of('\0\0\0\0\0'), of('\xff\xff\xff\xff\xff'), of('\0\0\0\0\x01')]).toEqual(['obk_mzxw6ytb', 'obk_aaaaaaaa', 'obk_77777777', 'obk_aaaaaaab'])
})

test('two keys are never alike', () => {
  const keys = Array.from({ length: 1_000 }, () => newApiKey())
  expect(new Set(keys.map(({ key }) => key.slice(13))).size).toBe(1_000)
})

test('whatever is not exactly a key is none', () => {
  const { key } = newApiKey()
  const near = [
    '', 'obk_', key.slice(1), key.slice(0, -1), `${key}A`, ` ${key}`, `${key}\n`, key.replace('obk_', 'OBK_'), key.replace('_', '-'),
    key.toUpperCase(), key.replace(/.$/, '='), key.replace(/.$/, '+'), `obk_${'1'.repeat(8)}_${'A'.repeat(43)}`, `obk_${'a'.repeat(8)}_${'ä'.repeat(43)}`,
  ]
  for (const text of near) expect([text, readApiKey(text)]).toEqual([text, null])
  // One character of a key in the place of another.
  fc.assert(fc.property(fc.nat(55), fc.oneof(fc.nat(0x7f), fc.nat(0x10ffff)), (at, code) => {
    const character = String.fromCodePoint(code)
    const allowed = at < 4 ? /^$/ : at < 12 ? /^[a-z2-7]$/ : at === 12 ? /^_$/ : /^[A-Za-z0-9_-]$/
    fc.pre(character !== key[at])
    expect(readApiKey(key.slice(0, at) + character + key.slice(at + 1)) !== null).toBe(allowed.test(character) && character !== '\n')
  }))
})

test('no secret but its own passes, not by one bit', () => {
  fc.assert(fc.property(fc.nat(255), (bit) => {
    const { key, digest } = newApiKey()
    const bytes = Buffer.from(readApiKey(key)!.secret, 'base64url')
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    expect(isSecretOf(bytes.toString('base64url'), digest)).toBe(false)
  }))
})

test('the comparison takes the same time, with a key or without one', () => {
  const { key, digest } = newApiKey()
  const { timingSafeEqual } = crypto
  const compared: number[][] = []
  crypto.timingSafeEqual = (a, b) => {
    compared.push([a.byteLength, b.byteLength])
    return timingSafeEqual(a, b)
  }
  syncBuiltinESMExports()
  try {
    expect(isSecretOf(readApiKey(key)!.secret, digest)).toBe(true)
    expect(isSecretOf('x', digest)).toBe(false)
    expect(isSecretOf('', null)).toBe(false)
  } finally {
    crypto.timingSafeEqual = timingSafeEqual
    syncBuiltinESMExports()
  }
  expect(compared).toEqual([[32, 32], [32, 32], [32, 32]])
})
