import { expect, test } from 'vitest'
import { canonicalJson } from '../canonical-json.ts'
import { sha256Hex } from '../testing/entries.ts'
import { dataOf, fixture, readRecord, toldBy, type Json } from './testing/records.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const decision = (changes: Json = {}, more: object = {}) => dataOf('opa', fixture('opa-decision', changes), 'decision.recorded', more)
const headers = (fields: Json) => ({ request_context: { http: { headers: fields } } })

test('E42: a decision log event says one decision, by the words of the documentation', () => {
  const [said, ...others] = toldBy('opa', fixture('opa-decision'))
  expect(others).toEqual([])
  expect(said).toMatchObject({ type: 'decision.recorded', source: 'urn:opa:1780d507-aea2-45cc-ae50-fa153c8e4a5a', time: '2018-01-01T00:00:00Z', mapped: 'opa' })
  expect(said!.data).toEqual({
    decision_id: '4ca636c1-55e4-417a-b1d8-4aceb67960d1', effect: 'permit', phase: 'runtime', pdp: 'my-example-app/http/example/authz/allow',
    policies: [{ id: 'authz', version: 'W3sibCI6InN5cy9jYXRhbG9nIiwicyI6NDA3MX1d' }], evaluated: { operation: 'GET /salary/bob' },
  })
})

test('E42: trap: a missing result is undefined, not deny', () => {
  expect(decision({ result: undefined })).toMatchObject({ effect: 'not_applicable', reasons: [{ code: 'undefined' }] })
})

test('E42: trap: the revision of a bundle is the version of the policy', () => {
  expect(decision({ bundles: { b: { revision: '2' }, a: {} } })['policies']).toEqual([{ id: 'a' }, { id: 'b', version: '2' }])
  expect(decision({ bundles: undefined, revision: '7' })['policies']).toEqual([{ id: 'http/example/authz/allow', version: '7' }])
  expect(decision({ bundles: undefined })['policies']).toEqual([{ id: 'http/example/authz/allow' }])
})

test("E42: trap: the trace and span that OPA logs are its own and never the tool's", () => {
  const [said] = toldBy('opa', fixture('opa-decision'))
  expect(said).not.toHaveProperty('traceId')
  expect(said!.data).not.toHaveProperty('trace_id')
  expect(said!.data).not.toHaveProperty('span_id')
})

