import fc from 'fast-check'
import { expect, test } from 'vitest'
import { caseOf, exampleOf, eventTypes, read, type EventType } from './index.ts'
import { context } from './testing/entries.ts'

const bytes = (event: unknown) => new TextEncoder().encode(typeof event === 'string' ? event : JSON.stringify(event))
const reading = (content: Uint8Array) => read('cloudevent', content, context)

function caseOfBytes(content: Uint8Array): string {
  const result = reading(content)
  if (result.ok) throw new Error('was read')
  return caseOf(result.rejection)
}

test('E19: what a sender chooses makes no case of its own: sizes, versions, names and places', () => {
  const event = exampleOf('action.requested')
  const cases = new Set<string>()
  for (let i = 0; i < 50; i++) {
    cases.add(caseOfBytes(bytes(`"${'x'.repeat(1_048_576 + i)}"`)))
    cases.add(caseOfBytes(bytes({ ...event, type: `onbehalf.action.requested.v${i + 2}` })))
    cases.add(caseOfBytes(bytes({ ...event, data: { ...event.data, arguments: { [`name-${i}`]: 'nul \0' } } })))
    cases.add(caseOfBytes(bytes({ ...event, [`extension${i}`]: 'nul \0' })))
    cases.add(caseOfBytes(bytes({ ...event, data: { ...event.data, upstream_request_ids: [...Array<string>(i).fill('r'), 7] } })))
    cases.add(caseOfBytes(bytes(`{"${i}":`.repeat(200) + '1' + '}'.repeat(200))))
  }
  expect(cases.size).toBe(6)
})

test('E19: over hostile input there are only so many cases, and each is short', () => {
  const cases = new Set<string>()
  const types = Object.keys(eventTypes) as EventType[]
  fc.assert(fc.property(fc.constantFrom(...types), fc.json({ maxDepth: 3 }), fc.string({ maxLength: 12 }), (type, value, name) => {
    const result = reading(bytes({ ...exampleOf(type), data: { ...exampleOf(type).data, [name]: JSON.parse(value) as unknown, action_id: 5 } }))
    if (!result.ok) cases.add(caseOf(result.rejection))
  }), { numRuns: 1_000 })
  expect(Math.max(...[...cases].map((each) => each.length))).toBeLessThan(300)
  expect(cases.size).toBeLessThan(60)
})
