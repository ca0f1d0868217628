import type { ClientBase, Pool } from 'pg'

/**
 * Does work in one transaction, on a connection of the pool, which is given back in any case.
 * @throws what the work or the database says; after a `commit` that was not answered it may be durable all the same
 */
export async function inTransaction<T>(pool: Pick<Pool, 'connect'>, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let failed: unknown
  try {
    await client.query('begin')
    const done = await work(client)
    await client.query('commit')
    return done
  } catch (error) {
    failed = error
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    // What PostgreSQL refuses leaves the connection as it was; after anything else nobody knows what it is in.
    client.release(failed instanceof Error && !('code' in failed && /^[0-9A-Z]{5}$/.test(String(failed.code))) ? failed : undefined)
  }
}
