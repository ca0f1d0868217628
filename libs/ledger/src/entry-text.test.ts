import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { commitment } from './commitment.ts'
import { entryKinds, entryText, parseEntryText } from './entry-text.ts'
import type { EntryFields } from './entry-text.ts'
import { hashFromBytes } from './hash.ts'
import type { Hash } from './hash.ts'
import { leafHash } from './merkle-hash.ts'
import { leafAt, sha256 } from './testing/sha256.ts'

const fields: EntryFields = {
  tenant: 'acme',
  kind: 'cloudevent',
  receivedAt: '2026-11-24T08:09:10.000123Z',
  producer: 'gateway-1',
  commitment: commitment(sha256, new Uint8Array(16), new TextEncoder().encode('{}')),
}

const instant = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
const id = fc.stringMatching(/^[a-z0-9_][a-z0-9._-]{0,62}$/)
const anyFields: fc.Arbitrary<EntryFields> = fc.record({
  tenant: id,
  kind: fc.constantFrom(...entryKinds),
  receivedAt: fc
    .tuple(instant, fc.nat(999))
    .map(([date, us]) => date.toISOString().replace('Z', `${String(us).padStart(3, '0')}Z`)),
  producer: id,
  commitment: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hashFromBytes(bytes)),
})

describe('L15: an entry text is six lines, and says one thing only', () => {
  test('L15: byte for byte', () => {
    expect(entryText(fields)).toBe(
      'onbehalf.entry/v1\n' +
        'acme\n' +
        'cloudevent\n' +
        '2026-11-24T08:09:10.000123Z\n' +
        'gateway-1\n' +
        'MzsT/wL1euGASbgspm83WSxaPY/VTkTiOuXHCFwk/So=\n',
    )
  })

  test('L15: any entry comes back, and two entries never share a text', () => {
    fc.assert(
      fc.property(anyFields, anyFields, (one, other) => {
        expect(parseEntryText(entryText(one))).toEqual(one)
        const same = (Object.keys(one) as (keyof EntryFields)[]).every((key) => one[key] === other[key])
        expect(entryText(one) === entryText(other)).toBe(same)
      }),
    )
  })

  test('L15: a field outside its grammar is refused by name', () => {
    const bad: [keyof EntryFields, unknown[]][] = [
      ['tenant', ['', 'Acme', '-acme', '.a', 'a/b', 'a\n', 'a\nb', 'é', 'a'.repeat(64), ' a', undefined, null]],
      ['producer', ['', 'Default', 'a b', 'a\n', 'a'.repeat(64)]],
      ['kind', ['', 'CloudEvent', 'cloudevent\n', 'toString', undefined]],
      [
        'receivedAt',
        [
          '2026-11-24T08:09:10Z',
          '2026-11-24T08:09:10.123Z',
          '2026-11-24T08:09:10.0001234Z',
          '2026-11-24T08:09:10.000123+00:00',
          '2026-11-24 08:09:10.000123Z',
          '2026-11-24t08:09:10.000123z',
          '2026-13-24T08:09:10.000123Z',
          '2026-11-32T08:09:10.000123Z',
          '2026-11-24T24:09:10.000123Z',
          '2026-11-24T08:09:10.000123Z\n',
          '',
        ],
      ],
      ['commitment', ['', 'a'.repeat(31), 'Ā'.repeat(32), new Uint8Array(32), undefined]],
    ]
    for (const [field, values] of bad) {
      for (const value of values) {
        expect(() => entryText({ ...fields, [field]: value } as EntryFields), `${field} ${String(value)}`).toThrow(
          expect.objectContaining({ code: 'entry_malformed', details: { field } }),
        )
      }
    }
  })

  test('L15: a changed text is refused or is another entry', () => {
    const text = entryText(fields)
    const bad = [
      '',
      text.slice(0, -1),
      `${text}\n`,
      text.replaceAll('\n', '\r\n'),
      text.replace('/v1', '/v2'),
      text.replace('acme\n', ''),
      text.replace('acme', 'acme\nacme'),
      text.replace('acme', 'ACME'),
      text.replace('/So=', '/Sp='),
      text.replace('/So=', '/So'),
    ]
    for (const changed of bad) {
      expect(() => parseEntryText(changed), changed).toThrow(expect.objectContaining({ code: 'entry_malformed' }))
    }
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 0, maxLength: 2 }), (at, put) => {
        const changed = text.slice(0, at) + put + text.slice(at + 1)
        let parsed: EntryFields
        try {
          parsed = parseEntryText(changed)
        } catch (error) {
          expect(error).toMatchObject({ code: 'entry_malformed' })
          return
        }
        expect(entryText(parsed)).toBe(changed)
      }),
      { numRuns: 500 },
    )
  })

  test('L15: the longest entry text fits an entry bundle many times over', () => {
    const [tenant, producer] = ['a'.repeat(63), 'b'.repeat(63)]
    const longest = entryText({ ...fields, tenant, kind: 'cloudevent-binary', producer })
    expect(longest.length).toBeLessThan(256)
    expect(leafHash(sha256, longest)).toBe(sha256(new TextEncoder().encode(`\0${longest}`)))
  })
})

describe('L16: a commitment is SHA-256 of salt and content', () => {
  test('L16: for content of any size, whatever was hashed before', () => {
    const size = fc.oneof(fc.nat(300), fc.constantFrom(0, 16_367, 16_368, 16_369, 100_000))
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), size, fc.nat(255), (salt, length, byte) => {
        const content = new Uint8Array(length).fill(byte)
        const expected = sha256(Uint8Array.from([...salt, ...content]))
        expect(commitment(sha256, salt, content)).toBe(expected)
      }),
      { numRuns: 60 },
    )
  })

  test('L16: a salt of another length is refused: salt and content would not be told apart', () => {
    for (const length of [0, 15, 17, 32]) {
      expect(() => commitment(sha256, new Uint8Array(length), new Uint8Array(3))).toThrow(
        expect.objectContaining({ code: 'salt_malformed', details: { length } }),
      )
    }
  })

  test('L16: an entry whose salt and content are gone keeps its leaf', () => {
    const leafOf = (kept: Hash) => leafHash(sha256, entryText({ ...fields, commitment: kept }))
    const stored = parseEntryText(entryText(fields)).commitment
    expect(leafOf(stored)).toBe(leafOf(fields.commitment))
    expect(leafOf(leafAt(1))).not.toBe(leafOf(fields.commitment))
  })
})
