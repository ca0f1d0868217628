import { expect, test } from 'vitest'
import { sha256Hex } from '../testing/entries.ts'
import { dataOf, fixture, readRecord, toldBy, type Json } from './testing/records.ts'

const digestOf = (id: string) => `sha-256:${sha256Hex(id)}`
const outcome = (name: string, changes: Json = {}) => dataOf('cloudtrail', fixture(name, changes), 'outcome.observed')
const session = (changes: Json = {}) => outcome('cloudtrail-role-session', changes)
const principal = { iss: 'urn:aws', sub: 'arn:aws:iam::123456789012:role/agents/RoleToBeAssumed', kind: 'unknown', name: 'RoleToBeAssumed', instance: 'MySessionName' }

test('E44: a record of a call is an outcome that AWS observed, with every key that joins', () => {
  const [said, ...others] = toldBy('cloudtrail', fixture('cloudtrail-role-session'))
  expect(others).toEqual([])
  expect(said).toMatchObject({ source: 'urn:aws:cloudtrail:123456789012', time: '2014-07-18T15:10:00Z', mapped: 'cloudtrail' })
  expect(said!.data).toEqual({
    outcome_id: '0298b7b8-105f-4a8b-a1ec-example00001', observed_effect: 'occurred', observer: { iss: 'urn:aws', sub: 's3.amazonaws.com', kind: 'service' },
    upstream_request_ids: ['A3D4C9F02EXAMPLE', '0298b7b8-105f-4a8b-a1ec-example00001'], credential_id: digestOf('ASIAI44QH8DHBEXAMPLE'), origin: { ip: '192.0.2.101' },
    actors: [{ sub: 'JohnDoe', kind: 'unknown' }, principal], side_effect: 'write',
    resource: { type: 'AWS::S3::Object', id: 'arn:aws:s3:::amzn-s3-demo-bucket/myfile', system: 'aws/123456789012' }, text: 's3:DeleteObject in us-east-2',
  })
})

test('E44: no secret and no bare access key id is said', () => {
  for (const name of ['cloudtrail-role-session', 'cloudtrail-assume-role']) {
    const text = JSON.stringify(toldBy('cloudtrail', fixture(name)))
    expect(text).not.toMatch(/ASIAI44QH8DHBEXAMPLE|AKIAIOSFODNN7EXAMPLE|session token/)
  }
})

test('E44: trap: only the last role is shown, and the source identity survives the chaining', () => {
  expect(session()['actors']).toEqual([{ sub: 'JohnDoe', kind: 'unknown' }, principal])
  const { userIdentity } = fixture('cloudtrail-role-session') as { userIdentity: { sessionContext: Json } }
  expect(session({ userIdentity: { ...userIdentity, sessionContext: { ...userIdentity.sessionContext, sourceIdentity: undefined } } })['actors']).toEqual([principal])
})

test('E44: trap: on behalf of whom is said only where IAM Identity Center has propagated it', () => {
  expect(outcome('cloudtrail-identity-center')['actors']).toEqual([
    { iss: 'arn:aws:identitystore::123456789012:identitystore/d-9067642ac7', sub: '544894e8-80c1-707f-60e3-3ba6510dfac1', kind: 'user' },
  ])
  expect(JSON.stringify(session())).not.toContain('"user"')
})

test('E44: trap: hops join through the access key that AssumeRole answers with', () => {
  const [call, issued, ...others] = toldBy('cloudtrail', fixture('cloudtrail-assume-role'))
  expect(others).toEqual([])
  expect(call!.data).toMatchObject({ side_effect: 'read', credential_id: digestOf('AKIAIOSFODNN7EXAMPLE') })
  expect(issued).toMatchObject({ type: 'credential.issued' })
  expect(issued!.data).toEqual({
    credential_id: digestOf('ASIAI44QH8DHBEXAMPLE'), parent_credential_id: digestOf('AKIAIOSFODNN7EXAMPLE'), kind: 'aws_session', expires_at: '2014-07-18T16:07:39Z',
    holder: { iss: 'urn:aws', sub: 'arn:aws:iam::111122223333:role/EC2-dev', kind: 'unknown', name: 'EC2-dev', instance: 'JohnDoe-EC2-dev' },
  })
  expect(session()['credential_id']).toBe((issued!.data as Json)['credential_id'])
})

test('E44: an AssumeRole that was refused issues nothing', () => {
  expect(toldBy('cloudtrail', fixture('cloudtrail-assume-role', { errorCode: 'AccessDenied', responseElements: null })).map(({ type }) => type)).toEqual(['outcome.observed'])
})

