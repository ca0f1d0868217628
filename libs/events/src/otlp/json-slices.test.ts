import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonSlices } from './json-slices.ts'
import { Malformed } from './malformed.ts'

/** Whether the walk takes the bytes as one JSON value; anything but `Malformed` is a fault. */
function walks(bytes: Uint8Array): boolean {
  try {
    const json = new JsonSlices(bytes)
    json.skip()
    json.end()
    return true
  } catch (error) {
    if (error instanceof Malformed) return false
    throw error
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Pieces that JSON is made of, and pieces that it nearly is. */
const token = fc.constantFrom(
  '{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '"\\n"', '"\\u00e4"', '"\\u00g0"', '"\\x"', '"\t"', '"é"', ' ', '\n', '\t', '\u000b', '\u00a0', '-', '+', '0', '1', '01', '1.', '.5', '1.5',
  '1e5', '1E+5', '1e', '-0', 'true', 'tru', 'false', 'null', 'nul', 'NaN', 'Infinity', "'a'", '//', '\0',
)

test('E26: what the walk takes is what JSON.parse takes, whatever tokens stand together', () => {
  fc.assert(fc.property(fc.array(token, { maxLength: 9 }).map((tokens) => tokens.join('')), (text) => {
    expect(walks(Buffer.from(text)), text).toBe(parses(text))
  }), { numRuns: 2_000 })
})

test('E26: and so it is for JSON that was changed at a place', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom('remove', 'insert', 'replace', 'cut'), token, (valid, at, how, piece) => {
    const place = at % (valid.length + 1)
    const text = valid.slice(0, place) + (how === 'insert' || how === 'replace' ? piece : '') + (how === 'cut' ? '' : valid.slice(place + (how === 'insert' ? 0 : 1)))
    expect(walks(Buffer.from(text)), text).toBe(parses(text))
    expect(walks(Buffer.from(valid))).toBe(true)
  }), { numRuns: 2_000 })
})

test('E26: members and elements are found where JSON.parse finds them', () => {
  const value = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), fc.array(fc.jsonValue({ maxDepth: 2 })))
  fc.assert(fc.property(value, fc.nat(3), fc.boolean(), (value, indent, escapes) => {
    const plain = JSON.stringify(value, null, indent)
    const text = escapes ? plain.replaceAll(/[^ -~\n]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) : plain
    const bytes = Buffer.from(` ${text}\n`)
    const json = new JsonSlices(bytes)
    const slice = () => JSON.parse(bytes.subarray(json.at, json.skip()).toString()) as unknown
    const found: unknown[] = []
    if (Array.isArray(value)) json.elements(() => found.push(slice()))
    else json.members((name) => found.push([name, slice()]))
    json.end()
    expect(found).toEqual(Array.isArray(value) ? JSON.parse(text) : Object.entries(JSON.parse(text) as object))
  }))
})

test('E26: a thousand levels are walked, and no more', () => {
  expect(walks(Buffer.from('['.repeat(1_000) + ']'.repeat(1_000)))).toBe(true)
  expect(walks(Buffer.from('['.repeat(1_001) + ']'.repeat(1_001)))).toBe(false)
  expect(walks(Buffer.from('{"a":'.repeat(1_000) + '1' + '}'.repeat(1_000)))).toBe(true)
})

test('E26: a name that is longer than any that is looked for is a name still', () => {
  const names: (string | null)[] = []
  const json = new JsonSlices(Buffer.from(JSON.stringify({ ['a'.repeat(300)]: 1, b: 2 })))
  json.members((name) => {
    names.push(name)
    json.skip()
  })
  expect(names).toEqual([null, 'b'])
})
