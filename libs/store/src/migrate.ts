import crypto from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import type { ClientBase, Pool } from 'pg'
import { StoreError } from './store-error.ts'

export interface Migration {
  /** Counts from 1. */
  number: number
  /** The file's name. */
  name: string
  sql: string
  /** SHA-256 of the file, hex. */
  checksum: string
}

/**
 * Brings the database up to this release: every file of `libs/store/migrations` that it has not seen, in order, each in
 * a transaction of its own, under an advisory lock, so that any number of processes may start at once. Answers the names
 * of those applied. Needs the login that owns the schemas. Throws `database_newer`, `migration_changed`,
 * `migration_failed`, or `roles_missing` with the SQL that an administrator must run.
 */
export async function migrate(client: ClientBase, migrations: Migration[] = ourMigrations()): Promise<string[]> {
  const applied: string[] = []
  await client.query('select pg_advisory_lock($1)', [lockId])
  try {
    await client.query(`
      create schema if not exists journal;
      create table if not exists journal.migrations (
        number integer not null,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now(),
        constraint migrations_pk primary key (number)
      )`)
    const done = await compare(client, migrations)
    for (const migration of migrations) {
      if (done.has(migration.number)) continue
      await apply(client, migration)
      applied.push(migration.name)
    }
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lockId]).catch(() => undefined)
  }
  return applied
}

/** What a service that must not migrate asks at its start: the names of migrations that the database lacks. */
export async function missingMigrations(client: ClientBase | Pool): Promise<string[]> {
  const exists = await client.query<{ yes: boolean }>("select to_regclass('journal.migrations') is not null as yes")
  const migrations = ourMigrations()
  const done = exists.rows[0]?.yes ? await compare(client, migrations) : new Set<number>()
  return migrations.filter((each) => !done.has(each.number)).map((each) => each.name)
}

export function ourMigrations(directory: URL = new URL('../migrations/', import.meta.url)): Migration[] {
  return readdirSync(directory).filter((name) => /^\d{4}-.+\.sql$/.test(name)).sort().map((name, at) => {
    const sql = readFileSync(new URL(name, directory), 'utf8')
    const number = Number(name.slice(0, 4))
    if (number !== at + 1) throw new StoreError('migration_failed', `${name} should be number ${at + 1}.`, { name })
    return { number, name, sql, checksum: crypto.hash('sha256', sql, 'hex') }
  })
}

// "onbehalf" as a number; one per database.
const lockId = 0x6f6e6265

async function compare(client: ClientBase | Pool, migrations: Migration[]): Promise<Set<number>> {
  const { rows } = await client.query<{ number: number; name: string; checksum: string }>(
    'select number, name, checksum from journal.migrations order by number')
  for (const row of rows) {
    const ours = migrations.find((each) => each.number === row.number)
    if (ours === undefined) {
      throw new StoreError('database_newer', `The database has migration ${row.name}, which this release does not `
        + 'know. Start the newer release that made it.', { migration: row.name })
    }
    if (ours.checksum !== row.checksum) {
      throw new StoreError('migration_changed', `Migration ${row.name} was applied with another content than this `
        + 'release has. A migration that was applied must not be edited.', { migration: row.name })
    }
  }
  return new Set(rows.map((row) => row.number))
}

async function apply(client: ClientBase, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(migration.sql)
    await client.query('insert into journal.migrations (number, name, checksum) values ($1, $2, $3)',
      [migration.number, migration.name, migration.checksum])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback').catch(() => undefined)
    const { code, detail } = cause as { code?: string; detail?: string }
    if (code === 'OB001') {
      throw new StoreError('roles_missing', 'This login may not create the roles of Onbehalf '
        + `(${(cause as Error).message}). An administrator must run once:\n${detail?.trim()}`, { sql: detail?.trim() }, cause)
    }
    throw new StoreError('migration_failed', `Migration ${migration.name} failed: ${(cause as Error).message}`,
      { migration: migration.name }, cause)
  }
}
