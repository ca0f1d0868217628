import { randomBytes } from 'node:crypto'
import { createClient, ensureReadModels, migrate, type ClientBase } from '@onbehalf/store'

/** A database of one arm and round. */
export interface BenchDatabase {
  url: string
  /** The owner's connection: it observes, and is not counted. */
  client: ClientBase
  /** Its backend. */
  pid: number
  drop(): Promise<void>
}

/** A fresh one, migrated and with empty read models, unless it is to be bare. */
export async function createDatabase(server: string, options: { bare?: boolean } = {}): Promise<BenchDatabase> {
  const name = `bench_${randomBytes(6).toString('hex')}`
  await once(server, `create database ${name} template template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const client = createClient({ url: url.href, name: 'bench' })
  await client.connect()
  if (!options.bare) {
    await migrate(client)
    await ensureReadModels(client)
  }
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return {
    url: url.href,
    client,
    pid: rows[0]!.pid,
    async drop() {
      await client.end().catch(() => undefined)
      await once(server, `drop database if exists ${name} with (force)`)
    },
  }
}

/** Every arm begins here, so that none pays for the pages that another has written. */
export async function checkpoint(client: ClientBase): Promise<void> {
  await client.query('checkpoint')
}

/** What the tables of some schemas take on disk, with indexes and toast; after a checkpoint. */
export async function bytesOnDisk(client: ClientBase, schemas: readonly string[]): Promise<number> {
  await checkpoint(client)
  const { rows } = await client.query<{ bytes: number }>(
    `select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = any($1) and c.relkind = 'r'`, [schemas])
  return Number(rows[0]!.bytes)
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
