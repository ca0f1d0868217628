import { Tree, commitment, entryText, hashToBytes, leafHash } from '@onbehalf/ledger'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../sha256.ts'
import { segmentBytesMax, type Entry } from './entry.ts'
import { decodeOffsets, decodeRuns, encodeOffsets, encodeRuns } from './run-length.ts'
import { Salts, seal, type OpenLog, type SealedSegment } from './seal.ts'
import { Segment, erasedLength } from './segment.ts'
import { timeText, timeUs } from './time.ts'

const rowOf = (sealed: SealedSegment) => ({
  tenant: sealed.log.tenant, log_id: sealed.log.logId, first_index: sealed.firstIndex, count: sealed.count,
  received_at: timeText(sealed.receivedAtUs), kinds: sealed.kinds, producers: sealed.producers, offsets: sealed.offsets,
  commitments: sealed.commitments, encoding: sealed.encoding, content: sealed.content,
})
const freshLog = (): OpenLog => ({ tenant: 'acme', logId: 't/0', generation: 0, tree: new Tree(sha256), receivedAtUs: 0, opened: true })
const sealAll = (log: OpenLog, entries: Entry[]) =>
  seal(log, entries, new Salts(Buffer.alloc(16 * entries.length, 9)), 1_700_000_000_123_456)

describe('a segment', () => {
  const entry = fc.record({
    tenant: fc.constant('acme'),
    kind: fc.constantFrom('cloudevent' as const, 'opa' as const, 'tombstone' as const),
    producer: fc.constantFrom('default', 'pdp-1'),
    content: fc.uint8Array({ maxLength: 400 }),
    offset: fc.constant(3n),
  })

  test('J1: holds what was sealed, and J2: its leaves are those of libs/ledger', () => {
    fc.assert(fc.property(fc.array(entry, { minLength: 1, maxLength: 600 }), (entries) => {
      const log = freshLog()
      const segments = sealAll(log, entries).map((sealed) => new Segment(rowOf(sealed)))
      const tree = new Tree(sha256)
      let at = 0
      for (const segment of segments) {
        for (let i = 0; i < segment.count; i++, at++) {
          const { kind, producer, content } = entries[at]!
          const read = segment.entry(i)
          expect(read).toMatchObject({ index: at, kind, producer, erased: false })
          expect(Buffer.compare(read.content!, content)).toBe(0)
          expect(segment.commits(i)).toBe(true)
          const text = entryText({ tenant: 'acme', kind, producer, receivedAt: '2023-11-14T22:13:20.123456Z',
            commitment: commitment(sha256, Buffer.alloc(16, 9), content) })
          expect(segment.text(i)).toBe(text)
          expect(segment.leaf(i)).toBe(leafHash(sha256, text))
          tree.append(leafHash(sha256, text))
        }
      }
      expect(at).toBe(entries.length)
      expect(log.tree.root()).toBe(tree.root())
    }), { numRuns: 60 })
  })

  test('J8: is cut at 256 entries and at 1 MiB, salts included', () => {
    const sized = (size: number): Entry => ({ tenant: 'acme', kind: 'cloudevent', producer: 'p', content: Buffer.alloc(size), offset: 0n })
    const counts = (sizes: number[]) => sealAll(freshLog(), sizes.map(sized)).map((segment) => segment.count)
    expect(counts(Array.from({ length: 513 }, () => 0))).toEqual([256, 256, 1])
    expect(counts([segmentBytesMax - 16])).toEqual([1])
    expect(counts([segmentBytesMax / 2 - 16, segmentBytesMax / 2 - 16, 0])).toEqual([2, 1])
    expect(counts([segmentBytesMax - 16, 0])).toEqual([1, 1])
    expect(counts([5, 3 << 20, 5])).toEqual([1, 1, 1])
  })

  test('J19: an erased entry has neither salt nor content, and the same leaf', () => {
    const entries = [1, 2, 3].map((n): Entry => ({ tenant: 'acme', kind: 'cloudevent', producer: 'p', content: Buffer.from(`entry ${n}`), offset: 0n }))
    const row = rowOf(sealAll(freshLog(), entries)[0]!)
    const whole = new Segment(row)
    const lengths = Buffer.from(row.content.subarray(0, 12))
    lengths.writeUInt32LE(erasedLength, 4)
    const content = Buffer.concat([lengths, row.content.subarray(12, 12 + 23), row.content.subarray(12 + 46)])
    const erased = new Segment({ ...row, content })
    expect(erased.entry(1)).toEqual({ index: 1, kind: 'cloudevent', producer: 'p', salt: null, content: null, erased: true })
    expect(String(erased.entry(2).content)).toBe('entry 3')
    expect([0, 1, 2].map((i) => erased.leaf(i))).toEqual([0, 1, 2].map((i) => whole.leaf(i)))
    expect([0, 1, 2].map((i) => erased.commits(i))).toEqual([true, null, true])
  })

  test('J1: can be read without the columns that hold leaves, and says so when it cannot', () => {
    const entries: Entry[] = [{ tenant: 'acme', kind: 'cloudevent', producer: 'p', content: Buffer.from('x'), offset: 5n }]
    const { commitments, offsets, ...row } = rowOf(sealAll(freshLog(), entries)[0]!)
    const segment = new Segment(row)
    expect(Buffer.from(hashToBytes(segment.commitment(0))).equals(commitments)).toBe(true)
    expect(segment.leaf(0)).toBe(new Segment({ ...row, commitments, offsets }).leaf(0))
    expect(segment.offset(0)).toBeNull()
    expect(() => segment.entry(1)).toThrow(RangeError)
  })

  test('J15: what contradicts itself is named, never misread', () => {
    const entries = Array.from({ length: 40 }, (): Entry => ({ tenant: 'acme', kind: 'cloudevent', producer: 'p', content: Buffer.alloc(99, 'x'), offset: 0n }))
    const row = rowOf(sealAll(freshLog(), entries)[0]!)
    expect(row.encoding).toBe(1)
    const damaged = { code: 'journal_damaged' }
    for (const change of [{ content: row.content.subarray(0, 50) }, { content: Buffer.from('nonsense') }, { encoding: 0 },
      { kinds: 'cloudevent*41' }, { kinds: 'cloudevent*39' }, { kinds: '' }, { producers: 'p*x' }]) {
      expect(() => new Segment({ ...row, ...change }).entry(0)).toThrow(expect.objectContaining(damaged))
    }
    expect(() => new Segment({ ...row, offsets: '1+41' }).offset(0)).toThrow(expect.objectContaining(damaged))
    expect(() => new Segment({ ...row, commitments: row.commitments.subarray(0, 64) }).leaf(5)).toThrow(expect.objectContaining(damaged))
  })
})

