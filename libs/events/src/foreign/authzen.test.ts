import { expect, test } from 'vitest'
import { dataOf, fixture, readRecord, toldBy, type Json } from './testing/records.ts'

const single = (changes: Json = {}) => dataOf('authzen', fixture('authzen-single', changes), 'decision.recorded')
const batch = (changes: Json = {}) => toldBy('authzen', fixture('authzen-batch', changes)).map((statement) => statement.data as Json)

test('E43: an evaluation is a decision about whom, what and on what', () => {
  const [said] = toldBy('authzen', fixture('authzen-single'))
  expect(said).toMatchObject({ source: 'urn:authzen:payments-gateway', time: '2026-03-01T09:30:00Z', mapped: 'authzen' })
  expect(said!.data).toEqual({
    decision_id: 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716', request_id: 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716', effect: 'permit', phase: 'runtime', policies: [],
    pdp: 'https://pdp.example.com', pep: 'payments-gateway',
    evaluated: { subject: { sub: 'alice@acmecorp.com', kind: 'user' }, operation: 'can_read', resource: { type: 'account', id: '123' } },
  })
})

test('E43: trap: the core has no decision id and no policy version, only X-Request-ID', () => {
  expect(single()['policies']).toEqual([])
  const nameless = single({ request_id: undefined })
  expect(nameless['decision_id']).toMatch(/^authzen-[0-9a-f]{32}$/)
  expect(nameless).not.toHaveProperty('request_id')
})

test('E43: trap: a batch response may be shorter than its request; what was not answered was not decided', () => {
  const said = batch({ response: { evaluations: [{ decision: true }, { decision: false, context: { id: '200', reason: 'deny_on_first_deny' } }] } })
  expect(said.map(({ decision_id, effect }) => [decision_id, effect])).toEqual([
    ['bfe9eb29-ab87-4ca3-be83-a1d5d8305717/0', 'permit'], ['bfe9eb29-ab87-4ca3-be83-a1d5d8305717/1', 'deny'],
  ])
})

test('E43: trap: an item error looks like decision false, and is indeterminate', () => {
  const said = batch()
  expect(said.map(({ effect }) => effect)).toEqual(['permit', 'indeterminate', 'deny'])
  expect(said[1]).toMatchObject({ reasons: [{ code: '404', text: 'Resource not found' }] })
  expect(said[2]).toMatchObject({ reasons: [{ code: 'reason', text: 'Subject is a viewer of the resource' }] })
})

test('E43: a question of a batch takes from beside the list what it leaves out', () => {
  const request = { subject: { type: 'agent', id: 'bot' }, action: { name: 'read' }, evaluations: [{ resource: { type: 'd', id: '1' } }, { action: { name: 'write' }, resource: { type: 'd', id: '2' } }] }
  expect(batch({ request, response: { evaluations: [{ decision: true }, { decision: true }] } }).map((said) => said['evaluated'])).toEqual([
    { actor: { sub: 'bot', kind: 'agent' }, operation: 'read', resource: { type: 'd', id: '1' } },
    { actor: { sub: 'bot', kind: 'agent' }, operation: 'write', resource: { type: 'd', id: '2' } },
  ])
})

test('E43: an empty list of evaluations is one question', () => {
  const { request } = fixture('authzen-single') as { request: Json }
  expect(single({ request: { ...request, evaluations: [] } })).toMatchObject({ decision_id: 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716', effect: 'permit' })
})

test('E43: an HTTP error answers none of the questions', () => {
  expect(single({ response: undefined, status: 503, enforcement: 'failed_open' })).toMatchObject({ effect: 'indeterminate', enforcement: 'failed_open', reasons: [{ code: 'http_503' }] })
  expect(batch({ response: 'busy', status: 500 }).map(({ effect }) => effect)).toEqual(['indeterminate', 'indeterminate', 'indeterminate'])
})

test('E43: reasons by language are kept apart', () => {
  expect(single({ response: { decision: false, context: { reason_admin: { 403: 'Policy C076E82F' }, reason_user: { 'en-403': 'Insufficient privileges', none: 3 } } } })['reasons'])
    .toEqual([{ code: 'reason_admin.403', text: 'Policy C076E82F' }, { code: 'reason_user.en-403', text: 'Insufficient privileges' }])
})

test('E43: the enforcement point may say which action it asked about', () => {
  expect(single({ action_id: 'act-1', session_id: 's', tool_call_id: 'call_0', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }))
    .toMatchObject({ action_id: 'act-1', session_id: 's', tool_call_id: 'call_0', trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' })
})

test.each<[title: string, changes: Json, path: string]>([
  ['no time', { time: undefined }, '/time'],
  ['a time that is none', { time: '2024-10-26T01:22-07:00' }, '/time'],
  ['no request', { request: undefined }, '/request'],
  ['no response', { response: undefined }, '/response'],
  ['a decision that is none', { response: { decision: 'true' } }, '/response/decision'],
])('E43: %s is refused, with the field', (_title, changes, path) => {
  expect(readRecord('authzen', fixture('authzen-single', changes))).toMatchObject({ ok: false, rejection: { code: 'invalid', errors: [{ path }] } })
})

test('E43: an answer of a batch that is none is refused, with its place', () => {
  expect(readRecord('authzen', fixture('authzen-batch', { response: { evaluations: [{ decision: true }, {}] } }))).toMatchObject({ ok: false, rejection: { errors: [{ path: '/response/evaluations/1/decision' }] } })
})
