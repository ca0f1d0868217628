import { describe, expect, test } from 'vitest'
import type { SpanRecord } from '../record.ts'
import { fixturesOf } from '../testing/fixtures.ts'
import { keepsToTheCatalogue } from '../testing/dialect-properties.ts'
import { attributesOf, log, saidBy, span, told, type Plain } from '../testing/records.ts'
import { genAi } from './gen-ai.ts'
import { mcp } from './mcp.ts'
import { onbehalfOver } from './onbehalf.ts'

const dialect = onbehalfOver([mcp, genAi])
const records = fixturesOf('onbehalf')
const said = (name: string) => saidBy(records[name]!, dialect)
const of = (name: string, type: string) => said(name).find((each) => each.type === type)

const agent = { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent', name: 'Refund bot' }
const anna = { iss: 'https://login.example', sub: 'anna', kind: 'user' }
const digest = 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
const links = { session_id: 'ses-31', action_id: 'act-9', tool_call_id: 'call_0' }

test('E30: an action tells request, decision, start and end, each at its time', () => {
  expect(told(records['action']!, dialect).map(({ type, time }) => [type, time])).toEqual([
    ['span.ended', '2026-03-01T09:30:00.000000000Z'], ['action.requested', '2026-03-01T09:30:00.000000000Z'], ['action.completed', '2026-03-01T09:30:02.500000000Z'],
    ['decision.recorded', '2026-03-01T09:30:00.100000000Z'], ['action.started', '2026-03-01T09:30:00.200000000Z'],
  ])
  expect(said('action')).toEqual([
    {
      type: 'action.requested', isSpan: true,
      data: {
        ...links, agent, operation: 'payments.refund', tool: { name: 'payments.refund' }, initiator: anna, subject: anna, delegation_id: 'del-2', parent_action_id: 'act-8', purpose: 'Refund order 881',
        resource: { type: 'order', id: '881', system: 'payments', environment: 'production' }, arguments_digest: digest, arguments_projection: 'without card',
      },
    },
    { type: 'action.completed', isSpan: true, data: { ...links, status: 'succeeded', result_digest: 'sha-256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752' } },
    {
      type: 'decision.recorded', isSpan: true,
      data: {
        ...links, decision_id: 'dec-12', effect: 'permit', phase: 'runtime', policies: [{ id: 'refunds', version: '14' }], pdp: 'opa-eu-1', pep: 'payments-gateway', enforcement: 'enforced',
        reasons: [{ code: 'amount_below_limit', text: 'amount_below_limit' }],
        evaluated: { actor: agent, operation: 'payments.refund', resource: { type: 'order', id: '881', system: 'payments', environment: 'production' }, arguments_digest: digest, arguments_projection: 'without card' },
      },
    },
    { type: 'action.started', isSpan: true, data: { ...links, arguments_digest: digest, arguments_projection: 'without card' } },
  ])
})

test('E30: who does not say how it ended has not said it, whatever the span looks like', () => {
  expect(said('action that says no end').map(({ type }) => type)).toEqual(['action.requested', 'decision.recorded'])
  const plain = span({ attributes: { 'onbehalf.operation': 'refund', 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'refund' } })
  expect(saidBy(plain, dialect).map(({ type }) => type)).toEqual(['action.requested'])
})

test('E30: several decisions on one action are several, with an id or without', () => {
  const decision = (effect: string) => ({ name: 'onbehalf.decision', attributes: { 'onbehalf.decision.effect': effect, 'onbehalf.decision.pdp': 'opa' } })
  const told = saidBy(span({ attributes: { 'onbehalf.action.id': 'a', 'onbehalf.operation': 'refund' }, events: [decision('deny'), decision('permit')] }), dialect).filter(({ type }) => type === 'decision.recorded')
  expect(new Set(told.map(({ data }) => data['decision_id'])).size).toBe(2)
})

test('E30: decisions of one policy point on two actions are two, although neither has an id', () => {
  const decided = (id: string) => saidBy(span({ name: 'onbehalf.decide', attributes: { 'onbehalf.session.id': 's', 'onbehalf.action.id': id, 'onbehalf.decision.effect': 'permit', 'onbehalf.decision.pdp': 'opa' } }), dialect)[0]!.data['decision_id']
  expect(decided('a')).not.toBe(decided('b'))
})

test('E30: the party that carries it out tells start and end of the same action, and does not ask', () => {
  expect(said('execution by another party')).toMatchObject([
    { type: 'action.completed', data: { action_id: 'act-9', status: 'failed', error: { type: 'InsufficientFunds' } } },
    { type: 'action.started', data: { action_id: 'act-9', executor: { iss: 'https://payments.example', sub: 'payments-mcp', kind: 'service' } } },
  ])
  expect(said('execution by another party')).toHaveLength(2)
})

test('E30: a decision apart is about an action and no action itself', () => {
  expect(said('decision apart')).toEqual([
    {
      type: 'decision.recorded',
      data: {
        action_id: 'act-9', decision_id: expect.any(String), effect: 'deny', phase: 'runtime', policies: [{ id: 'refunds' }], pdp: 'opa-eu-1', reasons: [{ code: 'amount_over_limit', text: 'amount_over_limit' }],
        evaluated: { operation: 'payments.refund', resource: { type: 'order', id: '881' }, arguments_digest: digest },
      },
    },
  ])
})

test('E30: a session begins where the program says that it does', () => {
  const name = 'Anna'
  expect(of('session', 'session.started')!.data).toEqual({ session_id: 'ses-31', agent, initiator: { ...anna, name }, trigger: 'interactive', trigger_ref: 'ticket-4711', purpose: 'Customer asks for a refund' })
  expect(of('session', 'run.described')!.data).toMatchObject({ session_id: 'ses-31', agent, initiator: { ...anna, name }, subject: anna })
})

test('E30: a revocation is told, and by whom', () => {
  expect(of('revocation', 'delegation.revoked')!.data).toEqual({ delegation_id: 'del-2', by: { iss: 'https://agents.example', sub: 'support-agent', kind: 'agent' }, reason: 'Customer withdrew', cascade: false })
})

describe('a delegation', () => {
  const granted = (changes: Plain = {}) => {
    const full = records['delegation'] as SpanRecord
    return saidBy({ ...full, attributes: new Map([...new Map([...full.attributes, ...attributesOf(changes)])].filter(([, value]) => value !== null)) }, dialect).find(({ type }) => type === 'delegation.granted')?.data
  }

  test('E30: is told in full', () => {
    expect(granted()).toEqual({
      session_id: 'ses-31', delegation_id: 'del-2', parent: { kind: 'delegation', delegation_id: 'del-1' }, mode: 'delegation',
      grantor: { iss: 'https://agents.example', sub: 'support-agent', kind: 'agent' }, delegate: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent' }, subject: anna,
      scope: { actions: ['payments.refund'], constraints: { max_uses: 1 } }, not_before: '2026-03-01T09:29:00.000Z', expires_at: '2026-03-01T10:29:00.000Z', max_depth: 0, purpose: 'Refund order 881',
    })
  })

  test('E30: without somebody whose authority is used is none', () => {
    expect(granted({ 'onbehalf.delegation.subject.sub': null })).toBeUndefined()
  })

  test.each<Plain>([
    { 'onbehalf.delegation.scope': '{"actions":' }, { 'onbehalf.delegation.scope': '{"actions":"all"}' },
    { 'onbehalf.delegation.expires_at': 'tomorrow' }, { 'onbehalf.delegation.not_before': 7 }, { 'onbehalf.delegation.max_depth': -1 }, { 'onbehalf.delegation.mode': 'gift' },
  ])('whose bounds cannot be read is not told, as it would have none: %o', (changes) => {
    expect(granted(changes)).toBeUndefined()
  })

  test('E30: says where it comes from, or that nobody knows: it is never taken for a root', () => {
    const parent = (changes: Plain) => granted({ 'onbehalf.delegation.parent.kind': null, 'onbehalf.delegation.parent.id': null, ...changes })!['parent']
    expect(parent({})).toEqual({ kind: 'unknown' })
    expect(parent({ 'onbehalf.delegation.parent.kind': 'root' })).toEqual({ kind: 'root' })
    expect(parent({ 'onbehalf.delegation.parent.kind': 'delegation' })).toEqual({ kind: 'unknown' })
    expect(parent({ 'onbehalf.delegation.parent.kind': 'external', 'onbehalf.delegation.parent.domain': 'partner.example', 'onbehalf.delegation.parent.jti': 'tok-1' })).toEqual({ kind: 'external', domain: 'partner.example', jti: 'tok-1' })
  })
})

describe('on a record of another dialect', () => {
  test('E30: ours goes before it, and it says what ours leaves out', () => {
    const call = span({
      kind: 'client',
      attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'refund', 'jsonrpc.request.id': '2', 'mcp.session.id': 's', 'onbehalf.operation': 'payments.refund', 'onbehalf.action.id': 'act-1', 'onbehalf.decision.effect': 'permit' },
    })
    expect(saidBy(call, dialect)).toMatchObject([
      { type: 'action.requested', isSpan: true, data: { action_id: 'act-1', request_id: 'mcp/s/2', operation: 'payments.refund' } },
      { type: 'decision.recorded', isSpan: true, data: { action_id: 'act-1', effect: 'permit' } },
    ])
  })

  test('E30: a result that is there still proves that it was carried out, unless it was denied', () => {
    const call = (attributes: Plain) => saidBy(span({ attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'refund', 'gen_ai.tool.call.result': '{}', 'onbehalf.operation': 'refund', ...attributes } }), dialect).map(({ type }) => type)
    expect(call({})).toEqual(['action.requested', 'action.started', 'action.completed'])
    expect(call({ 'onbehalf.decision.effect': 'deny' })).toEqual(['action.requested', 'decision.recorded'])
  })

  test('E30: who it is for enriches the record and is no action', () => {
    const chat = span({ attributes: { 'gen_ai.operation.name': 'chat', 'onbehalf.session.id': 'ses-31', 'onbehalf.initiator.sub': 'anna' } })
    expect(saidBy(chat, dialect)).toEqual([{ type: 'run.described', data: { session_id: 'ses-31', initiator: { sub: 'anna', kind: 'user' } } }])
  })

  test('E30: an initiator that the other has is kept', () => {
    const call = span({ attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'refund', 'user.id': 'anna', 'onbehalf.agent.sub': 'bot' } })
    expect(saidBy(call, dialect)[0]!.data).toMatchObject({ initiator: { sub: 'anna', kind: 'user' }, agent: { sub: 'bot' } })
  })
})

test('E30: a log record may say it as well', () => {
  expect(saidBy(log({ attributes: { 'onbehalf.action.id': 'act-1', 'onbehalf.operation': 'refund', 'onbehalf.outcome.status': 'blocked' } }), dialect).map(({ type, isSpan }) => [type, isSpan])).toEqual([['action.requested', undefined], ['action.completed', undefined]])
})

test('E30: a digest that is none is not kept', () => {
  expect(saidBy(span({ attributes: { 'onbehalf.operation': 'refund', 'onbehalf.arguments.digest': '{"card":"4711"}' } }), dialect)[0]!.data).not.toHaveProperty('arguments_digest')
})

keepsToTheCatalogue([dialect], records)
