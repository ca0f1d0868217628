import { canonicalJson, configDocumentOf, readTenantConfig, type ConfigDocument, type TenantConfig } from '@onbehalf/events'
import crypto from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import { sqlFile } from '../sql-file.ts'

/** A configuration document, and what it is called in `ETag` and `If-Match`: a digest, so that equal ones are equal. */
export interface StoredConfiguration {
  document: ConfigDocument
  etag: string
}

/** The whole instance's; for roles that see every tenant. Without any, the document that says nothing. */
export async function readConfiguration(client: ClientBase | Pool): Promise<StoredConfiguration> {
  const rows = await readRows(client)
  return stored(configDocumentOf(rows.filter(({ removed }) => !removed).map(({ tenant, config }) => [tenant, config] as const)))
}

/** One tenant's part of it, as who belongs to the tenant sees it. */
export async function readTenantConfiguration(client: ClientBase | Pool, tenant: string): Promise<StoredConfiguration> {
  const { rows } = await client.query<{ config: unknown }>({ name: 'configuration-of-tenant', text: readTenant, values: [tenant] })
  return stored(onlyTenant(configDocumentOf(rows.map(({ config }) => [tenant, readTenantConfig(config)] as const)), tenant))
}

/** What of a document is one tenant's. A tenant that is not configured has what everybody has. */
export function onlyTenant({ tenants, topics }: ConfigDocument, tenant: string): ConfigDocument {
  return {
    tenants: { [tenant]: tenants[tenant] ?? configDocumentOf([]).tenants['default']! },
    topics: Object.fromEntries(Object.entries(topics).filter(([, each]) => each.tenant === tenant)),
  }
}

/** In quotes, as HTTP has it: strong, of the document's canonical form. */
export function etagOf(document: ConfigDocument): string {
  return `"${crypto.hash('sha256', canonicalJson(document), 'base64url').slice(0, 22)}"`
}

export interface ConfigurationRow {
  tenant: string
  config: TenantConfig
  removed: boolean
  effective_from: string | null
  version: number
}

export async function readRows(client: ClientBase | Pool): Promise<ConfigurationRow[]> {
  const { rows } = await client.query<Omit<ConfigurationRow, 'config'> & { config: unknown }>({ name: 'configurations', text: readAll })
  return rows.map((row) => ({ ...row, config: readTenantConfig(row.config) }))
}

const readAll = sqlFile(import.meta.url, 'sql/read-all.sql')
const readTenant = sqlFile(import.meta.url, 'sql/read-tenant.sql')

const stored = (document: ConfigDocument): StoredConfiguration => ({ document, etag: etagOf(document) })
