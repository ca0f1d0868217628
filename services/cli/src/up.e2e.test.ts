import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('../bin/onbehalf.mjs', import.meta.url))

/** A program that was started, and what it has said so far. */
interface Running {
  child: ChildProcess
  out: string
  err: string
  exit: Promise<number | null>
}

describe('up', () => {
  let dir: string
  let env: NodeJS.ProcessEnv
  const started: Running[] = []

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'onbehalf-up-'))
    env = { ...process.env, ONBEHALF_DATA_DIR: join(dir, 'data'), ONBEHALF_API_PORT: '0', ONBEHALF_OTLP_HTTP_PORT: '0', ONBEHALF_OTLP_GRPC_PORT: '0' }
  })
  afterAll(async () => {
    for (const { child, exit } of started) {
      child.kill('SIGKILL')
      await exit
    }
    rmSync(dir, { recursive: true, force: true })
  })

  function start(...args: string[]): Running {
    const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const running: Running = { child, out: '', err: '', exit: once(child, 'close').then(([code]) => code as number | null) }
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (running.out += text))
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (running.err += text))
    started.push(running)
    return running
  }

  /** Waits for the line {"event":"ready", …}. */
  async function ready(running: Running): Promise<Record<string, any>> {
    for (let ended = false; ;) {
      const line = running.out.split('\n').find((each) => each.startsWith('{"event":"ready"'))
      if (line !== undefined) return JSON.parse(line)
      if (ended) throw new Error(`ended before it was ready: ${running.err}`)
      ended = await Promise.race([running.exit.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 50, false))])
    }
  }

  const command = (...args: string[]) => new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], { env, encoding: 'utf8' }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }))
  })

  test('starts, is used, refuses a second one, stops by a signal, and has kept everything', async () => {
    const first = start('up', '--json')
    const told = await ready(first)
    const file = JSON.parse(readFileSync(join(dir, 'data', 'instance.json'), 'utf8'))
    expect(told).toMatchObject({ ...file, pid: first.child.pid, otlp_grpc_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), entries: 0 })

    const second = await command('up')
    expect(second.code).toBe(2)
    expect(second.err.replaceAll(/\s+/g, ' ')).toContain(`is in use by process ${first.child.pid}.`)

    const demo = await command('demo', '--json')
    expect(demo.code, demo.err).toBe(0)
    const { actions, session_id, trace_id } = JSON.parse(demo.out)
    for (const id of [actions[0].id, session_id, trace_id.toUpperCase()]) {
      const page = await command('trace', id)
      expect(page.code, page.err).toBe(0)
      expect(page.out).toContain('permitted by')
    }
    const before = JSON.parse((await command('trace', actions[0].id, '--json')).out)
    expect(before.legs.delegation.entries.length).toBe(2)
    expect((await command('trace', 'nobody')).code).toBe(3)

    first.child.kill('SIGTERM')
    expect(await first.exit).toBe(0)
    expect(existsSync(join(dir, 'data', 'instance.json'))).toBe(false)
    expect((await command('trace', actions[0].id)).code).toBe(3)

    const checked = await command('doctor', '--json')
    expect(checked.code, checked.out).toBe(0)
    expect(checked.out.trim().split('\n').map((line) => JSON.parse(line).check)).toEqual(['node', 'data', 'instance', 'ports', 'database', 'schema', 'fold', 'configuration', 'journal', 'read models'])

    const rebuilt = await command('rebuild', '--json')
    expect(rebuilt.code, rebuilt.err).toBe(0)

    const again = start('up', '--json')
    expect(await ready(again)).toMatchObject({ token: told['token'] })
    expect(JSON.parse((await command('trace', actions[0].id, '--json')).out)).toEqual(before)
    again.child.kill('SIGINT')
    expect(await again.exit).toBe(0)
  })

  test('ends with 70 and says why when its PostgreSQL dies', async () => {
    const running = start('up', '--json')
    await ready(running)
    const postmaster = Number(readFileSync(join(dir, 'data', 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
    process.kill(postmaster, 'SIGKILL')
    expect(await running.exit).toBe(70)
    expect(running.err).toContain(`The embedded PostgreSQL (process ${postmaster}) has ended.`)
    expect(running.err).toMatch(/report id [0-9a-f-]{13}/)
  })

  test('a service of its own without Kafka or PostgreSQL says what it needs', async () => {
    const gateway = await command('run', 'gateway')
    expect(gateway.code).toBe(2)
    expect(gateway.err).toContain('ONBEHALF_KAFKA_BROKERS')
  })
})