test.each<[title: string, changes: Json, effect: string | undefined]>([
  ['a refusal', { errorCode: 'AccessDenied', errorMessage: 'no' }, 'did_not_occur'],
  ['a dry run', { errorCode: 'Client.DryRunOperation' }, 'did_not_occur'],
  ['a failed sign-in, which has no code', { eventType: 'AwsConsoleSignIn', errorMessage: 'Failed authentication' }, 'did_not_occur'],
  ['an error of AWS, which leaves it open', { errorCode: 'InternalError' }, undefined],
  ['a server error of EC2', { errorCode: 'Server.Unavailable' }, undefined],
  ['something that a service did by itself', { eventType: 'AwsServiceEvent' }, 'occurred'],
  ['an insight, which is no call', { eventType: 'AwsCloudTrailInsight' }, undefined],
])('E44: %s', (_title, changes, effect) => {
  expect(toldBy('cloudtrail', fixture('cloudtrail-role-session', changes)).map(({ data }) => (data as Json)['observed_effect'])).toEqual(effect === undefined ? [] : [effect])
})

test('E44: whether it changed anything is said as far as the record says it', () => {
  expect(session({ readOnly: true })['side_effect']).toBe('read')
  expect(session({ readOnly: undefined })).not.toHaveProperty('side_effect')
})

test('E44: the form of EventBridge says what the record in it says', () => {
  const detail = fixture('cloudtrail-role-session')
  expect(toldBy('cloudtrail', { version: '0', id: 'e', 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.s3', account: '123456789012', time: '2014-07-18T15:11:00Z', region: 'us-east-2', resources: [], detail }))
    .toEqual(toldBy('cloudtrail', detail))
})

test('E44: a call that AWS made itself has a host and no address', () => {
  expect(session({ sourceIPAddress: 'cloudformation.amazonaws.com' })['origin']).toEqual({ host: 'cloudformation.amazonaws.com' })
  expect(session({ sourceIPAddress: 'AWS Internal' })).not.toHaveProperty('origin')
  expect(session({ sourceIPAddress: '2001:db8::7' })['origin']).toEqual({ ip: '2001:db8::7' })
})

test.each<[identity: Json, caller: Json | undefined]>([
  [{ type: 'Root', arn: 'arn:aws:iam::123456789012:root' }, { iss: 'urn:aws', sub: 'arn:aws:iam::123456789012:root', kind: 'unknown' }],
  [{ type: 'AWSService', invokedBy: 'ec2.amazonaws.com' }, { iss: 'urn:aws', sub: 'ec2.amazonaws.com', kind: 'service' }],
  [{ type: 'AWSAccount', principalId: 'AIDAQRSTUVWXYZEXAMPLE', accountId: '777788889999' }, { iss: 'urn:aws', sub: 'AIDAQRSTUVWXYZEXAMPLE', kind: 'organization' }],
  [{ type: 'AssumedRole', arn: 'arn:aws:sts::1:assumed-role/R/S' }, { iss: 'urn:aws', sub: 'arn:aws:iam::1:role/R', kind: 'unknown', name: 'R', instance: 'S' }],
  [{ type: 'AWSAccount', accountId: '777788889999' }, { iss: 'urn:aws', sub: '777788889999', kind: 'organization' }],
  [{ type: 'IdentityCenterUser', accountId: '777788889999' }, undefined],
  [{ type: 'Unknown' }, undefined],
])('E44: userIdentity %j', (userIdentity, caller) => {
  expect(session({ userIdentity })['actors']).toEqual(caller ? [caller] : [])
})

test('E44: access keys of users come and go', () => {
  const iam = { eventSource: 'iam.amazonaws.com', recipientAccountId: '123456789012' }
  const made = fixture('cloudtrail-assume-role', { ...iam, eventName: 'CreateAccessKey', responseElements: { accessKey: { accessKeyId: 'AKIANEW', userName: 'Bob', status: 'Active' } } })
  const holder = { iss: 'urn:aws', sub: 'arn:aws:iam::123456789012:user/Bob', kind: 'unknown', name: 'Bob' }
  expect(dataOf('cloudtrail', made, 'credential.issued')).toEqual({ credential_id: digestOf('AKIANEW'), parent_credential_id: digestOf('AKIAIOSFODNN7EXAMPLE'), holder, kind: 'aws_access_key' })
  const gone = fixture('cloudtrail-assume-role', { ...iam, eventName: 'DeleteAccessKey', requestParameters: { accessKeyId: 'AKIANEW', userName: 'Bob' }, responseElements: null })
  expect(dataOf('cloudtrail', gone, 'credential.revoked')).toEqual({ credential_id: digestOf('AKIANEW'), holder, kind: 'aws_access_key' })
})

test.each<[title: string, changes: Json, path: string]>([
  ['no id', { eventID: undefined }, '/eventID'],
  ['no time', { eventTime: '18 Jul 2014' }, '/eventTime'],
])('E44: %s is refused, with the field', (_title, changes, path) => {
  expect(readRecord('cloudtrail', fixture('cloudtrail-role-session', changes))).toMatchObject({ ok: false, rejection: { code: 'invalid', errors: [{ path }] } })
})
