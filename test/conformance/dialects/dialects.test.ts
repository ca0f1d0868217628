import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { allowedMissing, allowedPieces, fixtures, judge, missingIn, piecesIn, type Received, type Row, type Verdict } from './truth.ts'

/**
 * What the product says of actions of real agents, held against what they did: nothing is wrong and nothing is invented,
 * whatever came of their records, and what is missing is what the truth says the wire does not tell.
 */
const all = fixtures()
const table: string[] = []

describe.each(all.map((fixture) => [`${fixture.dialect}/${fixture.name}`, fixture] as const))('%s', (title, { records, truth }) => {
  const asSent = judge(records, truth)

  test('says of each action what happened, and all that the wire tells', () => {
    table.push(line(title, asSent))
    expect(untrue(asSent)).toEqual([])
    expect(missingIn(asSent)).toEqual(allowedMissing(truth))
    expect(piecesIn(asSent)).toEqual(allowedPieces(truth))
  })

  test('says the same in any order, and of records that came more than once', () => {
    const indexes = records.map((_, i) => i)
    fc.assert(fc.property(fc.shuffledSubarray(indexes, { minLength: indexes.length }), fc.array(fc.nat(indexes.length - 1), { maxLength: indexes.length }), (order, again) => {
      expect(judge([...order, ...again].map((i) => records[i]!), truth)).toEqual(asSent)
    }), { numRuns: 8 })
  })

  test('says nothing untrue of what is left when records are lost, parents first', () => {
    const parents = new Set(records.flatMap(({ parentSpanId }) => parentSpanId ?? []))
    expect(untrue(judge(records.filter(({ spanId }) => spanId === null || !parents.has(spanId)), truth))).toEqual([])
    fc.assert(fc.property(fc.subarray(records), (kept: Received[]) => {
      expect(untrue(judge(kept, truth))).toEqual([])
    }), { numRuns: 8 })
  })
})

test('there are fixtures to look at', () => {
  expect(all.length).toBeGreaterThan(30)
})

afterAll(() => console.log([line('', null), ...table.sort()].join('\n')))

function untrue(rows: readonly Row[]): Row[] {
  return rows.filter(({ verdict }) => verdict === 'wrong' || verdict === 'invented')
}

const verdicts: Verdict[] = ['right', 'missing', 'wrong', 'invented', 'piece']

function line(title: string, rows: readonly Row[] | null): string {
  return [title.padEnd(48), ...verdicts.map((verdict) => (rows === null ? verdict : String(rows.filter((row) => row.verdict === verdict).length)).padStart(9))].join('')
}
