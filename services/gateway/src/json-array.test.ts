import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sliceJsonArray } from './json-array.ts'

const slices = (text: string): string[] | null => {
  const slicing = sliceJsonArray(Buffer.from(text))
  return slicing.ok ? slicing.elements.map((element) => Buffer.from(element).toString()) : null
}

const parsed = (text: string): unknown[] | null => {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

/** The oracle: slicing and a strict parse of each slice accept what a strict parse of the whole accepts, with the same values. */
function agrees(text: string): void {
  const sliced = slices(text)?.map((slice) => {
    try {
      return { value: JSON.parse(slice) as unknown }
    } catch {
      return null
    }
  })
  const all = sliced === undefined || sliced.includes(null) ? null : sliced.map((slice) => slice!.value)
  expect(all).toEqual(parsed(text))
}

describe('bytes stay as they were sent', () => {
  test.each([
    ['[]', []],
    [' \r\n\t[ \n] \t', []],
    ['[1]', ['1']],
    ['[ {"a" : 1.0e3 ,"a":2} , "x" ]', ['{"a" : 1.0e3 ,"a":2}', '"x"']],
    ['[{"a":["]","}",{"b":","}]}]', ['{"a":["]","}",{"b":","}]}']],
    ['["\\"","\\\\","\\\\\\"]"]', ['"\\""', '"\\\\"', '"\\\\\\"]"']],
    ['["\u00fc\u{1f600}", "\\ud800"]', ['"\u00fc\u{1f600}"', '"\\ud800"']],
    ['\ufeff[1]', ['1']],
  ])('%j', (text, expected) => {
    expect(slices(text)).toEqual(expected)
  })

  test('also where they are no UTF-8: that is for the reader of each element to say', () => {
    const slicing = sliceJsonArray(Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d]))
    expect(slicing).toEqual({ ok: true, elements: [Buffer.from([0x22, 0xff, 0xfe, 0x22])] })
  })

  test('slices share the memory of the body', () => {
    const body = Buffer.from('[{}]')
    const slicing = sliceJsonArray(body)
    expect(slicing.ok && slicing.elements[0]!.buffer).toBe(body.buffer)
  })
})

describe('what is no array is told with its place', () => {
  test.each([
    ['', 0, 'begin with ['],
    ['{}', 0, 'begin with ['],
    ['[', 1, 'middle of an element'],
    ['[1', 2, 'middle of an element'],
    ['["a', 3, 'middle of an element'],
    ['["a\\"]', 6, 'middle of an element'],
    ['[1,]', 3, 'element is missing'],
    ['[,1]', 1, 'element is missing'],
    ['[1}]', 2, 'closed that was not opened'],
    ['[1] 2', 4, 'follows the array'],
  ])('%j', (text, at, reason) => {
    expect(sliceJsonArray(Buffer.from(text))).toEqual({ ok: false, at, reason: expect.stringContaining(reason) })
  })

  test('too many elements end it early', () => {
    expect(sliceJsonArray(Buffer.from('[1,2,3]'), 2)).toMatchObject({ ok: false, reason: 'it has more than 2 elements' })
    expect(sliceJsonArray(Buffer.from('[1,2]'), 2)).toMatchObject({ ok: true })
  })
})

describe('it agrees with JSON.parse', () => {
  test('on whatever is an array, however it is spaced', () => {
    fc.assert(fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 1, 2, '\t', '\r\n '), (value, space) => {
      agrees(JSON.stringify(value, null, space))
    }), { numRuns: 500 })
  })

  test('on arrays with a character changed, removed or inserted', () => {
    const marks = fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '\\', ' ', '1', 'x', '\n', '')
    fc.assert(fc.property(fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 4 }), fc.array(fc.tuple(fc.nat(), fc.nat(2), marks), { maxLength: 3 }), (value, edits) => {
      let text = JSON.stringify(value)
      for (const [place, removed, mark] of edits) {
        const at = place % (text.length + 1)
        text = text.slice(0, at) + mark + text.slice(at + removed)
      }
      agrees(text)
    }), { numRuns: 3_000 })
  })

  test('on strings of structural characters', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', ' ', '1', ':'), maxLength: 12 }), (inner) => {
      agrees(`[${inner}]`)
    }), { numRuns: 5_000 })
  })
})

test('deep nesting and long runs of backslashes take linear time and no stack', () => {
  const deep = Buffer.from(`[${'['.repeat(500_000)}${']'.repeat(500_000)}]`)
  expect(sliceJsonArray(deep)).toMatchObject({ ok: true })
  const slashes = Buffer.from(`["${'\\\\'.repeat(500_000)}"]`)
  expect(sliceJsonArray(slashes)).toMatchObject({ ok: true })
  const quotes = Buffer.from(`["${'\\"'.repeat(500_000)}"]`)
  expect(sliceJsonArray(quotes)).toMatchObject({ ok: true })
})
