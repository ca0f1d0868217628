import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EntryKind } from '@onbehalf/events'
import { meaning } from '@onbehalf/lineage'
import { expect, test } from 'vitest'
import { sha256Hex } from './digest.ts'
import { lineagesOfEntries, meaningOfEntries, type RawEntry } from './lineages-of.ts'

type Json = Record<string, unknown>

/** A record as its publisher shows it, see `libs/events/src/foreign/fixtures`, with other values for some of its members. */
function fixture(name: string, changes: Json = {}): Json {
  return { ...(JSON.parse(readFileSync(join(import.meta.dirname, '../../events/src/foreign/fixtures', `${name}.json`), 'utf8')) as Json), ...changes }
}

const entry = (kind: EntryKind, record: unknown, producer = 'default'): RawEntry => ({ kind, content: Buffer.from(JSON.stringify(record)), producer })

const agent = { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent' }
let told = 0
const say = (type: string, time: string, data: Json, producer?: string): RawEntry =>
  entry('cloudevent', { specversion: '1.0', id: `e-${told++}`, source: 'urn:agent', type: `onbehalf.${type}.v1`, time, data }, producer)

/** Who owns what since always, and that nothing more was waiting at the end. */
function configured(producers: Json[], rules: Json = {}, at = '2026-03-02T00:00:00Z'): RawEntry[] {
  const own = (id: string, type: string, data: Json) => entry('own', { specversion: '1.0', id, source: 'urn:onbehalf', type: `onbehalf.${type}.v1`, time: '2010-01-01T00:00:00Z', data }, 'onbehalf')
  return [
    own('config', 'config.changed', { effective_from: '2010-01-01T00:00:00Z', config: { producers: producers.map((each) => ({ delay_ms: 0, ...each })), rules } }),
    own('tick', 'clock.ticked', { at, sizes: {} }),
  ]
}

/** An agent deletes an object, and has the request id from the response. */
const deletion = [
  say('action.requested', '2014-07-18T15:09:59Z', { action_id: 'act-1', agent, operation: 's3.delete', upstream_request_ids: ['A3D4C9F02EXAMPLE'] }),
  say('action.started', '2014-07-18T15:09:59Z', { action_id: 'act-1' }),
  say('action.completed', '2014-07-18T15:10:01Z', { action_id: 'act-1', status: 'succeeded' }),
]
const trail = (changes: Json = {}) => entry('cloudtrail', fixture('cloudtrail-role-session', changes), 'aws')
const aws = configured([{ id: 'aws', sources: ['urn:aws:*'], legs: ['outcome', 'grants'] }], { 'OUT-05': { on: true } })

test('an effect that CloudTrail saw joins the action by the request id, and is the outcome of another party', () => {
  const [action, ...others] = lineagesOfEntries([...aws, ...deletion, trail()])
  expect(others).toEqual([])
  expect(action).toMatchObject({ id: 'act-1', agreement: 'undetermined', legs: { outcome: { evidence: 'observed', link: 'explicit' } } })
  expect(action!.outcomes).toHaveLength(1)
  expect(action!.keys).toContainEqual({ kind: 'upstream_request_id', value: 'A3D4C9F02EXAMPLE' })
})

test('without the record the outcome is only what the agent says', () => {
  const [action] = lineagesOfEntries([...configured([]), ...deletion])
  expect(action!.legs.outcome.evidence).toBe('asserted')
})

test('what AWS refused contradicts an agent that says it has done it', () => {
  const [action] = lineagesOfEntries([...aws, ...deletion, trail({ errorCode: 'AccessDenied', errorMessage: 'Access Denied' })])
  expect(action!.agreement).toBe('disagree')
  expect(action!.findings.map(({ rule }) => rule)).toContain('OUT-03')
})

test('whichever comes first, and twice, it means the same', () => {
  const entries = [...aws, ...deletion, trail(), entry('cloudtrail', fixture('cloudtrail-assume-role'), 'aws')]
  const one = lineagesOfEntries(entries).map(meaning)
  expect(lineagesOfEntries(entries.toReversed()).map(meaning)).toEqual(one)
  expect(lineagesOfEntries([...entries, ...entries]).map(meaning)).toEqual(one)
})

const key = (id: string) => `sha-256:${sha256Hex(id)}`
const used = say('action.requested', '2014-07-18T15:00:00Z', { action_id: 'act-0', agent, operation: 'sts', credential_id: key('ASIAI44QH8DHBEXAMPLE') })
const later = configured([{ id: 'aws', sources: ['urn:aws:*'], legs: ['outcome'] }], { 'OUT-05': { on: true } })

test("a change with an agent's access key that no action accounts for is found; a read is not", () => {
  expect(meaningOfEntries([...later, used, trail()]).findings.map(({ rule }) => rule)).toEqual(['OUT-05'])
  expect(meaningOfEntries([...later, used, trail({ readOnly: true })]).findings).toEqual([])
  expect(meaningOfEntries([...later, used, ...deletion, trail()]).findings).toEqual([])
})

const refund = (data: Json = {}) => [
  say('action.requested', '2026-03-01T09:29:59Z', { action_id: 'act-2', agent, operation: 'payments.refund', ...data }, 'gateway'),
  say('action.started', '2026-03-01T09:30:01Z', { action_id: 'act-2' }, 'gateway'),
  say('action.completed', '2026-03-01T09:30:02Z', { action_id: 'act-2', status: 'succeeded' }, 'gateway'),
]
const opa = (changes: Json = {}) => entry('opa', fixture('opa-decision', { timestamp: '2026-03-01T09:30:00Z', ...changes }), 'pdp')
const pdp = configured([{ id: 'gateway', sources: ['*'], legs: ['execution'] }, { id: 'pdp', sources: ['urn:opa:*', 'urn:authzen:*'], legs: ['decision'] }])

test('a decision that OPA logged joins by the decision id that the gateway says', () => {
  const [action, ...others] = lineagesOfEntries([...pdp, ...refund({ decision_id: '4ca636c1-55e4-417a-b1d8-4aceb67960d1' }), opa()])
  expect(others).toEqual([])
  expect(action).toMatchObject({ id: 'act-2', decision: 'permit', legs: { decision: { evidence: 'observed', link: 'explicit' } } })
})

test('a decision that says no more than a path is nobody’s, and the action has none', () => {
  const [action, ...others] = lineagesOfEntries([...pdp, ...refund(), opa()])
  expect(others).toEqual([])
  expect(action).toMatchObject({ decision: null, legs: { decision: { evidence: 'missing' } } })
})

test('a decision is located by the traceparent that the gateway sent, and never by the span of OPA', () => {
  const [trace_id, span_id] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  const headers = { request_context: { http: { headers: { traceparent: [`00-${trace_id}-${span_id}-01`] } } } }
  const [action] = lineagesOfEntries([...pdp, ...refund({ trace_id, span_id }), opa(headers)])
  expect(action).toMatchObject({ decision: 'permit', legs: { decision: { link: 'located' } } })
  const own = { trace_id: fixture('opa-decision')['trace_id'], span_id: fixture('opa-decision')['span_id'] }
  expect(lineagesOfEntries([...pdp, ...refund(own), opa()])[0]!.decision).toBeNull()
})

test('a denial by OPA of what ran all the same is found', () => {
  const [action] = lineagesOfEntries([...pdp, ...refund({ decision_id: '4ca636c1-55e4-417a-b1d8-4aceb67960d1' }), opa({ result: false })])
  expect(action!.findings.map(({ rule }) => rule)).toContain('DEC-01')
})

test('an undefined result is no denial of what ran', () => {
  const [action] = lineagesOfEntries([...pdp, ...refund({ decision_id: '4ca636c1-55e4-417a-b1d8-4aceb67960d1' }), opa({ result: undefined })])
  expect(action!.decision).toBe('not_applicable')
  expect(action!.findings.map(({ rule }) => rule)).not.toContain('DEC-01')
})

test('a denial that names agent and operation is the attempt, with no word of the agent', () => {
  const [action, ...others] = lineagesOfEntries([...pdp, opa({ result: { allow: false }, input: { agent, operation: 'payments.refund' } })])
  expect(others).toEqual([])
  expect(action).toMatchObject({ status: 'denied', operation: 'payments.refund', roles: { actor: { principal: agent } } })
})

test('an AuthZEN evaluation joins where the gateway says its X-Request-ID as the id of the decision', () => {
  const asked = entry('authzen', fixture('authzen-single', { time: '2026-03-01T09:30:00Z' }), 'pdp')
  expect(lineagesOfEntries([...pdp, ...refund({ decision_id: 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716' }), asked])[0]).toMatchObject({ decision: 'permit' })
})

test('a denial by the API server of Kubernetes is no action of an agent by itself', () => {
  expect(lineagesOfEntries([...configured([]), entry('k8s-audit', fixture('k8s-forbidden'))])).toEqual([])
})

test('an entry of the agent-governance-toolkit is an action by itself: asked, decided, approved, run', () => {
  const [action, ...others] = lineagesOfEntries([...configured([]), entry('agt', fixture('agt-mesh'))])
  expect(others).toEqual([])
  expect(action).toMatchObject({ operation: 'metadata.enrich', status: 'succeeded', decision: 'permit', roles: { actor: { principal: { sub: 'did:mesh:research-agent' } } } })
})

test('what OPA dropped is a finding about that OPA, once', () => {
  const { findings } = meaningOfEntries([...configured([]), entry('opa', fixture('opa-status')), entry('opa', fixture('opa-status'))])
  expect(findings).toMatchObject([{ rule: 'INT-10', explanation: expect.stringMatching(/dropped 2 events/) }])
})
