import type { Pool } from 'pg'
import { createCredential, revokeCredential, type NewCredential } from './change.ts'
import type { FollowedCredentials } from './follow.ts'
import type { StoredCredential } from './list.ts'

/** The keys, as a process that may change them holds them. What is changed binds the doors of this process before it resolves. */
export interface CredentialKeeper {
  /** Null: the prefix is taken. */
  create(wanted: NewCredential): Promise<StoredCredential | null>
  /** Null: the tenant has no such key. */
  revoke(wanted: { tenant: string; prefix: string; by: string }): Promise<StoredCredential | null>
}

export interface CredentialKeeperOptions {
  /** Of role writer. */
  pool: () => Pool
  /** What the doors of this process go by. */
  credentials: () => Pick<FollowedCredentials, 'refresh'>
}

export function keepCredentials({ pool, credentials }: CredentialKeeperOptions): CredentialKeeper {
  return {
    async create(wanted) {
      const created = await createCredential(pool(), wanted)
      // It is there, and who asked must be told its secret; a door that thinks it unknown asks again in seconds.
      await credentials().refresh().catch(() => undefined)
      return created
    },
    async revoke(wanted) {
      const revoked = await revokeCredential(pool(), wanted)
      await credentials().refresh()
      return revoked
    },
  }
}
