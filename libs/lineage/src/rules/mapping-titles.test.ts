import { expect, test } from 'vitest'
import { allRules } from './index.ts'
import { asiTitles, nhiTitles, nistTitles } from './mapping-titles.ts'

test('M98: every id in the mapping of a rule has a title, and no title is of an id that none has', () => {
  for (const [list, titles] of [['asi', asiTitles], ['nhi', nhiTitles], ['nist', nistTitles]] as const) {
    const used = new Set([...allRules.values()].flatMap(({ mapping }) => mapping[list]))
    expect(Object.keys(titles).toSorted(), list).toEqual([...used].sort())
  }
})

test('M98: every rule is mapped to something', () => {
  expect([...allRules.values()].filter(({ mapping: { asi, nhi, nist } }) => asi.length + nhi.length + nist.length === 0)).toEqual([])
})
