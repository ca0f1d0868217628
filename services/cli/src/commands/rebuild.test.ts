import { expect, test } from 'vitest'
import { progressText } from './rebuild.ts'

test('progress tells the rate of the last seconds and what is left', () => {
  let ms = 0
  const text = progressText(() => ms)
  const at = (atMs: number, entries: number) => {
    ms = atMs
    return text({ entries, total: 100_000 })
  }
  expect(at(100, 500)).toBe('500 of 100,000 entries (0 %)')
  expect(at(1_000, 1_000)).toBe('1,000 of 100,000 entries (1 %), 1,000/s, about 2 min left')
  expect(at(10_000, 28_000)).toBe('28,000 of 100,000 entries (28 %), 2,800/s, about 26 s left')
  // Ten seconds ago it was slow, which is forgotten.
  expect(at(20_000, 68_000)).toBe('68,000 of 100,000 entries (68 %), 4,000/s, about 8 s left')
  expect(at(21_000, 68_000)).toMatch(/\(68 %\), [\d,]+\/s, about \d+ s left$/)
  expect(at(30_000, 100_000)).toBe('100,000 of 100,000 entries (100 %), deriving again what rests on what came later …')
  expect(progressText()({ entries: 0, total: 0 })).toContain('0 of 0 entries (100 %)')
})
