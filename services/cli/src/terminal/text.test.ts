import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cut, padded, visible, visibleDeep, visibleJson, widthOf, wrapped } from './text.ts'

test.each([
  ['a colour', '\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
  ['the 8-bit form of it', '\u009b31mred', '\\x9b31mred'],
  ['a window title (OSC)', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
  ['a line that overwrites another', 'denied\rpermit', 'denied\\rpermit'],
  ['a line of its own', 'a\nb\tc', 'a\\nb\\tc'],
  ['text that runs the other way', '\u202egnp.exe', '\\u{202e}gnp.exe'],
  ['isolates and marks', '\u2066a\u2069\u200f', '\\u{2066}a\\u{2069}\\u{200f}'],
  ['invisible characters', 'ad\u200bmin\ufeff', 'ad\\u{200b}min\\u{feff}'],
  ['tags', 'a\u{e0041}', 'a\\u{e0041}'],
  ['a lone surrogate', 'a\ud800', 'a\\u{d800}'],
])('%s is written out', (_, text, expected) => {
  expect(visible(text)).toBe(expected)
})

test('names of all scripts and emoji stay as they are', () => {
  for (const name of ['Zoë Ångström', '李小龍', 'مريم', '👩‍💻 Dev', 'नमस्ते', 'O\'Brien']) expect(visible(name)).toBe(name)
})

test('nothing that is printed can hold a control character, and JSON keeps its value', () => {
  const printable = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]*$/u
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    expect(visible(text)).toMatch(printable)
    const json = visibleJson({ [text]: [text] })
    expect(json).toMatch(printable)
    expect(JSON.parse(json)).toEqual({ [text]: [text] })
  }))
})

test('a document is made visible down to the names of its members', () => {
  expect(visibleDeep({ 'a\u001b': [{ b: '\u001b[2J', n: 1, t: true, z: null }] })).toEqual({ 'a\\x1b': [{ b: '\\x1b[2J', n: 1, t: true, z: null }] })
})

test('widths are those of the terminal: wide characters take two columns, marks and styling none', () => {
  expect(widthOf('abc')).toBe(3)
  expect(widthOf('李小龍')).toBe(6)
  expect(widthOf('e\u0301')).toBe(1)
  expect(widthOf('👩‍💻')).toBe(2)
  expect(widthOf('\u001b[31mred\u001b[39m')).toBe(3)
  expect(padded('李', 4)).toBe('李  ')
  expect(cut('李小龍 Bruce', 6)).toBe('李小…')
  expect(cut('abc', 3)).toBe('abc')
})

test('lines are broken at blanks, and within words that are longer than a line', () => {
  expect(wrapped('one two three four five six', 20)).toEqual(['one two three four', 'five six'])
  expect(wrapped('a'.repeat(45), 20)).toEqual(['a'.repeat(20), 'a'.repeat(20), 'a'.repeat(5)])
  expect(wrapped('key  value', 20, '  ')).toEqual(['  key  value'])
  fc.assert(fc.property(fc.string(), fc.integer({ min: 24, max: 100 }), (text, columns) => {
    const lines = wrapped(visible(text), columns, '  ')
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
    expect(lines.join('').replaceAll(' ', '')).toBe(visible(text).replaceAll(' ', ''))
  }))
})
