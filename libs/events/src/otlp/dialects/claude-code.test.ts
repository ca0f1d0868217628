import { describe, expect, test } from 'vitest'
import { fixturesOf } from '../testing/fixtures.ts'
import { keepsToTheCatalogue } from '../testing/dialect-properties.ts'
import type { OtlpRecord } from '../record.ts'
import { log, saidBy, told } from '../testing/records.ts'
import { claudeCode } from './claude-code.ts'

const records = fixturesOf('claude-code')
const said = (name: string) => saidBy(records[name]!, claudeCode)
const of = (name: string, type: string) => said(name).find((each) => each.type === type)?.data

const anna = { sub: 'a3c1d2e4-0000-4000-8000-000000000002', kind: 'user' }
const agent = { iss: 'urn:otel:service', sub: 'claude-code', kind: 'agent' }
const session_id = '0b1d8b0e-6f6e-4d5e-9f43-6b1f5f9a4c11'

test('E35: a yes of the user is a request, a decision and her confirmation', () => {
  expect(said('tool_decision, by the user')).toMatchObject([
    { type: 'action.requested', data: { session_id, tool_call_id: 'toolu_01A09q90qw90lq917835lq9', agent, operation: 'Bash', initiator: anna } },
    { type: 'decision.recorded', data: { effect: 'permit', phase: 'runtime', policies: [], pdp: 'claude-code:user', pep: 'claude-code', reasons: [{ code: 'user_temporary' }] } },
    { type: 'approval.resolved', data: { resolution: 'approved', kind: 'confirmation', approver: anna, reason: 'user_temporary' } },
    { type: 'run.described', data: { agent, initiator: anna } },
  ])
})

test('E35: configuration and hooks decide, and no person does', () => {
  expect(of('tool_decision, by configuration', 'decision.recorded')).toMatchObject({ effect: 'permit', pdp: 'claude-code:config' })
  expect(of('tool_decision, by configuration', 'approval.resolved')).toBeUndefined()
  expect(of('tool_decision, refused by a hook', 'decision.recorded')).toMatchObject({ effect: 'deny', pdp: 'claude-code:hook' })
  expect(of('tool_decision, refused by a hook', 'approval.resolved')).toBeUndefined()
})

test('E35: a prompt that the user dismissed is a no, and nothing that she denied', () => {
  expect(of('tool_decision, dismissed by the user', 'decision.recorded')).toMatchObject({ effect: 'deny' })
  expect(of('tool_decision, dismissed by the user', 'approval.resolved')).toMatchObject({ resolution: 'cancelled', kind: 'confirmation', approver: anna })
})

test('E35: an event without the id of the call says who works for whom, and nothing of an action that nobody could name', () => {
  expect(said('tool_decision of a version without tool_use_id').map(({ type }) => type)).toEqual(['run.described'])
})

test('E35: a result tells that the tool ran, since when and how it ended; its input is cut on the wire, so it has no digest', () => {
  const [requested, started, completed] = said('tool_result')
  expect(told(records['tool_result']!, claudeCode).map(({ type, time }) => [type, time])).toEqual([
    ['action.requested', '2026-03-01T09:30:02.500Z'], ['action.started', '2026-03-01T09:30:02.500Z'], ['action.completed', '2026-03-01T09:30:04.000000000Z'],
    ['run.described', '2026-03-01T09:30:04.000000000Z'],
  ])
  expect(requested!.data).not.toHaveProperty('arguments_digest')
  expect(started!.data).toMatchObject({ tool_call_id: 'toolu_01A09q90qw90lq917835lq9', session_id })
  expect(completed).toMatchObject({ data: { status: 'succeeded' } })
  expect(completed).not.toHaveProperty('inferred')
  expect(completed!.data).not.toHaveProperty('result_digest')
})

test('E35: a failed result says what kind of error, and not that the tool ever ran', () => {
  expect(of('tool_result, failed', 'action.completed')).toMatchObject({ status: 'failed', error: { type: 'Error:ENOENT' } })
  expect(of('tool_result, failed', 'action.started')).toBeUndefined()
})

test('E35: a refused call also has a result that is no success; it is blocked, not failed', () => {
  expect(of('tool_result, refused', 'action.completed')).toEqual({ session_id, tool_call_id: 'toolu_refused', status: 'blocked' })
  expect(of('tool_result, refused', 'decision.recorded')).toMatchObject({ effect: 'deny', pdp: 'claude-code:user' })
  expect(of('tool_result, refused', 'action.started')).toBeUndefined()
})

test('E35: the decision and the result of one call name the same decision', () => {
  const decided = log({ scope: 'com.anthropic.claude_code.events', body: 'claude_code.tool_decision', attributes: { 'session.id': session_id, decision: 'reject', source: 'user_reject', tool_name: 'Bash', tool_use_id: 'toolu_refused' } })
  const decision = saidBy(decided, claudeCode).find(({ type }) => type === 'decision.recorded')
  expect(of('tool_result, refused', 'decision.recorded')!['decision_id']).toBe(decision!.data['decision_id'])
})

