import { scenarios, type Played } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveJournal, type ServedJournal } from './testing/served-journal.ts'

const atMs = Date.UTC(2026, 10, 24, 9)

describe('actions', () => {
  let served: ServedJournal
  let refund: Played
  let position: string

  beforeAll(async () => {
    served = await serveJournal()
    refund = scenarios['refund']!.play({ seed: 1, atMs })
    position = await served.append(refund.events.map((content) => ({ content })))
  })
  afterAll(() => served?.stop())

  const ofRefund = () => `/v1/actions/${encodeURIComponent(refund.actions[0]!.id)}`

  test('an action says what was read, and that it is settled', async () => {
    const { status, body, headers } = await served.get(`${ofRefund()}?at_least=${position}`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('application/json')
    expect(body).toMatchObject({ as_of: null, settled: true, tenant: 'default' })
    expect(body.position['default/onbehalf.embedded/0']).toBeGreaterThanOrEqual(refund.events.length)
  })

  test('an id is found with blanks around it, and a derived one in any case', async () => {
    const id = refund.actions[0]!.id
    expect((await served.get(`/v1/actions/${encodeURIComponent(`  ${id}\t`)}`)).body.id).toBe(id)
    const list = await served.get('/v1/actions?limit=200')
    const derived = list.body.items.find((action: { id: string }) => action.id.startsWith('d-'))
    if (derived !== undefined) expect((await served.get(`/v1/actions/${derived.id.toUpperCase()}`)).body.id).toBe(derived.id)
  })

  test('an ETag outlives entries about other things, and 304 has no body', async () => {
    const first = await served.get(`${ofRefund()}?at_least=${position}`)
    const tag = first.headers.get('etag')!
    expect(tag).toMatch(/^W\/"/)
    const other = scenarios['bare']!.play({ seed: 'etag', atMs })
    const at = await served.append(other.events.map((content) => ({ content })))
    const second = await served.get(`${ofRefund()}?at_least=${at}`, { headers: { 'if-none-match': `"x", ${tag}` } })
    expect(second.status).toBe(304)
    expect(second.text).toBe('')
    expect((await served.get(ofRefund(), { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  test('the list is newest first, and its pages hold everything once', async () => {
    const whole = await served.get('/v1/actions?limit=200')
    expect(whole.body.facets).toEqual({})
    const times = whole.body.items.map((action: { time: string }) => Date.parse(action.time))
    expect(times).toEqual(times.toSorted((a: number, b: number) => b - a))
    const ids: string[] = []
    let path: string | undefined = '/v1/actions?limit=2'
    while (path !== undefined) {
      const page = await served.get(path)
      expect(page.status).toBe(200)
      expect(page.body.items.length).toBeGreaterThan(0)
      ids.push(...page.body.items.map((action: { id: string }) => action.id))
      path = /<(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
    }
    expect(ids).toEqual(whole.body.items.map((action: { id: string }) => action.id))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('as_of answers what was known then, with the position of then', async () => {
    const one = scenarios['refund']!.play({ seed: 'as-of', atMs })
    const half = one.events.findIndex((event) => event.type.includes('action.completed'))
    const id = encodeURIComponent(one.actions[0]!.id)
    const before = await served.append(one.events.slice(0, half).map((content) => ({ content })))
    const then = (await served.get(`/v1/actions/${id}?at_least=${before}`)).body
    await new Promise((resolve) => setTimeout(resolve, 5))
    const moment = new Date().toISOString()
    await new Promise((resolve) => setTimeout(resolve, 5))
    const after = await served.append(one.events.slice(half).map((content) => ({ content })))
    const now = (await served.get(`/v1/actions/${id}?at_least=${after}`)).body
    expect(now.status).not.toBe(then.status)
    const asOf = await served.get(`/v1/actions/${id}?as_of=${moment}`)
    expect(asOf.status).toBe(200)
    expect(asOf.body).toMatchObject({ status: then.status, position: then.position, settled: false, as_of: moment.replace('Z', '000Z') })
    expect({ ...asOf.body, as_of: null, settled: true }).toEqual(then)
    const early = await served.get(`/v1/actions/${id}?as_of=2020-01-01T00:00:00%2B02:00`)
    expect(early.status).toBe(404)
    expect(early.body.next).toContain('as_of')
    // A plus that was not encoded arrives as a blank.
    expect((await served.get(`/v1/actions/${id}?as_of=2999-01-01T00:00:00+02:00`)).body.settled).toBe(false)
  })

  test('a 404 says what else the id is', async () => {
    const session = await served.get(`/v1/actions/${encodeURIComponent(refund.session_id!)}`)
    expect(session.status).toBe(404)
    expect(session.body).toMatchObject({ code: 'not_found', known_as: [{ kind: 'session', href: `/v1/sessions/${encodeURIComponent(refund.session_id!)}` }] })
    expect(session.body.next).toContain('/v1/sessions/')
    const trace = await served.get(`/v1/actions/${refund.trace_id.toUpperCase()}`)
    expect(trace.body.known_as).toEqual([{ kind: 'trace', href: `/v1/traces/${refund.trace_id}` }])
    const action = await served.get(`/v1/sessions/${encodeURIComponent(refund.actions[0]!.id)}`)
    expect(action.body.known_as).toContainEqual({ kind: 'action', href: ofRefund() })
    const nothing = await served.get('/v1/actions/never-heard-of')
    expect(nothing.body).toMatchObject({ status: 404, known_as: [] })
  })

  test('search is refused with a reason, not ignored', async () => {
    const { status, body } = await served.get('/v1/actions?q=agent:refund-bot')
    expect(status).toBe(400)
    expect(body.errors).toEqual([expect.objectContaining({ path: '/q', rule: expect.stringContaining('search comes') })])
  })
})
