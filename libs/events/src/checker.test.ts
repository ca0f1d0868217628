import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { compile } from './checker.ts'
import { envelope, eventTypes, exampleOf, type EventDefinition, type EventType } from './index.ts'
import { mutated } from './testing/mutations.ts'

const types = Object.keys(eventTypes) as EventType[]

describe('the checker answers what zod answers', () => {
  test.each(types)('E12: for data of %s, as it should be and changed', (type) => {
    agree((eventTypes[type] as EventDefinition).schema, exampleOf(type).data as Record<string, unknown>)
  })

  test('E12: for envelopes', () => {
    agree(envelope, exampleOf('session.ended'))
  })

  test('E12: a part of zod that it does not know stops the start, not the data', () => {
    expect(() => compile(z.date())).toThrow("checker: zod's date is not supported")
    expect(() => compile(z.string().email())).toThrow(/not supported/)
    expect(() => compile(z.string().default('x'))).toThrow(/not supported/)
  })
})

function agree(schema: z.ZodType, valid: Record<string, unknown>): void {
  const check = compile(schema)
  expect(check(valid)).toBe(true)
  let accepted = 0
  fc.assert(
    fc.property(mutated(valid), (value) => {
      const expected = schema.safeParse(value).success
      if (expected) accepted++
      expect(check(value)).toBe(expected)
    }),
    { numRuns: 400 },
  )
  expect(accepted).toBeGreaterThan(40)
  expect(accepted).toBeLessThan(380)
}
