import type { Pool, PoolClient } from 'pg'

export interface FollowingOptions<T> {
  /** One of its connections listens. */
  pool: Pool
  /** Where it is said that something has changed (`listen`). */
  channel: string
  /** How often it is read again, should nobody be heard. */
  pollMs: number
  /** Told when the database could not be asked, after the start. */
  onError: (error: unknown) => void
  read: () => Promise<T>
  /** Done with every poll, and once more at the end. */
  also?: () => Promise<void>
}

/** Keeps what a process knows in step with what is stored. */
export interface Following<T> {
  /** Resolves when the first reading is done. @throws what the database says */
  start(): Promise<void>
  /** Reads again now. */
  refresh(): Promise<T>
  stop(): Promise<void>
}

/** Reads again at once where a change is heard of, within `pollMs` everywhere. */
export function createFollowing<T>({ pool, channel, pollMs, onError, read, also = () => Promise.resolve() }: FollowingOptions<T>): Following<T> {
  let reading: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let listening: PoolClient | null = null
  let looking = false
  let stopped = false

  /** One after the other, so that a reading never replaces a later one. */
  function refresh(): Promise<T> {
    const next = reading.then(read)
    reading = next.catch(() => undefined)
    return next
  }

  async function listen(): Promise<void> {
    if (listening !== null || stopped) return
    const client = (listening = await pool.connect())
    // Stopped while it connected: nobody else would give it back, and the pool could not end.
    if (stopped) return deaf(client)
    client.once('error', () => deaf(client))
    client.on('notification', () => void refresh().catch(onError))
    await client.query(`listen ${channel}`).catch((error: unknown) => {
      deaf(client)
      throw error
    })
  }

  /** It has a subscription: not for anybody else. */
  function deaf(client: PoolClient | null): void {
    if (client === null || listening !== client) return
    listening = null
    client.release(true)
  }

  async function look(): Promise<void> {
    // While one look hangs, others would only queue behind it.
    if (looking) return
    looking = true
    try {
      await listen().catch(onError)
      await refresh().catch(onError)
      await also().catch(onError)
    } finally {
      looking = false
    }
  }

  return {
    async start() {
      await refresh()
      await listen()
      timer = setInterval(() => void look(), pollMs)
    },
    refresh,
    async stop() {
      stopped = true
      clearInterval(timer)
      await reading
      await also().catch(onError)
      deaf(listening)
    },
  }
}
