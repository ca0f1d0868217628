import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataDir, OnbehalfError, type Config, type Logger } from '@onbehalf/runtime'
import { createClient, ensureReadModels, foldVersion, migrate, startEmbeddedPostgres, type ClientBase } from '@onbehalf/store'
import { findDataDir, isAlive } from '../server/server.ts'

export interface Database {
  /** As the login that owns the schemas. */
  url: string
  /** For people: where the data are. */
  place: string
  /** Rejects if the embedded PostgreSQL ends without having been asked to. */
  failed?: Promise<never>
  stop(): Promise<void>
}

/** Memory of the embedded one: small enough for a laptop, and the operating system caches the files anyway. */
const embeddedFlags = { shared_buffers: '64MB', max_connections: '60', max_wal_size: '1GB' }

/** The PostgreSQL of the environment, else the one in the data directory, which must be held. */
export async function openDatabase({ postgresUrl, dataDir }: { postgresUrl: string | null; dataDir: string }): Promise<Database> {
  if (postgresUrl !== null) {
    const { host, pathname } = new URL(postgresUrl)
    return { url: postgresUrl, place: `PostgreSQL ${host}${pathname}`, stop: async () => {} }
  }
  const dir = join(dataDir, postgresDirName)
  const server = await startEmbeddedPostgres({ dir, flags: embeddedFlags })
  let stopping = false
  const failed = server.exited.then((): never => {
    if (stopping) return new Promise<never>(() => {}) as never
    throw new OnbehalfError('internal', `The embedded PostgreSQL (process ${server.pid}) has ended. ${join(dir, 'postgres.log')} says why; a full disk is the most common cause.`)
  })
  failed.catch(() => {}) // Who does not listen must not be ended by it.
  return {
    url: server.url,
    place: `${dir} (embedded PostgreSQL, port ${server.port})`,
    failed,
    async stop() {
      stopping = true
      await server.stop()
    },
  }
}

const postgresDirName = 'postgres'

/** Brings schema and read models up to this release. */
export async function prepareDatabase(url: string): Promise<{ migrations: string[]; readModelsBy: string }> {
  return withClient(url, async (client) => {
    const migrations = await migrate(client)
    return { migrations, readModelsBy: await ensureReadModels(client) }
  })
}

/** In a database that is ours alone, whoever holds leases was killed: waiting until they run out would be for nobody. */
export async function releaseLeasesOfTheDead(url: string): Promise<void> {
  await withClient(url, (client) => client.query(`update journal.leases set owner = null, lease_until = '-infinity' where owner is not null;
    delete from journal.projectors`))
}

export const readModelsAreOurs = (by: string): boolean => by === foldVersion

/** A connection of the login that owns the schemas. */
export async function withClient<T>(url: string, use: (client: ClientBase) => Promise<T>): Promise<T> {
  const client = createClient({ url, name: 'onbehalf-cli' })
  client.on('error', () => {}) // The query in hand fails and says so.
  try {
    await client.connect()
  } catch (cause) {
    throw new OnbehalfError('database_unavailable', `The database gives no answer (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}).`, { cause })
  }
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** What an operator's command is given: the database, whether an instance runs on it or not. */
export interface BorrowedDatabase {
  url: string
  place: string
  /** The pid of the instance that runs the embedded PostgreSQL; null where none does, or it is the operator's own. */
  runBy: number | null
}

/**
 * The database for one command: the operator's own, else that of the instance which runs on the data directory, else the
 * embedded one, started for as long as it takes.
 */
export async function borrowDatabase<T>(config: Config, env: Record<string, string | undefined>, use: (database: BorrowedDatabase) => Promise<T>, logger?: Logger): Promise<T> {
  const dataDir = findDataDir(config, env)
  const running = config.postgresUrl === null ? runningEmbedded(dataDir) : null
  if (running !== null) return use(running)
  if (config.postgresUrl !== null) return use({ url: config.postgresUrl, place: new URL(config.postgresUrl).host, runBy: null })

  const held = await openDataDir(dataDir)
  // A signal must not leave a PostgreSQL behind: its parent's exit ends it.
  const end = () => process.exit(130)
  process.once('SIGINT', end).once('SIGTERM', end)
  try {
    logger?.debug({ dataDir }, 'starting the embedded PostgreSQL for this command')
    const database = await openDatabase({ postgresUrl: null, dataDir })
    try {
      return await use({ url: database.url, place: database.place, runBy: null })
    } finally {
      await database.stop()
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
    held.release()
  }
}

/** How to reach the embedded PostgreSQL that a living process has started, from what it left in its directory. */
function runningEmbedded(dataDir: string): BorrowedDatabase | null {
  try {
    const dir = join(dataDir, postgresDirName)
    const { pid } = JSON.parse(readFileSync(join(dir, 'launcher.json'), 'utf8')) as { pid: number }
    if (!isAlive(pid)) return null
    // postmaster.pid: line 4 is the port (PostgreSQL, src/include/utils/pidfile.h).
    const port = Number(readFileSync(join(dir, 'data', 'postmaster.pid'), 'utf8').split('\n')[3])
    const password = readFileSync(join(dir, 'password'), 'utf8').trim()
    if (!Number.isInteger(port) || port <= 0) return null
    return { url: `postgres://onbehalf:${password}@127.0.0.1:${port}/onbehalf`, place: `${dir} (embedded PostgreSQL, port ${port})`, runBy: pid }
  } catch {
    return null
  }
}

/** The three connections that fill read models beside the live ones. */
export async function withBuilders<T>(
  url: string,
  use: (clients: { builder: ClientBase; gate: ClientBase; reader: ClientBase }) => Promise<T>,
): Promise<T> {
  return withClient(url, (builder) => withClient(url, (gate) => withClient(url, (reader) => use({ builder, gate, reader }))))
}