test('E42: trap: what joins is the decision id, the request id of the gateway, or the traceparent under request_context', () => {
  const said = decision(headers({ Traceparent: [traceparent], 'X-Request-ID': ['req-77'] }))
  expect(said).toMatchObject({ decision_id: '4ca636c1-55e4-417a-b1d8-4aceb67960d1', request_id: 'req-77', trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' })
  expect(decision(headers({ traceparent: ['00-00000000000000000000000000000000-b7ad6b7169203331-01'] }))).not.toHaveProperty('trace_id')
})

test('E42: trap: the drop counters of a status update become a gap, and a dropped cache is no dropped decision', () => {
  const [said, ...others] = toldBy('opa', fixture('opa-status'))
  expect(others).toEqual([])
  expect(said).toMatchObject({
    type: 'source.gap', source: 'urn:opa:1780d507-aea2-45cc-ae50-fa153c8e4a5a', time: '2018-01-01T00:00:00Z',
    data: { dropped: 2, since_start: true, reason: 'decision_logs_dropped_buffer_size_limit_exceeded: 2' },
  })
})

test('E42: a status update without drops says nothing; the same counters again are the same fact', () => {
  expect(toldBy('opa', fixture('opa-status', { metrics: { prometheus: { counter_decision_logs_nd_builtin_cache_dropped: 1 } } }))).toEqual([])
  const ids = ['AAA', 'BBB'].map((version) => toldBy('opa', fixture('opa-status', { labels: { id: 'one', version } }))[0]!.id)
  expect(ids[0]).toBe(ids[1])
  const grown = fixture('opa-status', { labels: { id: 'one' }, metrics: { prometheus: { counter_decision_logs_dropped_buffer_size_limit_exceeded: 3 } } })
  expect(toldBy('opa', grown)[0]!.id).not.toBe(ids[0])
})

test('E42: a status update that counts drops and says no time at all is refused', () => {
  expect(readRecord('opa', fixture('opa-status', { bundles: {} }))).toMatchObject({ ok: false, rejection: { code: 'invalid', errors: [{ path: '/bundles' }] } })
})

test('E42: whether an upload is tried again changes nothing: the id of the decision is the identity, whatever cache it carries', () => {
  const [first, again] = [{ nd_builtin_cache: { 'time.now_ns': {} } }, {}].map((more) => toldBy('opa', fixture('opa-decision', more))[0])
  expect(again).toEqual(first)
})

test.each<[result: unknown, effect: string]>([
  [true, 'permit'], [false, 'deny'], ['true', 'permit'], ['deny', 'deny'],
  [{ allow: true }, 'permit'], [{ allow: false }, 'deny'], [{ allowed: false }, 'deny'], [{ allowed: true, headers: {} }, 'permit'],
  [{ decision: { allow: true } }, 'permit'], [{ decision: 'deny' }, 'deny'], [{ effect: 'Permit' }, 'permit'],
  [{ deny: ['no'] }, 'deny'], [{ deny: [] }, 'indeterminate'], [{ deny: { no: true } }, 'deny'],
  [{ violations: 3 }, 'indeterminate'], [42, 'indeterminate'], [[], 'indeterminate'], ['maybe', 'indeterminate'], [{ allow: 'maybe' }, 'indeterminate'],
])('E42: result %j is %s', (result, effect) => {
  expect(decision({ result })['effect']).toBe(effect)
})

test('E42: an evaluation that failed is indeterminate, whatever it left behind', () => {
  expect(decision({ result: true, error: { code: 'eval_conflict_error', message: 'complete rules must not produce multiple outputs' } }))
    .toMatchObject({ effect: 'indeterminate', reasons: [{ code: 'eval_conflict_error', text: 'complete rules must not produce multiple outputs' }] })
})

test('E42: an erased or masked result says nothing of the effect', () => {
  expect(decision({ result: undefined, erased: ['/result'] })).toMatchObject({ effect: 'indeterminate', reasons: [{ code: 'hidden' }] })
  expect(decision({ result: { allow: 'xxx' }, masked: ['/result/allow'] })['effect']).toBe('indeterminate')
  expect(decision({ result: { allow: true }, erased: ['/result/ssn'] })['effect']).toBe('permit')
})

test('E42: reasons, obligations and a required approval are taken from the result', () => {
  expect(decision({ result: { allow: true, reasons: ['a', { code: 'b', text: 'B' }], obligations: ['log', { id: 'notify', text: 'Tell the owner' }], requires_approval: { min: 2, separation: true } } }))
    .toMatchObject({
      reasons: [{ code: 'reason', text: 'a' }, { code: 'b', text: 'B' }], obligations: [{ id: 'log' }, { id: 'notify', text: 'Tell the owner' }],
      requires_approval: { min: 2, separation: true },
    })
  expect(decision({ result: { allow: true, requires_approval: false } })).not.toHaveProperty('requires_approval')
})

test.each<[title: string, input: unknown, evaluated: object]>([
  ['an agent by name', { agent: 'refund-bot', tool: 'refund' }, { actor: { sub: 'refund-bot', kind: 'agent' }, operation: 'refund' }],
  ['an agent with an issuer', { agent: { iss: 'https://a.example', sub: 'bot', name: 'Bot' }, action: { name: 'pay' } }, { actor: { iss: 'https://a.example', sub: 'bot', kind: 'agent', name: 'Bot' }, operation: 'pay' }],
  ['a user', { user: { id: 'anna' }, operation: 'read' }, { subject: { sub: 'anna', kind: 'user' }, operation: 'read' }],
  ['a subject that is an agent acts', { subject: { type: 'agent', id: 'bot' } }, { actor: { sub: 'bot', kind: 'agent' } }],
  ['a subject of another kind does not', { subject: { type: 'employee', id: 'anna' } }, { subject: { sub: 'anna', kind: 'unknown' } }],
  ['a path in parts', { method: 'GET', path: ['finance', 'salary', 'bob'] }, { operation: 'GET /finance/salary/bob' }],
  ['a resource by name', { resource: 'doc-1' }, { resource: { type: 'resource', id: 'doc-1' } }],
  ['a resource with a type', { resource: { type: 'order', id: 881, system: 'payments' } }, { resource: { type: 'order', id: '881', system: 'payments' } }],
  ['arguments', { args: { a: 1 } }, { arguments_digest: `sha-256:${sha256Hex(canonicalJson({ a: 1 }))}` }],
])('E42: input: %s', (_title, input, evaluated) => {
  expect(decision({ input })['evaluated']).toEqual(evaluated)
})

test('E42: what was masked within the arguments makes another projection, which compares with no other', () => {
  const said = decision({ input: { args: { a: 1 } }, erased: ['/input/args/card', '/input/other'] })
  expect(said['evaluated']).toMatchObject({ arguments_projection: 'without /input/args/card' })
  expect(decision({ input: { args: { a: 'x' } }, masked: ['/input/args'] })).not.toHaveProperty('evaluated')
})

test('E42: the example of masking: what was erased is not there, the rest is', () => {
  expect(dataOf('opa', fixture('opa-masked'), 'decision.recorded')).toEqual({
    decision_id: 'b4638167-7fcb-4bc7-9e80-31f5f87cb738', effect: 'permit', phase: 'runtime', pdp: 'opa/system/main', policies: [{ id: 'system/main' }],
    evaluated: { resource: { type: 'resource', id: 'user' } },
  })
})

test('E42: the input of Envoy: who calls, what, and its request id', () => {
  expect(dataOf('opa', fixture('opa-envoy'), 'decision.recorded')).toMatchObject({
    effect: 'deny', request_id: '92a6c0f7-0250-944b-9cfc-ae10cbcedd8e',
    evaluated: { actor: { sub: 'spiffe://domain.test/refund-bot', kind: 'workload' }, operation: 'POST /refunds' },
  })
})

test('E42: ids of the action in the input are keys', () => {
  expect(decision({ input: { action_id: 'act-1', tool_call_id: 'call_0', session_id: 's-1' } })).toMatchObject({ action_id: 'act-1', tool_call_id: 'call_0', session_id: 's-1' })
})

const mappings = { opa: [{ path: '/other/*', effect: '/result/no' }, { path: 'http/*', effect: '/result/verdict/ok', actor: '/input/who', operation: '/input/what~1how', pep: '/input/gate', action_id: '/input/x' }] }

test('E42: JSON pointers of the configuration say where things stand; the first that fits the path counts', () => {
  const said = decision({ input: { who: 'bot', 'what/how': 'pay', agent: 'not me', gate: 'gw-1', x: 'act-1' }, result: { allow: false, verdict: { ok: true } } }, { mappings })
  expect(said).toMatchObject({ effect: 'permit', pep: 'gw-1', action_id: 'act-1', evaluated: { actor: { sub: 'bot', kind: 'agent' }, operation: 'pay' } })
})

test('E42: where the configuration points at nothing, nothing else is looked at', () => {
  expect(decision({ input: { agent: 'bot', method: 'GET', path: '/' }, result: { allow: true } }, { mappings })).toMatchObject({ effect: 'not_applicable' })
  expect(decision({ input: { agent: 'bot', method: 'GET', path: '/' }, result: { verdict: { ok: true } } }, { mappings })).not.toHaveProperty('evaluated')
  expect(decision({ path: 'elsewhere' }, { mappings })['effect']).toBe('permit')
})

test.each<[title: string, changes: Json, path: string]>([
  ['no decision id', { decision_id: undefined }, '/decision_id'],
  ['an id that is none', { decision_id: 'x'.repeat(256) }, '/decision_id'],
  ['no time', { timestamp: undefined }, '/timestamp'],
  ['a time that is none', { timestamp: 'yesterday' }, '/timestamp'],
])('E42: %s is refused, with the field', (_title, changes, path) => {
  expect(readRecord('opa', fixture('opa-decision', changes))).toMatchObject({ ok: false, rejection: { code: 'invalid', errors: [{ path, docs: expect.stringMatching(/^\/docs\/sources\/opa#/) }] } })
})
