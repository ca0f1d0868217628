import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { meaning, type Lineage } from '@onbehalf/lineage'
import { createClient, readHeads, readSegments, type ClientBase } from '@onbehalf/store'
import { benchEvents, createRandom, lineagesOf, scenarios, testSeed } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { descendantsOf, eventually, isAlive, Programs, ready, type Program } from './program.ts'

/**
 * The first five minutes of a newcomer, and the worst five of an operator, on one data directory: what the banner says
 * is typed as it stands, the whole process tree is killed in the middle of writing, rows are changed behind its back.
 */
const seed = testSeed()
const log = 'default/onbehalf.embedded/0'

describe(`a fresh start (ONBEHALF_TEST_SEED=${seed})`, () => {
  const random = createRandom(seed)
  const dir = mkdtempSync(join(tmpdir(), 'onbehalf-fresh-'))
  const data = join(dir, 'data')
  const programs = new Programs({ ONBEHALF_DATA_DIR: data, ONBEHALF_API_PORT: '0', ONBEHALF_OTLP_HTTP_PORT: '0', ONBEHALF_OTLP_GRPC_PORT: '0' })
  let running: Program
  let instance: { api_url: string; otlp_http_url: string; token: string; pid: number }
  let demo: { actions: { id: string }[]; session_id: string; trace_id: string; position: string; printed: string }

  beforeAll(() => {
    running = programs.start(['up'])
  })
  afterAll(async () => {
    await programs.endAll()
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  })

  async function again(): Promise<Record<string, any>> {
    running = programs.start(['up', '--json'])
    const told = await ready(running)
    instance = told as typeof instance
    return told
  }

  async function get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(instance.api_url + path, { headers: { authorization: `Bearer ${instance.token}` } })
    return { status: response.status, text: await response.text() }
  }

  async function post(body: string, type = 'application/cloudevents-batch+json'): Promise<{ status: number; body: any }> {
    const response = await fetch(`${instance.otlp_http_url}/v1/events`, {
      method: 'POST', body, headers: { authorization: `Bearer ${instance.token}`, 'content-type': type },
    })
    return { status: response.status, body: await response.json() }
  }

  /** The embedded PostgreSQL, as its owner: behind the system's back. */
  async function withDatabase<T>(use: (client: ClientBase) => Promise<T>): Promise<T> {
    const port = readFileSync(join(data, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[3]!.trim()
    const password = readFileSync(join(data, 'postgres', 'password'), 'utf8').trim()
    const client = createClient({ url: `postgres://onbehalf:${password}@127.0.0.1:${port}/onbehalf` })
    await client.connect()
    try {
      return await use(client)
    } finally {
      await client.end()
    }
  }

  /** A line from the terminal, typed as it stands. `npx onbehalf` is the program that stands beside this test. */
  const shell = (line: string) => programs.finish(programs.run('sh', ['-c', line.replaceAll('npx onbehalf', `"${process.execPath}" "${program}"`)]))

  const sizeOfLog = async (): Promise<number> => JSON.parse((await get('/v1/status')).text).logs.find((each: any) => each.log === log)?.size ?? 0

  /** Without how far the journal was read: it goes on, the action does not. */
  const lineageText = async (id: string): Promise<string> => {
    const { status, text } = await get(`/v1/actions/${id}`)
    expect(status, text).toBe(200)
    return text.replace(/"position":\{[^}]*\}/, '"position":{}')
  }

  test('is ready within 30 s on an empty directory, and the banner says what there is', async () => {
    const startedAtMs = performance.now()
    const banner = await eventually('the banner is there', () => {
      if (running.ended) throw new Error(running.err)
      return running.out.includes('Ctrl-C stops it') && running.out
    }, 60_000)
    expect(performance.now() - startedAtMs).toBeLessThan(30_000)
    instance = JSON.parse(readFileSync(join(data, 'instance.json'), 'utf8'))
    expect(instance.pid).toBe(running.pid)
    const line = (name: string) => new RegExp(`^\\s*${name}\\s{2,}(.*)$`, 'm').exec(banner)?.[1]
    expect(line('API')).toBe(instance.api_url)
    expect(line('API docs')).toBe(`${instance.api_url}/docs`)
    expect(line('Token')).toBe(instance.token)
    expect(line('Events in')).toContain(`${instance.otlp_http_url}/v1/events`)
    expect(line('Stream')).toBe('embedded')
    expect(line('Storage')).toContain(join(data, 'postgres'))
    expect(line('Integrity')).toContain('0 logs, 0 entries')
    expect(line('Metrics')).toBe(`${instance.api_url}/metrics`)
    for (const [path, marker] of [['/docs', '<html'], ['/openapi.json', '"3.1'], ['/livez', 'ok'], ['/readyz', '"ok"'], ['/metrics', 'onbehalf_']] as const) {
      const response = await fetch(instance.api_url + path)
      expect(response.status, path).toBe(200)
      expect(await response.text(), path).toContain(marker)
    }
  })

  test('the curl of the banner sends an event, and the line below it shows what came of it', async () => {
    const [, curl, trace] = /Send your own:\n((?:.*\\\n)+.*)\n\s*(npx .*)\n/.exec(running.out)!
    const sent = await shell(curl!)
    expect(sent.code, sent.err).toBe(0)
    const { accepted, position } = JSON.parse(sent.out)
    expect({ accepted, position }).toEqual({ accepted: 1, position: 'onbehalf.embedded/0@0' })
    await get(`/v1/status?at_least=${position}`)
    const page = await shell(trace!)
    expect(page.code, page.err).toBe(0)
    expect(page.out).toContain('my-first-action')
    // Nobody has told more of it than that it was asked for: each leg that is not there is named, and why.
    const missing = page.out.slice(page.out.indexOf('Missing, weak or not covered'), page.out.indexOf('Who\n'))
    for (const leg of [/delegation\s+not covered: the action names no/, /decision\s+not covered: no policy decision/, /execution\s+not yet told: no start/, /outcome\s+not covered: nothing/]) expect(missing).toMatch(leg)
    expect(missing).toMatch(/Add next\s+Send decision\.recorded/)
  })

  test('demo and trace tell the whole story, its six legs and what is missing', async () => {
    const json = await programs.command(['demo', '--json'])
    expect(json.code, json.err).toBe(0)
    const plain = await programs.command(['demo', 'approval'])
    expect(plain.code, plain.err).toBe(0)
    demo = { ...JSON.parse(json.out), printed: plain.out }
    expect(demo.actions).toHaveLength(2)

    const page = await programs.command(['trace', demo.actions[0]!.id])
    expect(page.code, page.err).toBe(0)
    const legs = ['initiator', 'delegation', 'decision', 'approval', 'execution', 'outcome']
    const strip = page.out.split('\n').find((line) => line.includes('initiator') && line.includes('outcome'))!
    expect(strip.trim().split(/\s+/)).toEqual(legs)
    for (const fact of ['Alice', 'refund-bot', 'stripe.refund', 'permit', 'refunds', 'succeeded']) expect(page.out, fact).toContain(fact)
    expect(page.out).toContain('Chain of 2 delegations')
    const missing = page.out.slice(page.out.indexOf('Missing, weak or not covered'), page.out.indexOf('Add next'))
    expect(missing.replaceAll(/\s+/g, ' ')).toMatch(/outcome asserted: .*nobody else has confirmed the effect/)
    expect(page.out.slice(page.out.indexOf('Entries behind each leg'))).toMatch(new RegExp(`decision\\s+${log}#\\d+`))
    expect(page.out).not.toMatch(/undefined|\[object|NaN/)
    // The session and the trace, in a form that people paste.
    for (const id of [demo.session_id, demo.trace_id.toUpperCase()]) expect((await programs.command(['trace', id])).out).toContain(demo.actions[1]!.id)
  })

  test('the curl that the demo prints answers the JSON that trace --json has', async () => {
    const [, id, curl] = /npx onbehalf trace (\S+)[\s\S]*?(curl .*)\n/.exec(demo.printed)!
    const [answered, traced] = [await shell(curl!), await programs.command(['trace', id!, '--json'])]
    expect(answered.code, answered.err).toBe(0)
    expect(traced.code, traced.err).toBe(0)
    const lineage = JSON.parse(answered.out) as Lineage
    expect(lineage.id).toBe(id)
    expect(JSON.parse(traced.out)).toEqual(lineage)
    expect(lineage.legs.approval.evidence).toBe('asserted')
  })

  test('a bad event is refused and its field is named, by the door and by send', async () => {
    const [good] = scenarios['refund']!.play({ seed, atMs: Date.UTC(2026, 10, 24, 9) }).events
    const bad = { ...good, type: 'onbehalf.delegation.granted.v1', data: { delegation_id: 7, parent: { kind: 'root' }, grantor: { sub: 'a', kind: 'user' }, delegate: { sub: 'b', kind: 'agent' }, subject: { sub: 'a', kind: 'user' } } }
    const before = await sizeOfLog()
    const refused = await post(JSON.stringify(bad), 'application/cloudevents+json')
    expect(refused.status).toBe(422)
    expect(refused.body.errors[0]).toMatchObject({ index: 0, path: '/data/delegation_id', rule: expect.stringContaining('1 to 255 characters') })
    expect((await fetch(refused.body.errors[0].docs)).status).toBe(200)

    writeFileSync(join(dir, 'wrong.json'), JSON.stringify(bad))
    const sent = await programs.command(['send', join(dir, 'wrong.json')])
    expect(sent.code).toBe(2)
    expect(sent.out + sent.err).toMatch(/line 1: \/data\/delegation_id must be a string of 1 to 255 characters/)
    expect(await sizeOfLog()).toBe(before)
  })

  test('a second one on the same directory is refused, and told whose it is', async () => {
    const second = await programs.command(['up'])
    expect(second.code).toBe(2)
    expect((second.out + second.err).replaceAll(/\s+/g, ' ')).toContain(`process ${running.pid}`)
    expect((await get('/readyz')).status).toBe(200)
  })

  const events = [...benchEvents(5_000, { seed, tenants: 1 })].map(({ value }) => value)

  test('killed with all its processes in the middle of a stream: what was acknowledged is there, and nothing has changed', async () => {
    const lineage = await lineageText(demo.actions[0]!.id)
    const before = await sizeOfLog()
    const send = programs.start(['send', '-', '--batch-size', '40'])
    // The last events wait until it is dead: the stream cannot have ended before.
    for (const value of events.slice(0, -500)) send.child.stdin.write(`${value}\n`)
    const at = 400 + random.int(2_600)
    await eventually('the stream is under way', async () => (await sizeOfLog()) >= before + at, 60_000)
    await sleep(random.int(30))
    const tree = descendantsOf(running.pid)
    expect(tree.length).toBeGreaterThan(2)
    await programs.killTree(running)
    const { code, out, err } = await programs.finish(send, events.slice(-500).map((value) => `${value}\n`).join(''))
    expect(code, out + err).toBe(3)
    const acknowledged = Number(/([\d,]+) events were accepted before/.exec((out + err).replaceAll(/\s+/g, ' '))?.[1]?.replaceAll(',', ''))
    expect(acknowledged, out + err).toBeGreaterThanOrEqual(at - 200)
    expect(acknowledged).toBeLessThan(events.length - 500)

    const startedAtMs = performance.now()
    const told = await again()
    expect(performance.now() - startedAtMs).toBeLessThan(8_000)
    expect(told['token']).toBe(instance.token)
    // Nobody waits until a lease of the dead has run out.
    await eventually('lineage is level with the journal', async () => JSON.parse((await get('/v1/status')).text).logs.every((each: any) => each.projected === each.size), 5_000)
    const stored = await contents()
    const missing = events.slice(0, acknowledged).filter((value) => !stored.has(String(value)))
    expect(missing.length, `of ${acknowledged} acknowledged, seed ${seed}`).toBe(0)
    for (const [content, count] of stored) expect(count, content).toBe(1)
    expect(await lineageText(demo.actions[0]!.id)).toBe(lineage)
  }, 120_000)

  test('sending the whole file again is harmless, and the lineage means what the events mean', async () => {
    const file = join(dir, 'events.ndjson')
    writeFileSync(file, events.map((value) => `${value}\n`).join(''))
    const sent = await programs.command(['send', file, '--json'])
    expect(sent.code, sent.err).toBe(0)
    const { accepted, position } = JSON.parse(sent.out)
    expect(accepted).toBe(events.length)
    const expected = new Map(lineagesOf(events.map((value) => JSON.parse(String(value)))).map((each) => [each.id, each]))
    const found = new Map<string, Lineage>()
    for (let path: string | undefined = `/v1/actions?limit=200&at_least=${position}`; path !== undefined;) {
      const response: Response = await fetch(instance.api_url + path, { headers: { authorization: `Bearer ${instance.token}` } })
      const page = (await response.json()) as { items: Lineage[] }
      expect(response.status, JSON.stringify(page)).toBe(200)
      for (const item of page.items) found.set(item.id, item)
      path = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
    }
    for (const [id, lineage] of expected) {
      expect(found.has(id), id).toBe(true)
      expect(JSON.parse(meaning(found.get(id)!)), `action ${id}, seed ${seed}`).toEqual(JSON.parse(meaning(lineage)))
    }
    // Beside them: the one of the banner, two of the refund, one of the approval.
    expect(found.size).toBe(expected.size + 4)
  }, 120_000)

  test('a rebuild changes no byte', async () => {
    const ids = [...demo.actions.map(({ id }) => id), 'my-first-action']
    const whole = async () => Promise.all(ids.map(async (id) => (await get(`/v1/actions/${id}`)).text))
    const before = await whole()
    const rebuilt = await programs.command(['rebuild', '--json'])
    expect(rebuilt.code, rebuilt.err).toBe(0)
    expect(JSON.parse(rebuilt.out).entries).toBeGreaterThan(events.length)
    await eventually('the projector goes on', async () => (await get(`/v1/status`)).status === 200)
    expect(await whole()).toEqual(before)
  })

  describe('doctor', () => {
    const doctor = async () => {
      const { code, out, err } = await programs.command(['doctor', '--json'])
      const checks = out.trim().split('\n').map((line) => JSON.parse(line) as { check: string; problems: { log?: string; index?: number; table?: string; what: string; kind?: string }[] })
      expect(checks.map(({ check }) => check), err).toContain('journal')
      return { code, problems: checks.flatMap(({ problems }) => problems) }
    }

    /** What is changed is as it was afterwards. */
    async function planted(change: (client: ClientBase) => Promise<unknown>): Promise<Awaited<ReturnType<typeof doctor>>> {
      await withDatabase(async (client) => {
        await client.query(`create schema saved; create table saved.segments as select * from journal.segments where tenant = 'default' and log_id = 'onbehalf.embedded/0' and first_index < 3000;
          create table saved.logs as select * from journal.logs where tenant = 'default' and log_id = 'onbehalf.embedded/0'`)
        await change(client)
      })
      try {
        return await doctor()
      } finally {
        await withDatabase((client) => client.query(`begin;
          delete from journal.segments s using saved.segments o where s.tenant = o.tenant and s.log_id = o.log_id and s.first_index = o.first_index;
          insert into journal.segments select * from saved.segments;
          update journal.logs l set size = o.size, root_hash = o.root_hash, frontier = o.frontier from saved.logs o where o.tenant = l.tenant and o.log_id = l.log_id;
          delete from lineage.facts where key = 'action:never-happened';
          drop schema saved cascade; commit`))
      }
    }

    const segment = async (client: ClientBase, countMin: number): Promise<Row> => (await client.query<Row>(
      `select first_index, count, encoding, content, commitments from journal.segments
       where tenant = 'default' and log_id = 'onbehalf.embedded/0' and count >= $1 and first_index between 50 and 2500 order by first_index limit 1`, [countMin])).rows[0]!

    test('finds nothing where nothing is wrong', async () => {
      expect(await doctor()).toEqual({ code: 0, problems: [] })
    })

    test('names the entry of which a byte was flipped', async () => {
      let index = -1
      const { code, problems } = await planted(async (client) => {
        const row = await segment(client, 3)
        const { sealed, content } = opened(row)
        const place = random.int(row.count)
        index = row.first_index + place
        content[sealed[place]!.from + 16 + random.int(100)]! ^= 1 << random.int(8)
        await client.query(`update journal.segments set content = $1, encoding = 0 where log_id = 'onbehalf.embedded/0' and first_index = $2`, [content, row.first_index])
      })
      expect(code).toBe(1)
      expect(problems, `seed ${seed}`).toContainEqual(expect.objectContaining({ log, index, kind: 'commitment', what: expect.stringContaining(`entry ${index}`) }))
    })

    test('names the entries that a missing segment held', async () => {
      let row: Row
      const { code, problems } = await planted(async (client) => {
        row = await segment(client, 2)
        await client.query(`delete from journal.segments where log_id = 'onbehalf.embedded/0' and first_index = $1`, [row.first_index])
      })
      const last = row!.first_index + row!.count - 1
      expect(code).toBe(1)
      expect(problems).toContainEqual(expect.objectContaining({ log, index: row!.first_index, kind: 'gap', what: expect.stringContaining(`${row!.first_index} to ${last}`) }))
    })

    test('names both of two entries that were swapped, salt, content and commitment', async () => {
      let pair: [number, number]
      const { code, problems } = await planted(async (client) => {
        const row = await segment(client, 10)
        const [a, b] = [1, 8]
        pair = [row.first_index + a, row.first_index + b]
        await client.query(`update journal.segments set content = $1, commitments = $2, encoding = 0 where log_id = 'onbehalf.embedded/0' and first_index = $3`,
          [swapped(row, a, b), swappedCommitments(row, a, b), row.first_index])
      })
      const [one, other] = pair!
      expect(code).toBe(1)
      expect(problems).toContainEqual(expect.objectContaining({ log, index: one, kind: 'order', what: expect.stringContaining(`${other}`) }))
      expect(problems).toContainEqual(expect.objectContaining({ log, index: other, kind: 'order', what: expect.stringContaining(`${one}`) }))
    })

    test('names a wrong head', async () => {
      const { code, problems } = await planted((client) => client.query(`update journal.logs set root_hash = sha256(root_hash) where tenant = 'default' and log_id = 'onbehalf.embedded/0'`))
      expect(code).toBe(1)
      expect(problems.filter((problem) => problem.kind === 'head')).toEqual([expect.objectContaining({ log, what: expect.stringMatching(/head|root/) })])
    })

    test('names a fact row that the journal does not say', async () => {
      const { code, problems } = await planted((client) => client.query(
        `insert into lineage.facts (tenant, key, log_id, first_index, places) values ('default', 'action:never-happened', 'onbehalf.embedded/0', 0, '{0}')`))
      expect(code).toBe(1)
      expect(problems).toEqual([expect.objectContaining({ table: 'facts', log, index: 0, what: expect.stringContaining('action:never-happened') })])
    })

    test('finds nothing again when all is as it was', async () => {
      expect(await doctor()).toEqual({ code: 0, problems: [] })
    })
  })

  test('SIGTERM under load drains: it ends with 0 within 10 s, and what was acknowledged is there', async () => {
    const acknowledged: string[] = []
    const answers = new Set<number | string>()
    let sending = true
    const clients = Array.from({ length: 4 }, async (_, client) => {
      for (let i = 0; sending; i++) {
        const values = [...benchEvents(20, { seed: seed + 1 + client * 1_000_003 + i, tenants: 1 })].map(({ value }) => String(value))
        const status = await post(`[${values.join(',')}]`).then((answer) => answer.status, () => 'no answer')
        answers.add(status)
        if (status === 202) acknowledged.push(...values)
      }
    })
    await eventually('there is load', () => acknowledged.length > 400)
    const signalledAtMs = performance.now()
    running.child.kill('SIGTERM')
    const code = await running.exit
    expect(performance.now() - signalledAtMs).toBeLessThan(10_000)
    expect(code, running.err.slice(-3_000)).toBe(0)
    sending = false
    await Promise.all(clients)
    for (const answer of answers) expect([202, 503, 'no answer']).toContain(answer)

    await again()
    const stored = await contents()
    expect(acknowledged.filter((value) => !stored.has(value)).length, `of ${acknowledged.length}, seed ${seed}`).toBe(0)
    running.child.kill('SIGTERM')
    expect(await running.exit).toBe(0)
    expect(descendantsOf(running.pid).filter(isAlive)).toEqual([])
  }, 60_000)

  /** Everything that was received, and how often. */
  const contents = (): Promise<Map<string, number>> => withDatabase(async (client) => {
    const found = new Map<string, number>()
    const { size } = (await readHeads(client, 'default')).find(({ origin }) => origin === log)!
    for (let next = 0; next < size;) {
      const segments = await readSegments(client, 'default', 'onbehalf.embedded/0', next)
      expect(segments.length).toBeGreaterThan(0)
      for (const each of segments) {
        expect(each.firstIndex).toBe(next)
        for (let i = 0; i < each.count; i++) {
          const text = String(each.entry(i).content)
          found.set(text, (found.get(text) ?? 0) + 1)
        }
        next += each.count
      }
    }
    return found
  })
})

const program = new URL('../../services/cli/bin/onbehalf.mjs', import.meta.url).pathname

interface Row {
  first_index: number
  count: number
  encoding: number
  content: Buffer
  commitments: Buffer
}

/** `count` little-endian lengths, then per entry 16 bytes of salt and the content (design/journal.md). */
function opened({ content, count, encoding }: Row): { content: Buffer; sealed: { from: number; to: number }[] } {
  const raw = Buffer.from(encoding === 1 ? zstdDecompressSync(content) : content)
  let at = count * 4
  const sealed = Array.from({ length: count }, (_, i) => {
    const from = at
    at += 16 + raw.readUInt32LE(i * 4)
    return { from, to: at }
  })
  expect(at).toBe(raw.length)
  return { content: raw, sealed }
}

function swapped(row: Row, a: number, b: number): Buffer {
  const { content, sealed } = opened(row)
  const order = Array.from({ length: row.count }, (_, i) => (i === a ? b : i === b ? a : i))
  return Buffer.concat([
    ...order.map((i) => content.subarray(i * 4, i * 4 + 4)),
    ...order.map((i) => content.subarray(sealed[i]!.from, sealed[i]!.to)),
  ])
}

function swappedCommitments({ commitments }: Row, a: number, b: number): Buffer {
  const out = Buffer.from(commitments)
  commitments.copy(out, a * 32, b * 32, b * 32 + 32)
  commitments.copy(out, b * 32, a * 32, a * 32 + 32)
  return out
}
