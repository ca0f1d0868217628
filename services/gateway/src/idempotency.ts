import { OnbehalfError } from '@onbehalf/runtime'

/** Whose key it is: keys of different producers never meet. */
interface IdempotencyScope {
  tenant: string
  producer: string
  key: string
}

export interface IdempotencyCache<Answer> {
  /**
   * Runs `work` once per key and answers the same again. A second request while the first is in hand waits for it.
   * A failure is not remembered: what was not acknowledged may be sent again under its key.
   * @param digest of all that makes the request what it is
   * @throws OnbehalfError `idempotency_key_reused` when the key was used for another request
   */
  once(scope: IdempotencyScope, digest: string, work: () => Promise<Answer>): Promise<Answer>
  readonly size: number
}

/**
 * Remembers answers in memory, the newest `keysMax` of them, for `ageMsMax`. Forgetting one is harmless: an event that is
 * sent twice has the same identity and counts once; the key only spares the second writing.
 */
export function createIdempotencyCache<Answer>({ keysMax, ageMsMax, now = Date.now }: { keysMax: number; ageMsMax: number; now?: () => number }): IdempotencyCache<Answer> {
  // In order of age, because a Map keeps the order of insertion and no key is ever inserted anew while it stays.
  const kept = new Map<string, { digest: string; answer: Promise<Answer>; atMs: number }>()

  const forgetOld = () => {
    for (const [name, { atMs }] of kept) {
      if (kept.size <= keysMax && now() - atMs <= ageMsMax) return
      kept.delete(name)
    }
  }

  return {
    get size() {
      return kept.size
    },
    async once({ tenant, producer, key }, digest, work) {
      forgetOld()
      const name = JSON.stringify([tenant, producer, key])
      const known = kept.get(name)
      if (known !== undefined) {
        if (known.digest !== digest) throw new OnbehalfError('idempotency_key_reused', 'The Idempotency-Key was used before, for a request that was not the same.')
        return known.answer
      }
      const answer = work()
      const record = { digest, answer, atMs: now() }
      kept.set(name, record)
      try {
        return await answer
      } catch (error) {
        if (kept.get(name) === record) kept.delete(name)
        throw error
      }
    },
  }
}

/**
 * The key of the header `Idempotency-Key`, or null without one. A quoted string (as the IETF draft writes it) and a bare
 * one are the same key.
 */
export function idempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : ''
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new OnbehalfError('idempotency_key_invalid', 'The Idempotency-Key must be 1 to 255 visible ASCII characters.')
  return key
}
