import type { Logger } from '@onbehalf/runtime'
import { createStaging, LeaseLost, releaseLeases, renewLeases, type Lease, type Pool, type PoolClient } from '@onbehalf/store'
import { Projection, type ProjectionOptions } from './projection.ts'

export interface ProjectorDeps extends ProjectionOptions {
  /** Role `onbehalf_projector`, search_path on the live read models. */
  pool: Pool
  logger: Logger
  /** Names this projector among others that share the buckets. */
  owner: string
  leaseTtlMs: number
  onProgress?: (entries: number) => void
}

export interface Projector {
  start(): void
  /** Something new may be in the journal. */
  wake(): void
  /** Finishes the batch in hand and gives the leases back. */
  stop(): Promise<void>
}

/**
 * Enough for the stories of the last minutes; a batch commits well within a lease. With parsed facts of about 3 kB each
 * this stays far below the 600 MB that the one-process mode may take, PostgreSQL included.
 */
export const defaultProjection = {
  facts_max: 30_000,
  batch: { entries_max: 4_096, bytes_max: 8 << 20 },
  leaseTtlMs: 10_000,
}

/** How often the journal is looked at when nobody wakes us. */
const pollMs = 1000
/** While the stream keeps us busy, this often a page of what has changed or is due is derived as well. */
const backgroundMs = 250
/** Time goes on by steps of this length at least, where somebody waits for it. */
const tickMs = 1000

/** Journal to read models, live: holds leases on its tenants, wakes when something is new, and never gives up. */
export function createProjector(deps: ProjectorDeps): Projector {
  const { pool, logger, owner, leaseTtlMs } = deps
  let projection = new Projection({ ...deps, records: true })
  let leases: Lease[] = []
  let running = false
  let awake = Promise.withResolvers<void>()
  let loop: Promise<void> = Promise.resolve()

  return {
    start() {
      running = true
      loop = run()
    },
    wake() {
      awake.resolve()
    },
    async stop() {
      running = false
      awake.resolve()
      await loop
    },
  }

  async function run(): Promise<void> {
    for (let failures = 0; running; ) {
      try {
        await withClients(work)
        failures = 0
      } catch (error) {
        projection.forget()
        leases = []
        failures++
        if (error instanceof LeaseLost) logger.warn({ owner }, 'lost a lease: another projector has taken over')
        else logger.error({ err: error, failures }, 'projecting failed; trying again')
        await pause(Math.min(5000, 50 * 2 ** failures))
      }
    }
  }

  async function withClients(use: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await pool.connect()
    const reader = await pool.connect().catch((error: unknown) => {
      client.release()
      throw error
    })
    try {
      await createStaging(client)
      await client.query('listen onbehalf_journal')
      client.on('notification', onNotification)
      projection = new Projection({ ...deps, reader, records: true })
      await use(client)
    } finally {
      client.off('notification', onNotification)
      // They have temporary tables, a subscription, and perhaps half a transaction: not for anybody else.
      client.release(true)
      reader.release(true)
    }
  }

  async function work(client: PoolClient): Promise<void> {
    let [renewAt, backgroundAt, tickAt] = [0, 0, 0]
    while (running) {
      if (performance.now() >= renewAt) {
        await renew(client)
        renewAt = performance.now() + leaseTtlMs / 3
      }
      awake = Promise.withResolvers()
      const buckets = leases.map((lease) => lease.bucket)
      const progress = await projection.advance(client, buckets, leases)
      if (progress) deps.onProgress?.(progress.entries)
      // Behind the live stream, and yet never quite without a turn.
      if (progress && performance.now() < backgroundAt) continue
      const behind = (await projection.deriveStale(client, buckets, leases)) || (await projection.deriveDue(client, buckets, leases))
      backgroundAt = performance.now() + backgroundMs
      if (performance.now() >= tickAt) {
        tickAt = performance.now() + tickMs
        if (await projection.tick(client, buckets, leases)) continue
      }
      if (!progress && !behind) await Promise.race([awake.promise, pause(Math.min(pollMs, renewAt - performance.now()))])
    }
    await releaseLeases(client, owner)
    leases = []
  }

  async function renew(client: PoolClient): Promise<void> {
    const held = await renewLeases(client, owner, leaseTtlMs)
    if (!sameLeases(held, leases)) projection.forget()
    leases = held
  }

  function onNotification(): void {
    awake.resolve()
  }
}

function sameLeases(a: readonly Lease[], b: readonly Lease[]): boolean {
  return a.length === b.length && a.every((lease, i) => lease.bucket === b[i]!.bucket && lease.epoch === b[i]!.epoch)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}
