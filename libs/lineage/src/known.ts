import type { Fact } from './fact.ts'
import type { Key } from './key.ts'

/**
 * The part of the journal that has been read so far, by key. A key that is present is present completely: `facts` has
 * every entry filed under it; `links`, in key order, every key whose entries claim or mention it, up to `links_max`.
 */
export interface Known {
  facts: Map<Key, readonly Fact[]>
  links: Map<Key, readonly Key[]>
}

/** What the fold needs of `Known`: to ask. */
export interface Lookup {
  facts: Pick<Known['facts'], 'get'>
  links: Pick<Known['links'], 'get'>
}

export interface Missing {
  facts: Set<Key>
  links: Set<Key>
}

/** How many links of one key are read. A set, cut in key order: whatever came first, the same ones are seen. */
export const links_max = 512
/** Longest chain of delegations that is followed (events.md, limits). */
export const chain_depth_max = 64

/** Answers from `known`, and notes what was asked for that is not there. */
export function noting(known: Known): Lookup & { missing: Missing } {
  const missing: Missing = { facts: new Set(), links: new Set() }
  return {
    missing,
    facts: { get: (key) => known.facts.get(key) ?? note(missing.facts, key) },
    links: { get: (key) => known.links.get(key) ?? note(missing.links, key) },
  }
}

function note(missing: Set<Key>, key: Key): undefined {
  missing.add(key)
  return undefined
}

export function isDelegation(key: Key): boolean {
  return key.startsWith('delegation:')
}
