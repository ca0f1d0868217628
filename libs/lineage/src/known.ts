import type { Fact } from './fact.ts'
import { claimants_max, rankOf, type Key } from './key.ts'

/**
 * The part of the journal that has been read so far, by key. A key that is present is present completely:
 * `facts` has every entry filed under it, `links` every key whose entries claim or mention it.
 */
export interface Known {
  facts: Map<Key, readonly Fact[]>
  links: Map<Key, readonly Key[]>
}

export interface Missing {
  facts: Set<Key>
  links: Set<Key>
}

/** How many links of one key are ever read to resolve an action: enough to know that a key is void. */
export const links_max = 512
/** Longest chain of delegations that is followed (events.md, limits). */
export const chain_depth_max = 64

/**
 * Walks from `start` over everything that can bear on these actions: up through claims, down through what the facts
 * carry, sideways to what a trace locates, and on to the delegations and sessions they rest on.
 * Answers what still has to be read; when nothing is missing, `resolve`, `actionsOf` and `derive` may be called.
 */
export function expand(start: Iterable<Key>, known: Known): { component: Set<Key>; missing: Missing } {
  const component = new Set<Key>()
  const missing: Missing = { facts: new Set(), links: new Set() }
  const context = new Set<Key>()
  const queue = [...start]

  const factsOf = (key: Key) => known.facts.get(key) ?? (missing.facts.add(key), [])
  const linksOf = (key: Key) => known.links.get(key) ?? (missing.links.add(key), [])

  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (component.has(key)) continue
    component.add(key)
    const facts = factsOf(key)
    if (rankOf(key) > 1) {
      const claimants = linksOf(key).filter((other) => isClaim(other, key))
      if (claimants.length <= claimants_max) queue.push(...claimants)
    }
    for (const fact of facts) {
      queue.push(...fact.keys.claims)
      for (const mention of fact.keys.mentions) {
        if (isDelegation(mention) || mention.startsWith('session:')) visitContext(mention)
        else if (mention.startsWith('trace:')) visitTrace(mention.slice('trace:'.length))
      }
    }
  }
  return { component, missing }

  function visitContext(key: Key): void {
    for (let depth = 0, at: Key | undefined = key; at && depth <= chain_depth_max && !context.has(at); depth++) {
      context.add(at)
      const facts: readonly Fact[] = factsOf(at)
      at = undefined
      for (const fact of facts) at ??= fact.keys.mentions.find(isDelegation)
    }
  }

  function visitTrace(trace: string): void {
    if (context.has(`trace:${trace}`)) return
    context.add(`trace:${trace}`)
    const loose = linksOf(`loose:${trace}`)
    if (loose.length === 0) return
    queue.push(...loose, ...linksOf(`trace:${trace}`).filter((key) => rankOf(key) > 0))
  }
}

/** Whether entries filed under `by` claim the weaker `key` (and do not merely mention it). */
export function isClaim(by: Key, key: Key): boolean {
  const rank = rankOf(by)
  return rank > 0 && rank < rankOf(key)
}

export function isDelegation(key: Key): boolean {
  return key.startsWith('delegation:')
}
