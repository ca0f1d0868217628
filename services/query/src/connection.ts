import type { Pool, PoolClient } from '@onbehalf/store'

/** A pool of connections that may take the role onbehalf_reader. */
export type ReaderPool = Pick<Pool, 'connect'>

export interface Connection {
  readonly client: PoolClient
  /** Gives it back; with an error, or after it broke by itself, for good. */
  release(error?: unknown): void
}

/**
 * A connection of the pool. It can break between two queries, with nobody waiting for an answer: the pool listens only
 * while it is idle, and an error event that nobody hears ends the process.
 */
export function connect(pool: ReaderPool): Promise<Connection> {
  return new Promise((resolve, reject) => {
    // By callback: a promise is told of a moment later, and the server's last word may be in the same packet as its first.
    pool.connect((error, client) => {
      if (client === undefined) reject(error ?? new Error('the pool answered without a connection'))
      else resolve(connectionOf(client))
    })
  })
}

function connectionOf(client: PoolClient): Connection {
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  return {
    client,
    release(error) {
      client.off('error', onError)
      // One that is thrown away may still have something to say.
      if (error !== undefined || broken !== undefined) client.on('error', () => undefined)
      client.release(error === undefined ? broken : error instanceof Error ? error : true)
    },
  }
}
