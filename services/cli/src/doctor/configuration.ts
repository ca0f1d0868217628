import { canonicalJson, readTenantConfig } from '@onbehalf/events'
import { readEntry, type ClientBase } from '@onbehalf/store'
import { withClient } from '../instance/database.ts'
import type { Check } from './checks.ts'
import type { Problem } from './problem.ts'

/**
 * Whether the doors go by what the journal says: each tenant's row against its last `config.changed` entry, which was
 * written in the same transaction. One entry is read per tenant.
 */
export async function checkConfiguration(url: string): Promise<Check> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<Row>(lastChanges)
    const problems = (await Promise.all(rows.map((row) => problemsOf(client, row)))).flat()
    const configured = rows.filter(({ config, removed }) => config !== null && removed !== true)
    const producers = configured.reduce((sum, { config }) => sum + readTenantConfig(config).producers.length, 0)
    const detail = configured.length === 0 ? 'nothing is configured: defaults'
      : `${count(configured.length, 'tenant')} and ${count(producers, 'producer')}, as the last config.changed entries say`
    return { check: 'configuration', detail, problems }
  })
}

interface Row {
  tenant: string
  config: unknown
  removed: boolean | null
  own_index: number | null
  /** Of the last entry that lineage knows; null: none. */
  last: number | null
}

/** Every tenant that has a log of its own, or a row. facts_pk: the last of one key of one log. */
const lastChanges = `
  select t.tenant, c.config, c.removed, c.own_index,
    (select f.first_index from lineage.facts f where f.tenant = t.tenant and f.key = 'tenant:config' and f.log_id = 'own' order by f.first_index desc limit 1) as last
  from (select tenant from journal.logs where log_id = 'own' union select tenant from journal.configurations) t
  left join journal.configurations c on c.tenant = t.tenant
  order by t.tenant`

async function problemsOf(client: ClientBase, { tenant, config, own_index, last }: Row): Promise<Problem[]> {
  const log = `${tenant}/own`
  if (own_index === null) return last === null ? [] : [{ log, index: Number(last), what: 'a configuration that the doors do not know: journal.configurations has no row of the tenant' }]
  if (last !== null && Number(last) > Number(own_index)) return [{ log, index: Number(last), what: `a later configuration than the doors go by, which is that of index ${own_index}` }]
  const found = await readEntry(client, tenant, 'own', Number(own_index))
  const said = found?.entry.content === undefined || found.entry.content === null ? null : configIn(found.entry.content)
  if (said === null) return [{ log, index: Number(own_index), what: 'is not the config.changed entry that the row of journal.configurations names' }]
  if (canonicalJson(readTenantConfig(said)) === canonicalJson(readTenantConfig(config))) return []
  return [{ log, index: Number(own_index), what: 'the doors go by another configuration than it says: the row of journal.configurations differs' }]
}

function configIn(content: Buffer): unknown {
  try {
    const event = JSON.parse(content.toString('utf8')) as { type?: string; data?: { config?: unknown } }
    return event.type?.startsWith('onbehalf.config.changed.') === true ? event.data?.config ?? null : null
  } catch {
    return null
  }
}

const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`
