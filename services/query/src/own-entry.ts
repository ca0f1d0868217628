import { setTimeout as sleep } from 'node:timers/promises'
import type { EventData, EventType } from '@onbehalf/events'
import type { Identity } from '@onbehalf/runtime'
import { appendOwn, ownEvent, type OwnAppended } from '@onbehalf/store'
import { connect, type Connection, type ReaderPool } from './connection.ts'
import { databaseError, withSnapshot } from './snapshot.ts'

export interface OwnDoor {
  /**
   * Writes into the log of the caller's tenant what was decided through the API, and waits until lineage holds it, so that who
   * asked reads his own writes. `shown`: whether it does; what was written is written either way.
   * @throws OnbehalfError `database_unavailable`
   */
  say<Type extends EventType>(identity: Identity, type: Type, data: EventData[Type]): Promise<OwnAppended & { id: string; shown: boolean }>
}

/** Through the reader's own role: it may append to the log of its tenant (`journal.append_own`), and to nothing else. */
export function createOwnDoor({ pool, waitMsMax, nowMs }: { pool: ReaderPool; waitMsMax: number; nowMs: () => number }): OwnDoor {
  return {
    async say({ tenant }, type, data) {
      const id = `${type}/${crypto.randomUUID()}`
      const appended = await append(pool, tenant, ownEvent('api', type, new Date(nowMs()).toISOString(), data, id))
      return { ...appended, id, shown: await isShown(pool, tenant, appended.firstIndex, waitMsMax) }
    },
  }
}

/** The principal behind a credential, until credentials belong to people. */
export function principalOfCredential({ credential }: Identity): { iss: string; sub: string; kind: 'unknown' } {
  return { iss: 'urn:onbehalf:credential', sub: credential, kind: 'unknown' }
}

async function append(pool: ReaderPool, tenant: string, event: object): Promise<OwnAppended> {
  let connection: Connection | undefined
  try {
    connection = await connect(pool)
    const { client } = connection
    await client.query('begin')
    await client.query("set local role onbehalf_reader")
    await client.query("select set_config('onbehalf.tenant', $1, true), set_config('statement_timeout', '15s', true)", [tenant])
    const appended = await appendOwn(client, tenant, [event])
    await client.query('commit')
    connection.release()
    return appended
  } catch (error) {
    connection?.release(error)
    throw databaseError(error)
  }
}

async function isShown(pool: ReaderPool, tenant: string, index: number, waitMsMax: number): Promise<boolean> {
  const deadline = performance.now() + waitMsMax
  for (let delayMs = 5; ; delayMs = Math.min(50, delayMs * 1.5)) {
    const projected = await withSnapshot(pool, tenant, async ({ logs }) => logs.find((log) => log.logId === 'own')?.projected ?? 0).catch(() => 0)
    if (projected > index) return true
    if (performance.now() >= deadline) return false
    await sleep(delayMs)
  }
}
