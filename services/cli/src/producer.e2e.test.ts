import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { exampleOf } from '@onbehalf/events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('../bin/onbehalf.mjs', import.meta.url))

interface Running {
  child: ChildProcess
  told: Record<string, any>
  err(): string
  exit: Promise<number | null>
}

describe('registration, through the doors of an operator', () => {
  let dir: string
  let env: NodeJS.ProcessEnv
  const started: { child: ChildProcess; exit: Promise<unknown> }[] = []
  let running: Running

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'onbehalf-producer-'))
    env = { ...process.env, ONBEHALF_DATA_DIR: join(dir, 'data'), ONBEHALF_API_PORT: '0', ONBEHALF_OTLP_HTTP_PORT: '0', ONBEHALF_OTLP_GRPC_PORT: '0', ONBEHALF_LOG_FORMAT: 'json', NO_COLOR: '1' }
  })
  afterAll(async () => {
    for (const { child, exit } of started) {
      child.kill('SIGKILL')
      await exit
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  })

  async function up(more: NodeJS.ProcessEnv = {}): Promise<Running> {
    const child = spawn(process.execPath, [program, 'up', '--json'], { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
    const exit = once(child, 'close').then(([code]) => code as number | null)
    let [out, err, ended] = ['', '', false]
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text))
    started.push({ child, exit })
    void exit.then(() => (ended = true))
    const line = await until(() => {
      if (ended) throw new Error(`ended before it was ready: ${err}`)
      return out.split('\n').find((each) => each.startsWith('{"event":"ready"'))
    })
    return { child, exit, err: () => err, told: JSON.parse(line) }
  }

  async function down(): Promise<void> {
    running.child.kill('SIGTERM')
    expect(await running.exit).toBe(0)
  }

  const command = (...args: string[]) => new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], { env, encoding: 'utf8' }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err: err.replaceAll(/\s+/g, ' ') }))
  })

  async function send(id: string, headers: Record<string, string>, changes: object = {}) {
    const response = await fetch(`${running.told['otlp_http_url']}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.told['token']}`, 'content-type': 'application/cloudevents+json', ...headers },
      body: JSON.stringify({ ...exampleOf('decision.recorded'), id, ...changes }),
    })
    return { status: response.status, body: (await response.json()) as any }
  }

  const config = async () => (await fetch(`${running.told['api_url']}/v1/config`, { headers: { authorization: `Bearer ${running.told['token']}` } })).json() as Promise<any>

  test('a producer is added, speaks at once for its sources alone, is kept over a restart, and is removed', async () => {
    running = await up()
    expect(running.told['entries']).toBe(0)
    const pdp = { 'onbehalf-producer': 'pdp-eu' }
    expect((await send('e-1', pdp)).body).toMatchObject({ status: 403, code: 'producer_unknown' })

    const added = await command('producer', 'add', 'pdp-eu', '--legs', 'decision', '--sources', 'urn:pdp:*', '--json')
    expect(added.code, added.err).toBe(0)
    expect(JSON.parse(added.out)).toEqual({ tenant: 'default', id: 'pdp-eu', sources: ['urn:pdp:*'], legs: ['decision'], agents: ['*'], systems: ['*'], delay_ms: 10_000, rate_per_s: null })
    expect((await send('e-1', pdp, { source: 'urn:pdp:1' })).status).toBe(202)
    expect((await send('e-2', pdp, { source: 'urn:other' })).body).toMatchObject({ status: 403, code: 'source_not_registered' })
    expect((await send('e-3', { 'onbehalf-producer': 'pdp-us' })).body).toMatchObject({ status: 403, code: 'producer_unknown' })
    expect((await command('producer', 'add', 'pdp-eu', '--legs', 'decision', '--sources', 'urn:pdp:*')).code).toBe(0)

    const before = await config()
    await down()
    running = await up()
    expect(await config()).toEqual(before)
    expect((await command('producer', 'list')).out).toBe('pdp-eu: decision · sources urn:pdp:*\n')
    expect((await send('e-4', pdp, { source: 'urn:pdp:1' })).status).toBe(202)

    expect(await command('producer', 'remove', 'pdp-ue')).toMatchObject({ code: 3, err: expect.stringContaining('Did you mean pdp-eu?') })
    expect((await command('producer', 'remove', 'pdp-eu')).code).toBe(0)
    expect((await send('e-5', pdp, { source: 'urn:pdp:1' })).body.code).toBe('producer_unknown')
    expect((await command('producer', 'list')).out).toContain('No producer is registered')
    await down()
  })

  test('many at once lose nothing of each other', async () => {
    running = await up()
    const ids = ['a', 'b', 'c', 'd']
    expect((await Promise.all(ids.map((id) => command('producer', 'add', id, '--legs', 'outcome')))).map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect((await config()).tenants.default.producers.map(({ id }: { id: string }) => id).toSorted()).toEqual(ids)
    await down()
  })

  test('a file rules: read at the start and on SIGHUP, a bad one changes nothing, commands are told 409', async () => {
    const file = join(dir, 'onbehalf.yaml')
    const write = (text: string) => writeFileSync(file, text)
    const byFile = { ONBEHALF_CONFIG_FILE: file }

    write('tenants:\n  default:\n    produces: []\n')
    const bad = await up(byFile).then(() => null, (error: Error) => error.message)
    expect(bad).toContain(`${file}: /tenants/default/produces is not known here; did you mean producers?`)
    expect(await started.at(-1)!.exit).toBe(2)

    write('tenants:\n  default:\n    producers: [{ id: from-file, legs: [decision] }]\n  acme: {}\n')
    running = await up(byFile)
    expect((await config()).tenants).toMatchObject({ default: { producers: [{ id: 'from-file' }] }, acme: { producers: [] } })
    expect((await send('f-1', { 'onbehalf-producer': 'from-file' })).status).toBe(202)
    expect((await send('f-2', { 'onbehalf-tenant': 'acme' }, { tenantid: undefined })).status).toBe(202)
    expect((await send('f-3', { 'onbehalf-tenant': 'other' })).body.code).toBe('tenant_unknown')
    expect(await command('producer', 'add', 'x')).toMatchObject({ code: 3, err: expect.stringContaining(file) })

    write('tenants:\n  default:\n    budgets: { depth_max: 100 }\n')
    running.child.kill('SIGHUP')
    await until(() => /depth_max must be a whole number from 1 to 64/.exec(running.err())?.[0])
    expect((await send('f-4', { 'onbehalf-producer': 'from-file' })).status).toBe(202)

    write('tenants:\n  default:\n    producers: [{ id: from-file-too }]\n')
    running.child.kill('SIGHUP')
    await until(async () => ((await config()).tenants.default.producers[0].id === 'from-file-too' ? 'yes' : undefined))
    expect((await send('f-5', { 'onbehalf-producer': 'from-file' })).body.code).toBe('producer_unknown')
    expect((await send('f-6', { 'onbehalf-tenant': 'acme' })).body.code).toBe('tenant_unknown')
    await down()

    // Without the file, the journal is the truth.
    running = await up()
    expect((await config()).tenants.default.producers).toMatchObject([{ id: 'from-file-too' }])
    await down()
  })
})

async function until(ask: () => string | undefined | Promise<string | undefined>): Promise<string> {
  for (const deadline = Date.now() + 60_000; ;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error('not within 60 s')
    await sleep(50)
  }
}
