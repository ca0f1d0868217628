import { once } from 'node:events'
import { spawn, type ChildProcess } from 'node:child_process'
import { createHealth, createMetrics, silentLogger } from '@onbehalf/runtime'
import { createPool } from '@onbehalf/store'
import { cast, scenarios, sources, tellStory } from '@onbehalf/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createQueryApi } from './query-api.ts'
import { serveJournal, type ServedJournal } from './testing/served-journal.ts'

const atMs = Date.UTC(2026, 10, 24, 9)

describe('faults', () => {
  let served: ServedJournal
  const { events, actions } = scenarios['refund']!.play({ seed: 'faults', atMs })
  const path = `/v1/actions/${encodeURIComponent(actions[0]!.id)}`

  beforeAll(async () => {
    served = await serveJournal()
    await served.get(`${path}?at_least=${await served.append(events.map((content) => ({ content })))}`)
  })
  afterAll(() => served?.stop())

  async function endBackends(): Promise<void> {
    const owner = await served.database.client()
    await owner.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'onbehalf-reader' and datname = current_database()")
  }

  test('connections that the server ended are replaced, and no answer is a fault of ours', async () => {
    for (let i = 0; i < 5; i++) {
      const asked = Array.from({ length: 8 }, () => served.get(path))
      await endBackends()
      for (const { status, body } of await Promise.all(asked)) if (status !== 200) expect(body).toMatchObject({ status: 503, code: 'database_unavailable' })
      await expect.poll(async () => (await served.get(path)).status).toBe(200)
    }
  })

  test('a stream that breaks is visibly cut off, and its connection is given back', async () => {
    const { events: many, id, say } = tellStory({ seed: 'cut', atMs })
    const session_id = id('ses')
    for (let i = 0; i < 3_000; i++) say(i, sources.agents, 'action.requested', { action_id: id(`act-${i}`), session_id, agent: cast.refundBot, operation: 'crm.read' })
    const position = await served.append(many.map((content) => ({ content })))
    expect((await served.get(`/v1/sessions/${session_id}?limit=1&at_least=${position}`)).body.totals.actions).toBe(3_000)
    const response = await fetch(`${served.url}/v1/sessions/${session_id}`, { headers: { authorization: 'Bearer default~auditor', accept: 'application/x-ndjson' } })
    const reader = response.body!.getReader()
    await reader.read()
    await endBackends()
    const rest = (async () => {
      let text = ''
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return text
        text += Buffer.from(value).toString()
      }
    })()
    await expect(rest).rejects.toThrow()
    await expect.poll(() => served.pool.totalCount - served.pool.idleCount).toBe(0)
    expect((await served.get(path)).status).toBe(200)
  })

  test('without a database every answer is 503 with what is wrong, and the documentation is there', async () => {
    const pool = createPool({ url: 'postgres://nobody@127.0.0.1:1/none', role: 'reader' })
    const app = await createQueryApi({
      pool, logger: silentLogger(), metrics: createMetrics(), health: createHealth(), version: '0', host: '127.0.0.1',
      authenticate: () => ({ tenant: 'default', producer: 'default', roles: ['auditor'], credential: 'test', instance: false }),
    })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    try {
      for (const each of ['/v1/actions', path, '/v1/status', '/v1/actions?at_least=a/0@1']) {
        const response = await fetch(`${url}${each}`)
        expect(await response.json()).toMatchObject({ status: 503, code: 'database_unavailable' })
      }
      expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ checks: { database: { ok: false, reason: 'the database cannot be reached' } } })
      expect((await fetch(`${url}/docs/errors`)).status).toBe(200)
      expect((await fetch(`${url}/livez`)).status).toBe(200)
    } finally {
      await app.close()
      await pool.end()
    }
  })
})

describe('as a process of its own', () => {
  let served: ServedJournal
  let child: ChildProcess | undefined

  beforeAll(async () => {
    served = await serveJournal()
  })
  afterEach(() => void child?.kill('SIGKILL'))
  afterAll(() => served?.stop())

  const token = 'a-token-for-this-test-only'
  async function start(env: Record<string, string>): Promise<{ said: () => string; url: Promise<string> }> {
    child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname], {
      env: { PATH: process.env['PATH'] ?? '', ONBEHALF_LOG_FORMAT: 'json', ONBEHALF_API_PORT: '0', ONBEHALF_BOOTSTRAP_TOKEN: token, ...env }, stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    const url = Promise.withResolvers<string>()
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const open = said.split('\n').find((line) => line.includes('"query api is open"'))
      if (open !== undefined) url.resolve((JSON.parse(open) as { url: string }).url)
    })
    return { said: () => said, url: url.promise }
  }

  test('it starts, is ready, answers, and ends with 0 on SIGTERM', async () => {
    const { url, said } = await start({ ONBEHALF_POSTGRES_URL: served.database.url })
    const at = await url
    await expect.poll(async () => (await (await fetch(`${at}/readyz`)).json()), { timeout: 10_000 })
      .toMatchObject({ status: 'ok', checks: { schema: { ok: true }, read_models: { ok: true }, projector: { ok: true } } })
    expect((await fetch(`${at}/v1/actions`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
    expect((await fetch(`${at}/v1/actions`)).status).toBe(401)
    child!.kill('SIGTERM')
    const [code] = await once(child!, 'exit') as [number]
    expect([code, said().includes(token)]).toEqual([0, false])
  })

  test('without a PostgreSQL it says which variable to set, and ends with 2', async () => {
    const { said } = await start({})
    const [code] = await once(child!, 'exit') as [number]
    expect(code).toBe(2)
    expect(said()).toContain('ONBEHALF_POSTGRES_URL')
  })
})
