import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { decodeBase64, encodeBase64 } from './base64.ts'
import {
  hashFromBase64,
  hashFromBytes,
  hashFromHex,
  hashToBase64,
  hashToBytes,
  hashToHex,
  isHash,
} from './hash.ts'
import type { Hash } from './hash.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('L2: a hash has one bytes, one hex and one base64 form', () => {
  test('L2: the forms agree with Node and come back', () => {
    fc.assert(
      fc.property(bytes32, (bytes) => {
        const hash = hashFromBytes(bytes)
        expect(hash).toBe(Buffer.from(bytes).toString('latin1'))
        expect(hashToBytes(hash)).toEqual(bytes)
        expect(hashToHex(hash)).toBe(Buffer.from(bytes).toString('hex'))
        expect(hashFromHex(hashToHex(hash))).toBe(hash)
        expect(hashToBase64(hash)).toBe(Buffer.from(bytes).toString('base64'))
        expect(hashFromBase64(hashToBase64(hash))).toBe(hash)
        expect(isHash(hash)).toBe(true)
      }),
    )
  })

  test('L2: a hash is read from inside a longer array', () => {
    const bytes = Uint8Array.from({ length: 70 }, (_, at) => at)
    expect(hashToBytes(hashFromBytes(bytes, 38))).toEqual(bytes.subarray(38))
    for (const at of [39, 70, -1, 0.5, Number.NaN]) {
      expect(() => hashFromBytes(bytes, at)).toThrow(expect.objectContaining({ code: 'hash_malformed' }))
    }
  })

  test('L2: other lengths, alphabets and spellings are refused', () => {
    const good = Buffer.alloc(32, 255).toString('base64')
    const otherBits = good.replace('8=', '9=')
    const otherAlphabet = good.replace('/', '_')
    for (const text of [good.slice(0, -1), `${good}=`, ` ${good}`, `${good}\n`, otherBits, otherAlphabet, '']) {
      expect(() => hashFromBase64(text), text).toThrow(expect.objectContaining({ code: 'hash_malformed' }))
    }
    for (const hex of ['', 'ab', 'AB'.repeat(32), `${'ab'.repeat(32)}\n`, 'zz'.repeat(32), '0x'.repeat(32)]) {
      expect(() => hashFromHex(hex), hex).toThrow(expect.objectContaining({ code: 'hash_malformed' }))
    }
    for (const value of ['', 'a'.repeat(31), 'a'.repeat(33), 'Ā'.repeat(32), 32, null, new Uint8Array(32)]) {
      expect(isHash(value)).toBe(false)
    }
  })

  test('L2: base64 of any length agrees with Node and is strict', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encodeBase64(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64'))
        expect(decodeBase64(text)).toEqual(bytes)
      }),
    )
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const bytes = decodeBase64(text)
        if (bytes !== undefined) expect(encodeBase64(bytes)).toBe(text)
      }),
      { numRuns: 1000, examples: [['===='], ['A==='], ['AA=A'], ['AB=='], ['AAB='], ['A A=']] },
    )
  })

  test('L2: a type of its own, so that no other string is taken for a hash', () => {
    // @ts-expect-error a plain string is not a Hash
    const hash: Hash = 'a'.repeat(32)
    expect(hash).toHaveLength(32)
  })
})
