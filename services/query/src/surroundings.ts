import {
  chain_depth_max, chainOf, derive, expand, isDelegation, nobodyRegistered, rankOf,
  type ActionFacts, type Hop, type Key, type Known, type Lineage,
} from '@onbehalf/lineage'
import { readLinksOf, readMissing, sha256Hex, type LineageSource } from '@onbehalf/store'

export interface SurroundingsPage {
  /** Each action of the trace, session or delegation is on exactly one page. */
  actions: Lineage[]
  /** Where the next page begins; null on the last. */
  next: Key | null
  /** Whether anything carries the key at all. */
  found: boolean
  /** Delegations of this page that rest on the context, each with its chain. */
  children: Hop[][]
}

/**
 * The actions around a trace, a session or a delegation, a page of its keys at a time: two index look-ups per round,
 * however many actions. A page may hold fewer actions than `limit`, since several keys can be one action.
 */
export async function readSurroundings(source: LineageSource, context: Key, after: Key, limit: number): Promise<SurroundingsPage> {
  const linked = await readLinksOf(source, context, after, limit + 1)
  const keys = linked.slice(0, limit)
  const own = new Set(keys.filter((key) => rankOf(key) > 0))
  const { known, actions } = await readAround(source, own)
  const { tenant, registry = nobodyRegistered } = source
  return {
    actions: actions
      .filter((action) => own.has(homeOf(action, context) ?? ''))
      .map((action) => derive(action, known, { tenant, registry, sha256: sha256Hex }))
      .sort(byTime),
    next: linked.length > limit ? keys.at(-1)! : null,
    found: linked.length > 0,
    children: await readChains(source, keys.filter(isDelegation)),
  }
}

/** For each delegation, those from the root to it; delegations that nobody told of are left out. */
export async function readChains(source: LineageSource, delegations: readonly Key[]): Promise<Hop[][]> {
  const known: Known = { facts: new Map(), links: new Map() }
  let missing = new Set(delegations)
  for (let depth = 0; missing.size > 0 && depth <= chain_depth_max; depth++) {
    await readMissing(source.client, [{ tenant: source.tenant, known, missing: { facts: missing, links: new Set() } }], source)
    const parents = [...missing].flatMap((key) => known.facts.get(key)!.flatMap((fact) => fact.keys.mentions.filter(isDelegation)))
    missing = new Set(parents.filter((key) => !known.facts.has(key)))
  }
  // Of the story of an action, a chain looks only at who may tell of delegations.
  const story = { registry: source.registry ?? nobodyRegistered, about: { agent: null, system: null } } as Parameters<typeof chainOf>[2]
  return delegations.map((key) => chainOf(key, known, story).hops).filter((hops) => hops.length > 0)
}

/** Every delegation in some chains, each once, in the order of their ids. */
export function hopsOf(chains: readonly (readonly Hop[])[]): Hop[] {
  const hops = new Map<string, Hop>()
  for (const chain of chains) for (const hop of chain) if (!hops.has(hop.delegation_id)) hops.set(hop.delegation_id, hop)
  return [...hops.values()].sort((a, b) => (a.delegation_id < b.delegation_id ? -1 : 1))
}

async function readAround(source: LineageSource, start: ReadonlySet<Key>): Promise<{ known: Known; actions: ActionFacts[] }> {
  const known: Known = { facts: new Map(), links: new Map() }
  for (;;) {
    const { missing, actions } = expand(start, known, source.registry)
    if (missing.facts.size === 0 && missing.links.size === 0) return { known, actions }
    await readMissing(source.client, [{ tenant: source.tenant, known, missing }], source)
  }
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
