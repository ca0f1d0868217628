import {
  chain_depth_max, chainOf, isDelegation, nothingKnown, rankOf, tenantOf,
  type ActionFacts, type Hop, type Key, type Lineage,
} from '@onbehalf/lineage'
import { readLineages, readLinksOf, readMissing, readViews, type LineageSource } from '@onbehalf/store'

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
  const views = (await readViews(source, own)).filter((view) => own.has(homeOf(view.action, context) ?? ''))
  return {
    actions: (await readLineages(source, views)).sort(byTime),
    next: linked.length > limit ? keys.at(-1)! : null,
    found: linked.length > 0,
    children: await readChains(source, keys.filter(isDelegation)),
  }
}

/** For each delegation, those from the root to it; delegations that nobody told of are left out. */
export async function readChains(source: LineageSource, delegations: readonly Key[]): Promise<Hop[][]> {
  const known = nothingKnown()
  let missing = new Set([...delegations, 'tenant:config', 'tenant:assertion'])
  for (let depth = 0; missing.size > 0 && depth <= chain_depth_max; depth++) {
    await readMissing(source.client, [{ tenant: source.tenant, known, missing: { facts: missing, links: new Set(), latest: new Set() } }], source)
    const parents = [...missing].flatMap((key) => known.facts.get(key)!.flatMap((fact) => fact.keys.mentions.filter(isDelegation)))
    missing = new Set(parents.filter((key) => !known.facts.has(key)))
  }
  const tenant = tenantOf(known)
  const teller = { tenant, settings: tenant.settings.latest, about: { agent: null, system: null } }
  return delegations.map((key) => chainOf(key, known, teller).hops).filter((hops) => hops.length > 0)
}

/** Every delegation in some chains, each once, in the order of their ids. */
export function hopsOf(chains: readonly (readonly Hop[])[]): Hop[] {
  const hops = new Map<string, Hop>()
  for (const chain of chains) for (const hop of chain) if (!hops.has(hop.delegation_id)) hops.set(hop.delegation_id, hop)
  return [...hops.values()].sort((a, b) => (a.delegation_id < b.delegation_id ? -1 : 1))
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
