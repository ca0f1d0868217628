import { canonicalJson } from '@onbehalf/events'
import type { Fact } from './fact.ts'
import { keyDocument, ranks, rankOf, type Key, type Sha256Hex } from './key.ts'
import type { ActionName } from './resolve.ts'

/** As given, or derived from the strongest key (and, where a call id was used again, from what began this action). */
export function idOf({ root, since, carrier }: ActionName, sha256: Sha256Hex): string {
  return rankOf(root) === ranks.action
    ? (carrier.data as { action_id: string }).action_id
    : derivedId(root, carrier, since, sha256)
}

/** `d-` and the first 32 hex digits of SHA-256 of the JCS form of the strongest key. */
export function derivedId(root: Key, carrier: Fact, since: string | undefined, sha256: Sha256Hex): string {
  const document = { ...keyDocument(root, carrier, carrier.producer, sha256), ...(since === undefined ? {} : { fact: since }) }
  return `d-${sha256(canonicalJson(document)).slice(0, 32)}`
}
