import { Horizon } from '@onbehalf/lineage'
import {
  appendOwn, clearRows, copyDues, dueClocks, foldFindings, forgetStale, keysDue, lockLeases, nextStale, ownEvent, positionsOf, readCaughtUp, readMissing,
  readPresence, readSegmentsAhead, recordTransitions, staleDone, transitionsOf, writeBatch, writeSequences, writeViolations,
  type ChangedFinding, type ClientBase, type DueClock, type Lease, type LogPosition,
} from '@onbehalf/store'
import { Fold, type Folded } from './fold.ts'
import { gather } from './gather.ts'
import { readNews, type News } from './news.ts'
import { judgeSubjects } from './subjects.ts'
import type { TenantKnown } from './tenant-known.ts'
import { topicsOf } from './topics.ts'

export interface ProjectionOptions {
  /** How much is kept in memory, in facts per tenant. */
  facts_max: number
  batch: { entries_max: number; bytes_max: number }
  /** A second connection: with it, the next batch is read and parsed while the last one is written. */
  reader?: ClientBase
  /**
   * Write to the tenants' own logs what has become of findings, and how time has gone on. The live projector does; a rebuild
   * or a check reads there what was written.
   */
  records?: boolean
  /** Seam for fault pairs: called at named points of a transaction. */
  fault?: (point: 'before-commit' | 'after-commit') => void | Promise<void>
  nowMs?: () => number
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
  /** Times up to which everything has been received, waiting to be read. */
  readonly #pendingTicks = new Map<string, { atMs: number; sizes: Record<string, number> }>()

  constructor(options: ProjectionOptions) {
    this.#options = options
    this.#fold = new Fold(options)
  }

  /** Forgets what is in memory: the read models and their cursors say where to go on. */
  forget(): void {
    this.#fold.forget()
    this.#positions = undefined
    this.#next = undefined
    this.#pendingTicks.clear()
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
    for (const tenant of news.tenants.keys()) await this.#meet(client, tenant)
    const folded = await this.#fold.take(news, (wants) => readMissing(client, wants))
    const positions = this.#positions!
    const touched = this.#bucketsOf([...news.tenants.keys()])
    const moved = new Map(news.cursors.map((c) => [`${c.tenant}/${c.logId}`, c.position]))
    for (const log of positions) log.position = moved.get(`${log.tenant}/${log.logId}`) ?? log.position
    const committed = this.#commit(client, folded, among(leases, touched), { news })
    // While PostgreSQL writes this batch, the next one is read and parsed: it needs nothing that is being written.
    const { reader } = this.#options
    if (reader && positions.some((log) => log.position < log.size)) {
      this.#next = this.#read(reader, buckets, bound)
      this.#next.catch(() => undefined)
    }
    await committed
    return { entries: news.entries }
  }

