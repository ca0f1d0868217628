import { describe, expect, test } from 'vitest'
import { excessOf, isUnbounded, narrow } from './scope.ts'

const excess = (parent: object, child: object) => excessOf(parent, child).map(({ axis, values }) => [axis, ...values])

describe('what a child has beyond its parent', () => {
  test('M295: a pattern with a trailing * covers what begins like it, an exact one itself only', () => {
    expect(excess({ actions: ['a*', 'b'] }, { actions: ['a', 'a*', 'ab', 'ab*', 'b'] })).toEqual([])
    expect(excess({ actions: ['ab*', 'b'] }, { actions: ['a', 'a*', 'b*', 'bc', 'c'] })).toEqual([['actions', 'a', 'a*', 'b*', 'bc', 'c']])
    expect(excess({ actions: ['*'] }, { actions: ['*', 'x', ''] })).toEqual([])
  })

  test('M295: in whatever order, and beside what covers nothing of it', () => {
    for (const actions of [['z', 'a*', 'm', 'aa', 'ab*'], ['ab*', 'aa', 'm', 'a*', 'z'], ['m', 'ab*', 'z', 'aa', 'a*']])
      expect(excess({ actions }, { actions: ['abc', 'ac', 'm', 'z', 'n', 'zz'] })).toEqual([['actions', 'n', 'zz']])
    for (const actions of [['a', 'a*'], ['a*', 'a']]) expect(excess({ actions }, { actions: ['ab', 'a*'] })).toEqual([])
  })

  test('M296: each axis by itself; what one of them leaves out is none', () => {
    expect(excess({ audience: ['x'], oauth_scopes: ['r'], constraints: { max_uses: 1, environment: ['dev'], data_class: ['pii'] } }, { audience: ['x', 'y'], oauth_scopes: ['r*'], constraints: { max_uses: 2, environment: ['prod'], data_class: ['card'] } }))
      .toEqual([['audience', 'y'], ['oauth_scopes', 'r*'], ['max_uses', 2], ['environment', 'prod'], ['data_class', 'card']])
    expect([excess({}, { actions: ['a'] }), excess({ actions: ['a'] }, {}), excessOf(null, { actions: ['a'] }), excessOf({ actions: ['a'] }, null)]).toEqual([[], [], [], []])
  })
})

test('M297: unbounded is what every axis that is there leaves open', () => {
  expect([null, {}, { actions: ['*'] }, { actions: ['a', '*'], resources: ['*'], constraints: {} }].map(isUnbounded)).toEqual([true, true, true, true])
  expect([{ actions: ['a'] }, { resources: ['a'] }, { actions: ['a'], resources: ['*'] }, { audience: [] }, { oauth_scopes: ['r'] }, { constraints: { max_uses: 1 } }].map(isUnbounded)).toEqual([false, false, false, false, false, false])
})

describe('what is left to a child', () => {
  test('M298: of patterns the narrower of each pair, sorted, and none that another covers', () => {
    expect(narrow({ actions: ['b*', 'a*', 'c'] }, { actions: ['c*', 'ab', 'ab*', 'b*', 'd'] })).toMatchObject({ actions: ['ab*', 'b*', 'c'] })
    expect(narrow({ actions: ['z', 'y*'] }, { actions: ['yy', 'y', 'z*'] })).toMatchObject({ actions: ['y', 'yy', 'z'] })
    expect(narrow({ actions: ['a*', 'c*'] }, { actions: ['ab', 'b', 'cd'] })).toMatchObject({ actions: ['ab', 'cd'] })
  })

  test('M298: of lists what is in both, sorted, once', () => {
    expect(narrow({ audience: ['b', 'a', 'c'] }, { audience: ['c', 'b', 'b', 'd'] })).toMatchObject({ audience: ['b', 'c'] })
  })
})
