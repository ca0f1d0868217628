import {
  chainOf, isDelegation, rankOf, tenantOf,
  type ActionFacts, type Chain, type Hop, type Key, type Lineage,
} from '@onbehalf/lineage'
import { gather, readLineages, readLinksOf, readViews, type LineageSource } from '@onbehalf/store'
import { sqlText } from './sql-text.ts'

export interface SurroundingsPage {
  /** Each action of the trace, session or delegation is on exactly one page. */
  actions: Lineage[]
  /** Where the next page begins; null on the last. */
  next: Key | null
  /** Whether anything carries the key at all. */
  found: boolean
  /** Delegations of this page that rest on the context, each with its chain. */
  children: Hop[][]
  /** Of each span of a trace in which something was told of one of these actions, its id. */
  spans: Map<string, string>
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
  const lineages = await readLineages(source, views)
  return {
    spans: spansOf(views.map((view, i) => ({ action: view.action, id: lineages[i]!.id })), context),
    actions: lineages.sort(byTime),
    next: linked.length > limit ? keys.at(-1)! : null,
    found: linked.length > 0,
    children: await readChains(source, keys.filter(isDelegation)),
  }
}

/** A span that is the action counts before one in which somebody only spoke of it. */
function spansOf(actions: readonly { action: ActionFacts; id: string }[], context: Key): Map<string, string> {
  const spans = new Map<string, string>()
  if (!context.startsWith('trace:')) return spans
  for (const isIt of [true, false])
    for (const { action, id } of actions)
      for (const { fact, candidates } of action.bound)
        if (!candidates && (fact.isSpan === true) === isIt && fact.spanId !== undefined && context === `trace:${fact.traceId}` && !spans.has(fact.spanId)) spans.set(fact.spanId, id)
  return spans
}

/** For each delegation, those from the root to it; delegations that nobody told of are left out. */
export async function readChains(source: LineageSource, delegations: readonly Key[]): Promise<Hop[][]> {
  return [...(await readWholeChains(source, delegations)).values()].map(({ hops }) => hops).filter((hops) => hops.length > 0)
}

/** The same with what they were told by; empty ones are not left out. */
export function readWholeChains(source: LineageSource, delegations: readonly Key[]): Promise<Map<Key, Chain>> {
  return gather(source, (known) => {
    const tenant = tenantOf(known)
    const teller = { tenant, settings: tenant.settings.latest, about: { agent: null, system: null } }
    return new Map(delegations.map((key) => [key, chainOf(key, known, teller)]))
  })
}

/** A delegation below another. */
export interface TreeNode {
  key: Key
  /** 1: made from the root of the tree. */
  depth: number
  hop: Hop
}

/** The tree is cut here, level by level. */
const tree_depth_max = 64
const tree_nodes_max = 1_000

/** Everything that was made from a delegation, by depth; two reads for each level, however wide it is. */
export async function readTree(source: LineageSource, root: Key): Promise<{ nodes: TreeNode[]; truncated: boolean }> {
  const nodes: TreeNode[] = []
  const seen = new Set([root])
  let above: Key[] = [root]
  for (let depth = 1; above.length > 0; depth++) {
    const left = tree_nodes_max - nodes.length
    const { rows } = await source.client.query<{ parent: Key; child: Key }>({
      name: 'children-of-delegations', text: childrenOf, values: [source.tenant, above, left + 1],
    })
    const parents = new Map(rows.filter(({ child }) => !seen.has(child)).map(({ parent, child }) => [child, parent]))
    if (parents.size > 0 && (depth > tree_depth_max || left <= 0)) return { nodes, truncated: true }
    const chains = await readWholeChains(source, [...parents.keys()].slice(0, left))
    above = []
    for (const [key, { hops, grants }] of chains) {
      // What counts of it may say that it was made from another one, or not have been received by then.
      if (hops.length === 0 || grants.at(-1)!.keys.mentions.find(isDelegation) !== parents.get(key)) continue
      seen.add(key)
      above.push(key)
      nodes.push({ key, depth, hop: hops.at(-1)! })
    }
    if (parents.size > left) return { nodes, truncated: true }
  }
  return { nodes, truncated: false }
}

const childrenOf = sqlText('children-of-delegations')

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
