import { describe, expect, test } from 'vitest'

import { hashFromHex, hashToHex } from './hash.ts'
import { emptyRoot, leafHash, nodeHash } from './merkle-hash.ts'
import { rootOf } from './root-of.ts'
import { sha256 } from './testing/sha256.ts'

// The eight leaves that the Certificate Transparency implementations share as test vectors for RFC 6962.
const inputs = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')))
const leafHashes = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  '0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7',
  '07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7',
  'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  '4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658',
  'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f',
  '46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1',
]
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

describe('L1: leaf, node and root hashes are those of RFC 6962 and RFC 9162', () => {
  test('L1: the leaf hashes of the published vectors', () => {
    expect(inputs.map((input) => hashToHex(leafHash(sha256, input)))).toEqual(leafHashes)
  })

  test('L1: the roots of the published vectors, of the empty tree too', () => {
    const leaves = inputs.map((input) => leafHash(sha256, input))
    expect(roots.map((_, size) => hashToHex(rootOf(sha256, leaves.slice(0, size))))).toEqual(roots)
    expect(hashToHex(emptyRoot(sha256))).toBe(roots[0])
  })

  test('L1: a node of the published vectors', () => {
    const [left, right] = ['5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', roots[2]!]
    expect(hashToHex(nodeHash(sha256, hashFromHex(right), hashFromHex(left)))).toBe(roots[4])
  })

  test('L1: a text hashes as its bytes, and no earlier, longer one is left in the buffer', () => {
    const texts = ['a'.repeat(600), 'b'.repeat(511), 'c', '', 'd'.repeat(512), 'e\n']
    for (const text of texts) {
      const bytes = new TextEncoder().encode(text)
      const expected = sha256(Uint8Array.of(0, ...bytes))
      expect(leafHash(sha256, text)).toBe(expected)
      expect(leafHash(sha256, bytes)).toBe(expected)
    }
  })

  test('L1: a text that is not ASCII is refused, not hashed in an encoding nobody stated', () => {
    for (const text of ['é', '—', '\u{1f600}', '\ud800']) {
      expect(() => leafHash(sha256, text)).toThrow(expect.objectContaining({ code: 'entry_malformed' }))
    }
  })
})
