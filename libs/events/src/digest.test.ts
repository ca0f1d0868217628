import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, digest, eventTypes, exampleOf, read, type EventType } from './index.ts'
import { context, readJson, sha256, statementOf, utf8 } from './testing/entries.ts'
import { mutated } from './testing/mutations.ts'

const types = (Object.keys(eventTypes) as EventType[]).filter((type) => eventTypes[type].saidBy !== 'mapping')
const event = exampleOf('decision.recorded')
const digestOf = (value: unknown) => digest(statementOf(readJson(value)), sha256)

test('E9: the digest is SHA-256 of the canonical form, in lower-case hex', () => {
  const { traceparent: _, datacontenttype: __, ...said } = event
  const bytes = Buffer.from(sha256(utf8(canonicalJson(said))), 'latin1')
  expect(digestOf(event)).toBe(bytes.toString('hex'))
})

test('E9: order of names and white space do not count', () => {
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.integer(), fc.nat(4), (type, seed, indent) => {
      const original = exampleOf(type)
      const text = JSON.stringify(shuffled(original, seed), null, indent)
      expect(digest(statementOf(read('own', utf8(`\n ${text} `), context)), sha256)).toBe(digestOf(original))
    }),
  )
})

test('E9: trace context does not count, nor does saying that JSON is JSON', () => {
  const same = [
    { ...event, traceparent: undefined, tracestate: 'a=b' },
    { ...event, traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00' },
    { ...event, datacontenttype: undefined },
    { ...event, datacontenttype: 'application/json; charset=utf-8' },
    { ...event, subject: null },
  ]
  for (const other of same) expect(digestOf(other)).toBe(digestOf(event))
})

test('E9: everything else counts', () => {
  const reference = digestOf(event)
  const others = [
    { ...event, id: 'x' },
    { ...event, source: 'urn:x' },
    { ...event, time: '2026-03-01T09:30:00.25Z' },
    { ...event, sequence: undefined },
    { ...event, tenantid: undefined },
    { ...event, subject: 'action/act-9' },
    { ...event, vendorx: 1 },
    { ...event, data: { ...event.data, trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' } },
  ]
  for (const other of others) expect(digestOf(other)).not.toBe(reference)
})

test('E9: any change that can be read is another digest, unless it changes nothing', () => {
  const { traceparent: _, ...untraced } = event
  fc.assert(
    fc.property(mutated(untraced, 2), (changed) => {
      const reading = readJson(changed)
      if (!reading.ok) return
      const kept = reading.statements[0]!.event
      const { datacontenttype: _a, ...a } = kept
      const { datacontenttype: _b, ...b } = untraced
      expect(digestOf(changed) === digestOf(untraced)).toBe(canonicalJson(a) === canonicalJson(b))
    }),
    { numRuns: 500 },
  )
})

function shuffled(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, seed))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, shuffled(member, seed + 1)] as const)
  return Object.fromEntries(members.sort(([a], [b]) => rank(a, seed) - rank(b, seed)))
}

function rank(name: string, seed: number): number {
  return sha256(utf8(`${seed}${name}`)).charCodeAt(0)
}
