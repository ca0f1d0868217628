import { describe, expect, test } from 'vitest'
import { end, saidBy, span, start, type Plain } from '../testing/records.ts'
import { vercelAiSdk } from './vercel-ai-sdk.ts'

const modern = (attributes: Plain, rest: object = {}) => span({ scope: 'gen_ai', attributes, ...rest })
const tool = (more: Plain = {}, rest: object = {}) => modern({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'refund', 'gen_ai.tool.call.id': 'c1', ...more }, rest)
const types = (record: Parameters<typeof saidBy>[0]) => saidBy(record, vercelAiSdk).map(({ type, inferred, data }) => [type, data['status'] ?? data['effect'] ?? data['resolution'], ...(inferred ? ['inferred'] : [])])

describe('AI SDK 7', () => {
  test('E50: a result, and nothing less, says that a call succeeded', () => {
    expect(types(tool({ 'gen_ai.tool.call.result': '{}' })).at(-1)).toEqual(['action.completed', 'succeeded'])
    expect(types(tool()).at(-1)).toEqual(['action.completed', 'succeeded', 'inferred'])
  })

  test('E50: a duration is written when the tool has come back: it ran, and how well is not said', () => {
    expect(types(tool({ 'gen_ai.execute_tool.duration': 0.1 })).slice(1)).toEqual([['action.started', undefined], ['action.completed', 'succeeded', 'inferred']])
  })

  const chat = (response: object, asked: Plain[]) => modern({
    'gen_ai.operation.name': 'chat',
    'gen_ai.input.messages': JSON.stringify([
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'refund', arguments: {} }, ...asked] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response }] },
    ]),
  })
  const request = { type: 'tool-approval-request' }

  test('E50: a denial is the answer `denied` to a call that approval was asked for', () => {
    expect(saidBy(chat({ denied: true, reason: 'too much' }, [request]), vercelAiSdk)).toMatchObject([
      { type: 'decision.recorded', data: { tool_call_id: 'c1', effect: 'deny', enforcement: 'enforced', pep: 'ai-sdk', reasons: [{ text: 'too much' }], evaluated: { operation: 'refund' } } },
    ])
  })

  test("the same words as a tool's own result are none", () => {
    for (const record of [chat({ denied: true }, []), chat({ denied: true, order: '1' }, [request]), chat({ denied: 'yes' }, [request])])
      expect(types(record)).toEqual([['action.completed', 'succeeded', 'inferred']])
  })

  test('E50: a call is asked for from the beginning of the answer on: a tool may run while it streams', () => {
    const record = modern({ 'gen_ai.operation.name': 'chat', 'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'refund', arguments: {} }] }]) })
    expect(vercelAiSdk.actions(record)).toMatchObject([{ operation: 'refund', callId: 'c1', asked: start }])
  })

  test('E50: what a run as a whole got and gave is not told again', () => {
    const messages = JSON.stringify([{ role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'refund' }] }])
    expect(vercelAiSdk.actions(modern({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.output.messages': messages }))).toEqual([])
  })
})

describe('AI SDK 4 to 6', () => {
  const legacy = (id: string, attributes: Plain, rest: object = {}) => span({ scope: 'ai', attributes: { 'ai.operationId': id, ...attributes }, ...rest })

  test('E50: a tool call', () => {
    expect(saidBy(legacy('ai.toolCall', { 'ai.toolCall.name': 'refund', 'ai.toolCall.id': 'c1', 'ai.toolCall.args': '{"order":"1"}', 'ai.toolCall.result': '{}', 'ai.telemetry.metadata.userId': 'mallory', 'ai.telemetry.functionId': 'bot' }), vercelAiSdk)).toMatchObject([
      { type: 'action.requested', isSpan: true, data: { operation: 'refund', tool_call_id: 'c1', agent: { sub: 'bot' }, initiator: { sub: 'mallory', kind: 'user' } } },
      { type: 'action.started' }, { type: 'action.completed', data: { status: 'succeeded' } },
    ])
  })

  const resumed = (more: object, id = 'a1') => legacy('ai.generateText', { 'ai.prompt': JSON.stringify({ messages: [
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'refund' }, { type: 'tool-approval-request', approvalId: 'a1', toolCallId: 'c1', ...more }] },
    { role: 'tool', content: [{ type: 'tool-approval-response', approvalId: id, approved: true }] },
  ] }) })

  test('E50: an approval names its request; nobody was asked for an automatic one', () => {
    expect(ofCalls(resumed({}))).toMatchObject([
      { type: 'approval.requested', data: { approval_id: 'a1', tool_call_id: 'c1' } }, { type: 'approval.resolved', data: { approval_id: 'a1', resolution: 'approved' } },
    ])
    expect(ofCalls(resumed({ isAutomatic: true }))).toEqual([])
    expect(ofCalls(resumed({}, 'another'))).toEqual([])
  })

  test('E50: history that a later request repeats is not told again', () => {
    const prompt = JSON.stringify([
      { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'refund', output: { type: 'execution-denied' } }] },
      { role: 'assistant', content: [{ type: 'text', text: 'No.' }] }, { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
    ])
    expect(vercelAiSdk.actions(legacy('ai.generateText.doGenerate', { 'ai.prompt.messages': prompt }))).toEqual([])
  })

  test('E50: an error is a failure, with its message', () => {
    expect(vercelAiSdk.actions(legacy('ai.toolCall', { 'ai.toolCall.name': 'refund' }, { status: 'error', statusMessage: 'closed' }))).toMatchObject([{ ended: { time: end, status: 'failed', error: { message: 'closed' } } }])
  })
})

/** Without what is said of the run. */
function ofCalls(record: ReturnType<typeof span>) {
  return saidBy(record, vercelAiSdk).filter(({ type }) => type !== 'run.described')
}
