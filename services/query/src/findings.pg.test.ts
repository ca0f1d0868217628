import { createRandom, scenarios, tellStory, cast, sources, type Played } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { justNow, serveJournal, tell, type ServedJournal } from './testing/served-journal.ts'

const denied = 'denied-but-executed'

describe('findings', () => {
  let served: ServedJournal
  const names = [denied, 'fail-open', 'self-approval', 'runaway-loop', 'standing-grant', 'unregistered-agent', 'silent-source', 'widened-scope']
  const played = names.map((name) => justNow(scenarios[name]!, `f-${name}`))
  const open = played.flatMap(({ findings }) => findings)
  let position: string

  beforeAll(async () => {
    served = await serveJournal({ limits: { streams_max: 1 } })
    await served.configure({ tenants: { default: {
      producers: played.flatMap(({ config }) => config?.producers ?? []), rules: Object.assign({}, ...played.map(({ config }) => config?.rules ?? {})),
    } } })
    position = await served.append(played.flatMap((each) => tell(each, 'default')))
    await served.tellCaughtUp()
    await served.settled('default', { findings: open })
  })
  afterAll(() => served?.stop())

  const one = (rule: string) => open.find((id) => id.startsWith(rule))!
  const page = (id: string) => `/v1/findings/${encodeURIComponent(id)}`

  test('the list is newest first, its pages hold everything once, and the facets count it', async () => {
    const { status, body } = await served.get(`/v1/findings?limit=200&at_least=${position}`)
    expect(status).toBe(200)
    const raised = body.items.map((item: { raised_at: string }) => item.raised_at)
    expect(raised).toEqual(raised.toSorted().toReversed())
    expect(body.facets).toMatchObject({ total: body.items.length, complete: true })
    expect(Object.values(body.facets.severity as number[]).reduce((a, b) => a + b)).toBe(body.items.length)
    expect(body.facets.rule['DEC-01']).toBe(1)
    const ids: string[] = []
    for (let path: string | undefined = '/v1/findings?limit=2'; path !== undefined;) {
      const next = await served.get(path)
      ids.push(...idsOf(next))
      expect(Object.keys(next.body.facets).length > 0).toBe(ids.length <= 2)
      path = /<(.+)>; rel="next"/.exec(next.headers.get('link') ?? '')?.[1]
    }
    expect(ids).toEqual(idsOf({ body }))
  })

  test('one of an action names the action, says what it rests on, and is what the action shows', async () => {
    const [first] = played[0]!.actions
    const { body } = await served.get(page(one('DEC-01')))
    expect(body).toMatchObject({
      rule: 'DEC-01', severity: 'critical', provisional: false, resolved_at: null, cause: null, acknowledged: null, count: 1, actions: [first!.id],
      history: [{ what: 'raised' }], settled: true, as_of: null,
    })
    expect(body.entries.length).toBeGreaterThan(0)
    expect(body.doc.length).toBeGreaterThan(20)
    const action = (await served.get(`/v1/actions/${encodeURIComponent(first!.id)}`)).body
    const shown = action.findings.find((finding: { id: string }) => finding.id === body.id)
    for (const field of ['explanation', 'raised_at', 'severity', 'entries', 'version']) expect([field, body[field]]).toEqual([field, shown[field]])
  })

  test('one that holds before the projector has written it down is shown all the same, as not raised yet', async () => {
    const [action, id] = [played[0]!.actions[0]!.id, one('DEC-01')]
    await served.pauseProjector()
    const owner = await served.database.client()
    const { rows: [{ row }] } = await owner.query('delete from lineage.findings f where id = $1 returning to_jsonb(f) as row', [id])
    try {
      const { status, body } = await served.get(`/v1/actions/${encodeURIComponent(action)}`)
      expect([status, body.findings]).toEqual([200, [expect.objectContaining({ id, raised_at: null, resolved_at: null })]])
    } finally {
      await owner.query('insert into lineage.findings select * from jsonb_populate_record(null::lineage.findings, $1)', [JSON.stringify(row)])
      served.resumeProjector()
    }
  })

  test('one of something else names the actions that rest on it', async () => {
    const uses = (await served.get(page(one('RAT-01')))).body
    expect(uses.actions.length).toBe(3)
    for (const id of uses.actions) expect(played[3]!.actions.map((action) => action.id)).toContain(id)
    expect((await served.get(page(one('AGT-01')))).body.actions.length).toBeGreaterThan(0)
  })

  test.each([
    ['rule=DEC-01', ['DEC-01']], ['rule=dec-01,rat-01', ['DEC-01', 'RAT-01']], ['severity=critical', ['DEC-01']],
    ['provisional=true', ['DEC-02']], ['status=resolved', []], ['status=acknowledged', []],
  ])('?%s', async (filter, rules) => {
    const { status, body } = await served.get(`/v1/findings?${filter}`)
    expect(status).toBe(200)
    expect([...new Set(body.items.map((item: { rule: string }) => item.rule))].toSorted()).toEqual(rules)
    expect(body.facets.total).toBe(body.items.length)
  })

  test('?action=, ?agent= and ?delegation= show what concerns them', async () => {
    const [first] = played[0]!.actions
    expect(idsOf(await served.get(`/v1/findings?action=${encodeURIComponent(first!.id)}`))).toEqual([one('DEC-01')])
    const unregistered = one('AGT-01').slice('AGT-01:'.length)
    expect(idsOf(await served.get(`/v1/findings?agent=${encodeURIComponent(unregistered)}`))).toContain(one('AGT-01'))
    const delegation = one('RAT-01').slice('RAT-01:'.length)
    expect(idsOf(await served.get(`/v1/findings?delegation=${encodeURIComponent(delegation)}`))).toEqual([one('RAT-01')])
    const top = played[7]!.actions[0]!.truth.chain[0]!
    expect(idsOf(await served.get(`/v1/findings?delegation=${encodeURIComponent(top)}`)).toSorted()).toEqual(played[7]!.findings)
    expect((await served.get('/v1/findings?action=nobody')).status).toBe(404)
    expect((await served.get('/v1/findings?agent=nobody')).body.code).toBe('not_found')
    // A delegation that nobody knows has nothing; what names it may still come.
    expect(idsOf(await served.get('/v1/findings?delegation=nobody'))).toEqual([])
  })

  test('as one stream: every finding, then that it was all', async () => {
    const { status, headers, text } = await served.get('/v1/findings?status=all', { headers: { accept: 'application/x-ndjson' } })
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
    const lines = text.trim().split('\n').map((line) => JSON.parse(line))
    expect(lines.at(-1)).toEqual({ complete: true, count: lines.length - 1 })
    expect(lines.slice(0, -1).map(({ id }) => id)).toEqual(idsOf(await served.get('/v1/findings?status=all&limit=200')))
  })

  test('an acknowledgement is an entry of the own log, and who made it reads it at once', async () => {
    const id = one('DEC-08')
    const { status, body } = await served.post(`${page(id)}/acknowledge`, { reason: 'Seen, the gateway is being fixed' }, { role: 'responder' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id, resolved_at: null,
      acknowledged: { by: { iss: 'urn:onbehalf:credential', sub: 'test' }, accepted_until: null, reason: 'Seen, the gateway is being fixed', in_force: true },
      history: [{ what: 'raised' }, { what: 'acknowledged' }],
    })
    expect(body.history[1].entries[0]).toMatchObject({ log: 'default/own', kind: 'own', producer: 'onbehalf' })
    expect((await served.get(page(id))).body.acknowledged).toEqual(body.acknowledged)
    expect(idsOf(await served.get('/v1/findings?status=acknowledged'))).toEqual([id])
    expect(idsOf(await served.get('/v1/findings?status=unacknowledged&limit=200'))).not.toContain(id)
    expect(idsOf(await served.get('/v1/findings?limit=200'))).toContain(id)
    expect((await served.post(`${page(id)}/acknowledge`, undefined, { role: 'responder' })).status).toBe(200)
  })

  test('what is accepted is so until its date, with a reason', async () => {
    const id = one('APR-02')
    const until = `${new Date(Date.now() + 2_500).toISOString().slice(0, 19)}Z`
    const { body } = await served.post(`${page(id)}/accept`, { until, reason: 'Two people only, until the third starts' }, { role: 'admin' })
    expect(body.acknowledged).toMatchObject({ accepted_until: until, in_force: true })
    expect(idsOf(await served.get('/v1/findings?status=acknowledged'))).toContain(id)
    await expect.poll(async () => idsOf(await served.get('/v1/findings?status=acknowledged')), { timeout: 30_000 }).not.toContain(id)
    expect((await served.get(page(id))).body.acknowledged.in_force).toBe(false)
    expect(idsOf(await served.get('/v1/findings?status=unacknowledged&limit=200'))).toContain(id)
  })

  test.each([
    ['accept', {}, '/until'], ['accept', { until: '2999-01-01T00:00:00Z' }, '/reason'], ['accept', { until: '2020-01-01T00:00:00Z', reason: 'x' }, '/until'],
    ['accept', { until: '2999-01-01T00:00:00Z', reason: '  ' }, '/reason'], ['accept', { until: 5, reason: 'x' }, '/until'], ['accept', [], ''],
    ['acknowledge', { reason: 5 }, '/reason'], ['acknowledge', { until: 'x' }, ''], ['acknowledge', { reason: 'x'.repeat(5_000) }, '/reason'],
  ].map(([what, body, path]) => ({ what, body, path, shown: JSON.stringify(body).slice(0, 60) }) as { what: string; body: unknown; path: string; shown: string }))('$what $shown is refused', async ({ what, body, path }) => {
    const answer = await served.post(`${page(one('DEC-01'))}/${what}`, body, { role: 'responder' })
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    if (path !== '') expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path)
    expect((await served.get(page(one('DEC-01')))).body.acknowledged).toBeNull()
  })

  test('auditors read; who produces does neither', async () => {
    const id = one('DEC-01')
    expect((await served.post(`${page(id)}/acknowledge`, {}, { role: 'auditor' })).body).toMatchObject({ status: 403, code: 'forbidden' })
    expect((await served.post(`${page(id)}/acknowledge`, {}, { role: 'producer' })).status).toBe(403)
    for (const path of ['/v1/findings', page(id), '/v1/rules']) {
      expect((await served.get(path, { role: 'producer' })).status).toBe(403)
      expect((await served.get(path, { role: 'none' })).status).toBe(401)
      expect((await served.get(path, { role: 'responder' })).status).toBe(200)
    }
  })

  test('another tenant sees none of it, and says nothing of it', async () => {
    expect((await served.get('/v1/findings?status=all', { tenant: 'other' })).body).toMatchObject({ items: [], facets: { total: 0 } })
    for (const path of [page(one('DEC-01')), `/v1/findings?action=${played[0]!.actions[0]!.id}`])
      expect((await served.get(path, { tenant: 'other' })).body).toMatchObject({ status: 404, code: 'not_found' })
    expect((await served.post(`${page(one('DEC-01'))}/acknowledge`, {}, { tenant: 'other', role: 'admin' })).status).toBe(404)
    expect((await served.get('/v1/status', { tenant: 'other' })).body.logs).toEqual([])
  })

  test.each([
    ['status=mine', '/status'], ['severity=grave', '/severity'], ['provisional=1', '/provisional'], ['rule=DEC-1', '/rule'], ['rule=', '/rule'], ['as_of=2026-11-24T09:00:00Z', '/as_of'],
    ['cursor=W10', '/cursor'], ['limit=0', '/limit'], ['action=%00', '/action'], ['sevrity=high', '/sevrity'],
    [`cursor=${Buffer.from(JSON.stringify(['findings', '-5', 'x'])).toString('base64url')}`, '/cursor'],
  ])('?%s is refused, and the parameter named', async (text, path) => {
    const { status, body } = await served.get(`/v1/findings?${text}`)
    expect([status, body.code]).toEqual([400, 'invalid_request'])
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(path)
  })

  test.each(['nobody', 'DEC-01:nobody', '漢字', "'; drop table lineage.findings; --", 'x'.repeat(1_000)].map((id) => ({ id, shown: id.slice(0, 20) })))('finding $shown is only unknown', async ({ id }) => {
    expect((await served.get(page(id))).body).toMatchObject({ status: 404, code: 'not_found' })
    expect((await served.post(`${page(id)}/acknowledge`, {}, { role: 'admin' })).status).toBe(404)
  })

  test('an unchanged finding is 304', async () => {
    const first = await served.get(page(one('DEC-01')))
    expect((await served.get(page(one('DEC-01')), { headers: { 'if-none-match': first.headers.get('etag')! } })).status).toBe(304)
  })

  test('late evidence resolves, and then is another time: before, open, resolved, raised again', async () => {
    const story = tellStory({ seed: 'late', atMs: Date.now() - 600_000 })
    const { id } = story
    const [action_id, delegation_id] = [id('act'), id('del')]
    const agent = story.own(cast.refundBot)
    story.say(0, sources.authorization, 'delegation.granted', { delegation_id, parent: { kind: 'root' }, grantor: cast.alice, delegate: agent, subject: cast.alice, mode: 'delegation' })
    story.say(10, sources.agents, 'action.requested', { action_id, agent, operation: 'crm.read', delegation_id })
    story.say(11, sources.agents, 'action.started', { action_id })
    story.say(12, sources.agents, 'action.completed', { action_id, status: 'succeeded' })
    const before = story.events.length
    story.say(11, sources.authorization, 'delegation.revoked', { delegation_id })
    const [ran, revoked] = [story.events.slice(0, before), story.events.slice(before)]
    const moments: string[] = []
    const moment = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      moments.push(new Date().toISOString())
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    // Revoked long before it ran: TIM-02.
    const early = { ...revoked[0]!, time: new Date(Date.now() - 900_000).toISOString() }
    await served.get(`/v1/status?at_least=${await served.append(ran.map((content) => ({ content })))}`)
    await moment()
    const finding = `TIM-02:${action_id}`
    expect((await served.get(page(finding))).status).toBe(404)
    await served.get(`/v1/status?at_least=${await served.append([{ content: early, producer: 'default' }])}`)
    await expect.poll(async () => (await served.get(page(finding))).status, { timeout: 60_000 }).toBe(200)
    await moment()
    const raised = (await served.get(page(finding))).body
    expect((await served.post('/v1/retractions', { producer: 'default', received_from: moments[0], received_to: moments[1], reason: 'Told by mistake' }, { role: 'admin' })).status).toBe(201)
    await expect.poll(async () => (await served.get(page(finding))).body.cause, { timeout: 60_000 }).toBe('retracted')
    await moment()
    // Told again: raised again.
    await served.append([{ content: { ...early, id: createRandom('again').word(12) } }])
    await expect.poll(async () => (await served.get(page(finding))).body.resolved_at, { timeout: 60_000 }).toBeNull()
    const now = (await served.get(page(finding))).body
    expect(now.history.map(({ what }: { what: string }) => what)).toEqual(['raised', 'resolved', 'raised'])
    expect(now.raised_at > raised.raised_at).toBe(true)

    const asOf = async (i: number) => (await served.get(`${page(finding)}?as_of=${moments[i]}`))
    expect((await asOf(0)).status).toBe(404)
    expect((await asOf(1)).body).toMatchObject({ raised_at: raised.raised_at, resolved_at: null, explanation: raised.explanation, entries: raised.entries, severity: 'critical' })
    expect((await asOf(2)).body).toMatchObject({ raised_at: raised.raised_at, cause: 'retracted' })
    const action = async (i: number) => (await served.get(`/v1/actions/${action_id}?as_of=${moments[i]}`)).body.findings.filter((each: { rule: string }) => each.rule === 'TIM-02')
    expect(await action(0)).toEqual([])
    expect(await action(1)).toEqual([expect.objectContaining({ raised_at: raised.raised_at, resolved_at: null })])
    expect(await action(2)).toEqual([expect.objectContaining({ raised_at: raised.raised_at, resolved_at: expect.any(String) })])
    expect((await served.post(`${page(finding)}/acknowledge`, {}, { role: 'responder' })).status).toBe(200)
  })

  test('what is resolved cannot be acknowledged', async () => {
    const resolved = (await served.get('/v1/findings?status=resolved')).body.items
    for (const { id } of resolved) expect((await served.post(`${page(id)}/acknowledge`, {}, { role: 'responder' })).body.code).toBe('conflict')
  })
})

