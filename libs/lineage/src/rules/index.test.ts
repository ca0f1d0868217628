import { expect, test } from 'vitest'
import { designed } from '../testing/designed.ts'
import { allRules } from './index.ts'

test('M99: the rules are those of the design, with its severities, what arms them, and which wait for the horizon', () => {
  const all = [...allRules.values()].map(({ id, severity, needsHorizon, armedBy }) =>
    [id, { severity, needsHorizon, armedBy: typeof armedBy === 'object' && armedBy !== null ? armedBy.leg : armedBy }])
  expect(Object.fromEntries(all)).toEqual(designed)
  expect(all).toHaveLength(Object.keys(designed).length)
})
