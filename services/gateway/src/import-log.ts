import type { EventData } from '@onbehalf/events'
import { appendOwn, inTransaction, ownEvent, type Pool } from '@onbehalf/store'

export type ImportEvent =
  | { type: 'import.started'; data: EventData['import.started'] }
  | { type: 'import.ended'; data: EventData['import.ended'] }

/** Writes down, in the tenant's own log, that an import has begun or ended: between the two its producer counts as late, not as silent. */
export type RecordImport = (tenant: string, event: ImportEvent) => Promise<void>

/** @param pool of role reader: it may append to the log of a tenant that it names (`journal.append_own`), and to nothing else */
export function createImportLog(pool: () => Pick<Pool, 'connect'>): RecordImport {
  return (tenant, { type, data }) => inTransaction(pool(), async (client) => {
    await client.query("select set_config('onbehalf.tenant', $1, true), set_config('statement_timeout', '15s', true)", [tenant])
    await appendOwn(client, tenant, [ownEvent('gateway', type, new Date().toISOString(), data)])
  })
}
