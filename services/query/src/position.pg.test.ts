import { scenarios } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveJournal, topic, type ServedJournal } from './testing/served-journal.ts'

const atMs = Date.UTC(2026, 10, 24, 9)

describe('at_least, quarantine and status', () => {
  let served: ServedJournal

  beforeAll(async () => {
    served = await serveJournal({ limits: { wait_ms_max: 400 } })
  })
  afterAll(() => served?.stop())

  test('an empty tenant has lists without items, and a status', async () => {
    expect((await served.get('/v1/actions')).body).toEqual({ items: [], facets: {} })
    expect((await served.get('/v1/quarantine')).body).toEqual({ items: [], facets: {} })
    expect((await served.get('/v1/status')).body).toMatchObject({ version: '0.0.0-test', fold_version: expect.any(String), logs: [], horizon: null, backlog: 0, sources: [] })
  })

  test('what was acknowledged can be read, time after time', async () => {
    for (let i = 0; i < 30; i++) {
      const { events, actions } = scenarios['refund']!.play({ seed: `rw-${i}`, atMs })
      const position = await served.append(events.map((content) => ({ content })))
      const { status } = await served.get(`/v1/actions/${encodeURIComponent(actions[0]!.id)}?at_least=${position}`)
      expect(status).toBe(200)
    }
  })

  test('an empty position waits for nothing', async () => {
    expect((await served.get('/v1/actions?at_least=')).status).toBe(200)
  })

  test('a position that does not come is 503, with what it waits for and how far that is', async () => {
    const position = await served.append([{ content: scenarios['bare']!.play({ seed: 'far', atMs }).events[0]! }])
    const next = Number(position.split('@')[1]) + 1
    const beyond = await served.get(`/v1/actions?at_least=${topic}/0@${next}`)
    expect(beyond.status).toBe(503)
    expect(beyond.headers.get('retry-after')).toBe('2')
    expect(beyond.body).toMatchObject({ code: 'position_timeout', waiting_for: [{ partition: `${topic}/0`, offset: `${next}`, next_offset: `${next}` }] })
    const elsewhere = await served.get('/v1/actions?at_least=other.topic/3@7')
    expect(elsewhere.body).toMatchObject({ code: 'position_timeout', waiting_for: [{ partition: 'other.topic/3', next_offset: null }] })

    await served.pauseProjector()
    const late = await served.append(scenarios['bare']!.play({ seed: 'late', atMs }).events.map((content) => ({ content })))
    const waiting = await served.get(`/v1/actions?at_least=${late}`)
    expect(waiting.body).toMatchObject({ code: 'position_timeout', waiting_for: [expect.objectContaining({ log: `default/${topic}/0` })] })
    const { size, projected } = waiting.body.waiting_for[0]
    expect(size).toBeGreaterThan(projected)
    expect((await served.get('/v1/actions/not-there-yet')).body.next).toContain('not in lineage yet')
    expect((await served.get('/v1/status')).body.logs).toContainEqual({ log: `default/${topic}/0`, size, projected, checkpoint_size: null })
    served.resumeProjector()
    await expect.poll(async () => (await served.get(`/v1/actions?at_least=${late}`)).status, { timeout: 10_000 }).toBe(200)
  })

  test('a client that goes away while it waits leaves nothing running', async () => {
    const gone = new AbortController()
    const asked = fetch(`${served.url}/v1/actions?at_least=${topic}/0@999999`, { headers: { authorization: 'Bearer default~auditor' }, signal: gone.signal })
    setTimeout(() => gone.abort(), 50)
    await expect(asked).rejects.toThrow()
    await expect.poll(() => served.pool.totalCount - served.pool.idleCount).toBe(0)
  })

  test('a quarantine case keeps its id while it grows, and pages hold each once', async () => {
    const at = await served.append([{ content: 'not json' }, { content: '{"specversion":"1.0"}', producer: 'gate-2' }])
    const before = (await served.get(`/v1/quarantine?at_least=${at}`)).body.items
    expect(before).toHaveLength(2)
    for (const item of before) expect(item).toMatchObject({ id: expect.stringMatching(/^q-[0-9a-f]{16}$/), count: 1, samples: [{ log: `default/${topic}/0` }] })
    const later = await served.append([{ content: 'not json either' }])
    const after = (await served.get(`/v1/quarantine?at_least=${later}`)).body.items
    expect(after.map((item: { id: string }) => item.id).toSorted()).toEqual(before.map((item: { id: string }) => item.id).toSorted())
    expect(after[0].count).toBe(2)
    const first = await served.get('/v1/quarantine?limit=1')
    const second = await served.get(/<(.+)>; rel="next"/.exec(first.headers.get('link')!)![1]!)
    expect([...first.body.items, ...second.body.items]).toEqual(after)
    expect(second.headers.get('link')).toBeNull()
    expect((await served.get('/v1/status')).body.quarantine).toEqual({ cases: 2, count: 3 })
  })

  test('status shows partitions with their lag, all of them to the whole instance', async () => {
    const owner = await served.database.client()
    await owner.query("insert into journal.partitions (topic, partition, epoch, next_offset, end_offset) values ('elsewhere', 4, 1, 10, 25)")
    const own = (await served.get('/v1/status')).body.partitions
    expect(own).toEqual([expect.objectContaining({ topic, partition: 0, lag: 0 })])
    const all = (await served.get('/v1/status', { role: 'instance' })).body.partitions
    expect(all).toContainEqual({ topic: 'elsewhere', partition: 4, next_offset: 10, end_offset: 25, lag: 15, caught_up_at: null })
  })
})
