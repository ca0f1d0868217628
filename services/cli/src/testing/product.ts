import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../bin/onbehalf.mjs', import.meta.url))

export interface Said {
  code: number
  out: string
  err: string
  /** The standard output, a JSON value a line. */
  lines: any[]
}

/** The whole product on a data directory of its own, as a person has it: one process that runs, and commands beside it. */
export class Product {
  readonly dir = mkdtempSync(join(tmpdir(), 'onbehalf-product-'))
  readonly env: NodeJS.ProcessEnv = {
    ...process.env, ONBEHALF_DATA_DIR: join(this.dir, 'data'), ONBEHALF_API_PORT: '0', ONBEHALF_OTLP_HTTP_PORT: '0', ONBEHALF_OTLP_GRPC_PORT: '0', ONBEHALF_LOG_FORMAT: 'json', NO_COLOR: '1',
  }

  #running: { child: ChildProcess; exit: Promise<number | null> } | undefined

  /** Resolves when it is ready, with what it says then. */
  async up(more: NodeJS.ProcessEnv = {}): Promise<Record<string, any>> {
    const child = spawn(process.execPath, [program, 'up', '--json'], { env: { ...this.env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err, ended] = ['', '', false]
    const exit = once(child, 'close').then(([code]) => {
      ended = true
      return code as number | null
    })
    this.#running = { child, exit }
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text))
    for (; ; await sleep(50)) {
      const ready = out.split('\n').find((line) => line.startsWith('{"event":"ready"'))
      if (ready !== undefined) return JSON.parse(ready)
      if (ended) throw new Error(`ended before it was ready: ${err}`)
    }
  }

  async down(): Promise<number | null> {
    const running = this.#running
    this.#running = undefined
    running?.child.kill('SIGTERM')
    return (await running?.exit) ?? null
  }

  command(...args: string[]): Promise<Said> {
    return new Promise((resolve) => {
      execFile(process.execPath, [program, ...args], { env: this.env, encoding: 'utf8', maxBuffer: 64 << 20 }, (error, out, err) => {
        const code = error === null ? 0 : Number(error.code)
        resolve({ code, out, err: err.replaceAll(/\s+/g, ' '), get lines() {
          return out.trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line))
        } })
      })
    })
  }

  async end(): Promise<void> {
    this.#running?.child.kill('SIGKILL')
    await this.#running?.exit
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}
