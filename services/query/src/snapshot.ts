import { OnbehalfError } from '@onbehalf/runtime'
import type { PoolClient } from '@onbehalf/store'
import { connect, type Connection, type ReaderPool } from './connection.ts'
import { sqlText } from './sql-text.ts'

/** One log of the tenant in a snapshot: how long it is, and how much of it the read models hold. */
export interface LogHead {
  /** Without the tenant: `onbehalf.events/0`, `own`. */
  logId: string
  origin: string
  size: number
  /** Of the tree of that size: 32 bytes. */
  root: Uint8Array
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
  let connection: Connection | undefined
  try {
    connection = await connect(pool)
    const results = (await connection.client.query(begin.replaceAll('{tenant}', () => `'${tenant}'`))) as unknown as { rows: LogHead[] }[]
    return snapshotOf(connection, tenant, results.at(-1)!.rows)
  } catch (error) {
    connection?.release(error)
    throw databaseError(error)
  }
}

const begin = sqlText('begin-snapshot').replaceAll(/^--.*\n/gm, '')

function snapshotOf(connection: Connection, tenant: string, logs: LogHead[]): Snapshot {
  let open = true
  return {
    client: connection.client,
    tenant,
    logs,
    close(error) {
      if (!open) return
      open = false
      // It has written nothing, so its end is nobody's to wait for. After an error the connection's state is not known.
      if (error === undefined || error instanceof OnbehalfError) void end(connection)
      else connection.release(error)
    },
  }
}

async function end({ client, release }: Connection): Promise<void> {
  try {
    await client.query('commit')
    release()
  } catch (error) {
    release(error)
  }
}

/** What PostgreSQL or the way to it refuses, as our codes; everything else as it is. */
export function databaseError(error: unknown): unknown {
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