describe('time travel', () => {
  let served: ServedJournal
  const [loop, grant, silent] = ['runaway-loop', 'standing-grant', 'silent-source'].map((name) => justNow(scenarios[name]!, `t-${name}`)) as [Played, Played, Played]
  const all = [loop, grant, silent]
  const moments: string[] = []
  const moment = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    moments.push(new Date().toISOString())
    await new Promise((resolve) => setTimeout(resolve, 5))
  }

  beforeAll(async () => {
    served = await serveJournal()
    await served.configure({ tenants: { default: { producers: all.flatMap(({ config }) => config?.producers ?? []) } } })
    await moment()
    await served.append(all.flatMap((each) => tell(each, 'default')))
    await served.tellCaughtUp()
    await served.settled('default', { findings: all.flatMap(({ findings }) => findings) })
    await moment()
    for (const producer of ['default', ...Object.values(grant.producers!)])
      expectStatus(201, await served.post('/v1/retractions', { producer, reason: 'All of it was a rehearsal' }, { role: 'admin' }))
    await served.settled('default', { findings: silent.findings.filter((id) => id.startsWith('INT-04')) })
  })
  afterAll(() => served?.stop())

  const rulesOn = async ({ actions }: Played, at?: string): Promise<[rule: string, resolved: boolean][]> => {
    const { status, body } = await served.get(`/v1/actions/${encodeURIComponent(actions[0]!.id)}${at === undefined ? '' : `?as_of=${at}`}`)
    return status === 404 ? [] : body.findings.filter(({ rule }: { rule: string }) => !rule.startsWith('INT-'))
      .map((finding: { rule: string; resolved_at: string | null }) => [finding.rule, finding.resolved_at !== null])
  }

  test.each([['a delegation', loop, 'RAT-01'], ['a grant', grant, 'TIM-04'], ['the action itself', silent, 'DEC-02']] as const)('what was found of %s is on the action as of then, and not before or after', async (_, played, rule) => {
    expect(await rulesOn(played, moments[0])).toEqual([])
    expect(await rulesOn(played, moments[1])).toContainEqual([rule, false])
    expect((await rulesOn(played)).filter(([of, isResolved]) => of === rule && !isResolved)).toEqual([])
  })

  test('a finding says what it was then; lists have no then', async () => {
    const [id] = loop.findings
    const path = `/v1/findings/${encodeURIComponent(id!)}`
    expect((await served.get(`${path}?as_of=${moments[0]}`)).body).toMatchObject({ status: 404, next: expect.stringContaining('as_of') })
    expect((await served.get(`${path}?as_of=${moments[1]}`)).body).toMatchObject({ resolved_at: null, cause: null, severity: 'medium', history: [{ what: 'raised' }], settled: false })
    expect((await served.get(path)).body).toMatchObject({ resolved_at: expect.any(String), cause: 'retracted', as_of: null })
  })

  test('delegations, sessions and agents are what was known of them then', async () => {
    const delegation = loop.findings[0]!.slice('RAT-01:'.length)
    const then = (await served.get(`/v1/delegations/${encodeURIComponent(delegation)}?as_of=${moments[1]}`)).body
    expect(then.chain.at(-1).delegation_id).toBe(delegation)
    expect((await served.get(`/v1/delegations/${encodeURIComponent(delegation)}?as_of=${moments[0]}`)).status).toBe(404)
    const session = `/v1/sessions/${encodeURIComponent(loop.session_id!)}`
    expect((await served.get(`${session}?as_of=${moments[1]}`)).body.session).toMatchObject({ started_at: expect.any(String), agent: { kind: 'agent' } })
    expect((await served.get(`${session}?as_of=${moments[0]}`)).status).toBe(404)
    expect((await served.get(session)).body.session).toBeNull()
    const agent = then.actions[0].roles.actor.principal
    const page = `/v1/agents/${encodeURIComponent(`${agent.iss}|${agent.sub}`)}`
    expect((await served.get(`${page}?as_of=${moments[1]}`)).body).toMatchObject({ as_of: expect.any(String), grants: { complete: true } })
  })
})

function expectStatus(wanted: number, { status, text }: { status: number; text: string }): void {
  if (status !== wanted) throw new Error(`${status}: ${text}`)
}

function idsOf({ body }: { body: { items: { id: string }[] } }): string[] {
  return body.items.map(({ id }) => id)
}
