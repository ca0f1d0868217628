import { expect, test } from 'vitest'
import { end, saidBy, span, start, type Plain } from '../testing/records.ts'
import { mastra } from './mastra.ts'

const record = (type: string, attributes: Plain = {}) => span({ scope: '@mastra/otel-exporter', attributes: { 'mastra.span.type': type, ...attributes } })

test('E54: a tool of an MCP server, with its server', () => {
  expect(saidBy(record('mcp_tool_call', {
    'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'refund', 'gen_ai.tool.call.id': 'c1', 'gen_ai.tool.call.result': '{}',
    'mastra.mcp_tool_call.server_name': 'payments', 'mastra.metadata.userId': 'mallory', 'mastra.metadata.threadId': 't1',
  }), mastra)[0]).toMatchObject({ data: { operation: 'refund', tool: { server: 'payments' }, session_id: 't1', initiator: { sub: 'mallory' } } })
})

test('E54: a run that waits says for which call', () => {
  const output = (reason: string) => record('agent_run', { 'mastra.agent_run.output': JSON.stringify({ status: 'suspended', reason, toolName: 'refund', toolCallId: 'c1' }) })
  expect(mastra.actions(output('tool-call-approval'))).toMatchObject([{ operation: 'refund', callId: 'c1', approvalAsked: { time: end } }])
  expect(mastra.actions(output('tool-call-suspended'))).toEqual([])
})

test('E54: the answer is the input of a run that was resumed; of another it is what somebody wrote', () => {
  const input = { 'mastra.agent_run.input': '{"approved":false,"toolName":"refund","toolCallId":"c1"}' }
  expect(mastra.actions(record('agent_run', { ...input, 'mastra.metadata.resumed': true }))).toMatchObject([{ callId: 'c1', asked: null, approval: { time: start, resolution: 'denied' } }])
  expect(mastra.actions(record('agent_run', input))).toEqual([])
})

test('E54: steps and chunks of an answer are no actions', () => {
  expect(mastra.actions(record('model_chunk', { 'mastra.metadata.toolCallId': 'c1' }))).toEqual([])
})
