import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { entryBundle, parseEntryBundle } from './entry-bundle.ts'
import { hashToBytes } from './hash.ts'
import { LedgerError } from './ledger-error.ts'
import { leavesOf } from './testing/sha256.ts'
import { parseTilePath, tilePath } from './tile-path.ts'
import { parseTile, tileBytes, tileWidth } from './tiles.ts'

describe('L17: a tile has the width C2SP tlog-tiles gives it, and is its hashes one after another', () => {
  test('L17: the two examples of the specification', () => {
    const widths = (size: number, level: number, from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => tileWidth(level, from + n, size))
    expect(widths(70_000, 0, 0, 275)).toEqual([...Array.from({ length: 273 }, () => 256), 112, 0])
    expect(widths(70_000, 1, 0, 3)).toEqual([256, 17, 0])
    expect(widths(70_000, 2, 0, 2)).toEqual([1, 0])
    expect(widths(70_000, 3, 0, 2)).toEqual([0, 0])
    expect(widths(256, 0, 0, 2)).toEqual([256, 0])
    expect(widths(256, 1, 0, 2)).toEqual([1, 0])
    expect(widths(256, 2, 0, 1)).toEqual([0])
  })

  test('L17: past 2^31, as BigInt counts it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 53 - 1 }), fc.nat(7), fc.nat(300), (size, level, back) => {
        const last = Number(BigInt(size) / 256n ** BigInt(level + 1))
        const index = Math.max(0, last - back)
        const hashes = BigInt(size) / 256n ** BigInt(level) - BigInt(index) * 256n
        expect(tileWidth(level, index, size)).toBe(hashes > 256n ? 256 : Number(hashes))
        expect(tileWidth(level, last + 1, size)).toBe(0)
      }),
    )
  })

  test('L17: bytes and back, full and partial', () => {
    const leaves = leavesOf(256)
    for (const width of [1, 2, 255, 256]) {
      const bytes = tileBytes(leaves.slice(0, width))
      expect(bytes).toEqual(Uint8Array.from(leaves.slice(0, width).flatMap((leaf) => [...hashToBytes(leaf)])))
      expect(parseTile(bytes)).toEqual(leaves.slice(0, width))
      expect(parseTile(bytes, width)).toEqual(leaves.slice(0, width))
      expect(() => parseTile(bytes, width - 1)).toThrow(expect.objectContaining({ code: 'tile_malformed' }))
    }
    expect(() => tileBytes([])).toThrow(expect.objectContaining({ code: 'tile_malformed' }))
    expect(() => tileBytes([...leaves, ...leaves])).toThrow(expect.objectContaining({ code: 'tile_malformed' }))
    for (const length of [0, 1, 31, 33, 8191, 8193, 257 * 32]) {
      expect(() => parseTile(new Uint8Array(length))).toThrow(expect.objectContaining({ code: 'tile_malformed' }))
    }
  })
})

