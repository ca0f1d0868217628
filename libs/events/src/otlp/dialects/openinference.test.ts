import { expect, test } from 'vitest'
import { saidBy, span, type Plain } from '../testing/records.ts'
import { openinference } from './openinference.ts'

const record = (kind: string, attributes: Plain = {}, rest: object = {}) => span({ attributes: { 'openinference.span.kind': kind, ...attributes }, ...rest })
const agentsSdk = '@arizeai/openinference-instrumentation-openai-agents@0.2.15'
const langchain = '@arizeai/openinference-instrumentation-langchain@4.1.1'
const message = (kwargs: object) => ({ lc: 1, type: 'constructor', id: ['langchain_core', 'messages', 'ToolMessage'], kwargs })

test('E51: an output proves nothing: a guardrail that stopped a call leaves one too', () => {
  expect(openinference.actions(record('TOOL', { 'tool.name': 'refund', 'output.value': 'refunds are frozen' }, { status: 'ok' }))).toMatchObject([{ operation: 'refund', ended: { status: 'succeeded', inferred: true } }])
})

test("LangChain's tool message says the id of the call, and how it ended", () => {
  const told = (status: string) => openinference.actions(record('TOOL', { 'tool.name': 'refund', 'output.value': JSON.stringify({ output: message({ status, tool_call_id: 'c1', content: 'x' }) }) }, { scope: langchain }))[0]
  expect(told('success')).toMatchObject({ callId: 'c1', ended: { status: 'succeeded', result: 'x' } })
  expect(told('success')!.ended!.inferred).toBeUndefined()
  expect(told('error')).toMatchObject({ callId: 'c1', ended: { status: 'failed' } })
})

test('E51: a lone text is no arguments: the name of the argument is lost', () => {
  expect(openinference.actions(record('TOOL', { 'input.value': '1007' }))[0]!.arguments).toBeUndefined()
  expect(openinference.actions(record('TOOL', { 'input.value': '{"order":"1007"}' }))[0]!.arguments).toEqual({ order: '1007' })
})

test('E51: the user stands in metadata, which is JSON in a text', () => {
  expect(saidBy(record('TOOL', { 'tool.name': 'refund', metadata: '{"user_id":"mallory","lc_agent_name":"bot"}' }), openinference)[0]).toMatchObject({ data: { initiator: { sub: 'mallory' }, agent: { sub: 'bot' } } })
})

test('E51: a rejection is told by the words of the SDK, under its own scope only', () => {
  const statusMessage = 'Tool execution was not approved.: {"tool_name":"refund","error":"Tool execution for c1 was manually rejected by user."}'
  expect(openinference.actions(record('TOOL', { 'tool.name': 'refund' }, { scope: agentsSdk, status: 'error', statusMessage }))).toMatchObject([{ callId: 'c1', approval: { resolution: 'denied' }, ended: { status: 'blocked' } }])
  expect(openinference.actions(record('TOOL', { 'tool.name': 'refund' }, { scope: 'mine', status: 'error', statusMessage }))).toMatchObject([{ ended: { status: 'failed' } }])
})

test('E51: a handoff is no action: it says who handed over to whom', () => {
  const handoff = record('TOOL', { 'tool.name': 'handoff_to_billing', 'input.value': '{"from_agent":"triage"}', 'output.value': '{"to_agent":"billing"}' }, { scope: agentsSdk })
  expect(saidBy(handoff, openinference)).toMatchObject([{ type: 'run.described', data: { agent: { sub: 'billing' }, handed_over_by: { sub: 'triage' } } }])
  expect(openinference.actions(record('TOOL', {}, { scope: agentsSdk, name: 'mcp_tools' }))).toEqual([])
})

test('E51: an error of an agent is no failure of an action', () => {
  expect(openinference.actions(record('AGENT', { 'graph.node.id': 'triage' }, { status: 'error', statusMessage: 'ParentCommand' }))).toEqual([])
  expect(openinference.actions(record('GUARDRAIL', { 'guardrail.triggered': true }))).toEqual([])
})

const review = (attributes: Plain, rest: object) => record('CHAIN', attributes, { scope: langchain, name: 'HumanInTheLoopMiddleware.after_model', ...rest })
const calls = (...names: string[]) => JSON.stringify({ messages: [{ id: ['AIMessage'], kwargs: { tool_calls: names.map((name, i) => ({ id: `c${i}`, name, args: {} })) } }] })
const interrupt = `${JSON.stringify([{ id: 'i', value: { actionRequests: [{ name: 'refund', args: {} }] } }])}\n\nGraphInterrupt: …`

test('E51: an interrupt asks for approval of the one call that has the name it gives', () => {
  expect(openinference.actions(review({ 'input.value': calls('refund', 'lookup') }, { status: 'error', statusMessage: interrupt }))).toMatchObject([{ operation: 'refund', callId: 'c0', approvalAsked: {} }])
  expect(openinference.actions(review({ 'input.value': calls('refund', 'refund') }, { status: 'error', statusMessage: interrupt }))).toEqual([])
})

test('E51: what the middleware answers with an error was rejected; what it lets through says nothing', () => {
  const output = JSON.stringify({ messages: [message({ tool_call_id: 'c0', name: 'refund', status: 'error', content: 'too much' })] })
  expect(openinference.actions(review({ 'output.value': output }, { status: 'ok' }))).toMatchObject([{ operation: 'refund', callId: 'c0', asked: null, approval: { resolution: 'denied', reason: 'too much' } }])
  expect(openinference.actions(review({ 'output.value': calls('refund') }, { status: 'ok' }))).toEqual([])
})
