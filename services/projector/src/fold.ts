import {
  byReceipt, claimants_max, contextKey, derive, derivedId, expand, isDelegation, links_max, nobodyRegistered, rankOf, ranks,
  type Expansion, type Fact, type Key, type Known, type Missing, type Registry,
} from '@onbehalf/lineage'
import {
  actionRow, readFactsAt, samples_max, sha256Hex,
  type FactsRow, type QuarantineCase, type ReadModelBatch, type Segment, type Want,
} from '@onbehalf/store'
import { Generations } from './generations.ts'

/** Reads from the read models and the journal what the fold asks for. */
export type ReadMissing = (wants: readonly Want[]) => Promise<void>

/**
 * What is known of every tenant of one projector, and the step from one batch of segments to the rows that it changes.
 * Knows no SQL and no clock. While the lease holds there is no other writer, so what is kept in memory stays true.
 */
export class Fold {
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

  /** Takes segments in log order, which must begin at the cursors. */
  async take(segments: readonly Segment[], readMissing: ReadMissing): Promise<ReadModelBatch> {
    const batch = emptyBatch()
    const news = new Map<string, TenantNews>()
    const cases = new Map<string, QuarantineCase>()
    for (const segment of segments) {
      const tenant = news.get(segment.tenant) ?? new TenantNews()
      news.set(segment.tenant, tenant)
      readSegment(segment, tenant, batch, cases)
    }
    batch.quarantine = [...cases.values()]
    batch.cursors = cursorsAfter(segments)

    const work = [...news].map(([tenant, fresh]) => ({ tenant, known: this.#known(tenant), fresh, start: fresh.touched }))
    for (const { known, fresh } of work) known.meet(fresh)
    for (const { tenant, known, fresh, expansion } of await this.#complete(work, readMissing)) {
      this.#rows(tenant, known, fresh.touched, expansion, batch)
      for (const key of fresh.context)
        if ((known.links.get(key) ?? []).some((filed) => !fresh.touched.has(filed))) batch.stale.push({ tenant, key })
      known.settle()
    }
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
    return batch
  }

  #known(tenant: string): TenantKnown {
    let known = this.#tenants.get(tenant)
    if (!known) this.#tenants.set(tenant, (known = new TenantKnown(this.#facts_max)))
    return known
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
        for (const key of fresh?.context ?? []) if (known.links.get(key) === undefined) missing.links.add(key)
        // Facts join what is there already, so that must be known even of a key that nothing is derived from.
        if (missing.facts.size === 0 && missing.links.size === 0) done.push({ ...item, expansion })
        else wants.push({ tenant, known, missing })
        return missing.facts.size > 0 || missing.links.size > 0
      })
      if (wants.length === 0) break
      await readMissing(wants)
      for (const { known, missing } of wants) known.merge(missing)
    }
    return done
  }

  #rows(tenant: string, known: Known, touched: ReadonlySet<Key>, { roots, actions }: Expansion, batch: ReadModelBatch): void {
    for (const key of new Set([...touched, ...roots])) if (mayHaveRows(key, known)) batch.gone.push({ tenant, key })
    for (const action of actions) {
      const lineage = derive(action, known, { tenant, registry: this.#registry, sha256: sha256Hex })
      batch.actions.push(actionRow(action, lineage))
    }
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

/** One tenant's part of a batch, before it is known what was there. */
class TenantNews {
  readonly facts = new Map<Key, Fact[]>()
  readonly links = new Map<Key, Set<Key>>()
  readonly touched = new Set<Key>()
  /** Delegations and sessions that are told of here: actions may rest on them already. */
  readonly context = new Set<Key>()
}

/** What is known of one tenant: what was read, and what this batch brings on top of it. */
class TenantKnown implements Known {
  readonly facts: Generations<readonly Fact[]>
  readonly links: Generations<readonly Key[]>
  #fresh: TenantNews | undefined

  constructor(facts_max: number) {
    this.facts = new Generations(facts_max, (facts) => facts.length + 1)
    this.links = new Generations(facts_max * 4, (links) => links.length + 1)
  }

  /** Adds a batch's news to what is already complete; what is read later gets them in `merge`. */
  meet(fresh: TenantNews): void {
    this.#fresh = fresh
    for (const key of fresh.facts.keys()) if (this.facts.get(key) !== undefined) this.#addFacts(key)
    for (const key of fresh.links.keys()) if (this.links.get(key) !== undefined) this.#addLinks(key)
  }

  merge(read: Missing): void {
    for (const key of read.facts) this.#addFacts(key)
    for (const key of read.links) this.#addLinks(key)
  }

  /** Without the keys that were void before this batch: who claims one of those more changes nothing for the others. */
  notLongVoid(keys: ReadonlySet<Key>): Key[] {
    return [...keys].filter((key) => {
      const links = this.links.get(key)
      return !links || links.length - (this.#fresh?.links.get(key)?.size ?? 0) <= claimants_max || rankOf(key) <= ranks.span
    })
  }

  settle(): void {
    this.#fresh = undefined
    this.facts.age()
    this.links.age()
  }

  #addFacts(key: Key): void {
    const fresh = this.#fresh?.facts.get(key)
    if (fresh) this.facts.set(key, [...this.facts.get(key)!, ...fresh])
  }

  #addLinks(key: Key): void {
    const fresh = this.#fresh?.links.get(key)
    // Cut as a read would cut it, so that memory and the read models give the same answer.
    if (fresh) this.links.set(key, [...new Set([...this.links.get(key)!, ...fresh])].sort().slice(0, links_max))
  }
}

function readSegment(segment: Segment, news: TenantNews, batch: ReadModelBatch, cases: Map<string, QuarantineCase>): void {
  const rows = new Map<Key, FactsRow>()
  for (let place = 0; place < segment.count; place++) {
    const reading = readFactsAt(segment, place)
    if ('rejection' in reading) addCase(cases, segment.tenant, reading)
    else if ('facts' in reading) for (const fact of reading.facts) file(fact, place)
  }
  batch.facts.push(...rows.values())

  function file(fact: Fact, place: number): void {
    const { filed, claims, mentions } = fact.keys
    let row = rows.get(filed)
    if (!row) rows.set(filed, (row = {
      tenant: segment.tenant, key: filed, logId: segment.logId, firstIndex: segment.firstIndex, places: [],
    }))
    if (row.places.at(-1) !== place) row.places.push(place)
    append(news.facts, filed, fact)
    if (rankOf(filed) > 0) news.touched.add(filed)
    else if (filed.startsWith('delegation:') || filed.startsWith('session:')) news.context.add(filed)
    for (const key of claims) {
      news.touched.add(key)
      link(key, filed)
    }
    for (const key of mentions) link(key, filed)
    for (const key of [filed, ...claims])
      if (mayName(key, fact)) link(contextKey('id', derivedId(key, fact, undefined, sha256Hex), sha256Hex), key)
  }

  function link(key: Key, filed: Key): void {
    const filedUnder = news.links.get(key) ?? new Set()
    if (filedUnder.size === 0) news.links.set(key, filedUnder)
    if (filedUnder.has(filed)) return
    filedUnder.add(filed)
    batch.links.push({ tenant: segment.tenant, key, filed })
  }
}

/** Whether an action could be known by an id derived from this key: the id must lead back to the key. */
function mayName(key: Key, fact: Fact): boolean {
  const rank = rankOf(key)
  if (rank >= ranks.call && rank <= ranks.span) return true
  return rank === ranks.decision && fact.type === 'decision.recorded' && fact.data.effect === 'deny'
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

function addCase(
  cases: Map<string, QuarantineCase>,
  tenant: string,
  { rejection, entry }: Extract<ReturnType<typeof readFactsAt>, { rejection: unknown }>,
): void {
  const { producer, kind, received_at } = entry
  const first = rejection.errors[0]
  // Places in lists are left out, so that one mistake is one case however often and wherever it is made.
  const reason = first ? `${rejection.code} ${first.path.replaceAll(/\/\d+/g, '/*')}: ${first.rule}` : rejection.code
  const id = [tenant, producer, reason, kind].join('\x1f')
  const known = cases.get(id)
  if (!known) {
    cases.set(id, { tenant, producer, reason, kind, count: 1, firstAt: received_at, lastAt: received_at, samples: [entry] })
    return
  }
  known.count++
  if (received_at < known.firstAt) known.firstAt = received_at
  if (received_at > known.lastAt) known.lastAt = received_at
  if (known.samples.length < samples_max || byReceipt(entry, known.samples.at(-1)!) < 0)
    known.samples = [...known.samples, entry].sort(byReceipt).slice(0, samples_max)
}

function cursorsAfter(segments: readonly Segment[]): ReadModelBatch['cursors'] {
  const cursors = new Map<string, ReadModelBatch['cursors'][number]>()
  for (const { tenant, logId, firstIndex, count } of segments)
    cursors.set(`${tenant}/${logId}`, { tenant, logId, position: firstIndex + count })
  return [...cursors.values()]
}

function emptyBatch(): ReadModelBatch {
  return { facts: [], links: [], actions: [], gone: [], quarantine: [], stale: [], cursors: [] }
}
