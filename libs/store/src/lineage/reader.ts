import type { ClientBase } from 'pg'
import {
  contextKey, derive, expandAll, nothingKnown, type ActionFacts, type Fact, type Key, type Lineage, type View,
} from '@onbehalf/lineage'
import { sha256Hex } from './facts.ts'
import { stampFindings } from './findings.ts'
import { gather } from './gather.ts'
import { readMissing, type SegmentCache } from './known.ts'

/** One tenant's read models and journal, as of one snapshot. The client must be in a transaction bound to the tenant. */
export interface LineageSource {
  client: ClientBase
  tenant: string
  /** How far each log is read, by its public name; read from the cursors if left out. */
  position?: ReadonlyMap<string, number>
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
  const byAddress = new Map(lineages.map(({ view, lineage }) => {
    const { key, part } = addressOf(view.action, lineage)
    return [`${part}\x1f${key}`, lineage]
  }))
  return page.flatMap(({ key, part }) => byAddress.get(`${part}\x1f${key}`) ?? [])
}

/** Everything that some keys bear on, read and seen. */
export async function readViews(source: LineageSource, start: Iterable<Key>): Promise<View[]> {
  const { client, tenant } = source
  const known = nothingKnown(source.position ?? (await readCursors(client, tenant)))
  const { views } = await expandAll(start, known, sha256Hex, (missing) => readMissing(client, [{ tenant, known, missing }], source))
  return views
}

/** The lineages of some views, each with the times of its findings, and with findings of what it rests on. */
export async function readLineages(source: LineageSource, views: readonly View[]): Promise<Lineage[]> {
  const { client, tenant } = source
  const lineages = views.map((view) => derive(view, { tenant, sha256: sha256Hex }))
  await stampFindings(client, tenant, views.map((view, i) => ({ view, lineage: lineages[i]! })), source)
  return lineages
}

/** Where an action stands in lists. */
export function addressOf(action: ActionFacts, lineage: Lineage): ActionAddress {
  return { key: action.root, part: action.since === undefined ? '' : lineage.id }
}

/** Facts of one context thing: a session, a delegation. */
export async function readFactsOf(source: LineageSource, key: Key): Promise<readonly Fact[]> {
  return gather(source, (known) => known.facts.get(key) ?? [])
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

async function readAround(source: LineageSource, start: readonly Key[]): Promise<{ view: View; lineage: Lineage }[]> {
  const views = await readViews(source, start)
  const lineages = await readLineages(source, views)
  return views.map((view, i) => ({ view, lineage: lineages[i]! }))
}

async function readCursors(client: ClientBase, tenant: string): Promise<Map<string, number>> {
  return new Map(Object.entries(await readPosition({ client, tenant })))
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
