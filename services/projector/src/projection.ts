import {
  lockLeases, nextStale, positionsOf, readMissing, readSegmentsAhead, staleDone, writeBatch,
  type ClientBase, type Lease, type LogPosition, type ReadModelBatch,
} from '@onbehalf/store'
import { Fold } from './fold.ts'
import { readNews, type News } from './news.ts'

export interface ProjectionOptions {
  /** How much is kept in memory, in facts per tenant. */
  facts_max: number
  batch: { entries_max: number; bytes_max: number }
  /** A second connection: with it, the next batch is read and parsed while the last one is written. */
  reader?: ClientBase
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
  #next: Promise<News | undefined> | undefined
  /** Counts how often everything was forgotten: what was being read then is not to be believed. */
  #era = 0

  constructor(options: ProjectionOptions) {
    this.#options = options
    this.#fold = new Fold(options)
  }

  /** Forgets what is in memory: the read models and their cursors say where to go on. */
  forget(): void {
    this.#fold.forget()
    this.#positions = undefined
    this.#next = undefined
    this.#era++
  }

  /** One batch. Undefined when nothing is ahead. `bound` limits how far each log is read. */
  async advance(
    client: ClientBase,
    buckets: readonly number[],
    leases: readonly Lease[] | null,
    bound?: ReadonlyMap<string, number>,
  ): Promise<Progress | undefined> {
    const news = (await this.#takeNext()) ?? (await this.#read(client, buckets, bound))
    if (!news) return undefined
    const batch = await this.#fold.take(news, (wants) => readMissing(client, wants))
    const positions = this.#positions!
    const touched = new Set(positions.filter((log) => news.tenants.has(log.tenant)).map((log) => log.bucket))
    const moved = new Map(batch.cursors.map((c) => [`${c.tenant}/${c.logId}`, c.position]))
    for (const log of positions) log.position = moved.get(`${log.tenant}/${log.logId}`) ?? log.position
    const committed = this.#commit(client, batch, leases && leases.filter((lease) => touched.has(lease.bucket)))
    // While PostgreSQL writes this batch, the next one is read and parsed: it needs nothing that is being written.
    const { reader } = this.#options
    if (reader && positions.some((log) => log.position < log.size)) {
      this.#next = this.#read(reader, buckets, bound)
      this.#next.catch(() => undefined)
    }
    await committed
    return { entries: news.entries }
  }

  async #takeNext(): Promise<News | undefined> {
    const next = this.#next
    this.#next = undefined
    return next
  }

  async #read(client: ClientBase, buckets: readonly number[], bound?: ReadonlyMap<string, number>): Promise<News | undefined> {
    const era = this.#era
    const positions = await positionsOf(client, buckets, this.#positions)
    if (era !== this.#era) return undefined
    this.#positions = positions
    const ahead = positions
      .map((log) => (bound ? { ...log, size: Math.min(log.size, bound.get(`${log.tenant}/${log.logId}`) ?? 0) } : log))
      .filter((log) => log.position < log.size)
    if (ahead.length === 0) return undefined
    const segments = await readSegmentsAhead(client, ahead, this.#options.batch)
    return segments.length === 0 || era !== this.#era ? undefined : readNews(segments)
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
