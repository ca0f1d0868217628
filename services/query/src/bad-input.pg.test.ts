import { scenarios } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveJournal, type ServedJournal } from './testing/served-journal.ts'

const cursor = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url')

describe('bad input', () => {
  let served: ServedJournal
  const { events, actions } = scenarios['refund']!.play({ seed: 'bad', atMs: Date.UTC(2026, 10, 24, 9) })
  const action = `/v1/actions/${encodeURIComponent(actions[0]!.id)}`

  beforeAll(async () => {
    served = await serveJournal({ limits: { wait_ms_max: 300 } })
    await served.get(`/v1/status?at_least=${await served.append(events.map((content) => ({ content })))}`)
  })
  afterAll(() => served?.stop())

  const named: [path: string, parameter: string][] = [
    ...['0', '-1', '201', '1e2', '1.5', 'many', '', '9999999999999999999999', '%00'].map((limit): [string, string] => [`/v1/actions?limit=${limit}`, '/limit']),
    ['/v1/actions?limit=1&limit=2', '/limit'],
    ...['x', '', '%00', 'bnVsbA', 'e30', 'W10', cursor('actions'), cursor('actions', '1', 'k'), cursor('actions', '1', 'k\u0000', ''), cursor('actions', '9'.repeat(18), 'k', ''),
      cursor('actions', 'now()', 'k', ''), cursor('quarantine', 5), cursor('actions', '1', 'k', '\ud800'), 'a'.repeat(5_000)].map((text): [string, string] => [`/v1/actions?cursor=${text}`, '/cursor']),
    [`/v1/quarantine?cursor=${cursor('quarantine', -1)}`, '/cursor'],
    [`${action}/entries?cursor=${cursor('entries', 'x', 'y', 1.5)}`, '/cursor'],
    ...['yesterday', '2026-11-24', '2026-13-01T00:00:00Z', '2026-11-24T09:00:00', '99999-01-01T00:00:00Z', '', '%00', '2026-11-24T09:00:00Z%00'].map((time): [string, string] => [`${action}?as_of=${time}`, '/as_of']),
    [`${action}?as-of=2026-11-24T09:00:00Z`, '/as-of'],
    ['/v1/actions?q=', '/q'],
    ['/v1/actions?as_of=2026-11-24T09:00:00Z', '/as_of'],
    ['/v1/actions?constructor=1', '/constructor'],
    ['/v1/status?limit=5', '/limit'],
    ['/v1/actions/%00', '/id'], ['/v1/actions/a%1Fb', '/id'], ['/v1/actions/%20%20', '/id'], [`/v1/actions/${'x'.repeat(1_500)}`, '/id'],
    ['/v1/sessions/a%00b', '/id'], ['/v1/traces/xyz', '/trace_id'], [`/v1/traces/${'0'.repeat(32)}`, '/trace_id'], ['/v1/traces/%00', '/trace_id'],
    ['/v1/status?at_least=a&at_least=b', '/at_least'], [`/v1/status?at_least=${'a'.repeat(16_000)}`, '/at_least'],
  ]
  test.each(named.map(([path, parameter]) => ({ what: path.slice(0, 80), path, parameter })))('$what is refused, and the parameter named', async ({ path, parameter }) => {
    const { status, body, headers } = await served.get(path)
    expect(status).toBe(400)
    expect(headers.get('content-type')).toContain('application/problem+json')
    if (path.includes('at_least=aaa')) expect(body.code).toBe('position_invalid')
    else expect(body.code).toBe('invalid_request')
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(parameter)
    expect(body.detail).toContain(parameter.slice(1, 60))
    const docs = await served.get(body.docs.split('#')[0], { role: 'none' })
    expect(docs.status).toBe(200)
  })

  test.each(['%', '%zz', '%C3%28', '%ED%A0%80', 'x'.repeat(5_000)].map((id) => ({ what: id.slice(0, 20), id })))('/v1/actions/$what is a bad request', async ({ id }) => {
    const { status, body } = await served.get(`/v1/actions/${id}`)
    expect(status).toBe(400)
    expect(body.code).toBe('bad_request')
  })

  test('an address of 300 kB is refused before it is read', async () => {
    const { status, body } = await served.get(`/v1/actions/${'x'.repeat(300_000)}`)
    expect(status).toBe(431)
    expect(body.code).toBe('header_fields_too_large')
  })

  test.each(['漢字', '🦊', 'a/b', "'; drop table lineage.actions; --", '%25', '{tenant}', '..', 'x'.repeat(1_000), '\u202e'].map((id) => ({ what: id.slice(0, 20), id })))('id $what is only unknown', async ({ id }) => {
    for (const kind of ['actions', 'sessions', 'delegations']) {
      const { status, body } = await served.get(`/v1/${kind}/${encodeURIComponent(id).replaceAll('.', '%2E')}`)
      expect([kind, status]).toEqual([kind, 404])
      expect(body.code).toBe('not_found')
    }
  })

  test.each(['x', 'a/b@c', 'topic/0@-1', 'topic/0', `t/0@${2n ** 63n}`, 't/0@1;u/0@2'])('at_least=%s is not a position', async (position) => {
    const { status, body } = await served.get(`/v1/status?at_least=${encodeURIComponent(position)}`)
    expect(status).toBe(400)
    expect(body.code).toBe('position_invalid')
    expect(body.errors[0].path).toBe('/at_least')
  })

  test('what cannot be answered in the form asked for is 406', async () => {
    const { status, body } = await served.get('/v1/actions', { headers: { accept: 'text/csv' } })
    expect(status).toBe(406)
    expect(body.accepted).toEqual(['application/json'])
    expect((await served.get('/v1/actions', { headers: { accept: 'text/csv, */*;q=0.1' } })).status).toBe(200)
  })

  test('a method that only producers need is told apart from an address that is wrong', async () => {
    const posted = await fetch(`${served.url}/v1/actions`, { method: 'POST', headers: { authorization: 'Bearer default~auditor' } })
    expect(posted.status).toBe(405)
    const events = await fetch(`${served.url}/v1/events`, { method: 'POST', headers: { authorization: 'Bearer default~auditor' } })
    expect(events.status).toBe(404)
    expect(((await events.json()) as { detail: string }).detail).toContain('4318')
  })
})
