import { contextOf } from './context.ts'
import type { Key } from './key.ts'
import { noting, type Known, type Missing } from './known.ts'
import type { Registry } from './registry.ts'
import { nobodyRegistered } from './registry.ts'
import { Resolver, type ActionFacts } from './resolve.ts'
import { tell } from './story.ts'

/** What some keys bear on, as far as it is known. */
export interface Expansion {
  /** What has to be read before the rest is true. Empty: all of it is known. */
  missing: Missing
  /** The strongest keys of the actions that these keys belong to, or belonged to, in key order. */
  roots: Key[]
  actions: ActionFacts[]
}

/**
 * Finds the actions that some keys bear on, and what has to be read to derive them: it does with what is known what
 * `derive` will do, and notes what that asks for. Called again when that has been read, until nothing is missing; a
 * round for every step of a chain of claims or delegations.
 */
export function expand(start: Iterable<Key>, known: Known, registry: Registry = nobodyRegistered): Expansion {
  const lookup = noting(known)
  const resolver = new Resolver(lookup)
  const roots = new Set<Key>()
  for (const key of start) for (const root of resolver.bearsOn(key)) roots.add(root)
  const sorted = [...roots].sort()
  const actions = sorted.flatMap((root) => resolver.actionsOf(root))
  for (const action of actions) contextOf(tell(action, registry), lookup)
  return { missing: lookup.missing, roots: sorted, actions }
}
