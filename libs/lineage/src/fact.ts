import type { Statement } from '@onbehalf/events'
import type { EntryRef } from './document.ts'
import type { Keys } from './key.ts'

/**
 * A statement together with who said it and where it stands in the journal.
 * Its identity is (source, id); the same identity with the same digest is the same fact, received once more.
 */
export type Fact = Statement & {
  producer: string
  entry: EntryRef
  /** What it is about, as `keysOf` says. */
  keys: Keys
  /** SHA-256 of the canonical content, hex: only needed, and only computed, where two facts share an identity. */
  digest: () => string
}

export function identityOf(fact: Statement): string {
  return `${fact.source}\n${fact.id}`
}

/**
 * `join`: what is known of one thing is a set. Facts of equal identity and equal digest collapse into the one
 * received first; equal identity with different digests is equivocation, and all of them are kept.
 * The result is in story order, so it does not depend on the order of arrival.
 */
export function join(...sets: readonly (readonly Fact[])[]): Fact[] {
  const byIdentity = new Map<string, Fact | Fact[]>()
  let clashes = false
  for (const set of sets)
    for (const fact of set) {
      const identity = identityOf(fact)
      const known = byIdentity.get(identity)
      if (known === undefined) byIdentity.set(identity, fact)
      else {
        clashes = true
        byIdentity.set(identity, [...(Array.isArray(known) ? known : [known]), fact])
      }
    }
  if (!clashes) return ([...byIdentity.values()] as Fact[]).sort(byStory)
  return [...byIdentity.values()].flatMap((known) => (Array.isArray(known) ? distinct(known) : [known])).sort(byStory)
}

/** Story order: (`time`, identity, digest). */
export function byStory(a: Fact, b: Fact): number {
  return a.timeMs - b.timeMs || compare(a.source, b.source) || compare(a.id, b.id) || sameIdentity(a, b)
}

/** Receipt order, for "the first of several copies": received_at, then log, then index. */
export function byReceipt(a: EntryRef, b: EntryRef): number {
  return compare(a.received_at, b.received_at) || compare(a.log, b.log) || a.index - b.index
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function sameIdentity(a: Fact, b: Fact): number {
  return a === b ? 0 : compare(a.digest(), b.digest())
}

function distinct(copies: Fact[]): Fact[] {
  const byDigest = new Map<string, Fact>()
  for (const fact of copies) {
    const known = byDigest.get(fact.digest())
    if (known === undefined || byReceipt(fact.entry, known.entry) < 0) byDigest.set(fact.digest(), fact)
  }
  return [...byDigest.values()]
}
