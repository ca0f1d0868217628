import { scenarios } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveJournal, type ServedJournal } from './testing/served-journal.ts'

/** Tables that hold something of a tenant, and that readers can see. */
const tables = [
  'access.credentials', 'journal.tenants', 'journal.configurations', 'journal.logs', 'journal.segments', 'ledger.tiles',
  'lineage.facts', 'lineage.links', 'lineage.actions', 'lineage.violations', 'lineage.findings', 'lineage.dues', 'lineage.uses', 'lineage.sequences',
  'lineage.quarantine', 'lineage.cursors', 'lineage.stale',
]

describe('tenants', () => {
  let served: ServedJournal
  const own = scenarios['refund']!.play({ seed: 'a', atMs: Date.UTC(2026, 10, 24, 9) })
  const id = encodeURIComponent(own.actions[0]!.id)

  beforeAll(async () => {
    served = await serveJournal()
    const others = scenarios['denied']!.play({ seed: 'b', atMs: Date.UTC(2026, 10, 24, 9) })
    const position = await served.append([
      ...own.events.map((content) => ({ content, tenant: 'a' })),
      { content: 'no event', tenant: 'a' },
      ...others.events.map((content) => ({ content, tenant: 'b' })),
    ])
    for (const tenant of ['a', 'b']) await served.get(`/v1/status?at_least=${position}`, { tenant })
  })
  afterAll(() => served?.stop())

  test('another tenant\'s ids are not there: the same 404 as for what nobody has', async () => {
    const paths = [`/v1/actions/${id}`, `/v1/actions/${id}/entries`, `/v1/traces/${own.trace_id}`, `/v1/sessions/${own.session_id}`, `/v1/delegations/${own.actions[0]!.truth.chain[0]}`]
    for (const path of paths) {
      expect((await served.get(path, { tenant: 'a' })).status).toBe(200)
      const { status, body } = await served.get(path, { tenant: 'b' })
      expect(status).toBe(404)
      expect(body).toMatchObject({ code: 'not_found', known_as: [] })
    }
    expect((await served.get('/v1/actions/%20', { tenant: 'b' })).status).toBe(400)
  })

  test('lists, quarantine and status show one tenant', async () => {
    expect((await served.get('/v1/actions', { tenant: 'b' })).body.items.every((action: { tenant: string }) => action.tenant === 'b')).toBe(true)
    expect((await served.get('/v1/quarantine', { tenant: 'a' })).body.items).toHaveLength(1)
    expect((await served.get('/v1/quarantine', { tenant: 'b' })).body.items).toHaveLength(0)
    const { body } = await served.get('/v1/status', { tenant: 'b' })
    expect(body.logs.every(({ log }: { log: string }) => log.startsWith('b/'))).toBe(true)
    expect(body.quarantine).toEqual({ cases: 0, count: 0 })
    expect((await served.get('/v1/status', { tenant: 'nobody' })).body).toMatchObject({ logs: [], partitions: [] })
  })

  test('a list\'s cursor of one tenant shows another nothing', async () => {
    const page = await served.get('/v1/actions?limit=1', { tenant: 'a' })
    const next = /<(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
    const link = next ?? `/v1/actions?limit=1`
    const { status, body } = await served.get(link, { tenant: 'b' })
    expect(status).toBe(200)
    expect(body.items.every((action: { tenant: string }) => action.tenant === 'b')).toBe(true)
  })

  test('row-level security holds without any where clause: the reader role sees its tenant and nothing else', async () => {
    const client = await served.database.client('reader')
    const count = async (table: string) => Number((await client.query(`select count(*) as n from ${table}`)).rows[0].n)
    const seen = async (table: string) => (await client.query(`select distinct tenant from ${table}`)).rows.map((row) => row.tenant)
    for (const table of tables) expect([table, await count(table)]).toEqual([table, 0])
    await client.query("select set_config('onbehalf.tenant', 'a', false)")
    for (const table of tables) for (const tenant of await seen(table)) expect(tenant).toBe('a')
    for (const table of ['journal.segments', 'lineage.facts', 'lineage.actions']) expect(await count(table)).toBeGreaterThan(0)
    for (const table of tables) await expect(client.query(`delete from ${table}`)).rejects.toThrow(/permission denied/)
  })

  test('a credential that only produces may not read, and none at all is 401', async () => {
    for (const path of ['/v1/actions', `/v1/actions/${id}`, '/v1/quarantine', '/v1/status', `/v1/sessions/${own.session_id}`]) {
      expect((await served.get(path, { tenant: 'a', role: 'producer' })).body).toMatchObject({ status: 403, code: 'forbidden' })
      expect((await served.get(path, { role: 'none' })).status).toBe(401)
      expect((await served.get(path, { tenant: 'a', role: 'responder' })).status).toBe(200)
    }
  })
})
