import type { Fact } from './fact.ts'
import { linksOf, seriesOf, type Key, type Sha256Hex } from './key.ts'

/**
 * The part of the journal that has been read so far, by key. A key that is present is present completely: `facts` has
 * every entry filed under it; `links`, in key order, every key whose entries claim or mention it, up to `links_max`.
 */
export interface Known {
  facts: Map<Key, readonly Fact[]>
  links: Map<Key, readonly Key[]>
  /** By the beginning of the keys of a series (`ticks:@`): the facts of its latest part. */
  latest: Map<Key, readonly Fact[]>
  /** How far each log has been read: every index below. Absent: all of it, whatever is said of its size. */
  position?: ReadonlyMap<string, number>
}

/** What the fold needs of `Known`: to ask. */
export interface Lookup {
  facts: Pick<Known['facts'], 'get'>
  links: Pick<Known['links'], 'get'>
  latest: Pick<Known['latest'], 'get'>
  position?: ReadonlyMap<string, number>
}

export interface Missing {
  facts: Set<Key>
  links: Set<Key>
  latest: Set<Key>
}

export function nothingMissing({ facts, links, latest }: Missing): boolean {
  return facts.size + links.size + latest.size === 0
}

export function nothingKnown(position?: ReadonlyMap<string, number>): Known {
  return { facts: new Map(), links: new Map(), latest: new Map(), ...(position && { position }) }
}

/** How many links of one key are read. A set, cut in key order: whatever came first, the same ones are seen. */
export const links_max = 512
/** Longest chain of delegations that is followed (events.md, limits). */
export const chain_depth_max = 64

/** Some facts to be read, and nothing else. */
export function wanting(facts: Iterable<Key> = []): Missing {
  return { facts: new Set(facts), links: new Set(), latest: new Set() }
}

/** What answers from `known`, and notes what was asked for that is not there. */
export type Noting = Lookup & { missing: Missing }

/**
 * What can be made of what is known: `make` asks for what it needs, and is called again when that has been read, until it
 * has all of it. A round for every step from one thing to the next.
 */
export async function untilComplete<Made>(known: Known, read: (missing: Missing) => Promise<void>, make: (known: Noting) => Made): Promise<Made> {
  for (;;) {
    const lookup = noting(known)
    const made = make(lookup)
    if (nothingMissing(lookup.missing)) return made
    await read(lookup.missing)
  }
}

export function noting(known: Known): Noting {
  const missing = wanting()
  return {
    missing,
    facts: { get: (key) => known.facts.get(key) ?? note(missing.facts, key) },
    links: { get: (key) => known.links.get(key) ?? note(missing.links, key) },
    latest: { get: (key) => known.latest.get(key) ?? note(missing.latest, key) },
    ...(known.position && { position: known.position }),
  }
}

function note(missing: Set<Key>, key: Key): undefined {
  missing.add(key)
  return undefined
}

/** Everything that some facts tell, in memory: for who has all of them at hand. */
export function knownOf(facts: readonly Fact[], sha256: Sha256Hex): Known {
  const filed = new Map<Key, Fact[]>()
  const links = new Map<Key, Set<Key>>()
  const latest = new Map<Key, Key>()
  for (const fact of facts) {
    const key = fact.keys.filed
    const there = filed.get(key)
    if (there) there.push(fact)
    else filed.set(key, [fact])
    for (const [from, to] of linksOf(fact, fact.keys, sha256)) {
      const known = links.get(from)
      if (known) known.add(to)
      else links.set(from, new Set([to]))
    }
    const series = seriesOf(key)
    if (series !== null && key > (latest.get(series) ?? '')) latest.set(series, key)
  }
  return {
    facts: filed,
    links: new Map([...links].map(([key, all]) => [key, [...all].sort()])),
    latest: new Map([...latest].map(([series, key]) => [series, filed.get(key)!])),
  }
}

export function isDelegation(key: Key): boolean {
  return key.startsWith('delegation:')
}