test('E35: an MCP tool has its whole name where the details tell it', () => {
  expect(of('tool_result of an MCP tool, details on', 'action.requested')).toMatchObject({ operation: 'mcp__github__create_issue', tool: { server: 'github' } })
})

test('E35: a subagent is an instance of the same agent, and its parent handed over to it', () => {
  expect(of('tool_result of a subagent', 'action.requested')).toMatchObject({ agent: { ...agent, instance: 'a0123456789abcdef' } })
  expect(of('tool_result of a subagent', 'run.described')).toMatchObject({ agent: { ...agent, instance: 'a0123456789abcdef' }, handed_over_by: { ...agent, instance: 'afedcba9876543210' } })
})

test('E35: the id of an installation is nobody', () => {
  expect(said('user_prompt')).toEqual([{ type: 'run.described', data: { session_id, agent, initiator: anna } }])
  expect(said('user_prompt with an API key only')).toEqual([{ type: 'run.described', data: { session_id, agent } }])
})

test('E35: the span of a tool is the call; as it ends unset however the call ended, it says no end', () => {
  const [requested, ...more] = said('tool span')
  expect(requested).toMatchObject({ type: 'action.requested', isSpan: true, data: { operation: 'Bash', tool_call_id: 'toolu_01A09q90qw90lq917835lq9', initiator: anna } })
  expect(more).toEqual([])
})

test('E35: the wait for a yes is a stage of the call, which is its parent', () => {
  const [decision, approval] = told(records['blocked_on_user span']!, claudeCode).slice(1)
  expect(decision).toMatchObject({ type: 'decision.recorded', isSpan: true, data: { span_id: 'b7ad6b7169203331', effect: 'permit' } })
  expect(decision).not.toHaveProperty('parentSpanId')
  expect(approval).toMatchObject({ type: 'approval.resolved', isSpan: true, data: { span_id: 'b7ad6b7169203331', approver: anna } })
})

test('E35: so is the execution, and it says how it went', () => {
  expect(said('execution span, failed')[0]).toMatchObject({ type: 'action.completed', isSpan: true, data: { status: 'failed', error: { type: 'ShellError' }, tool_call_id: 'toolu_01A09q90qw90lq917835lq9' } })
})

describe('a run that was captured', () => {
  const captured = fixturesOf('claude-code-captured')
  const session = '832bb3fe-b607-4dbe-b521-f9116829559b'
  const all = Object.values(captured).flatMap((record: OtlpRecord) => told(record, claudeCode)).filter(({ type }) => type !== 'span.ended') as { type: string; isSpan?: true; data: Record<string, unknown> }[]
  /** By the id of the call, or of the span that is the call. */
  const about = (callId: string) => {
    const spans = new Set(all.filter(({ isSpan, data }) => isSpan === true && data['tool_call_id'] === callId).map(({ data }) => data['span_id']))
    return all.filter(({ type, isSpan, data }) => type !== 'run.described' && (data['tool_call_id'] === callId || (isSpan === true && spans.has(data['span_id']))))
  }
  const summaryOf = (callId: string) => about(callId).map(({ type, data }) => `${type} ${String(data['effect'] ?? data['status'] ?? data['operation'] ?? '')}`.trim()).toSorted()

  test('E35: tells of a call that was allowed by event and by span, and both agree', () => {
    expect(summaryOf('toolu_allowed')).toEqual([
      'action.completed succeeded', 'action.completed succeeded', 'action.requested Bash', 'action.requested Bash', 'action.requested Bash', 'action.started', 'action.started', 'decision.recorded permit', 'decision.recorded permit',
    ])
  })

  test('E35: tells of one that was refused that it was, and neither that it began nor that it ended', () => {
    expect(summaryOf('toolu_denied')).toEqual(['action.requested Bash', 'action.requested Bash', 'decision.recorded deny', 'decision.recorded deny'])
    expect(about('toolu_denied').filter(({ type }) => type === 'approval.resolved')).toEqual([])
  })

  test('E35: is one session, though the conversation of a subagent\'s spans is the subagent', () => {
    expect(about('toolu_sub').map(({ data }) => data['session_id'])).not.toHaveLength(0)
    expect(new Set(all.map(({ data }) => data['session_id']))).toEqual(new Set([session]))
    expect(about('toolu_sub').find(({ type, isSpan }) => type === 'action.requested' && isSpan === true)!.data).toMatchObject({ agent: { ...agent, instance: 'a73d0b17ff4d82947' } })
  })

  test('E35: asserts nobody as the initiator, as it ran with an API key', () => {
    expect(all.filter(({ data }) => data['initiator'] !== undefined)).toEqual([])
  })

  keepsToTheCatalogue([claudeCode], captured)
})

keepsToTheCatalogue([claudeCode], records)
