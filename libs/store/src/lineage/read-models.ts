import { readFileSync } from 'node:fs'
import type { ClientBase, Pool } from 'pg'

/** Changes whenever the same journal would give other read models; another version is a rebuild, never a migration. */
export const foldVersion = '2'

const ddl = readFileSync(new URL('../../read-models/lineage.sql', import.meta.url), 'utf8')

/** Makes empty read models in `schema`. Needs the rights of the migrating login; run it inside a transaction. */
export async function createReadModels(
  client: ClientBase,
  schema: ReadModelSchema,
  options: { unlogged?: boolean } = {},
): Promise<void> {
  await client.query(`create schema ${schema}`)
  await client.query(`grant usage on schema ${schema} to onbehalf_projector, onbehalf_reader`)
  await client.query(`set local search_path = ${schema}, pg_catalog`)
  // A copy that is only compared and dropped need not survive a crash.
  await client.query(options.unlogged ? ddl.replaceAll('create table', 'create unlogged table') : ddl)
  await client.query(`set local search_path = default`)
}

export type ReadModelSchema = 'lineage' | 'lineage_next' | 'lineage_check'

/** Makes the live read models where there are none. Answers the fold version that made those that are there. */
export async function ensureReadModels(client: ClientBase): Promise<string> {
  await client.query('begin')
  try {
    await client.query(`select pg_advisory_xact_lock(hashtext('onbehalf.read_models'))`)
    const known = await client.query(`select fold_version from journal.read_models where name = 'lineage'`)
    if (known.rowCount === 0) {
      await createReadModels(client, 'lineage')
      await client.query(`insert into journal.read_models (name, fold_version) values ('lineage', $1)`, [foldVersion])
    }
    await client.query('commit')
    return known.rows[0]?.fold_version ?? foldVersion
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Which version of the fold built the live read models; null if there are none. */
export async function readFoldVersion(client: ClientBase | Pool): Promise<string | null> {
  const { rows } = await client.query<{ fold_version: string }>(
    `select fold_version from journal.read_models where name = 'lineage'`)
  return rows[0]?.fold_version ?? null
}

/** Puts the read models of `lineage_next` in the place of the live ones. Inside the caller's transaction. */
export async function switchReadModels(client: ClientBase): Promise<void> {
  await client.query('drop schema if exists lineage cascade')
  await client.query('alter schema lineage_next rename to lineage')
  await client.query(
    `insert into journal.read_models (name, fold_version) values ('lineage', $1)
     on conflict (name) do update set fold_version = excluded.fold_version, built_at = now()`,
    [foldVersion],
  )
}
