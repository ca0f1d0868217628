import { expect, test } from 'vitest'
import { fixturesOf } from '../testing/fixtures.ts'
import { keepsToTheCatalogue } from '../testing/dialect-properties.ts'
import { saidBy, sha256, span, told } from '../testing/records.ts'
import { genAi } from './gen-ai.ts'

const records = fixturesOf('gen-ai')
const said = (name: string) => saidBy(records[name]!, genAi)
const of = (name: string, type: string) => said(name).find((each) => each.type === type)

const session_id = 'conv_5j66UpCpwteGg4YSxUnt7lPY'
const callId = 'call_VSPygqKTWdrhaFErNvMV18Yl'

test('E31: the span of a tool is an action; that it ended without an error does not prove that the tool ran', () => {
  expect(said('execute_tool')).toEqual([
    {
      type: 'action.requested', isSpan: true,
      data: {
        session_id, tool_call_id: callId, operation: 'get_weather', tool: { name: 'get_weather' },
        agent: { iss: 'urn:otel:service:weather-app', sub: 'Weather', kind: 'agent', instance: 'asst_5j66UpCpwteGg4YSxUnt7lPY' },
      },
    },
    { type: 'action.completed', isSpan: true, inferred: true, data: { session_id, tool_call_id: callId, status: 'succeeded' } },
  ])
})

test('E31: a status of OK proves it no more', () => {
  expect(saidBy(span({ name: 'execute_tool t', status: 'ok', attributes: { 'gen_ai.operation.name': 'execute_tool' } }), genAi)).toMatchObject([
    { type: 'action.requested', data: { operation: 't' } }, { type: 'action.completed', inferred: true },
  ])
})

test('E31: a result does: it is given only where the call was carried out', () => {
  expect(said('execute_tool with content').map(({ type, inferred }) => [type, inferred])).toEqual([['action.requested', undefined], ['action.started', undefined], ['action.completed', undefined]])
  expect(of('execute_tool with content', 'action.requested')!.data).toMatchObject({ arguments_digest: `sha-256:${sha256('{"location":"Paris"}')}` })
  expect(of('execute_tool with content', 'action.completed')!.data).toMatchObject({ status: 'succeeded', result_digest: `sha-256:${sha256('{"conditions":"sunny","temperature_range":{"high":75,"low":60}}')}` })
})

test('E31: arguments that were cut on their way have no digest, and a placeholder is no call id', () => {
  const { data } = of('execute_tool, arguments cut', 'action.requested')!
  expect(data).not.toHaveProperty('arguments_digest')
  expect(data).not.toHaveProperty('tool_call_id')
})

test('E31: an error is a failure, and never that it had begun', () => {
  expect(of('execute_tool, failed', 'action.completed')).toMatchObject({ data: { status: 'failed', error: { type: 'timeout', message: 'no such city' } } })
  expect(of('execute_tool, failed', 'action.started')).toBeUndefined()
  expect(of('execute_tool with an exception', 'action.completed')!.data).toMatchObject({ status: 'failed', error: { type: 'KeyError', message: "'Paris'" } })
})

test('E31: an error on the span of an agent may be a handoff or an interrupt: nothing ends with it', () => {
  expect(said('invoke_agent by a caller').map(({ type }) => type)).toEqual(['run.described'])
})

test('E31: a caller that is an agent handed over; a workflow is none', () => {
  expect(of('invoke_agent by a caller', 'run.described')!.data).toEqual({
    agent: { iss: 'urn:otel:service:weather-app', sub: 'refund_agent', kind: 'agent' }, handed_over_by: { iss: 'urn:otel:service:weather-app', sub: 'support_agent', kind: 'agent' }, initiator: { sub: 'anna', kind: 'user' },
  })
  expect(of('invoke_agent by a workflow', 'run.described')!.data).toEqual({ agent: { iss: 'urn:otel:service:weather-app', sub: 'refund_agent', kind: 'agent' } })
})

test('E31: an operation that nobody knows is a node of the tree and nothing else', () => {
  expect(told(records['an operation that nobody knows']!, genAi)).toMatchObject([{ type: 'span.ended', data: { operation: 'ponder' } }])
})

test('E31: two user ids may be the human and a client: the first says who, and enduser.id alone is of no known kind', () => {
  const by = (attributes: Record<string, string>) => saidBy(span({ attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 't', ...attributes } }), genAi)[0]!.data['initiator']
  expect(by({ 'user.id': 'anna', 'enduser.id': 'oauth-client' })).toEqual({ sub: 'anna', kind: 'user' })
  expect(by({ 'enduser.id': 'oauth-client' })).toEqual({ sub: 'oauth-client', kind: 'unknown' })
  expect(by({})).toBeUndefined()
})

test('E31: a refusal in the place of the result is one in the words of that framework only', () => {
  const refused = (scope: string) => saidBy(span({ scope, attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 't', 'gen_ai.tool.call.id': 'c', 'gen_ai.tool.call.result': 'The tool call was denied.' } }), genAi).map(({ type, data }) => [type, data['status'] ?? data['resolution']])
  expect(refused('pydantic-ai')).toEqual([['action.requested', undefined], ['approval.resolved', 'denied'], ['action.completed', 'blocked']])
  expect(refused('my-app')).toEqual([['action.requested', undefined], ['action.started', undefined], ['action.completed', 'succeeded']])
})

keepsToTheCatalogue([genAi], records)
