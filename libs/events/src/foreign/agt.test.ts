import { expect, test } from 'vitest'
import { dataOf, fixture, readRecord, toldBy, type Json } from './testing/records.ts'

const typesOf = (name: string, changes: Json = {}) => toldBy('agt', fixture(name, changes)).map(({ type }) => type)
const decision = (name: string, changes: Json = {}) => dataOf('agt', fixture(name, changes), 'decision.recorded')
const agent = { sub: 'did:mesh:research-agent', kind: 'agent' }
const digest = { arguments_digest: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', arguments_projection: 'agt' }
const keys = { session_id: 'ses-31', trace_id: '0af7651916cd43dd8448eb211c80319c', tool_call_id: 'audit_1f2e3d4c5b6a7988' }

test('E47: a tool invocation of Agent Mesh says the request, the decision, the approval and the end, under one key', () => {
  const told = toldBy('agt', fixture('agt-mesh'))
  expect(told.map(({ type, time, data }) => [type, time, data])).toEqual([
    ['action.requested', '2026-03-01T09:29:59Z', { ...keys, agent, operation: 'metadata.enrich', resource: { type: 'resource', id: 'urn:demo:client-note-001' }, ...digest }],
    ['decision.recorded', '2026-03-01T09:30:00.123456Z', {
      ...keys, decision_id: 'audit_1f2e3d4c5b6a7988', effect: 'permit', phase: 'runtime', pdp: 'agent-governance-toolkit',
      policies: [{ id: 'approved-metadata-policy', version: '14' }], reasons: [{ code: 'allow-enrich' }],
      evaluated: { actor: agent, operation: 'metadata.enrich', resource: { type: 'resource', id: 'urn:demo:client-note-001' }, ...digest },
    }],
    ['approval.resolved', '2026-03-01T09:30:00.123456Z', { ...keys, approval_id: 'audit_1f2e3d4c5b6a7988', resolution: 'approved', approver: { sub: 'did:mesh:human-ben', kind: 'unknown' }, ...digest }],
    ['action.completed', '2026-03-01T09:30:01Z', { ...keys, status: 'succeeded', ...digest }],
  ])
})

test('E47: a violation as a CloudEvent is a denial of an attempt; its Z behind an offset is forgiven', () => {
  const [said, ...others] = toldBy('agt', fixture('agt-cloudevent'))
  expect(others).toEqual([])
  expect(said).toMatchObject({ type: 'decision.recorded', time: '2026-02-03T12:00:00Z' })
  expect(said!.data).toMatchObject({
    decision_id: 'audit_2f2e3d4c5b6a7988', session_id: 'ses-31', effect: 'deny', policies: [{ id: 'policy-no-destructive-commands' }],
    reasons: [{ code: 'policy-no-destructive-commands', text: 'Command matches destructive pattern' }], evaluated: { actor: { sub: 'did:mesh:agent-abc123', kind: 'agent' }, operation: 'shell:execute' },
  })
})

test('E47: an entry of Agent OS has no id and no offset: it is known by what it says, and its time is UTC', () => {
  const [said] = toldBy('agt', fixture('agt-os'))
  expect(said).toMatchObject({ type: 'decision.recorded', time: '2026-02-28T20:02:58.365585Z' })
  expect(said!.data).toMatchObject({ decision_id: expect.stringMatching(/^agt-[0-9a-f]{32}$/), effect: 'permit', evaluated: { actor: { sub: 'a1', kind: 'agent' }, operation: 'search' } })
  expect(toldBy('agt', fixture('agt-os'))[0]!.id).toBe(said!.id)
  expect(toldBy('agt', fixture('agt-os', { latency_ms: 0.5 }))[0]!.id).not.toBe(said!.id)
})

test('E47: the packages of other languages spell it their way', () => {
  expect(decision('agt-typescript')).toMatchObject({ decision_id: fixture('agt-typescript')['hash'], effect: 'permit', requires_approval: {}, evaluated: { actor: { sub: 'agent-1' }, operation: 'data.read' } })
  expect(decision('agt-dotnet')).toMatchObject({
    decision_id: 'evt-0af7651916cd43dd8448eb211c80319c', session_id: 'session-1', effect: 'deny', policies: [{ id: 'deny-shell' }],
    reasons: [{ text: 'Shell is not allowed' }], evaluated: { actor: { sub: 'did:agentmesh:abc123' }, operation: 'shell' },
  })
  const go = { timestamp: '2026-03-01T09:30:00.123Z', agent_id: 'a', action: 'read', decision: 'rate_limit', hash: 'h', previous_hash: '' }
  expect(dataOf('agt', go, 'decision.recorded')).toMatchObject({ effect: 'deny', reasons: [{ code: 'rate_limit' }] })
})

test('E47: a governance event is located by its span', () => {
  expect(decision('agt-governance')).toMatchObject({ effect: 'permit', requires_approval: {}, trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', policies: [{ id: 'refunds' }] })
})

test('E47: trap: .NET writes a violation beside the blocked call, which is one denied attempt and not two', () => {
  const echo = decision('agt-dotnet', { Type: 'PolicyViolation', EventId: 'evt-2', Data: { tool_name: 'shell', matched_rule: 'deny-shell' } })
  expect(echo).toMatchObject({ effect: 'deny' })
  expect(echo['evaluated']).toEqual({ actor: { sub: 'did:agentmesh:abc123', kind: 'agent' } })
})

test('E47: trap: the outcome of an entry is success unless somebody said otherwise, so that a decision says nothing of the end', () => {
  expect(typesOf('agt-mesh', { event_type: 'policy_evaluation', approver_did: null })).toEqual(['decision.recorded'])
})

test('E47: trap: a denied invocation is no action that ran', () => {
  expect(typesOf('agt-mesh', { policy_decision: 'deny', outcome: 'denied' })).toEqual(['decision.recorded'])
  expect(typesOf('agt-mesh', { policy_decision: null, outcome: 'denied' })).toEqual(['decision.recorded'])
})

test('E47: the id of the tool call is the key where it is said; without any scope the entry only has an id of a request', () => {
  expect(dataOf('agt', fixture('agt-mesh', { data: { tool_call_id: 'call_9' } }), 'action.completed')).toMatchObject({ tool_call_id: 'call_9' })
  const said = dataOf('agt', fixture('agt-mesh', { trace_id: 'abc', session_id: null }), 'action.completed')
  expect(said).toMatchObject({ request_id: 'audit_1f2e3d4c5b6a7988' })
  expect(said).not.toHaveProperty('tool_call_id')
  expect(said).not.toHaveProperty('trace_id')
})

test('E47: a word that nobody knows for a decision is indeterminate, and said', () => {
  expect(decision('agt-typescript', { decision: 'shrug' })).toMatchObject({ effect: 'indeterminate', reasons: [{ code: 'shrug' }] })
})

test.each(['trust_handshake', 'trust_change', 'agent_registered', 'audit_integrity'])('E47: %s is about no action', (event_type) => {
  expect(typesOf('agt-mesh', { event_type, policy_decision: null })).toEqual([])
})

test.each<[title: string, changes: Json, path: string]>([
  ['no agent', { agent_did: undefined }, '/agent_did'],
  ['no time', { timestamp: undefined }, '/timestamp'],
  ['a time that is none', { timestamp: 'now' }, '/timestamp'],
])('E47: %s is refused, with the field', (_title, changes, path) => {
  expect(readRecord('agt', fixture('agt-mesh', changes))).toMatchObject({ ok: false, rejection: { code: 'invalid', errors: [{ path }] } })
})
