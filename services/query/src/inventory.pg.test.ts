import { allRules } from '@onbehalf/lineage'
import { cast, scenarios, sources, tellStory, type Played } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { justNow, serveJournal, tell, type ServedJournal } from './testing/served-journal.ts'

describe('agents, coverage, rules', () => {
  let served: ServedJournal
  const names = ['orphaned-agent', 'unregistered-agent', 'standing-grant', 'cross-domain', 'silent-source', 'bare', 'refund']
  const played = new Map<string, Played>(names.map((name) => [name, justNow(scenarios[name]!, `i-${name}`)]))
  const story = tellStory({ seed: 'inventory', atMs: Date.now() - 3_600_000 })
  const { id } = story
  const agent = { ...story.own(cast.mailAssistant), name: 'Mail assistant' }
  const key = `${agent.iss}|${agent.sub}`
  const [ses, del, child, gra] = [id('ses'), id('del'), id('del-child'), id('gra')]
  const inventoryProducer = id('cmdb')

  beforeAll(async () => {
    served = await serveJournal()
    const all = [...played.values()]
    await served.configure({ tenants: { default: {
      producers: [...all.flatMap(({ config }) => config?.producers ?? []), { id: inventoryProducer, sources: ['urn:cmdb'], legs: ['inventory'], agents: [key] }],
      rules: { ...Object.assign({}, ...all.map(({ config }) => config?.rules ?? {})), 'INT-05': { on: false } },
    } } })
    tellInventory()
    const own = { ...played.get('bare')!, events: story.events, producers: { 'urn:cmdb': inventoryProducer } }
    const position = await served.append([...all, own].flatMap((each) => tell(each, 'default')))
    await served.tellCaughtUp()
    await served.get(`/v1/status?at_least=${position}`)
    const findings = all.flatMap((each) => each.findings)
    await served.settled('default', { findings })
  })
  afterAll(() => served?.stop())

  function tellInventory() {
    const { say, at } = story
    say(0, 'urn:cmdb', 'agent.registered', {
      agent, owner: cast.dataTeam, sponsor: cast.carla, purpose: 'Answers mail', model: 'm-1', version: '2', systems: ['mail', 'crm'], boundaries: ['example.com'], review_due: at(864_000),
    })
    // A stranger's word about a registered leg counts for nothing.
    say(1, sources.agents, 'agent.updated', { agent, purpose: 'Anything' })
    say(2, sources.authorization, 'delegation.granted', {
      delegation_id: del, parent: { kind: 'root' }, grantor: cast.alice, delegate: cast.orchestrator, subject: cast.alice, mode: 'delegation', scope: { actions: ['mail.*'] }, expires_at: at(86_400),
    })
    say(3, sources.authorization, 'delegation.granted', {
      delegation_id: child, parent: { kind: 'delegation', delegation_id: del }, grantor: cast.orchestrator, delegate: agent, subject: cast.alice, mode: 'delegation',
      scope: { actions: ['mail.send'], constraints: { max_uses: 5 } },
    })
    say(4, sources.authorization, 'delegation.granted', {
      delegation_id: id('del-dead'), parent: { kind: 'root' }, grantor: cast.bruno, delegate: agent, subject: cast.bruno, mode: 'delegation', expires_at: at(60),
    })
    say(5, sources.grants, 'grant.activated', { grant_id: gra, agent, withdrawal_due: at(864_000) })
    say(6, sources.agents, 'session.started', { session_id: ses, agent, initiator: cast.alice, trigger: 'interactive', purpose: 'Answer mail' })
    for (let i = 0; i < 3; i++) {
      const action_id = id(`act-${i}`)
      say(10 + i, sources.agents, 'action.requested', {
        action_id, session_id: ses, agent, operation: 'mail.send', resource: { type: 'mailbox', id: 'x', system: i === 0 ? 'mail' : 'payroll' }, delegation_id: child,
      })
      say(11 + i, sources.policy, 'decision.recorded', { action_id, decision_id: id(`dec-${i}`), effect: 'permit', phase: 'runtime', policies: [{ id: 'mail', version: '1' }] })
      say(12 + i, sources.agents, 'action.started', { action_id })
      say(13 + i, sources.agents, 'action.completed', { action_id, status: 'succeeded' })
    }
    say(60, sources.agents, 'session.ended', { session_id: ses, reason: 'done' })
  }

  const page = (path: string) => `/v1/agents/${encodeURIComponent(path)}`

  test('an agent: who owns it, who lets it act, what it reached and could use', async () => {
    const { status, body } = await served.get(page(key))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      key, iss: agent.iss, sub: agent.sub, name: 'Mail assistant', registered: true, status: 'active', purpose: 'Answers mail', model: 'm-1', version: '2',
      owner: { sub: 'data-team' }, sponsor: { sub: cast.carla.sub },
      systems: { declared: ['mail', 'crm'], reached: ['mail', 'payroll'], undeclared: ['payroll'] },
      actions: { count: 3, at_least: false }, open_findings: { critical: 0, high: 0, medium: 0, info: 0 }, findings: [], settled: true,
    })
    expect(body.grants).toMatchObject({ standing: 1, complete: true })
    expect(body.grants.live.map((grant: { id: string; standing: boolean }) => [grant.id, grant.standing])).toEqual([[child, false], [gra, true]])
    expect(body.authorisers.map((each: { principal: { sub: string }; root: boolean }) => [each.principal.sub, each.root])).toEqual([[cast.alice.sub, true], [cast.orchestrator.sub, false]])
    expect(body.last_seen).toBe(new Date(Date.parse(story.at(12))).toISOString())
  })

  test('one nobody registered is there as well, and one whose sponsor has gone has its finding', async () => {
    const [unregistered] = played.get('unregistered-agent')!.findings
    const text = unregistered!.slice('AGT-01:'.length)
    const seen = (await served.get(page(text))).body
    expect(seen).toMatchObject({ key: text, registered: false, status: 'unregistered', owner: null, open_findings: { medium: 1 } })
    expect(seen.findings.map((finding: { rule: string }) => finding.rule)).toEqual(['AGT-01'])
    const orphan = played.get('orphaned-agent')!.findings[0]!.slice('AGT-02:'.length)
    expect((await served.get(page(orphan))).body).toMatchObject({ registered: true, open_findings: { medium: 1 } })
  })

  test('trust domains that its chains cross are told', async () => {
    const { actions } = played.get('cross-domain')!
    const lineage = (await served.get(`/v1/actions/${encodeURIComponent(actions[0]!.id)}`)).body
    const { iss, sub } = lineage.roles.actor.principal
    const { boundaries } = (await served.get(page(`${iss}|${sub}`))).body
    expect(boundaries.crossed.length).toBeGreaterThan(0)
    expect(boundaries.crossed[0]).toMatchObject({ from: expect.any(String), into: expect.any(String), exchanged: expect.any(Boolean) })
  })

  test('the list holds every agent once, page by page, as their pages have them', async () => {
    const whole = (await served.get('/v1/agents?limit=200')).body.items
    const keys = whole.map((each: { key: string }) => each.key)
    expect(keys).toEqual([...new Set(keys)].toSorted())
    expect(keys).toContain(key)
    const paged: string[] = []
    for (let path: string | undefined = '/v1/agents?limit=2'; path !== undefined;) {
      const next = await served.get(path)
      paged.push(...next.body.items.map((each: { key: string }) => each.key))
      path = /<(.+)>; rel="next"/.exec(next.headers.get('link') ?? '')?.[1]
    }
    expect(paged).toEqual(keys)
    const { findings: _, as_of: _a, settled: _s, position: _p, ...one } = (await served.get(page(key))).body
    expect(whole.find((each: { key: string }) => each.key === key)).toEqual(one)
  })

  test('a bare sub is enough where it is unique, and else the candidates are named', async () => {
    expect((await served.get(page(agent.sub))).body.key).toBe(key)
    await served.get(`/v1/status?at_least=${await served.append([{ content: story.say(100, sources.agents, 'action.requested', {
      action_id: id('act-other'), agent: { ...agent, iss: 'https://elsewhere.example' }, operation: 'mail.send',
    }) }])}`)
    const { status, body } = await served.get(page(agent.sub))
    expect([status, body.code]).toEqual([409, 'ambiguous'])
    expect(body.candidates).toEqual([key, `https://elsewhere.example|${agent.sub}`].toSorted())
    expect((await served.get(page('nobody'))).body).toMatchObject({ status: 404, code: 'not_found' })
    expect((await served.get(page('https://a|b'))).status).toBe(404)
  })

  test('as of a time before it was told of, an agent is unknown', async () => {
    expect((await served.get(`${page(key)}?as_of=2020-01-01T00:00:00Z`)).status).toBe(404)
    const now = await served.get(`${page(key)}?as_of=${new Date().toISOString()}`)
    expect(now.body).toMatchObject({ key, registered: true, actions: { count: 3 } })
  })

  test('coverage: who tells, how much, the level, and the one next line', async () => {
    const { status, body } = await served.get(`/v1/coverage?agent=${encodeURIComponent(key)}`)
    expect(status).toBe(200)
    const [covered] = body.items
    expect(covered).toMatchObject({ agent: key, sampled: 3, level: 'L3' })
    const leg = (name: string) => covered.legs.find((each: { leg: string }) => each.leg === name)
    expect(leg('decision')).toMatchObject({ owners: [], evidence: { asserted: 3 }, covered: 1 })
    expect(leg('inventory')).toMatchObject({ owners: [{ producer: inventoryProducer }], evidence: null, covered: null })
    expect(leg('approval').covered).toBeNull()
    // Told, but nobody is registered for it: that it may be missing would go unnoticed.
    expect(covered.next).toMatchObject({ level: 'L1', add: expect.stringContaining('--legs initiator'), arms: ['INI-01'] })
    expect(covered.levels.map((each: { level: string; reached: boolean }) => [each.level, each.reached])).toEqual([['L0', true], ['L1', true], ['L2', true], ['L3', true], ['L4', false]])
    const l2 = covered.levels[2]
    expect(l2.arms).toContainEqual({ rule: 'DEC-02', armed: false })
  })

  test('coverage of a first trace: level 0, and what to add first', async () => {
    const [bare] = played.get('bare')!.actions
    const { roles } = (await served.get(`/v1/actions/${encodeURIComponent(bare!.id)}`)).body
    const { iss, sub } = roles.actor.principal
    const text = iss.startsWith('urn:onbehalf:unqualified:') ? `|${sub}` : `${iss}|${sub}`
    const { items: [covered] } = (await served.get(`/v1/coverage?agent=${encodeURIComponent(text)}&sample=5`)).body
    expect(covered.level).toBe('L0')
    expect(covered.levels[1].lacks.length).toBeGreaterThan(0)
    expect(covered.next.add).toMatch(/`initiator`|user\.id/)
    const list = await served.get('/v1/coverage?limit=3')
    expect(list.body.items).toHaveLength(3)
    expect(list.headers.get('link')).toContain('rel="next"')
  })

  test('the catalogue: every rule, what it is armed by, and what is on here', async () => {
    const { status, body, headers } = await served.get('/v1/rules')
    expect(status).toBe(200)
    expect(body.items.map((rule: { id: string }) => rule.id)).toEqual([...allRules.keys()])
    const rule = (of: string) => body.items.find((each: { id: string }) => each.id === of)
    expect(rule('DEC-01')).toMatchObject({ armed_by: null, on: true, severity: 'critical', about: 'action' })
    expect(rule('INT-05')).toMatchObject({ on: false, why: 'It is switched off.' })
    expect(rule('OUT-05')).toMatchObject({ armed_by: 'opt-in', on: false, about: 'effect' })
    expect(rule('TIM-04')).toMatchObject({ armed_by: 'grants', on: true, about: 'grant' })
    expect(rule('APR-01')).toMatchObject({ armed_by: 'approval', on: false, why: expect.stringContaining('registered for approval') })
    expect(rule('DEC-02').mapping.asi[0]).toEqual({ id: 'ASI02', title: 'Tool Misuse and Exploitation' })
    for (const { mapping } of body.items) for (const { title } of [...mapping.asi, ...mapping.nhi, ...mapping.nist]) expect(title).toEqual(expect.any(String))
    const other = (await served.get('/v1/rules', { tenant: 'other' })).body
    expect(other.items.find((each: { id: string }) => each.id === 'TIM-04').on).toBe(false)
    expect((await served.get('/v1/rules', { headers: { 'if-none-match': headers.get('etag')! } })).status).toBe(304)
  })

  test('a session says when, by whom and for whom', async () => {
    const { body } = await served.get(`/v1/sessions/${ses}`)
    expect(body.session).toMatchObject({
      started_at: expect.stringMatching(/^20/), ended_at: expect.stringMatching(/^20/), agent: { sub: agent.sub }, initiator: { sub: cast.alice.sub },
      trigger: 'interactive', purpose: 'Answer mail', end_reason: 'done', evidence: 'asserted',
    })
    expect(Date.parse(body.session.ended_at) - Date.parse(body.session.started_at)).toBe(54_000)
  })

  test('a delegation shows everything below it, the chain above, and how often it was used', async () => {
    const top = (await served.get(`/v1/delegations/${del}`)).body
    expect(top.tree).toMatchObject({ truncated: false, items: [{ delegation_id: child, parent_id: del, depth: 1, delegate: { sub: agent.sub } }] })
    expect(top).toMatchObject({ revocation: null, uses: { max: null, count: null }, findings: [] })
    const below = (await served.get(`/v1/delegations/${child}`)).body
    expect(below.chain.map((hop: { delegation_id: string }) => hop.delegation_id)).toEqual([del, child])
    expect(below.uses).toEqual({ max: 5, count: 3 })
    expect(below.tree).toEqual({ items: [], truncated: false })
  })

  test('64 levels below are shown, and that there are more; a cycle comes to an end', async () => {
    const deep = (i: number) => id(`deep-${i}`)
    const granted = (delegation_id: string, above: string | null) => ({ content: story.say(200, sources.authorization, 'delegation.granted', {
      delegation_id, parent: above === null ? { kind: 'root' } : { kind: 'delegation', delegation_id: above }, grantor: cast.alice, delegate: agent, subject: cast.alice, mode: 'delegation',
    }) })
    const chain = Array.from({ length: 70 }, (_, i) => granted(deep(i), i === 0 ? null : deep(i - 1)))
    const round = [granted(id('round-a'), id('round-c')), granted(id('round-b'), id('round-a')), granted(id('round-c'), id('round-b'))]
    const wide = Array.from({ length: 1_100 }, (_, i) => granted(id(`wide-${i}`), deep(69)))
    const at = await served.append([...chain, ...round, ...wide])
    const { tree } = (await served.get(`/v1/delegations/${deep(0)}?at_least=${at}`)).body
    expect(tree.truncated).toBe(true)
    expect(tree.items.map((each: { depth: number }) => each.depth)).toEqual(Array.from({ length: tree.items.length }, (_, i) => i + 1))
    expect(tree.items.length).toBeGreaterThanOrEqual(63)
    const around = (await served.get(`/v1/delegations/${id('round-a')}`)).body
    expect(around.tree.items.map((each: { delegation_id: string }) => each.delegation_id)).toEqual([id('round-b'), id('round-c')])
    const fan = (await served.get(`/v1/delegations/${deep(69)}?limit=1`)).body
    expect(fan.tree.truncated).toBe(true)
    expect(fan.tree.items).toHaveLength(1_000)
    // An agent with more authority than is looked at says so.
    const { grants } = (await served.get(page(key))).body
    expect(grants.complete).toBe(false)
  })

  test('status: the horizon, who sends heartbeats and who is silent, and what is open', async () => {
    const { body } = await served.get('/v1/status')
    expect(Date.parse(body.horizon)).toBeGreaterThan(Date.now() - 60_000)
    expect(body.backlog).toBe(0)
    const { config } = played.get('silent-source')!
    const silent = body.sources.find((each: { producer: string }) => each.producer === config!.producers[0]!.id)
    expect(silent).toMatchObject({ source: config!.producers[0]!.sources![0], silent: true, offline_since: null, watermark: expect.any(String), next_before: expect.any(String) })
    const { facets } = (await served.get('/v1/findings')).body
    expect(body.findings).toEqual(facets.severity)
  })

  test('another tenant has none of it', async () => {
    const tenant = 'other'
    for (const path of ['/v1/agents', '/v1/coverage', '/v1/retractions']) expect((await served.get(path, { tenant })).body.items).toEqual([])
    expect((await served.get(page(key), { tenant })).status).toBe(404)
    expect((await served.get(`/v1/coverage?agent=${encodeURIComponent(key)}`, { tenant })).status).toBe(404)
    expect((await served.get('/v1/status', { tenant })).body).toMatchObject({ horizon: null, sources: [], backlog: 0 })
  })

  test.each([
    ['/v1/agents?limit=x', '/limit'], ['/v1/agents?cursor=W10', '/cursor'], ['/v1/agents?as_of=2026-11-24T09:00:00Z', '/as_of'], ['/v1/agents?owner=x', '/owner'],
    ['/v1/agents/%00', '/id'], ['/v1/agents/x?as_of=now', '/as_of'], ['/v1/coverage?sample=0', '/sample'], ['/v1/coverage?sample=201', '/sample'], ['/v1/coverage?agent=%20', '/agent'],
    ['/v1/rules?limit=5', '/limit'], ['/v1/retractions?cursor=x', '/cursor'],
  ])('%s is refused, and the parameter named', async (path, parameter) => {
    const { status, body } = await served.get(path)
    expect([status, body.code]).toEqual([400, 'invalid_request'])
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(parameter)
  })

  test('who only produces reads none of it', async () => {
    for (const path of ['/v1/agents', page(key), '/v1/coverage', '/v1/rules', '/v1/retractions']) {
      expect((await served.get(path, { role: 'producer' })).status).toBe(403)
      expect((await served.get(path, { role: 'none' })).status).toBe(401)
    }
  })
})