describe('L18: a tile has one path', () => {
  test('L18: the example of the specification, and its neighbours', () => {
    const paths: [number | 'entries', number, number, string][] = [
      [0, 1_234_067, 256, 'tile/0/x001/x234/067'],
      [0, 0, 256, 'tile/0/000'],
      [1, 999, 1, 'tile/1/999.p/1'],
      [63, 1000, 255, 'tile/63/x001/000.p/255'],
      ['entries', 273, 112, 'tile/entries/273.p/112'],
      ['entries', 1_000_000, 256, 'tile/entries/x001/x000/000'],
      [0, 2 ** 53 - 1, 256, 'tile/0/x009/x007/x199/x254/x740/991'],
    ]
    for (const [level, index, width, path] of paths) {
      expect(tilePath(level, index, width)).toBe(path)
      expect(parseTilePath(path)).toEqual({ level, index, width })
    }
    expect(tilePath(2, 5)).toBe('tile/2/005')
  })

  test('L18: any tile, there and back', () => {
    const level = fc.oneof(fc.nat(63), fc.constant('entries' as const))
    fc.assert(
      fc.property(level, fc.nat({ max: 2 ** 53 - 1 }), fc.integer({ min: 1, max: 256 }), (l, index, width) => {
        expect(parseTilePath(tilePath(l, index, width))).toEqual({ level: l, index, width })
      }),
    )
  })

  test('L18: every other spelling is refused', () => {
    const bad = [
      '',
      'tile',
      'tile/0',
      'tile/0/',
      '/tile/0/000',
      'tile/0/000/',
      'tile/00/000',
      'tile/01/000',
      'tile/64/000',
      'tile/-1/000',
      'tile/data/000',
      'tile/8/0/000',
      'tile/0/0',
      'tile/0/0000',
      'tile/0/x000/001',
      'tile/0/x01/001',
      'tile/0/001/001',
      'tile/0/x001/x002',
      'tile/0/000.p',
      'tile/0/000.p/',
      'tile/0/000.p/0',
      'tile/0/000.p/01',
      'tile/0/000.p/256',
      'tile/0/000.p/1000',
      'tile/0/000.p/1/',
      'tile/0/000\n',
      'tile/0/../000',
      'tile/0/x999/x999/x999/x999/x999/999',
    ]
    for (const path of bad) {
      expect(() => parseTilePath(path), path).toThrow(expect.objectContaining({ code: 'tile_path_malformed' }))
    }
    const names = [[64, 0, 1], [-1, 0, 1], [0.5, 0, 1], [0, -1, 1], [0, 2 ** 53, 1], [0, 0, 0], [0, 0, 257]] as const
    for (const [level, index, width] of names) {
      expect(() => tilePath(level, index, width)).toThrow(expect.objectContaining({ code: 'out_of_range' }))
    }
  })
})

describe('L19: an entry bundle is its texts, each behind its uint16 length', () => {
  test('L19: byte for byte', () => {
    expect(entryBundle(['ab', '', 'c'.repeat(258)])).toEqual(
      Uint8Array.from([0, 2, 97, 98, 0, 0, 1, 2, ...Array.from({ length: 258 }, () => 99)]),
    )
  })

  test('L19: any texts, there and back', () => {
    const text = fc.string({ unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)) })
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 256 }), (texts) => {
        const bytes = entryBundle(texts)
        expect(parseEntryBundle(bytes)).toEqual(texts)
        expect(parseEntryBundle(bytes, texts.length)).toEqual(texts)
        expect(() => parseEntryBundle(bytes, texts.length + 1)).toThrow(`${texts.length} entries`)
        expect(() => parseEntryBundle(bytes.subarray(0, -1))).toThrow(LedgerError)
      }),
      { examples: [[['a'.repeat(65_535), 'b']]] },
    )
  })

  test('L19: what is no bundle is refused, saying where', () => {
    const bad: [Uint8Array, string][] = [
      [new Uint8Array(0), 'none'],
      [Uint8Array.of(0), 'the length of entry 0 is cut off'],
      [Uint8Array.of(0, 1, 97, 0), 'the length of entry 1 is cut off'],
      [Uint8Array.of(0, 1, 97, 1, 0, 98), 'entry 1 has 1 of its 256 bytes'],
      [Uint8Array.of(0, 1, 200), 'entry 0 is not ASCII'],
      [new Uint8Array(2 * 257), 'more'],
    ]
    for (const [bytes, message] of bad) {
      expect(() => parseEntryBundle(bytes)).toThrow(expect.objectContaining({ code: 'bundle_malformed' }))
      expect(() => parseEntryBundle(bytes)).toThrow(message)
    }
    expect(() => entryBundle([])).toThrow(expect.objectContaining({ code: 'bundle_malformed' }))
    expect(() => entryBundle(Array.from({ length: 257 }, () => 'a'))).toThrow('more')
    expect(() => entryBundle(['a', 'b'.repeat(65_536)])).toThrow('entry 1 has 65536 bytes')
    expect(() => entryBundle(['é'])).toThrow(expect.objectContaining({ code: 'entry_malformed' }))
  })
})
