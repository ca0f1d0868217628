import {
  derive, expand, isDelegation, nobodyRegistered, rankOf, ranks,
  type Expansion, type Key, type Known, type Registry,
} from '@onbehalf/lineage'
import { actionRow, sha256Hex, type ReadModelBatch, type Want } from '@onbehalf/store'
import type { News, TenantNews } from './news.ts'
import { TenantKnown } from './tenant-known.ts'

/** Reads from the read models and the journal what the fold asks for. */
export type ReadMissing = (wants: readonly Want[]) => Promise<void>

/**
 * What is known of every tenant of one projector, and the step from a batch of news to the rows that it changes.
 * Knows no SQL and no clock. While the lease holds there is no other writer, so what is kept in memory stays true.
 */
export class Fold {
  /** The least recently used first. */
  readonly #tenants = new Map<string, TenantKnown>()
  readonly #facts_max: number
  readonly #registry: Registry

  constructor(options: { facts_max: number; registry?: Registry }) {
    this.#facts_max = options.facts_max
    this.#registry = options.registry ?? nobodyRegistered
  }

  /** Forgets everything: after a failed transaction memory may be ahead of the read models. */
  forget(): void {
    this.#tenants.clear()
  }

  /** Takes news, which must begin at the cursors. */
  async take(news: News, readMissing: ReadMissing): Promise<ReadModelBatch> {
    const batch = emptyBatch()
    batch.facts = news.facts
    batch.quarantine = news.quarantine
    batch.cursors = news.cursors
    const work = [...news.tenants].map(([tenant, fresh]) => ({ tenant, known: this.#known(tenant), fresh, start: fresh.touched }))
    for (const { known, fresh } of work) known.meet(fresh)
    await readAhead(work, readMissing)
    for (const { tenant, known, fresh, expansion } of await this.#complete(work, readMissing)) {
      linkRows(tenant, known, fresh, batch)
      this.#rows(tenant, known, fresh.touched, expansion, batch)
      // What rests on it and came with it is derived in this batch already, or is itself gone through here.
      for (const key of fresh.context)
        if ((known.links.get(key) ?? []).some((filed) => !fresh.touched.has(filed) && !fresh.context.has(filed)))
          batch.stale.push({ tenant, key })
      known.settle()
    }
    this.#forgetOldest()
    return batch
  }

  /** Derives the rows of some keys again, because something that they rest on has changed. */
  async again(stale: readonly { tenant: string; keys: readonly Key[] }[], readMissing: ReadMissing): Promise<ReadModelBatch> {
    const batch = emptyBatch()
    const keysOf = new Map<string, Set<Key>>()
    for (const { tenant, keys } of stale) {
      const all = keysOf.get(tenant) ?? new Set()
      keysOf.set(tenant, all)
      for (const key of keys) all.add(key)
    }
    const work = [...keysOf].map(([tenant, keys]) => ({
      tenant, known: this.#known(tenant), start: new Set([...keys].filter((key) => rankOf(key) > 0)), keys,
    }))
    for (const { tenant, known, start, keys, expansion } of await this.#complete(work, readMissing)) {
      this.#rows(tenant, known, start, expansion, batch)
      for (const key of keys) if (isDelegation(key)) batch.stale.push({ tenant, key })
      known.settle()
    }
    this.#forgetOldest()
    return batch
  }

  #known(tenant: string): TenantKnown {
    const known = this.#tenants.get(tenant) ?? new TenantKnown(this.#facts_max)
    this.#tenants.delete(tenant)
    this.#tenants.set(tenant, known)
    return known
  }

  #forgetOldest(): void {
    let weight = 0
    for (const known of this.#tenants.values()) weight += known.weight
    for (const [tenant, known] of this.#tenants) {
      if (weight <= this.#facts_max || this.#tenants.size === 1) return
      weight -= known.weight
      this.#tenants.delete(tenant)
    }
  }

  /** Reads until nothing is missing: a round for all tenants at once. */
  async #complete<Work extends { tenant: string; known: TenantKnown; start: ReadonlySet<Key>; fresh?: TenantNews }>(
    work: readonly Work[],
    readMissing: ReadMissing,
  ): Promise<(Work & { expansion: Expansion })[]> {
    const done: (Work & { expansion: Expansion })[] = []
    let open = work
    while (open.length > 0) {
      const wants: (Want & { known: TenantKnown })[] = []
      open = open.filter((item) => {
        const { tenant, known, start, fresh } = item
        const expansion = expand(fresh ? known.notLongVoid(start) : start, known, this.#registry)
        const { missing } = expansion
        const complete = missing.facts.size === 0 && missing.links.size === 0
        if (complete) done.push({ ...item, expansion })
        else wants.push({ tenant, known, missing })
        return !complete
      })
      if (wants.length === 0) break
      await readMissing(wants)
      for (const { known, missing } of wants) known.merge(missing)
    }
    return done
  }

  #rows(tenant: string, known: TenantKnown, touched: ReadonlySet<Key>, { roots, actions }: Expansion, batch: ReadModelBatch): void {
    for (const key of new Set([...touched, ...roots])) if (mayHaveRows(key, known)) batch.gone.push({ tenant, key })
    for (const action of actions) {
      const lineage = derive(action, known, { tenant, registry: this.#registry, sha256: sha256Hex })
      const isNew = rankOf(action.root) === ranks.action && !known.wasKnown(action.root)
      ;(isNew ? batch.newActions : batch.actions).push(actionRow(action, lineage))
    }
  }
}

async function readAhead(work: readonly { tenant: string; known: TenantKnown; fresh: TenantNews }[], readMissing: ReadMissing): Promise<void> {
  const wants = work.map(({ tenant, known, fresh }) => ({ tenant, known, missing: known.wanted(fresh) }))
  await readMissing(wants)
  for (const { known, missing } of wants) known.merge(missing)
}

/** Rows of what is linked now: those that are certainly new, and those that the read models may have already. */
function linkRows(tenant: string, known: TenantKnown, { links }: TenantNews, batch: ReadModelBatch): void {
  for (const [key, filedUnder] of links)
    for (const filed of filedUnder) {
      const had = known.hadLink(key, filed)
      if (had === undefined) batch.links.push({ tenant, key, filed })
      else if (!had) batch.newLinks.push({ tenant, key, filed })
    }
}

/**
 * Whether rows of a key may be there that must go: it is claimed now, or its uses are others. An action id is always its
 * own action, so its row is only ever replaced.
 */
function mayHaveRows(key: Key, known: Known): boolean {
  const rank = rankOf(key)
  return rank > ranks.action && rank <= ranks.decision && (known.facts.get(key)?.length ?? 0) > 0
}

function emptyBatch(): ReadModelBatch {
  return { facts: [], newLinks: [], links: [], newActions: [], actions: [], gone: [], quarantine: [], stale: [], cursors: [] }
}