describe('retractions', () => {
  let served: ServedJournal
  const refund = justNow(scenarios['refund']!, 'retracted')
  const action = `/v1/actions/${encodeURIComponent(refund.actions[0]!.id)}`

  beforeAll(async () => {
    served = await serveJournal({ limits: { wait_ms_max: 5_000 } })
    await served.get(`/v1/status?at_least=${await served.append(tell(refund, 'default'))}`)
  })
  afterAll(() => served?.stop())

  test('what a producer said is struck through: shown, and counts for nothing', async () => {
    const before = (await served.get(action)).body
    const [decision] = before.decisions
    const { log, index } = decision.entries[0]
    const asked = { producer: 'default', positions: [{ log, from: index, to: index }], reason: 'Wrong policy bundle' }
    const { status, body } = await served.post('/v1/retractions', asked, { role: 'admin' })
    expect(status).toBe(201)
    expect(body).toMatchObject({ ...asked, received_from: null, received_to: null, by: { sub: 'test' }, entries: [{ log: 'default/own' }] })
    // Who asked reads his own writes.
    const after = (await served.get(action)).body
    expect(after.decisions[0]).toMatchObject({ id: decision.id, struck: true })
    expect(after.decision).not.toBe(before.decision)
    expect((await served.get('/v1/retractions')).body.items).toEqual([body])
    expect((await served.get('/v1/status')).body.horizon).toBeNull()
  })

  test('only an admin strikes through, and nobody in another tenant\'s log', async () => {
    const asked = { producer: 'default', reason: 'x' }
    for (const role of ['responder', 'auditor', 'producer'] as const) expect((await served.post('/v1/retractions', asked, { role })).status).toBe(403)
    const foreign = await served.post('/v1/retractions', { ...asked, positions: [{ log: 'other/onbehalf.embedded/0', from: 0, to: 1 }] }, { role: 'admin' })
    expect([foreign.status, foreign.body.errors[0].path]).toEqual([400, '/positions/0/log'])
    const own = await served.post('/v1/retractions', asked, { role: 'admin', tenant: 'other' })
    expect(own.status).toBe(201)
    expect((await served.get('/v1/retractions')).body.items).toHaveLength(1)
    expect((await served.get('/v1/retractions', { tenant: 'other' })).body.items).toHaveLength(1)
    expect((await served.get(action)).status).toBe(200)
  })

  test('with no projector at work it is written all the same, and holds when there is one', async () => {
    await served.pauseProjector()
    const { status, body } = await served.post('/v1/retractions', { producer: 'someone', reason: 'Later' }, { role: 'admin' })
    expect(status).toBe(201)
    expect((await served.get('/v1/retractions')).body.items).toHaveLength(1)
    served.resumeProjector()
    await expect.poll(async () => (await served.get('/v1/retractions')).body.items[0], { timeout: 60_000 }).toEqual(body)
  })

  test.each([
    ['/producer', { reason: 'x' }], ['/reason', { producer: 'default' }], ['/producer', { producer: 'onbehalf', reason: 'x' }], ['/positions', { producer: 'default', reason: 'x', positions: [] }],
    ['/positions/0', { producer: 'default', reason: 'x', positions: [{ log: 'default/a/0', from: 5, to: 4 }] }], ['/received_from', { producer: 'default', reason: 'x', received_from: 'then' }],
    ['/received_to', { producer: 'default', reason: 'x', received_from: '2026-01-02T00:00:00Z', received_to: '2026-01-01T00:00:00Z' }],
  ])('%s: %j is refused', async (path, body) => {
    const answer = await served.post('/v1/retractions', body, { role: 'admin' })
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path)
  })
})