describe('run-length texts', () => {
  test('J17: kinds and producers come back, whatever the runs', () => {
    expect(encodeRuns(['a', 'a', 'b', 'a'])).toBe('a*2,b*1,a*1')
    fc.assert(fc.property(fc.array(fc.constantFrom('cloudevent', 'opa', 'x.y-z'), { minLength: 1, maxLength: 256 }), (values) => {
      expect(decodeRuns(encodeRuns(values), values.length)).toEqual(values)
    }))
  })

  test('J17: offsets come back, whatever the steps', () => {
    expect(encodeOffsets([17n, 18n, 19n])).toBe('17+3')
    expect(encodeOffsets([17n, 17n])).toBe('17=2')
    expect(encodeOffsets([17n, 18n, 19n, 24n, 26n, 26n, 26n, 26n])).toBe('17+3,5,2=4')
    const steps = fc.array(fc.constantFrom(0n, 0n, 1n, 1n, 1n, 5n, 1n << 40n), { minLength: 1, maxLength: 256 })
    fc.assert(fc.property(steps, (all) => {
      let at = 0n
      const offsets = all.map((step) => (at += step))
      expect(decodeOffsets(encodeOffsets(offsets), offsets.length)).toEqual(offsets)
    }))
  })
})

test('J7: a time is text with microseconds, and back', () => {
  expect(timeText(1_700_000_000_123_456)).toBe('2023-11-14T22:13:20.123456Z')
  expect(timeText(1)).toBe('1970-01-01T00:00:00.000001Z')
  fc.assert(fc.property(fc.integer({ min: 0, max: 8e15 }), (us) => {
    expect(timeUs(timeText(us))).toBe(us)
  }))
})
