import type { ClientBase } from 'pg'
import { sqlFile } from '../sql-file.ts'

/** A key as it is shown: never its secret, nor the digest of it. Times are RFC 3339. */
export interface StoredCredential {
  tenant: string
  /** `obk_` and 8 characters: what it is called. */
  prefix: string
  roles: string[]
  producer: string | null
  name: string | null
  created_at: string
  /** The credential that made it: `bootstrap`, or a prefix. */
  created_by: string
  /** Null: never. */
  expires_at: string | null
  revoked_at: string | null
  revoked_by: string | null
  /** To the minute; null: not yet. */
  last_used_at: string | null
}

/** A page of the tenant's keys, the newest first, those that are over among them. */
export async function listCredentials(client: ClientBase, tenant: string, limit: number, offset: number): Promise<StoredCredential[]> {
  return (await client.query<StoredCredential>({ name: 'list-credentials', text: list, values: [tenant, limit, offset] })).rows
}

export async function findCredential(client: ClientBase, tenant: string, prefix: string): Promise<StoredCredential | null> {
  return (await client.query<StoredCredential>(find, [tenant, prefix])).rows[0] ?? null
}

const list = sqlFile(import.meta.url, 'sql/list.sql')
const find = sqlFile(import.meta.url, 'sql/find.sql')
