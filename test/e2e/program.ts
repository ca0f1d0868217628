import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A program that was started, and what it has said so far. */
export interface Program {
  readonly child: ChildProcessWithoutNullStreams
  readonly pid: number
  readonly out: string
  readonly err: string
  /** Null when a signal ended it. */
  readonly exit: Promise<number | null>
  readonly ended: boolean
  /** The lines of its log (JSON, on the standard error) so far. */
  log(): LogLine[]
}

export interface LogLine {
  level: string
  msg: string
  [field: string]: unknown
}

export interface Said {
  code: number | null
  out: string
  err: string
}

/** The programs of one test file, as an operator starts them. All that is left of them is ended by `endAll`. */
export class Programs {
  readonly #env: NodeJS.ProcessEnv
  readonly #started: Program[] = []
  /** Found under a program before it was killed: a database whose parent is gone has another parent. */
  readonly #orphans = new Set<number>()

  /** @param env over this process's own, of which no ONBEHALF_ variable is handed on */
  constructor(env: Record<string, string>) {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('ONBEHALF_'))
    this.#env = { ...Object.fromEntries(own), NO_COLOR: '1', ONBEHALF_LOG_FORMAT: 'json', ...env }
  }

  /** `onbehalf <args>`. */
  start(args: readonly string[], env: Record<string, string> = {}): Program {
    return this.run(process.execPath, [onbehalf, ...args], env)
  }

  run(command: string, args: readonly string[], env: Record<string, string> = {}, cwd?: string): Program {
    const child = spawn(command, args, { env: { ...this.#env, ...env }, ...(cwd && { cwd }), stdio: ['pipe', 'pipe', 'pipe'] })
    // It may have ended before it has read everything.
    child.stdin.on('error', () => undefined)
    const texts = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text))
    const program: Program = {
      child,
      pid: child.pid!,
      get out() {
        return texts.out
      },
      get err() {
        return texts.err
      },
      exit: once(child, 'close').then(([code]) => code as number | null),
      get ended() {
        return child.exitCode !== null || child.signalCode !== null
      },
      log: () => texts.err.split('\n').flatMap(lineOf),
    }
    this.#started.push(program)
    return program
  }

  /** `onbehalf <args>`, until it has ended. */
  async command(args: readonly string[], options: { env?: Record<string, string>; stdin?: string } = {}): Promise<Said> {
    return this.finish(this.start(args, options.env), options.stdin)
  }

  async finish(program: Program, stdin = ''): Promise<Said> {
    program.child.stdin.end(stdin)
    const code = await program.exit
    return { code, out: program.out, err: program.err }
  }

  /** SIGKILL to a program and everything below it, at once, as when the machine's memory is out. */
  async killTree(program: Program): Promise<void> {
    const pids = [program.pid, ...descendantsOf(program.pid)]
    for (const pid of pids) {
      this.#orphans.add(pid)
      killed(pid)
    }
    await program.exit
    await eventually('the whole tree is gone', () => pids.every((pid) => !isAlive(pid)))
  }

  async endAll(): Promise<void> {
    for (const program of this.#started) {
      if (program.ended) continue
      for (const pid of descendantsOf(program.pid)) this.#orphans.add(pid)
      program.child.kill('SIGCONT')
      program.child.kill('SIGKILL')
      await program.exit
    }
    // Numbers are given again, but not within one test file, and only to ours: each was our child's child.
    for (const pid of this.#orphans) if (isAlive(pid) && parentOf(pid) === 1) killed(pid)
  }
}

const onbehalf = fileURLToPath(new URL('../../services/cli/bin/onbehalf.mjs', import.meta.url))

/** The line {"event":"ready", …} of `up --json`. */
export async function ready(program: Program, timeoutMs = 60_000): Promise<Record<string, any>> {
  const line = await eventually('up says that it is ready', () => {
    if (program.ended) throw new Unreachable(`ended before it was ready:\n${program.err.slice(-4_000)}\n${program.out.slice(-1_000)}`)
    return program.out.split('\n').find((each) => each.startsWith('{"event":"ready"')) ?? false
  }, timeoutMs)
  return JSON.parse(line) as Record<string, any>
}

/** The first line of its log that says so. */
export async function said(program: Program, msg: string, timeoutMs = 60_000): Promise<LogLine> {
  return eventually(`the log says "${msg}"`, () => {
    const found = program.log().find((line) => line.msg === msg)
    if (found === undefined && program.ended) throw new Unreachable(`ended before it said "${msg}":\n${program.err.slice(-4_000)}`)
    return found ?? false
  }, timeoutMs)
}

/** Asks until the answer is not false; an error counts as false until the time is over. */
export async function eventually<T>(what: string, ask: () => T | false | Promise<T | false>, timeoutMs = 30_000): Promise<T> {
  let last: unknown
  for (const deadline = Date.now() + timeoutMs; ;) {
    try {
      const answer = await ask()
      if (answer !== false) return answer
      last = undefined
    } catch (error) {
      if (error instanceof Unreachable) throw error
      last = error
    }
    if (Date.now() >= deadline) throw new Error(`Not within ${timeoutMs / 1_000} s: ${what}${last === undefined ? '' : ` (${(last as Error).message})`}`, { cause: last })
    await sleep(20)
  }
}

/** What was waited for cannot come any more. */
class Unreachable extends Error {}

/** The processes below one, from /proc: children, their children, and so on. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(Number(name))
    if (parent !== null) parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const below = (of: number): number[] => (parents.get(of) ?? []).flatMap((each) => [each, ...below(each)])
  return below(pid)
}

export function isAlive(pid: number): boolean {
  const state = stat(pid)?.[0]
  return state !== undefined && state !== 'Z'
}

/** Resident memory, MiB. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) / 1_024
}

function parentOf(pid: number): number | null {
  const fields = stat(pid)
  return fields === null ? null : Number(fields[1])
}

/** State, parent, … : the name before them may hold blanks and brackets. */
function stat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

function lineOf(text: string): LogLine[] {
  try {
    const line = JSON.parse(text) as LogLine | null
    return typeof line?.msg === 'string' ? [line] : []
  } catch {
    return []
  }
}

