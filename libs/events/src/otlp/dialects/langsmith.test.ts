import { expect, test } from 'vitest'
import { saidBy, span, type Plain } from '../testing/records.ts'
import { langsmith } from './langsmith.ts'

const record = (kind: string, attributes: Plain = {}, rest: object = {}) => span({ status: 'ok', attributes: { 'langsmith.span.kind': kind, 'gen_ai.tool.name': 'refund', ...attributes }, ...rest })

test('E57: an exception is a failure, whatever the status says', () => {
  expect(langsmith.actions(record('tool', {}, { events: [{ name: 'exception', attributes: { 'exception.message': 'closed\n    at x' } }] }))).toMatchObject([{ ended: { status: 'failed', error: { message: 'closed' } } }])
})

test('E57: what a run gave says that it came back', () => {
  expect(langsmith.actions(record('tool', { 'gen_ai.completion': '{}' }))[0]!.ended).toEqual({ time: expect.any(String), status: 'succeeded', result: {} })
  expect(langsmith.actions(record('tool'))[0]!.ended).toMatchObject({ inferred: true })
})

test('E57: a project is no session, the thread in the metadata is', () => {
  const session = (attributes: Plain) => saidBy(record('tool', attributes), langsmith)[0]!.data['session_id']
  expect(session({ 'langsmith.trace.session_id': 'project-1' })).toBeUndefined()
  expect(session({ 'langsmith.metadata.thread_id': 's1' })).toBe('s1')
})

test('E57: a chain is neither an action nor an agent', () => {
  expect(langsmith.actions(record('chain'))).toEqual([])
  expect(langsmith.run!(record('chain'))).toBeNull()
})
