import type { EventData } from '@onbehalf/events'
import { appendOwn, ownEvent, type Pool } from '@onbehalf/store'

export type ImportEvent =
  | { type: 'import.started'; data: EventData['import.started'] }
  | { type: 'import.ended'; data: EventData['import.ended'] }

/** Writes down, in the tenant's own log, that an import has begun or ended: between the two its producer counts as late, not as silent. */
export type RecordImport = (tenant: string, event: ImportEvent) => Promise<void>

/** @param pool of role reader: it may append to the log of a tenant that it names (`journal.append_own`), and to nothing else */
export function createImportLog(pool: () => Pick<Pool, 'connect'>): RecordImport {
  return async (tenant, { type, data }) => {
    const client = await pool().connect()
    let failure: Error | undefined
    try {
      await client.query('begin')
      await client.query("select set_config('onbehalf.tenant', $1, true), set_config('statement_timeout', '15s', true)", [tenant])
      await appendOwn(client, tenant, [ownEvent('gateway', type, new Date().toISOString(), data)])
      await client.query('commit')
    } catch (error) {
      failure = error as Error
      throw error
    } finally {
      // A connection in the middle of a transaction is not for the next one.
      client.release(failure)
    }
  }
}
