import { claimants_max, claimsKey, links_max, rankOf, ranks, seriesOf, ticksSeries, wanting, type Fact, type Key, type Known, type Missing } from '@onbehalf/lineage'
import { crowd_max, letIn } from './crowd.ts'
import { Generations } from './generations.ts'
import type { TenantNews } from './news.ts'

/** What is known of one tenant: what was read, and what the batch in hand brings on top of it. */
export class TenantKnown implements Known {
  readonly facts: Generations<readonly Fact[]>
  readonly links: Generations<readonly Key[]>
  readonly latest = new Map<Key, readonly Fact[]>()
  /** How far each log is read once the batch in hand is written. */
  readonly position = new Map<string, number>()
  /** Rows of these kinds may be there. */
  has = { violations: true, dues: true, uses: true }
  /** Series of heartbeats that the batch in hand begins, by who sends them. */
  readonly begun = new Map<Key, Key[]>()
  /** What a batch brings about things of which enough is known already. */
  readonly left = new Map<Key, readonly Fact[]>()
  #news: TenantNews | undefined
  /** Facts that were there before the batch, of the keys that it adds to. */
  readonly #before = new Map<Key, readonly Fact[]>()

  /** What was linked before the batch, where that is little. */
  readonly #linkedBefore = new Map<Key, readonly Key[]>()

  /** @param facts_max how many facts are kept, about */
  constructor(facts_max: number) {
    this.facts = new Generations(facts_max, (facts) => facts.length + 1)
    this.links = new Generations(facts_max * 4, (links) => links.length + 1)
  }

  get weight(): number {
    return this.facts.weight
  }

  /** Adds a batch's news to what is already complete; what is read later gets them in `merge`. */
  meet(news: TenantNews): void {
    this.#news = news
    this.#before.clear()
    this.#linkedBefore.clear()
    this.left.clear()
    this.begun.clear()
    for (const key of news.facts.keys()) if (this.facts.get(key) !== undefined) this.#addFacts(key)
    for (const key of news.links.keys()) if (this.links.get(key) !== undefined) this.#addLinks(key)
    for (const series of this.latest.keys()) this.#addLatest(series)
  }

  /** What a batch certainly needs, so that one round of reading brings nearly all of it. */
  wanted(news: TenantNews): Missing {
    const missing = wanting()
    for (const key of tenantKeys) if (this.facts.get(key) === undefined) missing.facts.add(key)
    if (this.latest.get(ticksSeries) === undefined) missing.latest.add(ticksSeries)
    for (const key of news.touched) {
      if (this.facts.get(key) === undefined) missing.facts.add(key)
      if (rankOf(key) > ranks.action && this.links.get(key) === undefined) missing.links.add(key)
    }
    for (const key of [...news.facts.keys(), ...news.rests.facts]) if (this.facts.get(key) === undefined) missing.facts.add(key)
    for (const keys of [news.context.keys(), news.rests.links])
      for (const key of keys) if (this.links.get(key) === undefined) missing.links.add(key)
    return missing
  }

  merge(read: Missing): void {
    for (const key of read.facts) this.#addFacts(key)
    for (const key of read.links) this.#addLinks(key)
    for (const series of read.latest) this.#addLatest(series)
  }

  /**
   * Whether the read models have this link already; undefined where only they can say. All that was filed under a key is
   * known, and so is what it links to.
   */
  hadLink(key: Key, filed: Key): boolean | undefined {
    if (key.startsWith('id:') || key.startsWith('users:') || this.facts.get(filed) === undefined) return undefined
    const before = this.#before.get(filed)
    // What was left out may have been linked all the same.
    if (before !== undefined && before.length >= crowd_max) return undefined
    return before?.some((fact) => fact.keys.claims.includes(key) || fact.keys.mentions.includes(key)
      || (key.startsWith('by:') && fact.keys.claims.some((claim) => key === claimsKey(fact.entry.producer, claim)))) ?? false
  }

  /** What was filed under a key before this batch; the key must be known. */
  before(key: Key): readonly Fact[] {
    return this.#before.get(key) ?? (this.#news?.facts.has(key) ? [] : this.facts.get(key)!)
  }

  /** Whether anything was filed under a key before this batch; the key must be known. */
  wasKnown(key: Key): boolean {
    return this.#before.has(key) || !this.#news?.facts.has(key)
  }

  /**
   * Without the keys that were void before this batch: who claims one of those more changes nothing for the others. With
   * who claimed those that are void from now on. Where registrations say who may claim, many claims make nothing void.
   */
  notLongVoid(keys: ReadonlySet<Key>): Key[] {
    if ((this.facts.get('tenant:config')?.length ?? 0) > 0) return [...keys]
    return [...keys].flatMap((key) => {
      if (rankOf(key) <= ranks.span || (this.links.get(key)?.length ?? 0) <= claimants_max) return [key]
      // Not known yet: it is asked for, and this again.
      const counting = claimsKey('default', key)
      if ((this.links.get(counting)?.length ?? 0) <= claimants_max) return [key]
      const before = this.#linkedBefore.get(counting)
      return before === undefined ? [] : [key, ...before.filter((by) => rankOf(by) > 0)]
    })
  }

  settle(): void {
    this.#news = undefined
    this.#before.clear()
    this.#linkedBefore.clear()
    this.facts.age()
    this.links.age()
  }

  #addFacts(key: Key): void {
    const news = this.#news?.facts.get(key)
    if (!news) return
    const before = this.facts.get(key)!
    if (before.length > 0) this.#before.set(key, before)
    const { kept, left } = letIn(before, news)
    if (left.length > 0) this.left.set(key, left)
    this.facts.set(key, before.length > 0 ? [...before, ...kept] : kept)
  }

  /** The batch may go on with the latest part of a series, or begin a later one. */
  #addLatest(series: Key): void {
    let known = this.latest.get(series)!
    let at = known[0]?.keys.filed ?? ''
    for (const [key, facts] of this.#news?.facts ?? [])
      if (seriesOf(key) === series && key >= at) {
        known = key === at ? [...known, ...facts] : facts
        at = key
      }
    this.latest.set(series, known)
  }

  #addLinks(key: Key): void {
    const news = this.#news?.links.get(key)
    if (!news) return
    const before = this.links.get(key)!
    if (before.length <= claimants_max) this.#linkedBefore.set(key, before)
    if (key.startsWith('sources:')) this.begun.set(key, [...news].filter((series) => !before.includes(series)))
    // Cut as a read would cut it, so that memory and the read models give the same answer.
    this.links.set(key, [...new Set([...before, ...news])].sort().slice(0, links_max))
  }
}

/** What everything that is derived asks for. */
const tenantKeys: readonly Key[] = ['tenant:config', 'tenant:assertion', 'tenant:import', 'tenant:exports']
