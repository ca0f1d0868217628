import {
  canonicalJson, configDocumentOf, defaultTenantConfig, tenantConfigsOf,
  type ConfigDocument, type PrincipalInput, type TenantConfig,
} from '@onbehalf/events'
import crypto from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import { appendOwn, ownEvent } from '../journal/own.ts'
import { sqlFile } from '../sql-file.ts'
import { inTransaction } from '../transaction.ts'
import { etagOf, onlyTenant, readRows, type ConfigurationRow, type StoredConfiguration } from './read.ts'

export interface ConfigurationChange {
  /** What is to hold, whole. Of one tenant where `tenant` is given. */
  document: ConfigDocument
  /** Changes this tenant alone, and none of the topics: which topics are whose is the instance's to say. */
  tenant?: string
  /** The ETag that the change was made from (`*`: whatever there is); left out where the document simply holds. */
  ifMatch?: string
  /** A tenant that has an entry also where nothing but `effectiveFrom` is new. */
  restates?: string
  /** RFC 3339. Left out: the first entry of a tenant counts since always, a later one from its receipt. */
  effectiveFrom?: string
  by?: PrincipalInput
}

export type ConfigurationChanged =
  /** `tenants`: those whose configuration differs from what it was, each with an entry now. Empty: it held already. */
  | ({ outcome: 'done'; tenants: string[] } & StoredConfiguration)
  /** Somebody else was faster: this is what there is now. */
  | ({ outcome: 'stale' } & StoredConfiguration)
  | { outcome: 'not_yours'; path: string }

/**
 * Makes a document hold: in one transaction, one change at a time, a `config.changed` entry and a row for each tenant that
 * differs. What differs in nothing leaves no trace, so saying it again is harmless, also after a commit whose outcome is
 * not known. Other processes are told on `onbehalf_configuration`. The pool's role is the writer.
 */
export function changeConfiguration(pool: Pool, change: ConfigurationChange): Promise<ConfigurationChanged> {
  return inTransaction(pool, (client) => changeWithin(client, change))
}

/** What it refuses it refuses before it has written anything. */
async function changeWithin(client: ClientBase, change: ConfigurationChange): Promise<ConfigurationChanged> {
  await client.query(lock)
  const rows = await readRows(client)
  const whole = configDocumentOf(rows.filter(({ removed }) => !removed).map(({ tenant, config }) => [tenant, config] as const))
  const visible = (document: ConfigDocument) => (change.tenant === undefined ? document : onlyTenant(document, change.tenant))
  const before = visible(whole)

  const wanted = change.tenant === undefined ? change.document : within(whole, change.document, change.tenant)
  if ('path' in wanted) return { outcome: 'not_yours', path: wanted.path }
  const differences = differencesOf(rows, wanted, change)
  if (differences.length === 0) return { outcome: 'done', tenants: [], document: before, etag: etagOf(before) }
  if (change.ifMatch !== undefined && !matches(change.ifMatch, etagOf(before))) return { outcome: 'stale', document: before, etag: etagOf(before) }

  let version = rows.reduce((max, row) => Math.max(max, row.version), 0)
  // In the order of tenants, as every transaction takes the own logs.
  for (const { tenant, config, removed } of differences) {
    const { firstIndex } = await appendOwn(client, tenant, [entryOf(config, change)])
    await client.query({ name: 'write-configuration', text: write, values: [tenant, ++version, JSON.stringify(config), removed, change.effectiveFrom ?? null, firstIndex] })
  }
  await client.query("select pg_notify('onbehalf_configuration', $1)", [String(version)])
  const document = visible(wanted)
  return { outcome: 'done', tenants: differences.map(({ tenant }) => tenant), document, etag: etagOf(document) }
}

const lock = sqlFile(import.meta.url, 'sql/lock.sql')
const write = sqlFile(import.meta.url, 'sql/write.sql')

interface Difference {
  tenant: string
  config: TenantConfig
  removed: boolean
}

/** By tenant. A tenant that is in the document no more is configured to be nothing, and removed. */
function differencesOf(rows: readonly ConfigurationRow[], wanted: ConfigDocument, { restates, effectiveFrom }: ConfigurationChange): Difference[] {
  const now = new Map(rows.map((row) => [row.tenant, row]))
  const configs = tenantConfigsOf(wanted)
  const differences: Difference[] = []
  for (const [tenant, config] of configs) {
    const row = now.get(tenant)
    // Nobody has to say that `default` is there and has the defaults; of every other tenant it has to be said.
    const held = row === undefined ? (tenant === 'default' ? defaultTenantConfig : null) : row.removed ? null : row.config
    const elsewhen = tenant === restates && row !== undefined && effectiveFrom !== undefined && effectiveFrom !== row.effective_from
    if (held === null || elsewhen || canonicalJson(held) !== canonicalJson(config)) differences.push({ tenant, config, removed: false })
  }
  for (const { tenant, removed } of rows) {
    if (!removed && !configs.has(tenant)) differences.push({ tenant, config: defaultTenantConfig, removed: true })
  }
  return differences.toSorted((a, b) => (a.tenant < b.tenant ? -1 : 1))
}

/** The whole document with one tenant's part replaced, or what that tenant may not change. */
function within(whole: ConfigDocument, part: ConfigDocument, tenant: string): ConfigDocument | { path: string } {
  const now = onlyTenant(whole, tenant)
  for (const topic of new Set([...Object.keys(now.topics), ...Object.keys(part.topics)])) {
    if (canonicalJson(now.topics[topic] ?? null) !== canonicalJson(part.topics[topic] ?? null)) return { path: `/topics/${topic}` }
  }
  return { tenants: { ...whole.tenants, [tenant]: onlyTenant(part, tenant).tenants[tenant]! }, topics: whole.topics }
}

/** RFC 9110 section 13.1.1: `*`, or a list of tags. */
function matches(ifMatch: string, etag: string): boolean {
  return ifMatch.trim() === '*' || ifMatch.split(',').some((each) => each.trim() === etag)
}

/** The CloudEvent that the tenant's own log is given. */
function entryOf(config: TenantConfig, { effectiveFrom, by }: ConfigurationChange): object {
  const data = { ...(effectiveFrom === undefined ? {} : { effective_from: effectiveFrom }), config: { ...config }, ...(by === undefined ? {} : { by }) }
  return ownEvent('configuration', 'config.changed', new Date().toISOString(), data, `config.changed/${crypto.randomUUID()}`)
}
