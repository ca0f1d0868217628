import { expect, test } from 'vitest'
import { fixturesOf } from '../testing/fixtures.ts'
import { keepsToTheCatalogue } from '../testing/dialect-properties.ts'
import { log, saidBy, told } from '../testing/records.ts'
import { codex } from './codex.ts'

const records = fixturesOf('codex')
const said = (name: string) => saidBy(records[name]!, codex)
const of = (name: string, type: string) => said(name).find((each) => each.type === type)?.data

const session_id = '0199a213-81c0-7800-8aa1-bbab2a035a53'
const agent = { iss: 'urn:otel:service', sub: 'codex_cli_rs', kind: 'agent' }

test('E36: configuration allows: a request and a decision, of nobody', () => {
  expect(said('tool_decision, by configuration')).toEqual([
    { type: 'action.requested', data: { session_id, tool_call_id: 'auto_config_call', agent, operation: 'local_shell', tool: { name: 'local_shell' } } },
    { type: 'decision.recorded', data: { session_id, tool_call_id: 'auto_config_call', decision_id: expect.any(String), effect: 'permit', phase: 'runtime', policies: [], pdp: 'codex:config', pep: 'codex', reasons: [{ code: 'approved', text: 'approved' }], evaluated: { operation: 'local_shell' } } },
    { type: 'run.described', data: { session_id } },
  ])
})

test('E36: a yes of the user, for the session, is her confirmation; the account is who she is', () => {
  expect(of('tool_decision, by the user for the session', 'approval.resolved')).toMatchObject({ resolution: 'approved', kind: 'confirmation', scope: 'session', approver: { sub: 'acct-17', kind: 'user' } })
  expect(of('tool_decision, by the user for the session', 'action.requested')).toMatchObject({ initiator: { sub: 'acct-17', kind: 'user' } })
})

test('E36: the words of the documentation and of the program mean the same', () => {
  const decided = (decision: string) => saidBy(log({ attributes: { 'event.name': 'codex.tool_decision', tool_name: 'shell', call_id: 'c', decision, source: 'user' } }), codex).find(({ type }) => type === 'approval.resolved')?.data['scope']
  expect([decided('approved_for_session'), decided('approvedforsession')]).toEqual(['session', 'session'])
})

test('E36: a no is a denial; a review that ran out of time is neither yes nor no', () => {
  expect(of('tool_decision, denied by the user', 'decision.recorded')).toMatchObject({ effect: 'deny', pdp: 'codex:user' })
  expect(of('tool_decision, denied by the user', 'approval.resolved')).toMatchObject({ resolution: 'denied', kind: 'confirmation' })
  expect(of('tool_decision, timed out', 'decision.recorded')).toMatchObject({ effect: 'indeterminate', pdp: 'codex:automated-reviewer' })
  expect(of('tool_decision, timed out', 'approval.resolved')).toBeUndefined()
})

test('E36: a word for a decision that may mean either says nothing', () => {
  const amended = log({ attributes: { 'event.name': 'codex.tool_decision', tool_name: 'shell', call_id: 'c', decision: 'networkpolicyamendment', source: 'user' } })
  expect(saidBy(amended, codex).map(({ type }) => type)).toEqual(['action.requested'])
})

test('E36: a result tells that the tool ran; arguments that are JSON are digested, its preview of the output is not', () => {
  expect(told(records['tool_result']!, codex).slice(0, 3).map(({ type, time }) => [type, time])).toEqual([
    ['action.requested', '2026-03-01T09:30:03.750Z'], ['action.started', '2026-03-01T09:30:03.750Z'], ['action.completed', '2026-03-01T09:30:04.000000000Z'],
  ])
  expect(of('tool_result', 'action.requested')).toHaveProperty('arguments_digest')
  expect(of('tool_result', 'action.completed')).toEqual({ session_id, tool_call_id: 'auto_config_call', status: 'succeeded' })
})

test('E36: a failure may be a refusal, so it is inferred; only the program\'s own words, whole, tell them apart', () => {
  const failed = said('tool_result of a local shell call, failed').find(({ type }) => type === 'action.completed')
  expect(failed).toMatchObject({ inferred: true, data: { status: 'failed' } })
  expect(of('tool_result of a local shell call, failed', 'action.requested')).not.toHaveProperty('arguments_digest')
  expect(of('tool_result, refused', 'action.completed')).toMatchObject({ status: 'blocked' })
  expect(of('tool_result, refused', 'action.started')).toBeUndefined()
})

test('E36: a call without an id is no action', () => {
  expect(said('tool_result of a tool that does not exist')).toEqual([{ type: 'run.described', data: { session_id } }])
})

test('E36: a prompt says whose session it is', () => {
  expect(said('user_prompt')).toEqual([{ type: 'run.described', data: { session_id, initiator: { sub: 'acct-17', kind: 'user' } } }])
})

keepsToTheCatalogue([codex], records)
