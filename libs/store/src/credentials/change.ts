import type { ClientBase, Pool } from 'pg'
import { sqlFile } from '../sql-file.ts'
import { inTransaction } from '../transaction.ts'
import { findCredential, type StoredCredential } from './list.ts'

export interface NewCredential {
  tenant: string
  prefix: string
  /** SHA-256 of the secret. */
  digest: Buffer
  roles: readonly string[]
  /** For role producer, the one that it speaks as. */
  producer: string | null
  name: string | null
  /** RFC 3339; null: never. */
  expiresAt: string | null
  /** The credential that makes it. */
  by: string
}

/**
 * Stores a key; null when another one has its prefix already, so that it must be made anew. The pool's role is the
 * writer. Other processes are told on `onbehalf_credentials`.
 */
export function createCredential(pool: Pool, { tenant, prefix, digest, roles, producer, name, expiresAt, by }: NewCredential): Promise<StoredCredential | null> {
  return changing(pool, async (client) => {
    const { rows } = await client.query<StoredCredential>(insert, [tenant, prefix, digest, roles, producer, name, by, expiresAt])
    return rows[0] ?? null
  })
}

/** Takes a key back for good; null: the tenant has no such key. Saying it again changes nothing. The pool's role is the writer. */
export function revokeCredential(pool: Pool, { tenant, prefix, by }: { tenant: string; prefix: string; by: string }): Promise<StoredCredential | null> {
  return changing(pool, async (client) => {
    await client.query(revoke, [tenant, prefix, by])
    return findCredential(client, tenant, prefix)
  })
}

function changing<T>(pool: Pool, change: (client: ClientBase) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query(lock)
    const changed = await change(client)
    await client.query("select pg_notify('onbehalf_credentials', '')")
    return changed
  })
}

const lock = sqlFile(import.meta.url, 'sql/lock.sql')
const insert = sqlFile(import.meta.url, 'sql/insert.sql')
const revoke = sqlFile(import.meta.url, 'sql/revoke.sql')
