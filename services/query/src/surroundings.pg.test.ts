import type { Lineage } from '@onbehalf/lineage'
import { createRandom, lineagesOf, randomWorld, scenarios, tellStory, cast, sources } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveJournal, type ServedJournal } from './testing/served-journal.ts'

const atMs = Date.UTC(2026, 10, 24, 9)
const actionsMany = 450

describe('surroundings', () => {
  let served: ServedJournal
  const world = randomWorld(createRandom(11), { actions: 120 })
  const refund = scenarios['refund']!.play({ seed: 'around', atMs })
  const many = manyInOneSession()

  beforeAll(async () => {
    served = await serveJournal()
    for (const events of [world.events, refund.events, many.events]) await served.append(events.map((content) => ({ content })))
    await served.get(`/v1/status?at_least=${await served.append([{ content: world.events[0]! }])}`)
  })
  afterAll(() => served?.stop())

  test('the sessions and traces of a random world hold its actions as they are, each once', async () => {
    const oracle = lineagesOf(world.events)
    const expected = { session: groupBy(oracle, (action) => (action.session === null ? [] : [action.session])), trace: groupBy(oracle, (action) => action.traces) }
    let compared = 0
    for (const [kind, groups] of Object.entries(expected)) {
      for (const [id, ids] of groups) {
        const { status, body } = await served.get(`/v1/${kind}s/${encodeURIComponent(id)}?limit=200`)
        expect(status).toBe(200)
        const found = body.actions.map((action: Lineage) => action.id)
        expect(new Set(found).size).toBe(found.length)
        // An action that was only located in a session or trace may be there besides those that name it.
        expect(found).toEqual(expect.arrayContaining(ids))
        compared += ids.length
      }
    }
    expect(compared).toBeGreaterThan(100)
  })

  test('whatever the page size, every action is on exactly one page', async () => {
    const [session] = world.session_ids
    const whole = (await served.get(`/v1/sessions/${session}?limit=200`)).body
    for (const limit of [1, 3]) {
      const ids: string[] = []
      let path: string | undefined = `/v1/sessions/${session}?limit=${limit}`
      while (path !== undefined) {
        const page = await served.get(path)
        ids.push(...page.body.actions.map((action: Lineage) => action.id))
        path = nextOf(page.headers)
        expect(page.body).toMatchObject({ complete: false, truncated: path !== undefined })
      }
      expect(ids.toSorted()).toEqual(whole.actions.map((action: Lineage) => action.id).toSorted())
    }
  })

  test('a trace shows its delegations, in any form its id is pasted', async () => {
    const plain = await served.get(`/v1/traces/${refund.trace_id}`)
    expect(plain.body).toMatchObject({ trace_id: refund.trace_id, complete: true, truncated: false, spans: [] })
    expect(plain.body.delegations.map((hop: { delegation_id: string }) => hop.delegation_id)).toEqual(refund.actions[0]!.truth.chain.toSorted())
    expect(plain.body.totals).toEqual({ actions: plain.body.actions.length, delegations: plain.body.delegations.length, spans: 0 })
    const t = refund.trace_id
    for (const form of [t.toUpperCase(), ` ${t} `, `${t.slice(0, 8)}-${t.slice(8, 12)}-${t.slice(12, 16)}-${t.slice(16, 20)}-${t.slice(20)}`, `00-${t}-00f067aa0ba902b7-01`])
      expect((await served.get(`/v1/traces/${encodeURIComponent(form)}`)).body.trace_id).toBe(t)
  })

  test('a trace of spans is a tree, with its actions in it and the parents that never came', async () => {
    const [trace, ids] = ['e'.repeat(32), ['1', '2', '3', '4', '5'].map((digit) => digit.repeat(16))]
    const [root, tool, server, orphan, lost] = ids as [string, string, string, string, string]
    const spanOf = (spanId: string, parentSpanId: string | null, name: string, attributes: Record<string, string> = {}) => ({
      kind: 'otlp-span-json' as const,
      content: { resourceSpans: [{
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'support' } }] },
        scopeSpans: [{ spans: [{
          traceId: trace, spanId, ...(parentSpanId !== null && { parentSpanId }), name, kind: 1, startTimeUnixNano: '1795510800000000000', endTimeUnixNano: '1795510801000000000',
          attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
        }] }],
      }] },
    })
    const called = { 'gen_ai.tool.name': 'pay' }
    const position = await served.append([
      spanOf(tool, root, 'execute_tool pay', { ...called, 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.call.id': 'c' }), spanOf(server, tool, 'tools/call pay', { ...called, 'mcp.method.name': 'tools/call' }),
      spanOf(orphan, lost, 'chat gpt'), spanOf(root, null, 'invoke_agent Bot', { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'Bot', 'user.id': 'anna' }),
      spanOf(orphan, lost, 'chat gpt'),
    ])
    const { body } = await served.get(`/v1/traces/${trace}?at_least=${position}`)
    expect(body).toMatchObject({ complete: true, truncated: false, totals: { actions: 1, spans: 4 } })
    const [action] = body.actions
    expect(action).toMatchObject({ operation: 'pay', roles: { actor: { principal: { sub: 'Bot' } }, initiator: { principal: { sub: 'anna' }, link: 'inherited' } } })
    const shown = body.spans.map(({ span_id, parent_span_id, missing, action: at, name }: Record<string, unknown>) => [span_id, parent_span_id, missing, at, name])
    expect(shown).toEqual(expect.arrayContaining([
      [root, null, false, null, 'invoke_agent Bot'], [tool, root, false, action.id, 'execute_tool pay'], [server, tool, false, action.id, 'tools/call pay'],
      [orphan, lost, false, null, 'chat gpt'], [lost, null, true, null, null],
    ]))
    expect(shown).toHaveLength(5)
    const lines = (await served.get(`/v1/traces/${trace}`, { headers: { accept: 'application/x-ndjson' } })).text.trimEnd().split('\n').map((line) => JSON.parse(line))
    expect(lines.flatMap(({ span }) => span ?? []).map(({ span_id }) => span_id).toSorted()).toEqual(ids.toSorted())
    expect(lines.at(-1)).toMatchObject({ complete: true, totals: { actions: 1, spans: 4 } })
    expect((await served.get(`/v1/traces/${trace}`, { tenant: 'other' })).status).toBe(404)
  })

  test('a trace of spans alone is a trace', async () => {
    const trace = 'd'.repeat(32)
    const position = await served.append([{ kind: 'otlp-span-json', content: { resourceSpans: [{ scopeSpans: [{ spans: [
      { traceId: trace, spanId: '1'.repeat(16), name: 'GET /', kind: 2, startTimeUnixNano: '1795510800000000000', endTimeUnixNano: '1795510801000000000' },
    ] }] }] } }])
    expect((await served.get(`/v1/traces/${trace}?at_least=${position}`)).body).toMatchObject({ totals: { actions: 0, spans: 1 }, spans: [{ name: 'GET /', missing: false }] })
  })

  test('more than a page says so, counts all of it, and streams whole as NDJSON', async () => {
    const path = `/v1/sessions/${many.session_id}`
    const page = await served.get(path)
    expect(page.body).toMatchObject({ complete: false, truncated: true, totals: { actions: actionsMany, delegations: null } })
    expect(nextOf(page.headers)).toBeDefined()
    const stream = await served.get(path, { headers: { accept: 'application/x-ndjson' } })
    expect(stream.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = stream.text.trimEnd().split('\n').map((line) => JSON.parse(line))
    const last = lines.at(-1)
    expect(last).toMatchObject({ session_id: many.session_id, complete: true, truncated: false, totals: { actions: actionsMany, delegations: 1 } })
    const ids = lines.filter((line) => line.action !== undefined).map((line) => line.action.id)
    expect(ids).toHaveLength(actionsMany)
    expect(new Set(ids).size).toBe(actionsMany)
    expect(lines.find((line) => line.action !== undefined).action.position).toEqual(last.position)
  })

  test('a client that leaves a stream leaves no connection behind', async () => {
    for (let i = 0; i < 12; i++) {
      const gone = new AbortController()
      const response = await fetch(`${served.url}/v1/sessions/${many.session_id}`, {
        headers: { authorization: 'Bearer default~auditor', accept: 'application/x-ndjson' }, signal: gone.signal,
      })
      await response.body!.getReader().read()
      gone.abort()
      await expect.poll(async () => (await served.get(`/v1/sessions/${many.session_id}?limit=1`)).status, { timeout: 30_000 }).toBe(200)
    }
    await expect.poll(() => served.pool.totalCount - served.pool.idleCount, { timeout: 30_000 }).toBe(0)
  })

  test('a stream of what is not there is a problem document, not an empty stream', async () => {
    const { status, body, headers } = await served.get('/v1/sessions/nothing-of-the-kind', { headers: { accept: 'application/x-ndjson' } })
    expect(status).toBe(404)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(body.code).toBe('not_found')
  })

  test('a delegation shows its chain, what was made from it and what was done under it', async () => {
    const [top, below] = refund.actions[0]!.truth.chain as [string, string]
    const child = (await served.get(`/v1/delegations/${below}`)).body
    expect(child.chain.map((hop: { delegation_id: string }) => hop.delegation_id)).toEqual([top, below])
    expect(child.actions.map((action: Lineage) => action.id)).toContain(refund.actions[0]!.id)
    const parent = (await served.get(`/v1/delegations/${top}`)).body
    expect(parent).toMatchObject({ delegation_id: top, children: [below], complete: false, truncated: false })
    expect((await served.get('/v1/delegations/none')).status).toBe(404)
  })

  function manyInOneSession() {
    const { events, id, say } = tellStory({ seed: 'many', atMs })
    const [session_id, delegation_id] = [id('ses'), id('del')]
    say(0, sources.agents, 'session.started', { session_id, agent: cast.refundBot, initiator: cast.alice, trigger: 'interactive' })
    say(0, sources.authorization, 'delegation.granted', {
      delegation_id, parent: { kind: 'root' }, grantor: cast.alice, delegate: cast.refundBot, subject: cast.alice, mode: 'delegation',
    })
    for (let i = 0; i < actionsMany; i++)
      say(i + 1, sources.agents, 'action.requested', { action_id: id(`act-${i}`), session_id, agent: cast.refundBot, operation: 'crm.read', delegation_id })
    return { events, session_id }
  }
})

const nextOf = (headers: Headers): string | undefined => /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]

function groupBy(actions: readonly Lineage[], by: (action: Lineage) => string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const action of actions) for (const id of by(action)) groups.set(id, [...(groups.get(id) ?? []), action.id])
  return groups
}
