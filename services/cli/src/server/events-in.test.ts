import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventsIn, NotJson } from './events-in.ts'
import { Positions } from './position.ts'

async function* chunksOf(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

async function read(text: string, size = 7): Promise<{ line: number; event?: unknown; why?: string }[]> {
  const found = []
  for await (const event of eventsIn(chunksOf(text, size))) {
    found.push(event instanceof NotJson ? { line: event.line, why: event.message } : { line: event.line, event: JSON.parse(event.text) })
  }
  return found
}

test('NDJSON: an event a line, empty lines and CRLF allowed, lines counted from 1', async () => {
  expect(await read('{"a":1}\r\n\n{"a":2}\n{"a":3}')).toEqual([{ line: 1, event: { a: 1 } }, { line: 3, event: { a: 2 } }, { line: 4, event: { a: 3 } }])
})

test('a line that is not JSON is named, and the next ones are read', async () => {
  expect(await read('{"a":1}\n{bad\n{"a":3}\n"text"\n')).toEqual([
    { line: 1, event: { a: 1 } },
    { line: 2, why: expect.stringMatching(/^is not JSON: /) },
    { line: 3, event: { a: 3 } },
    { line: 4, event: 'text' },
  ])
})

test('an array, written in any way, with the line in which each event begins', async () => {
  expect(await read('\ufeff\n[{"a":"]},{"},\n  {"b":[1,{"c":"\\"}"}]}\n]\n')).toEqual([{ line: 2, event: { a: ']},{' } }, { line: 3, event: { b: [1, { c: '"}' }] } }])
  expect(await read('[]')).toEqual([])
})

test.each([
  ['[{"a":1}', 'the array is not closed: the file ends in the middle'],
  ['[{"a":1} {"a":2}]', 'there should be a comma or the end of the array, not "{"'],
  ['[1]', 'an element must be an event, a JSON object; this one begins with "1"'],
  ['[{"a":1}] x', 'there is something behind the end of the array'],
])('%s: %s', async (text, why) => {
  expect((await read(text)).at(-1)).toEqual({ line: 1, why })
})

test('one event over many lines', async () => {
  expect(await read('{\n  "a": 1\n}\n')).toEqual([{ line: 1, event: { a: 1 } }])
  expect(await read('{\n  "a": 1\n')).toEqual([{ line: 1, why: expect.stringMatching(/^is not JSON: /) }])
})

test('nothing at all', async () => {
  expect(await read('')).toEqual([])
  expect(await read(' \n\n')).toEqual([])
})

test('however the text is cut into chunks, the same events come out', async () => {
  const events = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }), { minLength: 1, maxLength: 6 })
  await fc.assert(fc.asyncProperty(events, fc.integer({ min: 1, max: 40 }), async (list, size) => {
    const valuesOf = (found: { event?: unknown }[]) => found.map(({ event }) => event)
    const same = JSON.parse(JSON.stringify(list))
    expect(valuesOf(await read(JSON.stringify(list, null, 2), size))).toEqual(same)
    expect(valuesOf(await read(list.map((each) => JSON.stringify(each)).join('\n'), size))).toEqual(same)
  }), { numRuns: 50 })
})

test('memory stays bounded: what is longer than any event is refused, not kept', async () => {
  async function* endless(first: string): AsyncGenerator<string> {
    yield first
    for (let i = 0; i < 200; i++) yield 'x'.repeat(65_536)
    yield '\n{"a":1}\n'
  }
  for (const first of ['{"a":1}\n"', '[{"a":"']) {
    const found = []
    for await (const event of eventsIn(endless(first))) found.push(event)
    expect(found.some((event) => event instanceof NotJson && event.message.includes('longer than any event'))).toBe(true)
    expect(found.every((event) => event instanceof NotJson || event.text.length < 100)).toBe(true)
  }
})

test('positions of several answers become one: the greatest offset of each partition', () => {
  const positions = new Positions()
  for (const each of ['a/0@9,b/1@3', 'a/0@10', '', 'b/0@9007199254740993', 'b/1@2', 'nonsense']) positions.add(each)
  expect(positions.toString()).toBe('a/0@10,b/0@9007199254740993,b/1@3')
})
