import { expect, test } from 'vitest'
import { fixturesOf } from '../testing/fixtures.ts'
import { keepsToTheCatalogue } from '../testing/dialect-properties.ts'
import { saidBy, sha256, span, told } from '../testing/records.ts'
import { mcp } from './mcp.ts'

const records = fixturesOf('mcp')
const said = (name: string) => saidBy(records[name]!, mcp)

const request_id = 'mcp/191c4850af6c49e08843a3f6c80e5046/2'

test('E33: a call at the client is asked for by its service, and known by its request within the session of the protocol', () => {
  expect(said('tools/call at the client')).toEqual([
    {
      type: 'action.requested', isSpan: true,
      data: { request_id, agent: { iss: 'urn:otel:service', sub: 'weather-agent', kind: 'agent' }, operation: 'get-weather', tool: { name: 'get-weather', server: 'mcp.example.com' }, arguments_digest: `sha-256:${sha256('{"location":"Paris"}')}` },
    },
    { type: 'action.completed', isSpan: true, inferred: true, data: { request_id, status: 'succeeded' } },
  ])
})

test('E33: the server tells that it was carried out, and not who asked: the server is not the agent', () => {
  expect(said('tools/call at the server').map(({ type }) => type)).toEqual(['action.started', 'action.completed'])
  expect(told(records['tools/call at the server']!, mcp)[1]).toMatchObject({ isSpan: true, parentSpanId: 'b7ad6b7169203331', data: { request_id, origin: { ip: '192.0.2.7' } } })
})

test('E33: a request id alone is no key: it counts from 1 on every connection', () => {
  expect(said('tools/call without a session')[0]!.data).not.toHaveProperty('request_id')
})

test('E33: the session of the protocol is not the session of an agent', () => {
  for (const record of Object.values(records)) for (const { data } of told(record, mcp)) expect(data.session_id).not.toBe('191c4850af6c49e08843a3f6c80e5046')
})

test('E33: an answer that is an error is a failure', () => {
  expect(said('tools/call that answers an error').at(-1)).toMatchObject({ type: 'action.completed', data: { status: 'failed', error: { type: 'tool_error' } } })
})

test('E33: where the attributes stand on the span of a tool, it has the id of the call and its agent', () => {
  expect(said('tools/call on the span of a tool')[0]!.data).toMatchObject({ tool_call_id: 'call_1', session_id: 'conv_1', agent: { sub: 'Weather' } })
})

test('E33: other methods are nodes of the tree, by their name', () => {
  expect(told(records['initialize']!, mcp)).toMatchObject([{ type: 'span.ended', data: { operation: 'initialize' } }])
})

test('E33: a span by the conventions for RPC is understood where it names the protocol', () => {
  expect(saidBy(span({ name: 'tools/call search', attributes: { 'rpc.system': 'mcp', 'rpc.method': 'tools/call' } }), mcp)[0]).toMatchObject({ type: 'action.requested', data: { operation: 'search' } })
  expect(mcp.speaks(span({ attributes: { 'rpc.system': 'grpc', 'rpc.method': 'tools/call' } }))).toBe(false)
})

keepsToTheCatalogue([mcp], records)
