import { canonicalJson as canonicalJsonOfEvents } from '@onbehalf/events'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { digestOf } from './index.ts'
import { isSecretName } from './secret-name.ts'
import { sha256 } from './sha-256.ts'

const json = () => fc.jsonValue({ noUnicodeString: false, stringUnit: 'grapheme' })
const sha256OfNode = (text: string) => createHash('sha256').update(text).digest('hex')

describe('SHA-256', () => {
  test('of texts of every length around a block, and of any text, is that of Node', () => {
    for (let length = 0; length < 200; length++) expect(sha256('a'.repeat(length))).toBe(sha256OfNode('a'.repeat(length)))
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
      expect(sha256(text)).toBe(sha256OfNode(text))
    }))
  })

  test('of a million times a is that of FIPS 180-4', () => {
    expect(sha256('a'.repeat(1_000_000))).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0')
  })
})

describe('canonical JSON', () => {
  test('of any JSON value is that of the events', () => {
    fc.assert(fc.property(json(), (value) => {
      expect(canonicalJson(value)).toBe(canonicalJsonOfEvents(value))
    }))
  })

  test('is what JSON.stringify would send', () => {
    class Order {
      id = 881
      at = new Date(0)
      none = undefined
    }
    expect(canonicalJson(new Order())).toBe('{"at":"1970-01-01T00:00:00.000Z","id":881}')
    expect(canonicalJson([undefined, Object.create(null)])).toBe('[null,{}]')
  })

  test('what would show nothing of itself is refused', () => {
    const silent = [new Map([[1, 2]]), new Set([1]), new Response('x'), Promise.resolve(1), new Uint8Array(2), /x/, new Error('x'), Object(5), Readable.from([]), async () => 1, 5n, Symbol('x'), NaN, '\ud800']
    for (const value of silent) expect(() => canonicalJson({ value }), String(value)).toThrow()
  })
})

describe('a digest', () => {
  test('agrees with how the mapping digests arguments, and with their text', () => {
    fc.assert(fc.property(json(), (value) => {
      const { digest, projection } = digestOf(value)!
      if (projection === undefined && typeof value !== 'string') {
        expect(digest).toBe(`sha-256:${sha256OfNode(canonicalJsonOfEvents(value))}`)
        expect(digestOf(JSON.stringify(value))).toEqual({ digest })
      }
    }))
    expect(digestOf('no json')!.digest).toBe(`sha-256:${sha256OfNode('"no json"')}`)
  })

  test('does not depend on what is called like a secret, at any depth, and says so', () => {
    const secretName = fc.constantFrom('password', 'API_KEY', 'client-secret', 'accessToken', 'Authorization', 'x-api-key', 'cookie')
    fc.assert(fc.property(json(), json(), secretName, json(), (one, other, name, rest) => {
      const of = (secret: unknown) => digestOf({ rest, list: [{ deep: { [name]: secret } }] })!
      expect(of(one)).toEqual(of(other))
      expect(of(one).projection).toContain(name)
    }))
  })

  test('names what was left out, sorted, each once', () => {
    const value = { card: '4242', items: [{ card: '1', password: 'x' }, { card: '2' }], amount: 1 }
    expect(digestOf(value, { omit: ['card', 'absent'] })).toEqual({ digest: digestOf({ amount: 1, items: [{}, {}] })!.digest, projection: 'without card, password' })
  })

  test('leaves secrets out of JSON that is still text', () => {
    expect(digestOf('{"token":"a"}')).toEqual(digestOf({ token: 'b' }))
  })

  test('names too many names by their digest, within a name of the catalogue', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`password-${i}-token`, 'x']))
    expect(digestOf(many)!.projection).toMatch(/^without 200 names: sha-256:[0-9a-f]{64}$/)
  })

  test('is not made of what has no JSON form, has cycles, throws, or is too long or too deep', () => {
    const cycle: Record<string, unknown> = {}
    cycle['again'] = [cycle, cycle]
    const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown
    const throwing = { get a() { throw new Error('no') } }
    for (const value of [undefined, () => 1, NaN, 5n, new Map(), cycle, deep, throwing, 'x'.repeat(1_100_000), Array.from({ length: 600_000 }, () => 1)]) expect(digestOf(value)).toBeUndefined()
  })
})

test.each(['password', 'userPassword', 'API-Key', 'apiKey', 'token', 'id_token', 'Authorization', 'client_secret', 'Set-Cookie', 'private_key', 'pin', 'cvc'])('%s is a secret', (name) => {
  expect(isSecretName(name)).toBe(true)
})

test.each(['amount', 'max_tokens', 'author', 'pinned', 'secretary', 'keyboard', 'passport', 'tokens', 'authorized', 'order'])('%s is no secret', (name) => {
  expect(isSecretName(name)).toBe(false)
})
