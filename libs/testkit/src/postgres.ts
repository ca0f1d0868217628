import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, createPool, migrate, startEmbeddedPostgres } from '@onbehalf/store'
import type { EmbeddedPostgres, Role } from '@onbehalf/store'

type Pool = ReturnType<typeof createPool>
type Client = ReturnType<typeof createClient>

/** A database of its own, migrated unless asked not to be. Everything made from it ends with `drop`. */
export interface TestDatabase {
  readonly url: string
  pool(role?: Role, max?: number): Pool
  /** Connected. */
  client(role?: Role): Promise<Client>
  drop(): Promise<void>
}

/**
 * A fresh database on the test server: `ONBEHALF_TEST_POSTGRES_URL` (a login that may create databases and roles), or
 * an embedded server that this process starts once and that ends with it.
 */
export async function createTestDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const server = await testServer()
  const name = `onbehalf_test_${randomBytes(6).toString('hex')}`
  await once(server, `create database ${name} template template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const open: { end(): Promise<void> }[] = []
  if (options.migrated !== false) {
    const client = createClient({ url: url.href })
    await client.connect()
    await migrate(client)
    await client.end()
  }
  return {
    url: url.href,
    pool(role, max) {
      const pool = createPool({ url: url.href, ...(role && { role }), ...(max && { max }) })
      open.push(pool)
      return pool
    },
    async client(role) {
      const client = createClient({ url: url.href, ...(role && { role }) })
      client.on('error', () => undefined)
      await client.connect()
      open.push(client)
      return client
    },
    async drop() {
      await Promise.all(open.map((each) => each.end().catch(() => undefined)))
      await once(server, `drop database if exists ${name} with (force)`)
    },
  }
}

/** A server of its own, to stop and kill. Its data are removed by `remove`. */
export async function startTestPostgres(flags: Record<string, string> = {}):
Promise<{ readonly url: string; restart(how: 'stop' | 'kill'): Promise<void>; remove(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'onbehalf-pg-'))
  let server = await startEmbeddedPostgres({ dir, flags: { ...testFlags, ...flags } })
  const { port } = server
  return {
    url: server.url,
    async restart(how) {
      await server[how]()
      server = await startEmbeddedPostgres({ dir, port, flags: { ...testFlags, ...flags } })
    },
    async remove() {
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Durable against a killed process, which is what tests do, not against a power cut. */
const testFlags = { fsync: 'off', shared_buffers: '64MB', max_wal_size: '1GB' }

let started: Promise<string> | undefined

function testServer(): Promise<string> {
  const given = process.env['ONBEHALF_TEST_POSTGRES_URL']
  return (started ??= given ? Promise.resolve(given) : startShared())
}

async function startShared(): Promise<string> {
  removeOrphans()
  const dir = mkdtempSync(join(tmpdir(), 'onbehalf-pg-'))
  const server: EmbeddedPostgres = await startEmbeddedPostgres({ dir, flags: testFlags })
  process.once('exit', () => {
    try {
      process.kill(server.pid, 'SIGQUIT')
    } catch {
      // Gone already.
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  })
  return server.url
}

/** A worker that is killed cannot tidy up: the next one does. A directory whose launcher lives is somebody's. */
function removeOrphans(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith('onbehalf-pg-')) continue
    const dir = join(tmpdir(), name)
    try {
      const { pid } = JSON.parse(readFileSync(join(dir, 'launcher.json'), 'utf8')) as { pid: number }
      process.kill(pid, 0)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const young = Date.now() - (statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 60_000
      if (code === 'ESRCH' || (code === 'ENOENT' && !young)) rmSync(dir, { recursive: true, force: true })
    }
  }
}

async function once(url: string, sql: string): Promise<void> {
  const client = createClient({ url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
