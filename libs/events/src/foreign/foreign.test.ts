import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { caseOf, eventTypes, read } from '../index.ts'
import { context, json, utf8 } from '../testing/entries.ts'
import type { ForeignKind } from './split-records.ts'
import { fixture, readRecord, toldBy, type Json } from './testing/records.ts'

const kindOf: Record<string, ForeignKind> = { opa: 'opa', authzen: 'authzen', cloudtrail: 'cloudtrail', gcp: 'gcp-audit', k8s: 'k8s-audit', agt: 'agt' }
const files = readdirSync(join(import.meta.dirname, 'fixtures')).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length))
const kinds = Object.values(kindOf)
const records = files.map((file): [file: string, kind: ForeignKind, record: Json] => [file, kindOf[file.split('-')[0]!]!, fixture(file)])

/** The catalogue's own schema, but that no mapper makes up an action. */
function expectSchema(kind: ForeignKind, record: unknown): void {
  const reading = readRecord(kind, record)
  for (const { type, data } of reading.ok ? reading.statements : []) {
    const found = eventTypes[type].schema.safeParse({ action_id: 'a', ...data })
    expect(found.success ? [] : found.error.issues, `${type} of ${JSON.stringify(record)}`).toEqual([])
  }
}

test.each(records)('E49: %s: what is told has the shape of the catalogue, and no action is made up', (_file, kind, record) => {
  expect(toldBy(kind, record).length).toBeGreaterThan(0)
  expectSchema(kind, record)
  expect(JSON.stringify(toldBy(kind, record).map(({ data }) => data))).not.toContain('action_id')
})

test.each(records)('E49: %s: read twice, it is the same fact; its ids are derived and differ from each other', (_file, kind, record) => {
  const told = toldBy(kind, record)
  expect(toldBy(kind, record)).toEqual(told)
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
  for (const { id, mapped } of told) expect([mapped, id]).toEqual([kind, expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)])
})

test.each(kinds)('E49: %s: what is no JSON object is refused', (kind) => {
  expect(read(kind, utf8('{'), context)).toMatchObject({ ok: false, rejection: { code: 'unparsable' } })
  expect(read(kind, new Uint8Array([0xff, 0x7b]), context)).toMatchObject({ ok: false, rejection: { code: 'unparsable' } })
  expect(read(kind, json([]), context)).toMatchObject({ ok: false, rejection: { code: 'invalid' } })
  expect(read(kind, utf8(`{"a":${'['.repeat(200)}${']'.repeat(200)}}`), context)).toMatchObject({ ok: false, rejection: { code: 'too_deep' } })
  expect(read(kind, utf8(' '.repeat(1_048_577)), context)).toMatchObject({ ok: false, rejection: { code: 'too_large' } })
})

test.each<[kind: ForeignKind, file: string, changes: Json, of: string]>([
  ['opa', 'opa-decision', { timestamp: 'x' }, '/timestamp'], ['opa', 'opa-status', { bundles: {} }, '/bundles'],
  ['authzen', 'authzen-batch', { response: { evaluations: [{}] } }, '/response/evaluations/*/decision'],
  ['cloudtrail', 'cloudtrail-role-session', { eventID: '' }, '/eventID'], ['gcp-audit', 'gcp-impersonated', { protoPayload: {} }, '/protoPayload/@type'],
  ['k8s-audit', 'k8s-forbidden', { stage: '' }, '/stage'], ['agt', 'agt-mesh', { agent_did: '' }, '/agent_did'],
])('E49: %s: what is refused is a case of the quarantine by its field (%s)', (kind, file, changes, of) => {
  const reading = readRecord(kind, fixture(file, changes))
  expect(reading.ok ? '' : caseOf(reading.rejection)).toMatch(`invalid ${of}: `)
})

/** Nasty values for any member. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, '', ' ', 'unknown', 'a\nb', '\u0000', '\ud800', 'x'.repeat(255), 'x'.repeat(300), 'z'.repeat(1_024), '😀'.repeat(512), `a${'😀'.repeat(511)}b`, 'y'.repeat(20_000), '€'.repeat(9_000), -1, 0, 1e308, 0.5, true, [], {}, [[]], [null], [{}], { sub: {} }, '2026-13-01T00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999999Z'),
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(fc.constantFrom('id', 'sub', 'type', 'name', 'kind', 'iss', '__proto__', 'constructor', 'code', 'message'), fc.jsonValue({ maxDepth: 2 })),
)

/** A record with some of its members, at any depth, changed for something odd. */
function broken(record: Json): fc.Arbitrary<Json> {
  const paths = pathsOf(record)
  return fc.array(fc.tuple(fc.constantFrom(...paths), odd), { minLength: 1, maxLength: 4 }).map((changes) => {
    const copy = structuredClone(record)
    for (const [path, value] of changes) put(copy, path, structuredClone(value))
    return copy
  })
}

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [...(path.length > 0 ? [path] : []), ...Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name]))]
}

function put(value: unknown, path: string[], to: unknown): void {
  let here = value as Record<string, unknown>
  for (const name of path.slice(0, -1)) {
    if (typeof here[name] !== 'object' || here[name] === null) return
    here = here[name] as Record<string, unknown>
  }
  here[path.at(-1)!] = to
}

test.each(records)('E49: %s: whatever stands in it, it is told in the shape of the catalogue or refused, and never a fault', (_file, kind, record) => {
  fc.assert(fc.property(broken(record), (changed) => {
    const reading = readRecord(kind, changed)
    if (!reading.ok) expect(reading.rejection.code).not.toBe('fault')
    expectSchema(kind, changed)
  }), { numRuns: 300 })
})

test.each(records)('E49: %s: a member more or a member less changes nothing but what it says', (_file, kind, record) => {
  fc.assert(fc.property(fc.constantFrom(...pathsOf(record)), (path) => {
    const copy = structuredClone(record)
    put(copy, path, undefined)
    const reading = readRecord(kind, copy)
    if (!reading.ok) expect(reading.rejection.code).toBe('invalid')
    expectSchema(kind, copy)
  }), { numRuns: 100 })
})

test.each(kinds)('E49: %s: lists without end are cut', (kind) => {
  const many = Array.from({ length: 30_000 }, (_, i) => ({ id: `i${i}`, decision: true, principalSubject: `user:${i}`, ARN: `a${i}` }))
  const [, , record] = records.find((each) => each[1] === kind)!
  for (const path of pathsOf(record)) {
    const copy = structuredClone(record)
    put(copy, path, many.slice(0, 5_000))
    expectSchema(kind, copy)
  }
  expectSchema(kind, { ...record, bundles: Object.fromEntries(many.slice(0, 5_000).map(({ id }) => [id, {}])) })
})
