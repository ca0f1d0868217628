import { defaultTenantConfig, readConfigDocument, type ConfigDocument } from '@onbehalf/events'
import { changeConfiguration, createPool, ruleIds } from '@onbehalf/store'

/**
 * What the arms' tenants are configured to be. The input is a recording: its events are older than their receipt. If that
 * could not be said, each action would have INT-05 after a minute, and what is measured would be that. All the rest is as
 * it is for who has configured nothing.
 */
export const recordingConfig: ConfigDocument['tenants'][string] = {
  ...defaultTenantConfig, budgets: { ...defaultTenantConfig.budgets, context_due_ms: 10 * 365 * 86_400_000 },
}

/** Through the product's own door: an entry in the own log of each tenant. */
export async function configureTenants(postgresUrl: string, tenants: Iterable<string>, topics: ConfigDocument['topics'] = {}): Promise<void> {
  const { topics: _, ...config } = { topics: undefined, ...recordingConfig }
  const read = readConfigDocument({ topics, tenants: Object.fromEntries([...new Set(tenants)].map((tenant) => [tenant, config])) }, { rules: ruleIds })
  if (!read.ok) throw new Error(`The configuration is not valid: ${JSON.stringify(read.errors)}`)
  const pool = createPool({ url: postgresUrl, role: 'writer', max: 1 })
  try {
    const { outcome } = await changeConfiguration(pool, { document: read.document })
    if (outcome !== 'done') throw new Error(`The configuration was not taken: ${outcome}`)
  } finally {
    await pool.end()
  }
}
