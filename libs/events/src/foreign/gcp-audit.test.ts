import { expect, test } from 'vitest'
import { sha256Hex } from '../testing/entries.ts'
import { dataOf, fixture, readRecord, toldBy, type Json } from './testing/records.ts'

const entry = (changes: Json = {}, payload: Json = {}) => {
  const whole = fixture('gcp-impersonated', changes)
  return { ...whole, protoPayload: { ...(whole['protoPayload'] as Json), ...payload } }
}
const outcome = (changes: Json = {}, payload: Json = {}) => dataOf('gcp-audit', entry(changes, payload), 'outcome.observed')
const workload = (name: string) => ({ iss: 'urn:gcp', sub: `${name}@my-project.iam.gserviceaccount.com`, kind: 'workload' })
const user = { iss: 'urn:gcp', sub: 'example-user@example.com', kind: 'user' }

test('E45: an audit log entry is an outcome that Google observed', () => {
  const [said, ...others] = toldBy('gcp-audit', entry())
  expect(others).toEqual([])
  expect(said).toMatchObject({ source: 'urn:gcp:projects/my-project/logs/cloudaudit.googleapis.com%2Fdata_access', time: '2026-03-01T09:30:00.123456789Z', mapped: 'gcp-audit', traceId: '0af7651916cd43dd8448eb211c80319c' })
  expect(said).not.toHaveProperty('spanId')
  expect(said!.data).toEqual({
    outcome_id: expect.stringMatching(/^gcp-[0-9a-f]{32}$/), observed_effect: 'occurred', observer: { iss: 'urn:gcp', sub: 'storage.googleapis.com', kind: 'service' },
    actors: [user, workload('intermediate'), workload('target')], upstream_request_ids: ['1dy9ihte4iyjz'], origin: { ip: '198.51.100.7' },
    trace_id: '0af7651916cd43dd8448eb211c80319c', side_effect: 'write', text: 'storage.objects.delete',
    resource: { type: 'gcs_bucket', id: 'projects/_/buckets/my-bucket/objects/report.csv', system: 'gcp/my-project' },
  })
})

test('E45: trap: serviceAccountDelegationInfo keeps the original order, the first party first: the reverse of how act claims nest', () => {
  expect((outcome()['actors'] as { sub: string }[]).map(({ sub }) => sub)).toEqual([
    'example-user@example.com', 'intermediate@my-project.iam.gserviceaccount.com', 'target@my-project.iam.gserviceaccount.com',
  ])
})

test('E45: a federated identity has a subject and no address', () => {
  const subject = 'principal://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/pool/subject/ci'
  expect(outcome({}, { authenticationInfo: { principalSubject: subject, serviceAccountDelegationInfo: [{}, { principalSubject: 'user:anna@example.com' }] } })['actors'])
    .toEqual([{ iss: 'urn:gcp', sub: 'anna@example.com', kind: 'unknown' }, { iss: 'urn:gcp', sub: subject, kind: 'unknown' }])
})

test.each<[title: string, changes: Json, payload: Json, effect: string | undefined]>([
  ['a status without a code is success', {}, { status: {} }, 'occurred'],
  ['so is none at all', {}, { status: undefined }, 'occurred'],
  ['PERMISSION_DENIED', {}, { status: { code: 7, message: 'no' } }, 'did_not_occur'],
  ['DEADLINE_EXCEEDED leaves it open', {}, { status: { code: 4 } }, undefined],
  ['INTERNAL leaves it open', {}, { status: { code: 13 } }, undefined],
  ['a long-running operation that begins', { operation: { id: 'op-1', first: true } }, {}, undefined],
  ['one that is refused when it begins', { operation: { id: 'op-1', first: true } }, { status: { code: 7 } }, 'did_not_occur'],
  ['one that ends', { operation: { id: 'op-1', last: true } }, {}, 'occurred'],
  ['one that begins and ends at once', { operation: { id: 'op-1', first: true, last: true } }, {}, 'occurred'],
])('E45: %s', (_title, changes, payload, effect) => {
  expect(toldBy('gcp-audit', entry(changes, payload)).map(({ data }) => (data as Json)['observed_effect'])).toEqual(effect === undefined ? [] : [effect])
})

test('E45: ids that a caller can know join: of the request, of the operation, of the entry', () => {
  expect(outcome({ operation: { id: 'op-1', last: true } }, { requestMetadata: { callerIp: 'gce-internal-ip', requestAttributes: { id: 'r-1' } } }))
    .toMatchObject({ upstream_request_ids: ['r-1', 'op-1', '1dy9ihte4iyjz'] })
  expect(outcome({}, { requestMetadata: { callerIp: 'gce-internal-ip' } })).not.toHaveProperty('origin')
})

test('E45: a service account key is named by its digest', () => {
  const serviceAccountKeyName = '//iam.googleapis.com/projects/my-project/serviceAccounts/a@my-project.iam.gserviceaccount.com/keys/abc123'
  expect(outcome({}, { authenticationInfo: { principalEmail: 'a@my-project.iam.gserviceaccount.com', serviceAccountKeyName } })['credential_id']).toBe(`sha-256:${sha256Hex(serviceAccountKeyName)}`)
})

test.each<[title: string, changes: Json, types: (string | undefined)[], said: string | undefined]>([
  ['a permission to write data', {}, ['DATA_READ', 'DATA_WRITE'], 'write'],
  ['permissions to read only', {}, ['DATA_READ', 'ADMIN_READ'], 'read'],
  ['a data access that does not say which', {}, [undefined], undefined],
  ['an admin activity', { logName: 'projects/p/logs/cloudaudit.googleapis.com%2Factivity' }, [undefined], 'write'],
])('E45: %s', (_title, changes, types, said) => {
  expect(outcome(changes, { authorizationInfo: types.map((permissionType) => ({ permission: 'p', granted: true, permissionType })) })['side_effect']).toBe(said)
})

test.each<[title: string, changes: Json, path: string]>([
  ['no insert id', { insertId: undefined }, '/insertId'],
  ['no time', { timestamp: 'x', receiveTimestamp: undefined }, '/timestamp'],
  ['a text entry', { protoPayload: undefined, textPayload: 'hello' }, '/protoPayload/@type'],
  ['another payload', { protoPayload: { '@type': 'type.googleapis.com/google.appengine.logging.v1.RequestLog' } }, '/protoPayload/@type'],
])('E45: %s is refused, with the field', (_title, changes, path) => {
  expect(readRecord('gcp-audit', fixture('gcp-impersonated', changes))).toMatchObject({ ok: false, rejection: { code: 'invalid', errors: [{ path }] } })
})
