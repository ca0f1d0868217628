import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface CollectorConfig {
  binary: string
  /** A file, or what `--config` takes beside one (`yaml:…`); later ones are laid over earlier ones. */
  configs: string[]
  env: Record<string, string>
  log: string
}

/** A real Collector on free loopback ports; the ports stay over a restart. */
export class Collector {
  readonly #config: CollectorConfig
  #process: ChildProcess | null = null
  #ports = { grpc: 0, http: 0 }

  constructor(config: CollectorConfig) {
    this.#config = config
    process.once('exit', () => this.#process?.kill('SIGKILL'))
  }

  get grpc(): string {
    return `http://127.0.0.1:${this.#ports.grpc}`
  }
  get http(): string {
    return `http://127.0.0.1:${this.#ports.http}`
  }
  /** What it has said, over all its starts. */
  get log(): string {
    return readFileSync(this.#config.log, 'utf8')
  }

  /** Resolves when both its doors are open. */
  async start(): Promise<this> {
    const { binary, configs, env, log } = this.#config
    if (this.#ports.grpc === 0) this.#ports = { grpc: await freePort(), http: await freePort() }
    const out = openSync(log, 'a')
    // Its own metrics want port 8888, which may be taken here.
    const args = [...configs.flatMap((config) => ['--config', config]), '--set=service::telemetry::metrics::level=none']
    const doors = { OTELCOL_GRPC: `127.0.0.1:${this.#ports.grpc}`, OTELCOL_HTTP: `127.0.0.1:${this.#ports.http}` }
    this.#process = spawn(binary, args, { stdio: ['ignore', out, out], env: { ...process.env, ...doors, ...env } })
    closeSync(out)
    for (const deadline = Date.now() + 60_000; !(await isOpen(this.#ports.grpc)) || !(await isOpen(this.#ports.http)); await sleep(100)) {
      if (this.#process.exitCode !== null || Date.now() > deadline) throw new Error(`the Collector does not start:\n${this.log}`)
    }
    return this
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#process
    if (running === null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    if (running.exitCode === null && running.signalCode === null) {
      running.kill(signal)
      await ended
    }
    this.#process = null
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