  /**
   * Some of the rows that rest on something that changed, behind the live stream: bounded however much rests on it.
   * False when there is nothing left.
   */
  async deriveStale(client: ClientBase, buckets: readonly number[], leases: readonly Lease[] | null): Promise<boolean> {
    const pages = await nextStale(client, buckets, staleAtOnce)
    if (pages.length === 0) return false
    for (const { tenant } of pages) await this.#meet(client, tenant)
    const folded = await this.#fold.again(pages.map(({ tenant, key, keys, sinceMs, depth, wave }) => ({
      // All of a tenant is gone through already: nothing in it need be gone through in turn.
      tenant, keys, depth: key.startsWith('tenant:') ? Infinity : depth, sinceMs, wave,
    })), (wants) => readMissing(client, wants))
    const touched = new Set(pages.map((page) => page.bucket))
    // First what is done is said to be, then what it makes stale comes: a cycle of delegations names itself.
    await this.#commit(client, folded, among(leases, touched), {
      first: () => staleDone(client, pages),
      last: () => forgetStale(client, pages.map((page) => page.tenant)),
      cause: pages.every((page) => page.key === 'tenant:config') ? 'config_changed' : pages.every((page) => page.key === 'tenant:assertion') ? 'retracted' : null,
    })
    return true
  }

  /** Some of what is due, of as many clocks as fit: an absence may be said now. False when nothing is. */
  async deriveDue(client: ClientBase, buckets: readonly number[], leases: readonly Lease[] | null): Promise<boolean> {
    const pages: { tenant: string; keys: string[]; bucket: number }[] = []
    let room = dueAtOnce
    for (const due of await dueClocks(client, buckets)) {
      const known = await this.#horizonOf(client, due.tenant, [due.clock])
      const nowMs = new Horizon(known).ofClock(due.clock)
      if (nowMs < due.atMs) continue
      const keys = await keysDue(client, due.tenant, due.clock, nowMs, room)
      pages.push({ tenant: due.tenant, keys, bucket: due.bucket })
      room -= keys.length
      if (room <= 0) break
    }
    if (pages.length === 0) return false
    const folded = await this.#fold.again(pages.map(({ tenant, keys }) => ({ tenant, keys, depth: Infinity })), (wants) => readMissing(client, wants))
    for (const { tenant, keys } of pages) folded.batch.cleared.push(...keys.map((key) => ({ tenant, key })))
    const touched = new Set(pages.map((page) => page.bucket))
    await this.#commit(client, folded, among(leases, touched))
    return true
  }

  /**
   * Writes how far time has gone, where that closes a deadline and everything from before has been read. False where no tick
   * was to be written.
   */
  async tick(client: ClientBase, buckets: readonly number[], leases: readonly Lease[] | null): Promise<boolean> {
    const byTenant = Map.groupBy(await dueClocks(client, buckets), (due) => due.tenant)
    let ticked = false
    for (const [tenant, dues] of byTenant) {
      const pending = this.#pendingTicks.get(tenant) ?? (await this.#proposeTick(client, tenant, dues))
      if (!pending) continue
      this.#pendingTicks.set(tenant, pending)
      const read = new Map(this.#positions?.map((log) => [`${log.tenant}/${log.logId}`, log.position]))
      if (Object.entries(pending.sizes).some(([log, size]) => (read.get(log) ?? 0) < size)) continue
      this.#pendingTicks.delete(tenant)
      await this.#transaction(client, among(leases, new Set([dues[0]!.bucket])), async () => {
        const at = new Date(pending.atMs).toISOString()
        await appendOwn(client, tenant, [ownEvent('projector', 'clock.ticked', at, { at, sizes: pending.sizes })])
      })
      ticked = true
    }
    return ticked
  }

  async #proposeTick(client: ClientBase, tenant: string, dues: readonly DueClock[]): Promise<{ atMs: number; sizes: Record<string, number> } | undefined> {
    const known = await this.#horizonOf(client, tenant, dues.map((due) => due.clock))
    const { atMs, sizes } = await readCaughtUp(client, tenant, topicsOf(tenant, known))
    if (atMs === null || atMs <= new Horizon(known).atMs) return undefined
    const then = new Horizon(known, atMs)
    return dues.some((due) => then.ofClock(due.clock) >= due.atMs) ? { atMs, sizes } : undefined
  }

  /** A tenant, with what its clocks rest on. */
  async #horizonOf(client: ClientBase, tenant: string, clocks: readonly string[]): Promise<TenantKnown> {
    await this.#meet(client, tenant)
    const known = this.#fold.known(tenant)
    await gather(tenant, known, (wants) => readMissing(client, wants), (lookup) => {
      const { atMs } = new Horizon(lookup)
      topicsOf(tenant, lookup)
      // What they read does not depend on how far time has gone.
      for (const clock of clocks) new Horizon(lookup, atMs === -Infinity ? 0 : atMs).ofClock(clock)
    })
    return known
  }

  /** As long as it is remembered, once: how far a tenant is read, and of what it has any rows. */
  async #meet(client: ClientBase, tenant: string): Promise<void> {
    const known = this.#fold.known(tenant)
    if (known.position.size > 0) return
    known.has = await readPresence(client, tenant)
    for (const log of this.#positions ?? []) if (log.tenant === tenant) known.position.set(`${tenant}/${log.logId}`, log.position)
  }

  #bucketsOf(tenants: readonly string[]): Set<number> {
    const all = new Set(tenants)
    return new Set(this.#positions!.filter((log) => all.has(log.tenant)).map((log) => log.bucket))
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

  /** One transaction: rows, then what counts them, then what has become of findings, and the cursors. */
  async #commit(
    client: ClientBase,
    { batch, judged, violations, subjects }: Folded,
    leases: readonly Lease[] | null,
    { first, last, news, cause = null }: { first?: () => Promise<void>; last?: () => Promise<void>; news?: News; cause?: string | null } = {},
  ): Promise<void> {
    await this.#transaction(client, leases, async () => {
      await first?.()
      await writeBatch(client, batch)
      await last?.()
      if (news && news.said.length > 0) await foldFindings(client, news.said)
      const holed = news && news.numbered.length > 0 ? await writeSequences(client, news.numbered) : []
      const changed: ChangedFinding[] = await writeViolations(client, judged, violations)
      const all = [...subjects, ...holed.map(({ tenant, source }) => ({ tenant, known: this.#fold.known(tenant), keys: new Set([`source:${source}`]) }))]
      if (all.length > 0) {
        const of = await judgeSubjects(client, all)
        await clearRows(client, of.judged)
        await copyDues(client, of.dues)
        changed.push(...(await writeViolations(client, of.judged, of.violations)))
      }
      if (!this.#options.records) return
      const at = new Date((this.#options.nowMs ?? Date.now)()).toISOString()
      await recordTransitions(client, await transitionsOf(client, changed), cause, at)
    })
    this.#fold.forgetOldest()
  }

  async #transaction(client: ClientBase, leases: readonly Lease[] | null, work: () => Promise<void>): Promise<void> {
    await client.query('begin')
    try {
      if (leases) await lockLeases(client, leases)
      await work()
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

/** So that a step is a fraction of a second: what is live waits for it. */
const staleAtOnce = { things: 16, dependents: 32 }
const dueAtOnce = 256

/** Of the leases under which a step is taken, those of what it touches. */
function among(leases: readonly Lease[] | null, buckets: ReadonlySet<number>): Lease[] | null {
  return leases && leases.filter(({ bucket }) => buckets.has(bucket))
}
