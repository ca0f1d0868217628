import {
  lockLeases, nextStale, positionsOf, readMissing, readSegmentsAhead, staleDone, writeBatch,
  type ClientBase, type Lease, type LogPosition, type ReadModelBatch,
} from '@onbehalf/store'
import { Fold } from './fold.ts'

export interface ProjectionOptions {
  /** How much is kept in memory, in facts per tenant. */
  facts_max: number
  batch: { entries_max: number; bytes_max: number }
  /** Seam for fault pairs: called at named points of a transaction. */
  fault?: (point: 'before-commit' | 'after-commit') => void | Promise<void>
}

/** What one step did. */
export interface Progress {
  entries: number
}

/**
 * The step that everything which fills read models takes: what is ahead of the cursors is folded, and rows and cursors
 * are written in one transaction. The live projector takes it under leases, a rebuild or a check without.
 * The client's `search_path` says which read models.
 */
export class Projection {
  readonly #fold: Fold
  readonly #options: ProjectionOptions
  #positions: LogPosition[] | undefined

  constructor(options: ProjectionOptions) {
    this.#options = options
    this.#fold = new Fold(options)
  }

  /** Forgets what is in memory: the read models and their cursors say where to go on. */
  forget(): void {
    this.#fold.forget()
    this.#positions = undefined
  }

  /** One batch. Undefined when nothing is ahead. `bound` limits how far each log is read. */
  async advance(
    client: ClientBase,
    buckets: readonly number[],
    leases: readonly Lease[] | null,
    bound?: ReadonlyMap<string, number>,
  ): Promise<Progress | undefined> {
    const positions = await positionsOf(client, buckets, this.#positions)
    this.#positions = positions
    const ahead = positions
      .map((log) => (bound ? { ...log, size: Math.min(log.size, bound.get(`${log.tenant}/${log.logId}`) ?? 0) } : log))
      .filter((log) => log.position < log.size)
    if (ahead.length === 0) return undefined
    const segments = await readSegmentsAhead(client, ahead, this.#options.batch)
    if (segments.length === 0) return undefined
    const batch = await this.#fold.take(segments, (wants) => readMissing(client, wants))
    const tenants = new Set(segments.map((segment) => segment.tenant))
    const touched = new Set(positions.filter((log) => tenants.has(log.tenant)).map((log) => log.bucket))
    await this.#commit(client, batch, leases && leases.filter((lease) => touched.has(lease.bucket)))
    const moved = new Map(batch.cursors.map((c) => [`${c.tenant}/${c.logId}`, c.position]))
    for (const log of positions) log.position = moved.get(`${log.tenant}/${log.logId}`) ?? log.position
    return { entries: segments.reduce((sum, segment) => sum + segment.count, 0) }
  }

  /**
   * Some of the rows that rest on something that changed, behind the live stream: bounded however much rests on it.
   * False when there is nothing left.
   */
  async deriveStale(client: ClientBase, buckets: readonly number[], leases: readonly Lease[] | null): Promise<boolean> {
    const pages = await nextStale(client, buckets, staleAtOnce)
    if (pages.length === 0) return false
    const batch = await this.#fold.again(pages, (wants) => readMissing(client, wants))
    const touched = new Set(pages.map((page) => page.bucket))
    // First what is done goes, then what it makes stale comes: a cycle of delegations may name itself.
    await this.#commit(client, batch, leases && leases.filter((lease) => touched.has(lease.bucket)), () => staleDone(client, pages))
    return true
  }

  async #commit(
    client: ClientBase,
    batch: ReadModelBatch,
    leases: readonly Lease[] | null,
    first: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    await client.query('begin')
    try {
      if (leases) await lockLeases(client, leases)
      await first()
      await writeBatch(client, batch)
      await this.#options.fault?.('before-commit')
      // From here the batch may be durable even if we never hear so. After an error everything in memory is forgotten
      // and the cursors say where to go on, so both cases continue alike.
      await client.query('commit')
      await this.#options.fault?.('after-commit')
    } catch (error) {
      this.forget()
      await client.query('rollback').catch(() => undefined)
      throw error
    }
  }
}

const staleAtOnce = { things: 64, dependents: 64 }
