import type { ClientBase } from 'pg'
import {
  contextKey, derive, expand, nobodyRegistered, type ActionFacts, type Fact, type Key, type Known, type Lineage, type Registry,
} from '@onbehalf/lineage'
import { sha256Hex } from './facts.ts'
import { readMissing, type SegmentCache } from './known.ts'

/** One tenant's read models and journal, as of one snapshot. The client must be in a transaction bound to the tenant. */
export interface LineageSource {
  client: ClientBase
  tenant: string
  registry?: Registry
  /** RFC 3339 UTC with microseconds: only what had been received by then. */
  asOf?: string
  cache?: SegmentCache
}

/** Where an action stands in lists: its strongest key, and `part` where a call id was used again. */
export interface ActionAddress {
  key: Key
  part: string
}

/** The lineage of what an id names, freshly derived: as given, derived (`d-…`) or absorbed. Undefined if unknown. */
export async function readAction(source: LineageSource, id: string): Promise<Lineage | undefined> {
  const keys = [contextKey('action', id, sha256Hex)]
  if (/^d-[0-9a-f]{32}$/.test(id)) keys.push(...(await keysOfDerivedId(source, id)))
  const found = await readActionsUnder(source, keys)
  return found.find((lineage) => lineage.id === id) ?? found[0]
}

/** Every action that some keys belong to, each once, oldest first. */
export async function readActionsUnder(source: LineageSource, keys: readonly Key[]): Promise<Lineage[]> {
  const lineages = await readAround(source, keys)
  return lineages.map(({ lineage }) => lineage)
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1))
}

/** The actions of one page of a list, in the order of the page. Rows whose action is gone are left out. */
export async function readActionsAt(source: LineageSource, page: readonly ActionAddress[]): Promise<Lineage[]> {
  const lineages = await readAround(source, page.map((address) => address.key))
  const byAddress = new Map(lineages.map(({ action, lineage }) => {
    const { key, part } = addressOf(action, lineage)
    return [`${part}\x1f${key}`, lineage]
  }))
  return page.flatMap(({ key, part }) => byAddress.get(`${part}\x1f${key}`) ?? [])
}

/** Where an action stands in lists. */
export function addressOf(action: ActionFacts, lineage: Lineage): ActionAddress {
  return { key: action.root, part: action.since === undefined ? '' : lineage.id }
}

/** Facts of one context thing: a session, a delegation. */
export async function readFactsOf(source: LineageSource, key: Key): Promise<readonly Fact[]> {
  const known: Known = { facts: new Map(), links: new Map() }
  await readMissing(source.client, [{ tenant: source.tenant, known, missing: { facts: new Set([key]), links: new Set() } }], source)
  return known.facts.get(key)!
}

/** What carries a key, in key order: the actions of a trace or session, the dependents of a delegation. */
export async function readLinksOf(source: LineageSource, key: Key, after: string, limit: number): Promise<Key[]> {
  const { rows } = await source.client.query<{ filed: string }>({
    name: 'links-page',
    text: 'select filed from links where tenant = $1 and key = $2 and filed > $3 order by filed limit $4',
    values: [source.tenant, key, after, limit],
  })
  return rows.map((row) => row.filed)
}

/** How far each log of the tenant has been read: every index below the number. */
export async function readPosition(source: LineageSource): Promise<Record<string, number>> {
  const { rows } = await source.client.query<{ log_id: string; position: number }>({
    name: 'position-vector',
    text: 'select log_id, position from cursors where tenant = $1 order by log_id',
    values: [source.tenant],
  })
  return Object.fromEntries(rows.map((row) => [`${source.tenant}/${row.log_id}`, row.position]))
}

async function readAround(
  source: LineageSource,
  start: readonly Key[],
): Promise<{ action: ActionFacts; lineage: Lineage }[]> {
  const { client, tenant, registry = nobodyRegistered } = source
  const known: Known = { facts: new Map(), links: new Map() }
  for (;;) {
    const { missing, actions } = expand(start, known, registry)
    if (missing.facts.size === 0 && missing.links.size === 0) {
      const context = { tenant, registry, sha256: sha256Hex }
      return actions.map((action) => ({ action, lineage: derive(action, known, context) }))
    }
    await readMissing(client, [{ tenant, known, missing }], source)
  }
}

async function keysOfDerivedId(source: LineageSource, id: string): Promise<Key[]> {
  const linked = await readLinksOf(source, contextKey('id', id, sha256Hex), '', 8)
  if (linked.length > 0) return linked
  const { rows } = await source.client.query<{ key: string }>({
    name: 'action-by-part',
    text: `select key from actions where tenant = $1 and part = $2 and part <> ''`,
    values: [source.tenant, id],
  })
  return rows.map((row) => row.key)
}
