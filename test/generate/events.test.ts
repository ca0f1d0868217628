import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generateEvents } from './events.ts'

test('E14: the JSON Schemas and pages in the repository are what the catalogue generates', async () => {
  const differing = await generateEvents(join(import.meta.dirname, '..', '..'), { check: true })
  expect(differing, 'run `npm run generate`').toEqual([])
})
