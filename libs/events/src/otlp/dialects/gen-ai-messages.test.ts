import { expect, test } from 'vitest'
import { fixturesOf } from '../testing/fixtures.ts'
import { keepsToTheCatalogue } from '../testing/dialect-properties.ts'
import { log, saidBy, sha256, span, told } from '../testing/records.ts'
import { genAiMessages } from './gen-ai-messages.ts'

const records = fixturesOf('gen-ai')
const said = (name: string) => saidBy(records[name]!, genAiMessages)

const callId = 'call_VSPygqKTWdrhaFErNvMV18Yl'
const agent = { iss: 'urn:otel:service', sub: 'weather-app', kind: 'agent' }
const requested = { type: 'action.requested', data: { tool_call_id: callId, agent, operation: 'get_weather', tool: { name: 'get_weather' }, arguments_digest: `sha-256:${sha256('{"location":"Paris"}')}` } }
const ended = { type: 'action.completed', inferred: true, data: { tool_call_id: callId, status: 'succeeded', result_digest: `sha-256:${sha256('"rainy, 57°F"')}` } }

test('E32: a call in the output of a model was asked for in the course of the answer: what is streamed may have run before its end', () => {
  expect(said('chat that asks for a tool')).toEqual([requested])
  expect(told(records['chat that asks for a tool']!, genAiMessages)[1]!.time).toBe('2026-03-01T09:30:00.000000000Z')
})

test('E32: a response in the next request tells of an end before it, and not how it went', () => {
  expect(said('chat that has the answer')).toEqual([ended])
  expect(told(records['chat that has the answer']!, genAiMessages)[1]!.time).toBe('2026-03-01T09:30:05.000000000Z')
})

test('E32: what a later request repeats of the history is not told again', () => {
  expect(said('chat that repeats it')).toEqual([])
})

test('E32: the same answer, told twice by a framework that does not mark the turns, says the same', () => {
  const parts = [{ type: 'tool_call_response', id: 'c', response: 'done' }]
  const chat = (spanId: string, start: string) => saidBy(span({ spanId, start, attributes: { 'gen_ai.input.messages': [{ role: 'user', parts }] } }), genAiMessages)
  expect(chat('c7ad6b7169203331', '2026-03-01T09:30:05Z')).toEqual(chat('d7ad6b7169203331', '2026-03-01T09:31:05Z'))
})

test('E32: a tool that the provider runs is a call as well', () => {
  expect(said('event with the details')).toMatchObject([{ type: 'action.requested', data: { tool_call_id: 'ws_1', operation: 'web_search' } }])
})

test('E32: the events of earlier conventions say the same', () => {
  expect(said('gen_ai.choice of 1.36')).toEqual([requested])
  expect(said('gen_ai.tool.message of 1.36')).toEqual([ended])
})

test('E32: messages are also read in the body and in span events, as text or structured', () => {
  const messages = [{ role: 'assistant', parts: [{ type: 'tool_call', id: 'c', name: 'refund' }] }]
  const ways = [
    log({ body: { 'gen_ai.output.messages': messages } }), log({ body: JSON.stringify({ 'gen_ai.output.messages': messages }) }), log({ attributes: { 'gen_ai.output.messages': JSON.stringify(messages) } }),
    span({ attributes: { 'gen_ai.input.messages': '[]' }, events: [{ name: 'gen_ai.client.inference.operation.details', attributes: { 'gen_ai.output.messages': messages } }] }),
  ]
  for (const record of ways) expect(saidBy(record, genAiMessages)).toMatchObject([{ type: 'action.requested', data: { tool_call_id: 'c', operation: 'refund' } }])
})

test('E32: several calls of one answer are several actions, and two choices that ask for the same are one', () => {
  const part = (id: string) => ({ type: 'tool_call', id, name: 'refund' })
  const record = span({ attributes: { 'gen_ai.output.messages': [{ role: 'assistant', parts: [part('a'), part('b')] }, { role: 'assistant', parts: [part('a')] }] } })
  expect(saidBy(record, genAiMessages).map(({ data }) => data['tool_call_id'])).toEqual(['a', 'b'])
})

test('E32: a call without an id, or with a placeholder for one, is told by nobody', () => {
  const part = (id: string | null) => ({ type: 'tool_call', name: 'refund', ...(id !== null && { id }) })
  expect(saidBy(span({ attributes: { 'gen_ai.output.messages': [{ role: 'assistant', parts: [part(null), part(''), part('<not specified>')] }] } }), genAiMessages)).toEqual([])
})

test('E32: words for a refusal count from the framework that writes them, whole, and from nobody else', () => {
  const answered = (scope: string, response: string) => saidBy(span({ scope, attributes: { 'gen_ai.input.messages': [{ role: 'tool', parts: [{ type: 'tool_call_response', id: 'c', response }] }] } }), genAiMessages).map(({ type }) => type)
  expect(answered('pydantic-ai', 'The tool call was denied.')).toEqual(['approval.resolved', 'action.completed'])
  expect(answered('pydantic-ai', 'Refund denied: The tool call was denied.')).toEqual(['action.completed'])
  expect(answered('shop', 'The tool call was denied.')).toEqual(['action.completed'])
})

test('E32: an id that the record gives for its own action is not that of the calls in its messages', () => {
  const record = span({ attributes: { 'onbehalf.action.id': 'act-1', 'gen_ai.output.messages': [{ role: 'assistant', parts: [{ type: 'tool_call', id: 'c', name: 'refund' }] }] } })
  expect(saidBy(record, genAiMessages)[0]!.data).not.toHaveProperty('action_id')
})

keepsToTheCatalogue([genAiMessages], records)
