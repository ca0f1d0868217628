import { describe, expect, test } from 'vitest'
import type { LogRecord } from '../record.ts'
import { fixturesOf } from '../testing/fixtures.ts'
import { keepsToTheCatalogue } from '../testing/dialect-properties.ts'
import { saidBy, sha256, told } from '../testing/records.ts'
import { geminiCli } from './gemini-cli.ts'

const records = fixturesOf('gemini-cli')
const said = (name: string) => saidBy(records[name]!, geminiCli)
const of = (name: string, type: string) => said(name).find((each) => each.type === type)?.data
const typesOf = (name: string) => said(name).map(({ type }) => type)

const session_id = '4fd2f0e1-0000-4000-8000-000000000001'
const cy = { sub: 'cy@example.com', kind: 'user' }
const agent = { iss: 'urn:otel:service', sub: 'gemini-cli', kind: 'agent' }

test('E37: an event outside of a trace tells its call whole; what it is known by is made of its own particulars', () => {
  expect(told(records['tool_call']!, geminiCli).map(({ type, time }) => [type, time])).toEqual([
    ['action.requested', '2026-03-01T09:30:00.500Z'], ['decision.recorded', '2026-03-01T09:30:00.500Z'],
    ['action.started', '2026-03-01T09:30:00.500Z'], ['action.completed', '2026-03-01T09:30:02.000Z'], ['run.described', '2026-03-01T09:30:02.010000000Z'],
  ])
  expect(of('tool_call', 'action.requested')).toMatchObject({
    session_id, agent, operation: 'write_file', initiator: cy, arguments_digest: `sha-256:${sha256('{"content":"hi","file_path":"a.txt"}')}`,
    tool_call_id: 'gemini-cli/4fd2f0e1########3/write_file/2026-03-01T09:30:00.500Z/2026-03-01T09:30:02.000Z/2026-03-01T09:30:02.010000000Z',
  })
})

test('E37: an accept names nobody: it is also written where nobody was asked', () => {
  expect(of('tool_call', 'decision.recorded')).toMatchObject({ effect: 'permit', pep: 'gemini-cli', reasons: [{ code: 'accept' }] })
  expect(of('tool_call', 'decision.recorded')).not.toHaveProperty('pdp')
  expect(of('tool_call', 'approval.resolved')).toBeUndefined()
})

test('E37: a reject of a call that neither ran nor failed is a no of the user', () => {
  expect(of('tool_call, refused by the user', 'decision.recorded')).toMatchObject({ effect: 'deny', pdp: 'gemini-cli:user' })
  expect(of('tool_call, refused by the user', 'approval.resolved')).toMatchObject({ resolution: 'denied', kind: 'confirmation', approver: cy })
  expect(of('tool_call, refused by the user', 'action.completed')).toMatchObject({ status: 'blocked' })
  expect(of('tool_call, refused by the user', 'action.started')).toBeUndefined()
})

test('E37: a yes that is to be remembered is written as a reject, and is no denial', () => {
  expect(typesOf('tool_call, a yes that is to be remembered')).toEqual(['action.requested', 'action.started', 'action.completed', 'run.described'])
  expect(typesOf('tool_call, remembered and then failed')).toEqual(['action.requested', 'action.completed', 'run.described'])
  expect(of('tool_call, remembered and then failed', 'action.completed')).toMatchObject({ status: 'failed', error: { type: 'shell_execute_error', message: 'exit 1' } })
})

test('E37: a denial by policy leaves no span, so the event tells it in a trace as well', () => {
  expect(of('tool_call, refused by policy', 'decision.recorded')).toMatchObject({ effect: 'deny', pdp: 'gemini-cli:policy' })
  expect(of('tool_call, refused by policy', 'action.completed')).toMatchObject({ status: 'blocked', error: { type: 'policy_violation' } })
})

test('E37: a call that was cancelled looks like one that failed without a word: it has no end then', () => {
  expect(typesOf('tool_call, cancelled')).toEqual(['action.requested', 'run.described'])
})

test('E37: in a trace the span tells the call, and the event does not tell it twice', () => {
  expect(typesOf('tool_call in a trace')).toEqual(['run.described'])
  expect(said('tool span')).toMatchObject([
    { type: 'action.requested', isSpan: true, data: { operation: 'write_file', tool_call_id: 'write_file_1772357400500_0', session_id } },
  ])
})

test('E37: what looks like messages on the span of a tool is the call: its arguments, and how it ended', () => {
  expect(of('tool span with prompts', 'action.requested')).toMatchObject({ arguments_digest: `sha-256:${sha256('{"content":"hi","file_path":"a.txt"}')}` })
  expect(of('tool span with prompts', 'action.completed')).toMatchObject({ status: 'failed', error: { type: 'file_write_failure' } })
})

test('E37: of a call that was cut nothing is digested', () => {
  expect(of('tool span, cut', 'action.requested')).not.toHaveProperty('arguments_digest')
  expect(of('tool span, cut', 'action.completed')).toBeUndefined()
})

describe('a run that was captured', () => {
  const captured = fixturesOf('gemini-cli-captured')
  const typesOfCall = (name: string) => saidBy(captured[name]!, geminiCli).filter(({ type }) => type !== 'run.described').map(({ type, data }) => `${type} ${String(data['status'] ?? '')}`.trim())

  test('E37: has a span with OK for a tool that failed, so no end is told by it', () => {
    expect(captured['span of read_file__fc_miss']).toMatchObject({ status: 'ok' })
    expect(typesOfCall('span of read_file__fc_miss')).toEqual(['action.requested'])
    expect(typesOfCall('span of read_file__fc_read')).toEqual(['action.requested'])
  })

  test('E37: tells the end where it has the content', () => {
    expect(typesOfCall('span of read_file__fc_miss, with content')).toEqual(['action.requested', 'action.completed failed'])
    expect(typesOfCall('span of read_file__fc_read, with content')).toEqual(['action.requested', 'action.started', 'action.completed succeeded'])
  })

  test('E37: has other ids in the history of a request than in the answer before, so messages tell of no calls', () => {
    const history = (captured['request with history'] as LogRecord).attributes.get('gen_ai.input.messages')
    expect(history).toContain('"id":"fc_read"')
    expect(typesOfCall('request with history')).toEqual([])
  })

  test('E37: tells by its events of none of the calls that have spans', () => {
    for (const name of Object.keys(captured).filter((each) => each.startsWith('event of'))) expect(typesOfCall(name)).toEqual([])
  })

  keepsToTheCatalogue([geminiCli], captured)
})

keepsToTheCatalogue([geminiCli], records)
