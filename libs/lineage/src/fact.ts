import type { Statement } from '@onbehalf/events'
import type { EntryRef } from './document.ts'
import type { Keys } from './key.ts'

/**
 * A statement together with who said it and where it stands in the journal.
 * Its identity is (source, id); the same identity with the same digest is the same fact, received once more.
 */
export type Fact = Statement & {
  /** Of several copies the least. */
  producer: string
  /** Every producer that has said it, sorted: another one's copy takes nothing from the owner's word. */
  saidBy: readonly string[]
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
 * `join`: what is known of one thing is a set. Facts of equal identity and equal digest collapse into one; equal identity
 * with different digests is equivocation, and all of them are kept. The result is in story order and does not depend on
 * the order of arrival, apart from which of several copies an entry is shown for.
 */
export function join(...sets: readonly (readonly Fact[])[]): Fact[] {
  if (sets.length === 1 && sets[0]!.length <= 1) return [...sets[0]!]
  const byIdentity = new Map<string, Fact | Fact[]>()
  let copies = false
  for (const set of sets)
    for (const fact of set) {
      const identity = identityOf(fact)
      const known = byIdentity.get(identity)
      if (known === undefined) byIdentity.set(identity, fact)
      else {
        copies = true
        if (Array.isArray(known)) known.push(fact)
        else byIdentity.set(identity, [known, fact])
      }
    }
  const facts = copies
    ? [...byIdentity.values()].flatMap((known) => (Array.isArray(known) ? distinct(known) : known))
    : ([...byIdentity.values()] as Fact[])
  return facts.length > 1 ? facts.sort(byStory) : facts
}

/**
 * Story order: (`time`, identity, digest). What was mapped stands in the order in which it must have happened where clocks
 * cannot tell: spans of less than a millisecond begin and end at one time.
 */
export function byStory(a: Fact, b: Fact): number {
  return byTime(a, b) || turnOf(a) - turnOf(b) || compare(a.source, b.source) || compare(a.id, b.id) || (a === b ? 0 : compare(a.digest(), b.digest()))
}

function turnOf({ mapped, type }: Fact): number {
  if (mapped === undefined) return 0
  return type === 'action.requested' ? -2 : type === 'action.started' ? -1 : type === 'action.completed' ? 1 : 0
}

/** A double cannot hold nanoseconds; the canonical text can, and sorts once the `Z` is off. */
export function byTime(a: Moment, b: Moment): number {
  return a.timeMs - b.timeMs || compare(a.time.slice(0, -1), b.time.slice(0, -1))
}

export type Moment = Pick<Statement, 'time' | 'timeMs'>

/** Receipt order, for "the first of several copies": received_at, then log, then index. */
export function byReceipt(a: EntryRef, b: EntryRef): number {
  return compare(a.received_at, b.received_at) || compare(a.log, b.log) || a.index - b.index
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * One fact for each digest. Copies say the same but may differ in where they came from: of the producers and trace
 * contexts the least is kept, of the entries the first received.
 */
function distinct(copies: Fact[]): Fact[] {
  const byDigest = new Map<string, Fact[]>()
  for (const fact of copies) {
    const same = byDigest.get(fact.digest())
    if (same) same.push(fact)
    else byDigest.set(fact.digest(), [fact])
  }
  return [...byDigest.values()].map((same) => {
    if (same.length === 1) return same[0]!
    const saidBy = [...new Set(same.flatMap((fact) => fact.saidBy))].sort()
    const first = same.reduce((a, b) => (compare(a.producer, b.producer) || byReceipt(a.entry, b.entry)) <= 0 ? a : b)
    const located = same.reduce((a, b) => (compare(contextOf(a), contextOf(b)) <= 0 ? a : b))
    if (first === located && saidBy.length === first.saidBy.length) return first
    return { ...first, saidBy, traceId: located.traceId, spanId: located.spanId }
  })
}

function contextOf(fact: Fact): string {
  return `${fact.traceId ?? ''}/${fact.spanId ?? ''}`
}
