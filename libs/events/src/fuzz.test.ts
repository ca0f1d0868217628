import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  eventTypes, exampleOf, frameBinary, read, rejectionCodes, type EntryKind, type EventType, type Reading,
} from './index.ts'
import { context, json, utf8 } from './testing/entries.ts'
import { mutated } from './testing/mutations.ts'

const types = Object.keys(eventTypes) as EventType[]
const kinds: EntryKind[] = ['cloudevent', 'cloudevent-binary', 'own', 'tombstone', 'unreadable', 'lost', 'agt']

describe('whatever comes, read answers, and what it answers can be stored', () => {
  test('E3: random bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 400 }), (kind, content) => {
        isBounded(read(kind, content, context))
      }),
      { numRuns: 1_000 },
    )
  })

  test('E3: random JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.json({ stringUnit: 'binary' }), (kind, text) => {
        isBounded(read(kind, utf8(text), context))
      }),
      { numRuns: 1_000 },
    )
  })

  test('E3: events with random changes', () => {
    const event = fc.constantFrom(...types).chain((type) => mutated(exampleOf(type), 6))
    fc.assert(
      fc.property(event, (changed) => {
        isBounded(read('own', json(changed), context))
        isBounded(read('cloudevent', json(changed), context))
      }),
      { numRuns: 1_000 },
    )
  })

  test('E3: events with random bytes changed, cut or repeated', () => {
    const bytes = fc.record({
      type: fc.constantFrom(...types),
      at: fc.nat(2_000),
      with: fc.uint8Array({ maxLength: 8 }),
      end: fc.nat(3_000),
    })
    fc.assert(
      fc.property(bytes, ({ type, at, with: bad, end }) => {
        const content = json(exampleOf(type))
        content.set(bad, Math.min(at, content.length - bad.length))
        isBounded(read('own', content.subarray(0, end), context))
      }),
      { numRuns: 1_000 },
    )
  })

  test('E3: binary mode with random headers, and frames with random bytes', () => {
    const known = fc.constantFrom('ce_id', 'ce_type', 'ce_data', 'ce___proto__', 'content-type', 'ce_')
    const name = fc.oneof(fc.string(), known)
    const header = fc.tuple(name, fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(fc.array(header), fc.uint8Array(), fc.nat(200), fc.nat(255), (headers, value, at, byte) => {
        const content = frameBinary(headers, value)
        isBounded(read('cloudevent-binary', content, context))
        if (at < content.length) content[at] = byte
        isBounded(read('cloudevent-binary', content, context))
      }),
      { numRuns: 1_000 },
    )
  })
})

function isBounded(reading: Reading): void {
  if (reading.ok) {
    expect(reading.statements).toHaveLength(1)
    return
  }
  const { code, message, errors } = reading.rejection
  expect(rejectionCodes).toContain(code)
  expect(code).not.toBe('fault')
  expect(message.length).toBeLessThan(1_000)
  expect(errors.length).toBeLessThanOrEqual(20)
  for (const error of errors) {
    expect(error.path.length).toBeLessThanOrEqual(500)
    expect(error.path).toMatch(/^($|\/)/)
    expect(error.rule.length).toBeLessThan(400)
    expect(error.docs).toMatch(/^\/docs\/(events|sources)/)
    if (typeof error.value === 'string') expect(error.value.length).toBeLessThanOrEqual(200)
    else expect(['number', 'boolean', 'undefined', 'object']).toContain(typeof error.value)
  }
  const text = JSON.stringify(reading)
  expect(text).not.toContain('\\u0000')
  expect(text).not.toMatch(/\\ud[89a-f]/)
  expect(text.length).toBeLessThan(40_000)
}
