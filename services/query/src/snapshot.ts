import { OnbehalfError } from '@onbehalf/runtime'
import type { Pool, PoolClient } from '@onbehalf/store'
import { sqlText } from './sql-text.ts'

/** A pool of connections that may take the role onbehalf_reader. */
export type ReaderPool = Pick<Pool, 'connect'>

/** One log of the tenant in a snapshot: how long it is, and how much of it the read models hold. */
export interface LogHead {
  /** Without the tenant: `onbehalf.events/0`, `own`. */
  logId: string
  origin: string
  size: number
  projected: number
}

/** What one request sees: one tenant, one moment. Nothing of another tenant can be read through its client. */
export interface Snapshot {
  readonly client: PoolClient
  readonly tenant: string
  readonly logs: readonly LogHead[]
  /** Ends it. Safe to call more than once, and does not wait: what was read is in hand. */
  close(error?: unknown): void
}

/** Runs `use` in a snapshot of its own. @throws OnbehalfError `database_unavailable`, `not_ready` */
export async function withSnapshot<T>(pool: ReaderPool, tenant: string, use: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const snapshot = await openSnapshot(pool, tenant)
  try {
    const result = await use(snapshot)
    snapshot.close()
    return result
  } catch (error) {
    snapshot.close(error)
    throw databaseError(error)
  }
}

/** For answers that are streamed: the caller closes it. */
export async function openSnapshot(pool: ReaderPool, tenant: string): Promise<Snapshot> {
  // It becomes part of a statement's text; a tenant id is this and nothing else (journal.md).
  if (!/^[a-z0-9_][a-z0-9._-]{0,62}$/.test(tenant)) throw new OnbehalfError('internal', 'A tenant id is not well formed')
  let client: PoolClient | undefined
  try {
    client = await pool.connect()
    const results = (await client.query(begin.replaceAll('{tenant}', () => `'${tenant}'`))) as unknown as { rows: LogHead[] }[]
    return snapshotOf(client, tenant, results.at(-1)!.rows)
  } catch (error) {
    client?.release(error as Error)
    throw databaseError(error)
  }
}

const begin = sqlText('begin-snapshot').replaceAll(/^--.*\n/gm, '')

function snapshotOf(client: PoolClient, tenant: string, logs: LogHead[]): Snapshot {
  let open = true
  return {
    client,
    tenant,
    logs,
    close(error) {
      if (!open) return
      open = false
      // It has written nothing, so its end is nobody's to wait for. After an error the connection's state is not known.
      if (error === undefined || error instanceof OnbehalfError) void release(client)
      else client.release(error as Error)
    },
  }
}

async function release(client: PoolClient): Promise<void> {
  try {
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(error as Error)
  }
}

/** What PostgreSQL or the way to it refuses, as our codes; everything else as it is. */
function databaseError(error: unknown): unknown {
  if (error instanceof OnbehalfError) return error
  const { code, message } = error as { code?: unknown; message?: string }
  if (code === '42P01' || code === '3F000' || code === '42704') {
    return new OnbehalfError('not_ready', 'The read models are not there yet; the projector makes them when it starts.', { cause: error, retryAfterS: 2 })
  }
  if (code === '57014') {
    return new OnbehalfError('database_unavailable', 'The database gave no answer within 15 s.', { cause: error, retryAfterS: 5 })
  }
  const network = typeof code === 'string' && /^(08...|57P0[1-5]|53...|25P0[34]|E[A-Z]{4,})$/.test(code)
  if (network || /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(message ?? '')) {
    return new OnbehalfError('database_unavailable', 'The database cannot be reached.', { cause: error, retryAfterS: 2 })
  }
  return error
}
