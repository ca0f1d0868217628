import {
  actionsOf, chainOf, derive, expand, nobodyRegistered, rankOf, ranks, resolve,
  type ActionFacts, type Hop, type Key, type Known, type Lineage,
} from '@onbehalf/lineage'
import { readLinksOf, readMissing, sha256Hex, type LineageSource } from '@onbehalf/store'

export interface SurroundingsPage {
  /** Each action of the trace or session is on exactly one page. */
  actions: Lineage[]
  /** Where the next page begins; null on the last. */
  next: Key | null
  /** Whether anything carries the key at all. */
  found: boolean
  /** Delegations of this page that rest on the context, each with its chain. */
  children: Hop[][]
}

/**
 * The actions around a trace, a session or a delegation, a page of its keys at a time: two index look-ups per round, however many
 * actions. A page may hold fewer actions than `limit`, since several keys can be one action.
 */
export async function readSurroundings(source: LineageSource, context: Key, after: Key, limit: number): Promise<SurroundingsPage> {
  const linked = await readLinksOf(source, context, after, limit + 1)
  const keys = linked.slice(0, limit)
  const own = keys.filter((key) => rankOf(key) > 0)
  const children = keys.filter(isDelegation)
  const known = await readAround(source, [...own, ...children])
  const actions = new Map<string, Lineage>()
  const located = locatedKeys(known, own)
  for (const key of own)
    for (const root of rootsOf(key, known, located))
      for (const action of actionsOf(root, known))
        if (homeOf(action, context) === key) {
          const lineage = derive(action, known, { tenant: source.tenant, registry: source.registry ?? nobodyRegistered, sha256: sha256Hex })
          actions.set(lineage.id, lineage)
        }
  return {
    actions: [...actions.values()].sort(byTime),
    next: linked.length > limit ? keys.at(-1)! : null,
    found: linked.length > 0,
    children: children.map((key) => chainIn(key, known)).filter((chain) => chain.length > 0),
  }
}

/** The delegations from the root to this one; empty if nobody told of it. */
export async function readChain(source: LineageSource, delegation: Key): Promise<Hop[]> {
  return chainIn(delegation, await readAround(source, [delegation]))
}

function chainIn(delegation: Key, known: Known): Hop[] {
  // Of the story of an action, a chain looks only at who may tell of delegations.
  const story = { registry: nobodyRegistered, about: { agent: null, system: null } } as Parameters<typeof chainOf>[2]
  return chainOf(delegation, known, story).hops
}

function isDelegation(key: Key): boolean {
  return key.startsWith('delegation:')
}

/** Every delegation in some chains, each once, in the order of their ids. */
export function hopsOf(chains: readonly (readonly Hop[])[]): Hop[] {
  const hops = new Map<string, Hop>()
  for (const chain of chains) for (const hop of chain) if (!hops.has(hop.delegation_id)) hops.set(hop.delegation_id, hop)
  return [...hops.values()].sort((a, b) => (a.delegation_id < b.delegation_id ? -1 : 1))
}

async function readAround(source: LineageSource, start: readonly Key[]): Promise<Known> {
  const known: Known = { facts: new Map(), links: new Map() }
  for (;;) {
    const { missing } = expand(start, known)
    if (missing.facts.size === 0 && missing.links.size === 0) return known
    await readMissing(source.client, [{ tenant: source.tenant, known, missing }], source)
  }
}

function rootsOf(key: Key, known: Known, located: Map<Key, Set<Key>>): Iterable<Key> {
  const to = resolve(key, known)
  if (to.kind === 'one') return [to.root]
  if (to.kind === 'several') return to.roots
  return located.get(key) ?? []
}

/** Facts whose own keys name no action, by the actions whose spans they were found in. */
function locatedKeys(known: Known, own: readonly Key[]): Map<Key, Set<Key>> {
  const located = new Map<Key, Set<Key>>()
  if (own.every((key) => resolve(key, known).kind !== 'unbound')) return located
  for (const root of known.facts.keys()) {
    if (rankOf(root) === 0 || rankOf(root) > ranks.span) continue
    for (const { bound } of actionsOf(root, known))
      for (const { fact, link } of bound)
        if (link === 'located') located.set(fact.keys.filed, (located.get(fact.keys.filed) ?? new Set()).add(root))
  }
  return located
}

/**
 * The one key of the context under which an action is listed: its own if its own facts carry the context, else the
 * first of those whose facts do. Without it, an action told under two keys would be on two pages.
 */
function homeOf({ root, bound }: ActionFacts, context: Key): Key | undefined {
  let home: Key | undefined
  for (const { fact } of bound) {
    if (!fact.keys.mentions.includes(context)) continue
    const { filed } = fact.keys
    if (filed === root) return root
    if (home === undefined || filed < home) home = filed
  }
  return home
}

function byTime(a: Lineage, b: Lineage): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1
}
