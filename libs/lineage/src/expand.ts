import { findingsOf } from './findings.ts'
import type { Key, Sha256Hex } from './key.ts'
import { untilComplete, noting, nothingMissing, type Known, type Missing, type Noting } from './known.ts'
import { Resolver, type ActionFacts } from './resolve.ts'
import { viewOf, type View } from './view.ts'

/** What some keys bear on, as far as it is known. */
export interface Expansion {
  /** What has to be read before the rest is true. Empty: all of it is known. */
  missing: Missing
  /** The strongest keys of the actions that these keys belong to, or belonged to, in key order. */
  roots: Key[]
  /** What `derive` takes. */
  views: View[]
}

/**
 * Finds the actions that some keys bear on, and what has to be read to derive them: it does with what is known what
 * `derive` will do, and notes what that asks for. Called again when that has been read, until nothing is missing; a
 * round for every step of a chain of claims or delegations.
 */
export function expand(start: Iterable<Key>, known: Known, sha256: Sha256Hex): Expansion {
  return expandIn(noting(known), start, sha256)
}

/** Every step until nothing is missing. */
export function expandAll(
  start: Iterable<Key>, known: Known, sha256: Sha256Hex, read: (missing: Missing) => Promise<void>,
): Promise<Expansion> {
  const keys = [...start]
  return untilComplete(known, read, (lookup) => expandIn(lookup, keys, sha256))
}

function expandIn(lookup: Noting, start: Iterable<Key>, sha256: Sha256Hex): Expansion {
  const resolver = new Resolver(lookup)
  const roots = new Set<Key>()
  const actions = new Map<Key, ActionFacts[]>()
  const reach = (key: Key) => {
    for (const root of resolver.bearsOn(key)) {
      if (roots.has(root)) continue
      roots.add(root)
      actions.set(root, resolver.actionsOf(root))
      // Of a call id that was used again, one use may belong to this action by implication, and another stand alone.
      for (const { implied } of actions.get(root)!) implied.forEach(reach)
    }
  }
  for (const key of start) reach(key)
  const sorted = [...roots].sort()
  const views = sorted.flatMap((root) => actions.get(root)!).map((action) => viewOf(action, lookup, resolver.tenant, sha256))
  // What rules look at is asked for as well, once the rest is there.
  if (nothingMissing(lookup.missing)) for (const view of views) findingsOf(view, sha256)
  return { missing: lookup.missing, roots: sorted, views }
}
