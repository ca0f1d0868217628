import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { hashFromBase64, hashToBase64 } from './hash.ts'
import { leavesOf } from './testing/sha256.ts'
import { parseTlogProof, tlogProof } from './tlog-proof.ts'

// The example of the C2SP specification (signatures shortened there, and its extra data not valid base64 there).
const hashes = [
  'gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=',
  'B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=',
  'EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=',
]
const checkpoint =
  'example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n' +
  '— example.com/fancylog hI2DJw==\n— witness1.example mJirIklj\n'
const text = `c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n${hashes.join('\n')}\n\n${checkpoint}`

describe('L20: a proof has the text of C2SP tlog-proof', () => {
  test('L20: byte for byte, the checkpoint as it is', () => {
    const extra = new TextEncoder().encode('age')
    const proof = { index: 73_894, hashes: hashes.map(hashFromBase64), checkpoint, extra }
    expect(tlogProof(proof)).toBe(text)
    expect(parseTlogProof(text)).toEqual(proof)
  })

  test('L20: no extra line without extra data, no hash line for the only leaf', () => {
    const proof = { index: 0, hashes: [], checkpoint }
    expect(tlogProof(proof)).toBe(`c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint}`)
    expect(tlogProof({ ...proof, extra: new Uint8Array(0) })).toBe(tlogProof(proof))
    expect(parseTlogProof(tlogProof(proof))).toEqual(proof)
  })

  test('L20: any proof, there and back', () => {
    const leaves = leavesOf(63)
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 53 - 1 }),
        fc.nat(63),
        fc.option(fc.uint8Array({ minLength: 1 }), { nil: undefined }),
        fc.string({ minLength: 1 }).filter((line) => !line.startsWith('\n')),
        (index, count, extra, line) => {
          const proof = { index, hashes: leaves.slice(0, count), checkpoint: `${line}\n`, ...(extra && { extra }) }
          expect(parseTlogProof(tlogProof(proof))).toEqual(proof)
        },
      ),
    )
  })

  test('L20: what is no proof is refused, saying which line', () => {
    const bad: [string, string][] = [
      ['', 'line 1'],
      [text.replace('@v1', '@v2'), 'line 1'],
      [text.replaceAll('\n', '\r\n'), 'line 1'],
      [`\n${text}`, 'line 1'],
      [text.replace('YWdl', 'YWd'), 'line 2'],
      [text.replace('YWdl', 'YWd_'), 'line 2'],
      [text.replace('extra ', 'extra'), 'line 2'],
      [text.replace('extra YWdl\n', 'extra YWdl\nextra YWdl\n'), 'line 3'],
      [text.replace('index 73894\n', ''), 'line 3'],
      [text.replace('index 73894', 'index 073894'), 'line 3'],
      [text.replace('index 73894', 'index -1'), 'line 3'],
      [text.replace('index 73894', 'index 1e3'), 'line 3'],
      [text.replace('index 73894', 'index  1'), 'line 3'],
      [text.replace('index 73894', `index ${2 ** 53}`), 'line 3'],
      [text.replace(hashes[1]!, hashes[1]!.slice(0, -1)), 'line 5'],
      [text.replace(hashes[1]!, `${hashes[1]!} `), 'line 5'],
      [text.replace('EKNz', 'EK-z'), 'line 6'],
      [text.replace(`${hashes[2]!}\n\n`, `${hashes[2]!}\n`), 'line 7'],
      [text.replace(`\n\n${checkpoint}`, '\n'), 'no empty line'],
      [text.replace(checkpoint, ''), 'the checkpoint is empty'],
      [text.replace(checkpoint, `\n${checkpoint}`), 'the checkpoint is empty'],
      [text.slice(0, -1), 'not ended by a newline'],
      [text.replace(hashes[0]!, Array.from({ length: 62 }, () => hashes[0]!).join('\n')), 'at most 63'],
    ]
    for (const [changed, message] of bad) {
      expect(() => parseTlogProof(changed), changed).toThrow(expect.objectContaining({ code: 'proof_malformed' }))
      expect(() => parseTlogProof(changed), changed).toThrow(message)
    }
    const proof = { index: 0, hashes: leavesOf(2), checkpoint }
    const wrong = [
      { ...proof, index: -1 },
      { ...proof, index: 0.5 },
      { ...proof, hashes: leavesOf(64) },
      { ...proof, hashes: ['short' as never] },
      { ...proof, checkpoint: '' },
      { ...proof, checkpoint: 'a' },
      { ...proof, checkpoint: `\n${checkpoint}` },
    ]
    for (const given of wrong) {
      expect(() => tlogProof(given)).toThrow(expect.objectContaining({ code: 'proof_malformed' }))
    }
  })

  test('L20: a changed text is refused or says something else', () => {
    const original = parseTlogProof(text)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 2 }), (at, put) => {
        const changed = text.slice(0, at) + put + text.slice(at + 1)
        fc.pre(changed !== text)
        try {
          expect(parseTlogProof(changed)).not.toEqual(original)
        } catch (error) {
          expect(error).toMatchObject({ code: 'proof_malformed' })
        }
      }),
      { numRuns: 500 },
    )
    expect(hashToBase64(original.hashes[0]!)).toBe(hashes[0])
  })
})
