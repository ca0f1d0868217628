import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OnbehalfError } from './errors.ts'
import { processBirth } from './process-birth.ts'

/** What `<data dir>/instance.json` tells the commands of this machine. */
export interface InstanceFile {
  api_url: string
  otlp_http_url: string
  otlp_grpc_url: string | null
  token: string
  pid: number
  version: string
  /** RFC 3339. */
  started_at: string
}

/** A data directory that this process holds until `release`. */
export interface DataDir {
  readonly path: string
  /** The bootstrap credential: the one given, else one made here, the same at every start. */
  readonly bootstrapToken: string
  /** True when the credential was made by this start: it is shown once. */
  readonly tokenIsNew: boolean
  /** Written when ready; `release` removes it. */
  writeInstance(instance: InstanceFile): void
  release(): void
}

/**
 * Takes the data directory for this process, making it (mode 0700) if needed.
 * A lock whose process is gone (killed, or another process has its number now) is taken over.
 * @throws OnbehalfError `data_dir_in_use` with the pid of the other, `data_dir_unusable`
 */
export async function openDataDir(path: string, { bootstrapToken }: { bootstrapToken?: string | null } = {}): Promise<DataDir> {
  const root = resolve(path)
  usable(root, () => mkdirSync(root, { recursive: true, mode: 0o700 }))
  const lock = await takeLock(root)
  try {
    rmSync(join(root, instanceName), { force: true }) // What a killed process left would send commands to a dead door.
    const { token, isNew } = usable(root, () => keptToken(root, bootstrapToken ?? null))
    let released = false
    return {
      path: root,
      bootstrapToken: token,
      tokenIsNew: isNew,
      writeInstance: (instance) => writeWhole(join(root, instanceName), `${JSON.stringify(instance, null, 2)}\n`),
      release() {
        if (released) return
        released = true
        rmSync(join(root, instanceName), { force: true })
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The instance that runs on this data directory, or null. */
export function readInstance(path: string): InstanceFile | null {
  try {
    return JSON.parse(readFileSync(join(resolve(path), instanceName), 'utf8')) as InstanceFile
  } catch {
    return null
  }
}

/**
 * The bootstrap credential for services that run as processes of their own on one data directory, which none of them
 * holds. Whoever comes first makes it.
 */
export function sharedBootstrapToken(path: string, given: string | null): string {
  if (given !== null) return given
  const root = resolve(path)
  return usable(root, () => {
    mkdirSync(root, { recursive: true, mode: 0o700 })
    return keptToken(root, null).token
  })
}

const instanceName = 'instance.json'
const tokenName = 'bootstrap-token'
const lockName = 'lock'
/** The holder touches its lock this often, which is all that a process in another container can see of it. */
const heartbeatMs = 5_000

interface LockContent {
  pid: number
  birth: string | null
  /** Machine and process-id namespace in which `pid` means something. */
  place: string
}

/** Loops, because the holder may go away between our attempt and our look at it. */
async function takeLock(root: string): Promise<{ release(): void }> {
  const path = join(root, lockName)
  const own = JSON.stringify({ pid: process.pid, birth: processBirth(process.pid), place: place() } satisfies LockContent)
  const draft = join(root, `.${lockName}.${process.pid}.${randomBytes(4).toString('hex')}`)
  for (let attempt = 0; attempt < 10; attempt++) {
    // A hard link is made at once and whole: nobody ever sees a lock without its pid.
    const taken = usable(root, () => {
      writeFileSync(draft, own, { mode: 0o600 })
      try {
        linkSync(draft, path)
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw error
      } finally {
        rmSync(draft, { force: true })
      }
    })
    if (taken) {
      // Two processes may have found the same stale lock: after a moment, it is whose content is there.
      if (attempt > 0) await sleep(50)
      if (readText(path) === own) return heldLock(path, own)
      continue
    }
    const content = readText(path)
    if (content === null) continue
    const holder = holderOf(path, content)
    if (holder !== null) {
      throw new OnbehalfError('data_dir_in_use', `${root} is in use by process ${holder.pid}.`, { details: { pid: holder.pid } })
    }
    moveAside(path, content, draft)
  }
  throw new OnbehalfError('data_dir_in_use', `${root} is being taken by other processes again and again.`)
}

/** Takes a stale lock out of the way; if it turns out to be another one, made in between, it is put back. */
function moveAside(path: string, stale: string, aside: string): void {
  try {
    renameSync(path, aside)
    if (readText(aside) !== stale) linkSync(aside, path)
  } catch {
    // Somebody else was faster: the next attempt sees what there is now.
  } finally {
    rmSync(aside, { force: true })
  }
}

function heldLock(path: string, own: string): { release(): void } {
  const timer = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date())
    } catch {
      // The directory was removed under us; what needs it will say so.
    }
  }, heartbeatMs)
  timer.unref()
  return {
    release() {
      clearInterval(timer)
      if (readText(path) === own) rmSync(path, { force: true })
    },
  }
}

/** The process that holds the lock, or null if it is stale. */
function holderOf(path: string, content: string): LockContent | null {
  const lock = parseLock(content)
  if (lock === null) return null
  if (lock.place === place()) {
    const birth = processBirth(lock.pid)
    return birth !== null && (birth === lock.birth || birth === 'unknown') ? lock : null
  }
  const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return ageMs < 3 * heartbeatMs ? lock : null
}

function parseLock(content: string): LockContent | null {
  try {
    const lock = JSON.parse(content) as LockContent
    return Number.isSafeInteger(lock.pid) && lock.pid > 0 ? lock : null
  } catch {
    return null
  }
}

function place(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/** 256 random bits, kept so that a restart does not lock anybody out; one that is given is not stored. */
function keptToken(root: string, given: string | null): { token: string; isNew: boolean } {
  if (given !== null) return { token: given, isNew: false }
  const path = join(root, tokenName)
  for (;;) {
    const kept = readText(path)?.trim()
    if (kept !== undefined && /^[A-Za-z0-9_-]{43}$/.test(kept)) {
      chmodSync(path, 0o600)
      return { token: kept, isNew: false }
    }
    if (kept !== undefined) throw new OnbehalfError('data_dir_unusable', `${path} does not hold a token that we made.`, { next: 'Delete that file to have a new token made, or set `ONBEHALF_BOOTSTRAP_TOKEN`.' })
    const token = randomBytes(32).toString('base64url')
    const draft = `${path}.${process.pid}`
    writeFileSync(draft, `${token}\n`, { mode: 0o600 })
    try {
      linkSync(draft, path)
      return { token, isNew: true }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(draft, { force: true })
    }
  }
}

/** Readers see the whole file or none; the mode is right from the first byte on. */
function writeWhole(path: string, content: string): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, content, { mode: 0o600 })
  renameSync(draft, path)
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function usable<T>(root: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof OnbehalfError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new OnbehalfError('data_dir_unusable', `${root} cannot be used (${code ?? 'unknown error'}).`, { cause: error })
  }
}
