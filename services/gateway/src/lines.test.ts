import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesOf } from './lines.ts'

async function* piecesOf(text: Buffer, ends: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (const end of [...ends, text.length]) {
    if (end <= at) continue
    yield text.subarray(at, end)
    at = Math.min(end, text.length)
  }
}

async function linesIn(text: string, ends: readonly number[] = [], lineBytesMax = 1_000) {
  const lines: [number, string | null][] = []
  for await (const { number, bytes } of linesOf(piecesOf(Buffer.from(text), ends), lineBytesMax)) lines.push([number, bytes?.toString() ?? null])
  return lines
}

test('whatever the pieces, the lines are those of the text', async () => {
  const text = fc.array(fc.constantFrom('a', 'é', '{', '\n', '\r\n', ' ', '\t'), { maxLength: 60 }).map((parts) => parts.join(''))
  await fc.assert(fc.asyncProperty(text, fc.array(fc.nat(120)), async (given, ends) => {
    const expected = given.split('\n').map((line, i) => [i + 1, line.replaceAll(/^[ \t\r]+|[ \t\r]+$/g, '')] as const).filter(([, line]) => line !== '')
    expect(await linesIn(given, ends.toSorted((a, b) => a - b))).toEqual(expected)
  }))
})

test('a line that is too long is told and passed over, wherever its pieces end', async () => {
  const text = `short\n${'x'.repeat(50)}\nend`
  for (const ends of [[], [10, 20, 30], [56]]) expect(await linesIn(text, ends, 20)).toEqual([[1, 'short'], [2, null], [3, 'end']])
  expect(await linesIn('x'.repeat(50), [25], 20)).toEqual([[1, null]])
})

test('a byte order mark and empty lines count for nothing but their numbers', async () => {
  expect(await linesIn('\ufeffa\n\n\r\nb\n')).toEqual([[1, 'a'], [4, 'b']])
})
