import { expect, test } from 'vitest'
import { createStyle } from '../terminal/style.ts'
import { spanTree, type SpanNode } from './span-tree.ts'

const view = { columns: 80, style: createStyle(false) }
const span = (span_id: string, parent_span_id: string | null, more: Partial<SpanNode> = {}): SpanNode => ({
  span_id, parent_span_id, name: `span ${span_id}`, start: '2026-11-24T09:00:00Z', end: '2026-11-24T09:00:01.5Z', status: 'unset', operation: null, service: null, missing: false,
  action: null, ...more,
})
const drawn = (spans: SpanNode[]) => spanTree(spans, [], view).map((line) => line.replaceAll(/ {2,}/g, '  '))

test('what called what, how long it took, and what went wrong', () => {
  expect(drawn([span('a', null), span('b', 'a', { status: 'error' }), span('c', 'b', { action: 'act-9' }), span('d', 'a')])).toEqual([
    '', 'Spans', '  span a  1.5 s', '  ├ span b  1.5 s  error', '  │ └ span c  1.5 s  act-9', '  └ span d  1.5 s',
  ])
})

test('a parent that never came is a node of its own', () => {
  const missing = span('p', null, { missing: true, name: null, start: null, end: null, status: null })
  expect(drawn([missing, span('a', 'p')])).toEqual(['', 'Spans', '  p has not been received', '  └ span a  1.5 s'])
})

test('spans that name each other as parents, and 10,000 below each other, come to an end', () => {
  expect(drawn([span('a', 'b'), span('b', 'a')])).toHaveLength(4)
  const deep = Array.from({ length: 10_000 }, (_, i) => span(`s${i}`, i === 0 ? null : `s${i - 1}`))
  expect(drawn(deep).at(-1)).toBe('  … and 9,800 more (--json has them all)')
})

test('no spans, no section', () => {
  expect(spanTree([], [], view)).toEqual([])
})
