import type { Pool } from 'pg'
import { createFollowing } from '../following.ts'

export interface FollowCredentialsOptions {
  /** Of role writer or reader; one of its connections listens. */
  pool: Pool
  /** How often it is asked whether a key has changed, should nobody be heard. Default 1 s. */
  pollMs?: number
  /** Told when the database could not be asked; keys that are known go on for a while. */
  onError?: (error: unknown) => void
}

/** What tells whose a key is. */
export interface FoundCredential {
  tenant: string
  roles: ('producer' | 'responder' | 'auditor' | 'admin')[]
  producer: string | null
  /** SHA-256 of the secret. */
  digest: Buffer
  expiresAtMs: number | null
  revokedAtMs: number | null
}

/** The stored keys, as a door follows them (`CredentialSource` of libs/runtime). */
export interface FollowedCredentials {
  /** Asks the database; null: no key has this prefix. @throws what the database says */
  find(prefix: string): Promise<FoundCredential | null>
  /** Told which keys have changed; null: any. */
  onChange(listener: (prefixes: readonly string[] | null) => void): void
  /** Up to this moment of `performance.now` every change has been told. */
  inStepMs(): number
  /** Remembers that a key was used; it is written down later, once a minute at most. */
  used(prefix: string): void
  /** @throws what the database says */
  start(): Promise<void>
  /** Asks now; what was committed before the call has been told after it. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

/** Follows the keys: at once where a change is heard of, within `pollMs` everywhere. */
export function followCredentials({ pool, pollMs = 1_000, onError = () => undefined }: FollowCredentialsOptions): FollowedCredentials {
  const listeners: ((prefixes: readonly string[] | null) => void)[] = []
  const uses = createUses()
  let known = -1
  let inStepMs = -Infinity
  const { start, refresh, stop } = createFollowing({ pool, channel: 'onbehalf_credentials', pollMs, onError, read: ask, also: writeUses })

  async function ask(): Promise<void> {
    const atMs = performance.now()
    const greatest = Number((await pool.query<{ version: number }>({ text: 'select access.credential_version() as version', ...bounded })).rows[0]!.version)
    if (known === -1 || greatest < known) {
      // The first time; or a database that was restored, in which nothing need be as it was.
      tell(null)
      known = greatest
    }
    while (known < greatest) {
      const { rows } = await pool.query<{ prefix: string; version: number }>({ text: 'select prefix, version from access.credential_changes($1)', values: [known], ...bounded })
      if (rows.length === 0) break
      tell(rows.map(({ prefix }) => prefix))
      known = Number(rows.at(-1)!.version)
    }
    inStepMs = atMs
  }

  function tell(prefixes: readonly string[] | null): void {
    for (const listener of listeners) listener(prefixes)
  }

  async function writeUses(): Promise<void> {
    const due = uses.take()
    if (due.length === 0) return
    const values = [due.map(({ prefix }) => prefix), due.map(({ at }) => at)]
    await pool.query({ text: 'select access.credentials_used($1, $2)', values, ...bounded })
  }

  return {
    async find(prefix) {
      const { rows } = await pool.query<Row>({ name: 'credential', text: find, values: [prefix], ...bounded })
      return rows[0] === undefined ? null : foundOf(rows[0])
    },
    onChange(listener) {
      listeners.push(listener)
    },
    inStepMs: () => inStepMs,
    used: uses.add,
    start,
    refresh,
    stop,
  }
}

const find = 'select tenant, digest, roles, producer, expires_at, revoked_at from access.credential($1)'
/** A connection that hangs must not keep a door waiting: then it is as if the database were away. */
const bounded = { query_timeout: 5_000 }
const writtenEveryMs = 60_000

interface Row {
  tenant: string
  digest: Buffer
  roles: FoundCredential['roles']
  producer: string | null
  expires_at: string | null
  revoked_at: string | null
}

function foundOf({ tenant, digest, roles, producer, expires_at, revoked_at }: Row): FoundCredential {
  return { tenant, digest, roles, producer, expiresAtMs: msOf(expires_at), revokedAtMs: msOf(revoked_at) }
}

const msOf = (time: string | null): number | null => (time === null ? null : Date.parse(time))

/** Which keys were used, each taken down once a minute. Only keys that exist come here, so it is as large as their table. */
function createUses() {
  const takenMs = new Map<string, number>()
  const due = new Map<string, string>()
  return {
    add(prefix: string): void {
      const nowMs = performance.now()
      if (nowMs - (takenMs.get(prefix) ?? -Infinity) < writtenEveryMs) return
      takenMs.set(prefix, nowMs)
      due.set(prefix, new Date().toISOString())
    },
    take(): { prefix: string; at: string }[] {
      const taken = [...due].map(([prefix, at]) => ({ prefix, at }))
      due.clear()
      return taken
    },
  }
}
