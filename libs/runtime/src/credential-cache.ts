import { OnbehalfError } from './errors.ts'
import type { Role } from './identity.ts'

/** A key as it is stored: whose it is, and how to tell its secret. */
export interface Credential {
  tenant: string
  roles: readonly Role[]
  /** The one producer that a key of role producer speaks as; null for every other role. */
  producer: string | null
  /** SHA-256 of the secret. */
  digest: Uint8Array
  /** Milliseconds since 1970; null: never. */
  expiresAtMs: number | null
  /** Null: it is not. */
  revokedAtMs: number | null
}

/** Where keys are stored, and how a process hears of changes. */
export interface CredentialSource {
  /** Null: no key has this prefix. @throws what the database says */
  find(prefix: string): Promise<Credential | null>
  /** Told which keys are new, revoked or otherwise not as they were; null: any of them. */
  onChange(listener: (prefixes: readonly string[] | null) => void): void
  /** Up to this moment of `performance.now` every change has been told. */
  inStepMs(): number
  /** A key was used; told on every request, so it must cost nothing. */
  used(prefix: string): void
}

export interface CredentialCacheLimits {
  keys_max: number
  /** Prefixes that no key has, remembered so that the same mistake asks the database once in a while only. */
  unknown_max: number
  unknown_age_ms_max: number
  /** How long a key is believed while nothing is heard of the database. */
  stale_ms_max: number
  /** Prefixes asked for at a time; beyond it, 429: prefixes that somebody makes up must not fill the pool's queue. */
  lookups_max: number
}

export const defaultCredentialCacheLimits: CredentialCacheLimits = {
  keys_max: 10_000, unknown_max: 10_000, unknown_age_ms_max: 5_000, stale_ms_max: 60_000, lookups_max: 64,
}

export interface CredentialCache {
  /**
   * At once where it is known, else from the source; null: no key has this prefix.
   * @throws OnbehalfError `database_unavailable`: it cannot be told now; `overloaded`
   */
  find(prefix: string): Credential | null | Promise<Credential | null>
  /** Of both kinds, for metrics and tests. */
  readonly size: number
}

/**
 * Keys that were asked for, in memory. Nothing here grows old by itself: what changes is told by the source and forgotten,
 * and when the source has heard nothing for `stale_ms_max`, each key is asked for again before it is believed.
 */
export function createCredentialCache(
  source: CredentialSource, given: Partial<CredentialCacheLimits> = {}, nowMs: () => number = () => performance.now(),
): CredentialCache {
  const limits = { ...defaultCredentialCacheLimits, ...given }
  // In the order of reading: the oldest goes first, which costs a key that is still used one more question.
  const known = new Map<string, { credential: Credential; readMs: number }>()
  const unknown = new Map<string, number>()
  const lookups = new Map<string, { answer: Promise<Credential | null>; outdated: boolean }>()

  source.onChange((prefixes) => {
    if (prefixes === null) {
      known.clear()
      unknown.clear()
      for (const lookup of lookups.values()) lookup.outdated = true
    }
    for (const prefix of prefixes ?? []) {
      known.delete(prefix)
      unknown.delete(prefix)
      const lookup = lookups.get(prefix)
      // It may have been read before the change: whoever asks next asks anew.
      if (lookup !== undefined) lookup.outdated = true
    }
  })

  function remember(prefix: string, credential: Credential | null, readMs: number): void {
    known.delete(prefix)
    unknown.delete(prefix)
    if (credential === null) keep(unknown, limits.unknown_max, prefix, readMs)
    else keep(known, limits.keys_max, prefix, { credential, readMs })
  }

  function ask(prefix: string): Promise<Credential | null> {
    const asked = lookups.get(prefix)
    if (asked !== undefined && !asked.outdated) return asked.answer
    if (lookups.size >= limits.lookups_max) throw new OnbehalfError('overloaded', 'More unknown keys are being looked up than the server does at a time.', { retryAfterS: 1 })
    const readMs = nowMs()
    const lookup = { answer: source.find(prefix), outdated: false }
    lookups.set(prefix, lookup)
    const end = () => {
      if (lookups.get(prefix) === lookup) lookups.delete(prefix)
    }
    lookup.answer = lookup.answer.then((credential) => {
      end()
      if (!lookup.outdated) remember(prefix, credential, readMs)
      return credential
    }, (cause: unknown) => {
      end()
      // Never "not valid": nobody knows whether it is.
      throw new OnbehalfError('database_unavailable', 'Whose the key is cannot be looked up: the database cannot be reached.', { cause, retryAfterS: 2 })
    })
    return lookup.answer
  }

  return {
    get size() {
      return known.size + unknown.size
    },
    find(prefix) {
      const now = nowMs()
      const entry = known.get(prefix)
      if (entry !== undefined && now - Math.max(entry.readMs, source.inStepMs()) <= limits.stale_ms_max) return entry.credential
      const missedMs = unknown.get(prefix)
      if (missedMs !== undefined && now - missedMs <= limits.unknown_age_ms_max) return null
      return ask(prefix)
    },
  }
}

function keep<Value>(map: Map<string, Value>, max: number, key: string, value: Value): void {
  map.set(key, value)
  if (map.size > max) map.delete(map.keys().next().value!)
}
