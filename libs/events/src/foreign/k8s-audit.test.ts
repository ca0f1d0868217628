import { expect, test } from 'vitest'
import { sha256Hex } from '../testing/entries.ts'
import { dataOf, fixture, readRecord, toldBy, type Json } from './testing/records.ts'

const outcome = (changes: Json = {}, name = 'k8s-impersonated') => dataOf('k8s-audit', fixture(name, changes), 'outcome.observed')
const bot = { sub: 'system:serviceaccount:agents:refund-bot', kind: 'workload', instance: 'refund-bot-6595874d85-4l2s7' }
const resource = { type: 'clusterloggings.management.cattle.io', id: 'local/cl-pnxt8', system: 'kubernetes' }

test('E46: a request that is complete says what the authorizer decided and what came of it', () => {
  const [decision, effect, ...others] = toldBy('k8s-audit', fixture('k8s-impersonated'))
  expect(others).toEqual([])
  expect(decision).toMatchObject({ type: 'decision.recorded', source: 'urn:kubernetes:audit:default', time: '2018-05-04T08:48:27.849235Z', mapped: 'k8s-audit' })
  expect(decision!.data).toEqual({
    decision_id: '6b27d117-b656-4ede-ac17-9b04561eab10', effect: 'permit', phase: 'runtime', pdp: 'kube-apiserver', pep: 'kube-apiserver', enforcement: 'enforced',
    policies: [{ id: 'RoleBinding/editors/local' }],
    reasons: [{ code: 'authorization.k8s.io/reason', text: 'RBAC: allowed by RoleBinding "editors/local" of Role "editor" to User "u-7gkmh"' }],
    evaluated: { subject: { sub: 'u-7gkmh', kind: 'unknown' }, operation: 'update clusterloggings.management.cattle.io', resource },
  })
  expect(effect).toMatchObject({ type: 'outcome.observed', time: '2018-05-04T08:48:27.852565Z' })
  expect(effect!.data).toEqual({
    outcome_id: '6b27d117-b656-4ede-ac17-9b04561eab10', observed_effect: 'occurred', observer: { iss: 'urn:kubernetes', sub: 'kube-apiserver', kind: 'service' },
    actors: [{ sub: 'u-7gkmh', kind: 'unknown' }, bot], upstream_request_ids: ['6b27d117-b656-4ede-ac17-9b04561eab10'],
    credential_id: `sha-256:${sha256Hex('JTI=7ee52be0-9045-4653-aa5e-0da57b8dccdc')}`, origin: { ip: '192.168.99.1' },
    resource, side_effect: 'write', text: 'update clusterloggings.management.cattle.io',
  })
})

test('E46: a refused request is a denial, and nothing came of it', () => {
  const [decision, effect] = toldBy('k8s-audit', fixture('k8s-forbidden'))
  expect(decision!.data).toMatchObject({ effect: 'deny', policies: [], evaluated: { operation: 'list services' } })
  expect(decision!.data).not.toHaveProperty('reasons')
  expect(effect!.data).toMatchObject({ observed_effect: 'did_not_occur', side_effect: 'read' })
})

test('E46: who asks the API server is not known to be an agent, so that a denial is no action by itself', () => {
  const [decision] = toldBy('k8s-audit', fixture('k8s-forbidden'))
  expect((decision!.data as Json)['evaluated']).not.toHaveProperty('actor')
})

test('E46: trap: who is impersonated is whose authority was used, and who called comes last', () => {
  expect((outcome()['actors'] as { sub: string }[]).map(({ sub }) => sub)).toEqual(['u-7gkmh', 'system:serviceaccount:agents:refund-bot'])
})

test('E46: trap: all but the last of the addresses are what the client says', () => {
  expect(outcome({}, 'k8s-forbidden')['origin']).toEqual({ ip: '10.0.59.7' })
})

test.each(['RequestReceived', 'ResponseStarted', 'Panic'])('E46: stage %s says nothing: the last one tells all', (stage) => {
  expect(toldBy('k8s-audit', fixture('k8s-impersonated', { stage }))).toEqual([])
})

test('E46: events of a list have no kind of their own', () => {
  expect(toldBy('k8s-audit', fixture('k8s-impersonated', { kind: undefined, apiVersion: undefined }))).toHaveLength(2)
})

test.each<[title: string, changes: Json, said: unknown]>([
  ['a dry run', { requestURI: '/api/v1/namespaces/local/pods?dryRun=All' }, 'none'],
  ['a review', { verb: 'create', objectRef: { resource: 'subjectaccessreviews', apiGroup: 'authorization.k8s.io' } }, 'none'],
  ['a watch', { verb: 'watch' }, 'read'],
  ['a verb that nobody knows', { verb: 'escalate' }, undefined],
])('E46: %s', (_title, changes, said) => {
  expect(outcome(changes)['side_effect']).toBe(said)
})

test.each<[title: string, changes: Json, effect: string | undefined]>([
  ['an upgrade of the connection', { responseStatus: { code: 101 } }, 'occurred'],
  ['not found', { responseStatus: { code: 404 } }, 'did_not_occur'],
  ['a time-out, which leaves it open', { responseStatus: { code: 504 } }, undefined],
  ['no status', { responseStatus: undefined }, undefined],
])('E46: %s', (_title, changes, effect) => {
  expect(toldBy('k8s-audit', fixture('k8s-impersonated', changes)).flatMap(({ data }) => (data as Json)['observed_effect'] ?? [])).toEqual(effect === undefined ? [] : [effect])
})

test('E46: audit ids are only unique within what one producer sends', () => {
  const [one, other] = ['eu', 'us/1'].map((producer) => toldBy('k8s-audit', fixture('k8s-impersonated'), { producer })[0]!)
  expect([one!.source, other!.source]).toEqual(['urn:kubernetes:audit:eu', 'urn:kubernetes:audit:us%2F1'])
  expect(one!.id).not.toBe(other!.id)
})

test.each<[title: string, changes: Json, path: string]>([
  ['no audit id', { auditID: undefined }, '/auditID'],
  ['no stage', { stage: undefined }, '/stage'],
  ['no time', { stageTimestamp: undefined, requestReceivedTimestamp: '2024-11-13 23:50:32' }, '/stageTimestamp'],
])('E46: %s is refused, with the field', (_title, changes, path) => {
  expect(readRecord('k8s-audit', fixture('k8s-impersonated', changes))).toMatchObject({ ok: false, rejection: { code: 'invalid', errors: [{ path }] } })
})
