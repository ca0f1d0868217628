import { expect, test } from 'vitest'
import { saidBy, span, type Plain } from '../testing/records.ts'
import { googleAdk } from './google-adk.ts'

const tool = (attributes: Plain = {}, rest: object = {}) => span({ scope: 'gcp.vertex.agent', name: 'execute_tool refund', attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'refund', ...attributes }, ...rest })
const response = (value: unknown) => ({ 'gcp.vertex.agent.tool_response': JSON.stringify(value) })

test('E55: a response proves nothing: a callback may have answered in the place of the tool', () => {
  expect(googleAdk.actions(tool(response({ refunded: true })))).toMatchObject([{ operation: 'refund', ended: { status: 'succeeded', inferred: true } }])
})

test('E55: a tool that threw leaves a name, and no word of how it ended', () => {
  const [action] = googleAdk.actions(span({ scope: 'gcp.vertex.agent', name: 'execute_tool refund' }))
  expect(action).toMatchObject({ operation: 'refund', isSpan: true })
  expect(action!.ended).toBeUndefined()
})

test('E55: the answers that ADK gives itself say that it waits, or was rejected', () => {
  expect(googleAdk.actions(tool(response({ error: 'This tool call requires confirmation, please approve or reject.' })))).toMatchObject([{ approvalAsked: {} }])
  expect(googleAdk.actions(tool(response({ error: 'This tool call is rejected.' })))).toMatchObject([{ approval: { resolution: 'denied' }, ended: { status: 'blocked' } }])
  expect(googleAdk.actions(tool(response({ error: 'This tool call is rejected.', by: 'my tool' })))).toMatchObject([{ ended: { status: 'succeeded', inferred: true } }])
})

test('E55: `<not specified>` is no id', () => {
  expect(saidBy(tool({ 'gen_ai.tool.call.id': '<not specified>' }), googleAdk)[0]!.data['tool_call_id']).toBeUndefined()
})

test('E55: the span for all calls of a turn is none of them', () => {
  expect(googleAdk.actions(tool({ 'gen_ai.tool.name': '(merged tools)', 'gen_ai.tool.call.id': 'e1' }))).toEqual([])
})

test('E55: arguments that were not captured are not empty ones', () => {
  expect(googleAdk.actions(tool({ 'gcp.vertex.agent.tool_call_args': '{}' }))[0]!.arguments).toBeUndefined()
  expect(googleAdk.actions(tool({ 'gcp.vertex.agent.tool_call_args': '{"order":"1"}' }))[0]!.arguments).toEqual({ order: '1' })
})
