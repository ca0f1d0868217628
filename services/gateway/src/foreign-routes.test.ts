import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { headerOf, RunningGateway } from './testing/running-gateway.ts'

let gateway: RunningGateway
beforeEach(async () => {
  gateway = await new RunningGateway().start()
})
afterEach(() => gateway.stop())

const json = { 'content-type': 'application/json' }
const entries = () => gateway.journal.map((record) => [headerOf(record, 'onbehalf-kind'), record.value!.toString()])

/** As OPA's plugin writes it (open-policy-agent/opa, plugins/logs). */
const decision = (id: string) => `{"labels":{"id":"opa-1","version":"1.9.0"},"decision_id":"${id}","path":"agents/authz/allow","input":{"agent":"bot","tool":"mail.send"},"result":true,"bundles":{"authz":{"revision":"r1"}},"requested_by":"127.0.0.1:1","timestamp":"2026-03-01T09:30:00.000000001Z"}`
const cloudtrail = (id: string) => `{"eventVersion":"1.11","eventID":"${id}","eventTime":"2026-03-01T09:30:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.1","userAgent":"x","requestID":"R1","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"111122223333","userIdentity":{"type":"AssumedRole","principalId":"AROA:s","arn":"arn:aws:sts::111122223333:assumed-role/r/s","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE"}}`

async function opa(body: string | Uint8Array, headers: Record<string, string> = {}, path = '/v1/opa/logs') {
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', body: body as NonNullable<RequestInit['body']>, headers: { authorization: 'Bearer a-token-for-tests-only', ...json, ...headers } })
  return { status: response.status, body: await response.json() as Record<string, unknown> }
}

test('OPA\'s upload: each decision is an entry, as its bytes were', async () => {
  const answer = await opa(gzipSync(`[${decision('d-1')}, ${decision('d-2')}]`), { 'content-encoding': 'gzip' })
  expect(answer).toEqual({ status: 200, body: {} })
  expect(entries()).toEqual([['opa', decision('d-1')], ['opa', decision('d-2')]])
})

test('OPA\'s status, as its plugin posts it', async () => {
  const status = '{"labels":{"id":"opa-1","version":"1.9.0"},"decision_logs":{},"metrics":{"prometheus":{}}}'
  const { status: code, body } = await opa(status, {}, '/v1/opa/status')
  expect([code, body]).toEqual([200, {}])
  expect(entries()).toEqual([['opa', status]])
})

test('what OPA sends and nobody can read is kept: it would send a refused upload again for ever', async () => {
  const answer = await opa(`[${decision('d-1')},{"decision_id":7}]`)
  expect(answer.status).toBe(200)
  expect(entries().map(([, value]) => value)).toEqual([decision('d-1'), '{"decision_id":7}'])
})

test('what is no list of records at all is refused', async () => {
  for (const body of ['', 'x', '[1]', `[${decision('d-1')}`]) {
    const answer = await opa(body)
    expect([body, answer.status, answer.body['code']]).toEqual([body, 400, 'unparsable'])
  }
  expect(gateway.journal).toEqual([])
})

test.each([
  ['one record', cloudtrail('a'), 1],
  ['a list', `[${cloudtrail('a')},\n${cloudtrail('b')}]`, 2],
  ['NDJSON', `${cloudtrail('a')}\n${cloudtrail('b')}\n`, 2],
  ['a log file', `{"Records":[${cloudtrail('a')},${cloudtrail('b')}]}`, 2],
])('CloudTrail as %s', async (_, body, count) => {
  const { status, body: answer } = await gateway.post(body, json, '/v1/records/cloudtrail')
  expect([status, answer]).toEqual([202, { accepted: count, position: `onbehalf.embedded/0@${16 + count}` }])
  expect(entries()).toEqual(['a', 'b'].slice(0, count).map((id) => ['cloudtrail', cloudtrail(id)]))
})

test('what read refuses is refused, all of it, with each fault at its place', async () => {
  const { status, body } = await gateway.post(`[${cloudtrail('a')},{}]`, json, '/v1/records/cloudtrail')
  expect(status).toBe(422)
  expect(body.errors[0]).toMatchObject({ index: 1, docs: expect.stringMatching(/^\/docs\//) })
  expect(body.detail).toMatch(/^Record 1/)
  expect(gateway.journal).toEqual([])
})

test('a format that there is not', async () => {
  expect((await gateway.post('{}', json, '/v1/records/syslog')).body).toMatchObject({ status: 404, next: expect.stringContaining('cloudtrail') })
})
