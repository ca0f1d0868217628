import { expect, test } from 'vitest'
import { saidBy, span, type Plain } from '../testing/records.ts'
import { traceloop } from './traceloop.ts'

const record = (kind: string, attributes: Plain = {}, rest: object = {}) => span({ attributes: { 'traceloop.span.kind': kind, ...attributes }, ...rest })

test('E52: a decorated tool, with its user, session and agent', () => {
  expect(saidBy(record('tool', {
    'traceloop.entity.name': 'lookup', 'traceloop.entity.input': '{"args":[],"kwargs":{"order":"1"}}', 'traceloop.entity.output': '{}', 'gen_ai.agent.name': 'bot',
    'traceloop.association.properties.user_id': 'mallory', 'traceloop.association.properties.session_id': 's1',
  }), traceloop)).toMatchObject([
    { type: 'action.requested', isSpan: true, data: { operation: 'lookup', session_id: 's1', initiator: { sub: 'mallory' }, agent: { sub: 'bot' } } },
    { type: 'action.started' }, { type: 'action.completed', data: { status: 'succeeded' } },
  ])
})

test('E52: without an output nothing says that it ran', () => {
  expect(traceloop.actions(record('tool', { 'traceloop.entity.name': 'lookup' }))).toMatchObject([{ ended: { inferred: true } }])
})

test('E52: several arguments have no names, so they have no digest', () => {
  const given = (input: string) => traceloop.actions(record('tool', { 'traceloop.entity.input': input }))[0]!.arguments
  expect(given('{"args":["1","2"],"kwargs":{}}')).toBeUndefined()
  expect(given('{"args":["{\\"order\\":\\"1\\"}"]}')).toEqual({ order: '1' })
})

test("the class of LangChain's tools is not the name of one", () => {
  const task = { 'gen_ai.operation.name': 'execute_tool', 'traceloop.entity.name': 'DynamicStructuredTool' }
  const output = JSON.stringify({ id: ['ToolMessage'], kwargs: { status: 'success', name: 'lookup', tool_call_id: 'c1', content: 'x' } })
  expect(traceloop.actions(record('task', { ...task, 'traceloop.entity.output': output }))).toMatchObject([{ operation: 'lookup', callId: 'c1', ended: { status: 'succeeded', result: 'x' } }])
  expect(traceloop.actions(record('task', task, { status: 'error' }))).toMatchObject([{ operation: '', ended: { status: 'failed' } }])
})

test('E52: an agent goes by the name of its entity; other tasks are no actions', () => {
  expect(traceloop.run!(record('agent', { 'traceloop.entity.name': 'bot' }))).toMatchObject({ agent: { sub: 'bot', kind: 'agent' } })
  expect(traceloop.actions(record('task', { 'traceloop.entity.name': 'parse' }))).toEqual([])
  expect(traceloop.run!(record('workflow', { 'traceloop.entity.name': 'refunds' }))).toBeNull()
})
