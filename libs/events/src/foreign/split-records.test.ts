import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitRecords, type ForeignKind } from './split-records.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const texts = (kind: ForeignKind, body: string) => {
  const split = splitRecords(kind, bytes(body))
  return split.ok ? split.records.map((record) => new TextDecoder().decode(record)) : split
}

test.each<[title: string, kind: ForeignKind, body: string, records: string[]]>([
  ['a list, as OPA uploads it', 'opa', '[{"a":1},{"b":"]}"}]', ['{"a":1}', '{"b":"]}"}']],
  ['one object', 'opa', ' {"a":1} ', ['{"a":1}']],
  ['NDJSON with empty lines', 'opa', '{"a":1}\n\r\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
  ['a list a line', 'agt', '[{"a":1}]\n[{"b":2},{"c":3}]', ['{"a":1}', '{"b":2}', '{"c":3}']],
  ['a CloudTrail log file', 'cloudtrail', '{"Records":[{"a":1}, {"b":2}]}', ['{"a":1}', '{"b":2}']],
  ['members before the wrapper', 'k8s-audit', '{"kind":"EventList","metadata":{"items":[1]},"n":1 , "items": [ {"a":1} ] }', ['{"a":1}']],
  ['a list of entries', 'gcp-audit', '{"entries":[{"a":1}],"nextPageToken":"x"}', ['{"a":1}']],
  ['the member of another format is no wrapper', 'opa', '{"Records":[{"a":1}]}', ['{"Records":[{"a":1}]}']],
  ['a member that is no list is no wrapper', 'cloudtrail', '{"Records":{"a":1}}', ['{"Records":{"a":1}}']],
  ['a wrapper deeper down is none', 'cloudtrail', '{"detail":{"Records":[{"a":1}]}}', ['{"detail":{"Records":[{"a":1}]}}']],
  ['an empty list', 'opa', '[ ]', []],
  ['a byte order mark', 'opa', '\ufeff[{}]', ['{}']],
  ['escaped quotes and backslashes', 'opa', '[{"a":"\\\\\\"}"},{"b":"\\\\"}]', ['{"a":"\\\\\\"}"}', '{"b":"\\\\"}']],
  ['bytes are kept as they came: order, spaces, numbers', 'opa', '[{"z" : 1.0e2,"a":\t9007199254740993}]', ['{"z" : 1.0e2,"a":\t9007199254740993}']],
])('E40: %s is cut into its records', (_title, kind, body, records) => {
  expect(texts(kind, body)).toEqual(records)
})

test.each<[title: string, body: string, rule: RegExp, at: number | undefined]>([
  ['an empty body', ' \n', /empty/, undefined],
  ['a body that is cut short', '[{"a":1},{"b"', /inside of a value/, 9],
  ['a list that is cut short', '[{"a":1},', /inside of a list/, 0],
  ['a list that ends before its bracket', '[{"a":1}', /inside of a list/, 0],
  ['a list of something else', '[1]', /JSON objects only/, 1],
  ['a comma too many', '[{},]', /JSON objects only/, 4],
  ['no comma', '[{}{}]', /comma/, 3],
  ['text', 'hello', /JSON objects only/, 0],
  ['what follows a record', '{} x', /JSON objects only/, 3],
  ['an open string', '{"a":"\\"}', /inside of a value/, 0],
])('E40: %s is refused, with the place', (_title, body, rule, at) => {
  expect(splitRecords('opa', bytes(body))).toEqual({ ok: false, rule: expect.stringMatching(rule), ...(at !== undefined && { at }) })
})

test('E41: a body of more records than the limit is refused', () => {
  expect(splitRecords('opa', bytes(`[${'{},'.repeat(200_000)}{}]`))).toMatchObject({ ok: false, rule: expect.stringMatching(/at most 200000/) })
  expect(splitRecords('opa', bytes('{}\n'.repeat(200_001)))).toMatchObject({ ok: false, rule: expect.stringMatching(/at most 200000/) })
})

test('E40: records are views of the body', () => {
  const body = bytes('[{"a":1}]')
  const split = splitRecords('opa', body)
  expect(split.ok && split.records[0]!.buffer === body.buffer).toBe(true)
})

test('E40: whatever JSON objects are sent, in whatever wrapping, they come out as they went in', () => {
  const records = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })).map((value) => JSON.stringify(value)), { maxLength: 20 })
  fc.assert(fc.property(records, fc.constantFrom('', ' ', '\n\t'), (all, space) => {
    expect(texts('opa', `${space}[${all.join(`${space},${space}`)}]${space}`)).toEqual(all)
    if (all.length > 0) expect(texts('opa', all.join(`\n${space}`))).toEqual(all)
    expect(texts('cloudtrail', `{"x":${space}[{}],"Records":${space}[${all.join(',')}]}`)).toEqual(all)
  }))
})

test('E41: no bytes make it throw, and what it answers is no more than it got', () => {
  const json = fc.array(fc.constantFrom(...'[]{}",:\\ 1a\n', '"Records":', '\\"')).map((parts) => bytes(parts.join('')))
  fc.assert(fc.property(fc.oneof(json, fc.uint8Array({ maxLength: 200 })), fc.constantFrom<ForeignKind>('opa', 'cloudtrail'), (body, kind) => {
    const split = splitRecords(kind, body)
    if (split.ok) expect(split.records.reduce((sum, record) => sum + record.length, 0)).toBeLessThanOrEqual(body.length)
  }), { numRuns: 2_000 })
})

test('E41: a deep body costs its size: no recursion', () => {
  const deep = `[{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}]`
  const split = splitRecords('opa', bytes(deep))
  expect(split.ok && split.records[0]!.length).toBe(deep.length - 2)
})
