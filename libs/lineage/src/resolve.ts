import { byStory, identityOf, join, type Fact } from './fact.ts'
import { Implied } from './implied.ts'
import { claimants_max, claimsKey, looseKeys, rankOf, ranks, spanActionsKey, type Key } from './key.ts'
import { links_max, type Lookup } from './known.ts'
import { tenantOf, type Tenant } from './tenant.ts'

export type Resolution =
  | { kind: 'one'; root: Key }
  | { kind: 'several'; roots: Key[] }
  | { kind: 'unbound' }
  | { kind: 'void'; claimants: number }

/** A fact of an action and how it came to it. */
export interface Bound {
  fact: Fact
  /** Retracted: shown, and counts for nothing. */
  struck: boolean
  link: 'explicit' | 'derived' | 'located'
  /** Every action it could belong to, when there are several. */
  candidates?: ActionName[]
}

/** An action by its strongest key, and by what began it where that key is a call id that had ended one already. */
export interface ActionName {
  root: Key
  /** Identity of the fact that began this action. */
  since?: string
  /** A fact that carries `root`. */
  carrier: Fact
}

/** One action: its name, its keys (strongest first) with a fact that carries each, and its facts in story order. */
export interface ActionFacts extends ActionName {
  keys: { key: Key; carrier: Fact }[]
  /** Those of them that too many claim: what is filed there belongs to nobody. */
  voided: { key: Key; carrier: Fact }[]
  /** Those of them that belong to it although no entry carries them together with a stronger one. */
  implied: Key[]
  bound: Bound[]
}

export function resolve(key: Key, known: Lookup): Resolution {
  return new Resolver(known).resolve(key)
}

export function actionsOf(root: Key, known: Lookup): ActionFacts[] {
  return new Resolver(known).actionsOf(root)
}

/**
 * What a key stands for: all of it, or, for a call id that was used again, one use of it.
 * Some models say `call_0` every turn: in story order, a request or start after a terminal fact begins a new use.
 */
interface Use {
  key: Key
  since?: string
  /** Filed under the key. */
  facts: Fact[]
  /** Filed elsewhere, and claiming the key for it. */
  claims: Fact[]
  /** More keys than `claimants_max` say that it is theirs; who they are is not even read. */
  voidedBy?: number
}

/**
 * Which action a key belongs to: itself if nobody claims it, else the union over its claimants, strictly up the ranks.
 * A function of the set of facts, so the order in which they came does not matter. Remembers what it worked out: use one
 * for many questions about the same facts.
 */
export class Resolver {
  readonly tenant: Tenant
  readonly #known: Lookup
  readonly #facts = new Map<Key, Fact[]>()
  readonly #struck = new Map<Key, Fact[]>()
  readonly #carriers = new Map<Key, Map<Key, Fact[]>>()
  readonly #uses = new Map<Key, Use[]>()
  readonly #useOf = new Map<Key, Map<Fact, Use>>()
  readonly #roots = new Map<Use, { roots: Set<Use>; void: number }>()

  readonly #implied = new Implied({ factsOf: (key) => this.#followedOf(key), linksOf: (key) => this.#linksOf(key) })
  readonly #followed = new Map<Key, Fact[]>()

  constructor(known: Lookup) {
    this.#known = known
    this.tenant = tenantOf(known)
  }

  resolve(key: Key): Resolution {
    const roots = new Set<Key>()
    let voided = 0
    for (const use of this.#usesOf(key)) {
      const to = this.#rootsOf(use)
      voided = Math.max(voided, to.void)
      for (const root of to.roots) if (this.#canBeAction(root)) roots.add(root.key)
    }
    if (roots.size === 1) return { kind: 'one', root: [...roots][0]! }
    if (roots.size > 1) return { kind: 'several', roots: [...roots].sort() }
    return voided > 0 ? { kind: 'void', claimants: voided } : { kind: 'unbound' }
  }

  /**
   * The strongest keys of every action whose meaning may depend on a key: what it resolves to, what claims it although it
   * is void, and what it is located at.
   */
  bearsOn(key: Key): Key[] {
    const near = this.#implied.neighbours(key)
    return near.length === 0 ? this.#bearsOn(key) : [...new Set([key, ...near].flatMap((each) => this.#bearsOn(each)))]
  }

  #bearsOn(key: Key): Key[] {
    const to = this.resolve(key)
    if (to.kind === 'one') return [to.root, ...this.#locations(key)]
    if (to.kind === 'several') return [...to.roots, ...this.#locations(key)]
    const roots = this.#locations(key)
    if (to.kind === 'void')
      for (const by of this.#claimantsOf(key)) {
        const above = this.resolve(by)
        if (above.kind === 'one') roots.push(above.root)
        else if (above.kind === 'several') for (const root of above.roots) roots.push(root)
      }
    return roots
  }

  /** The actions of a root key: one, unless a call id was used again. None if the key is no root or has no facts. */
  actionsOf(root: Key): ActionFacts[] {
    const actions: ActionFacts[] = []
    for (const use of this.#usesOf(root)) {
      const { roots } = this.#rootsOf(use)
      if (roots.size !== 1 || !roots.has(use) || !this.#canBeAction(use)) continue
      const { keys, voided, implied, bound } = this.#gather(use)
      this.#locate(use, bound)
      if (bound.length === 0) continue
      bound.sort((a, b) => byStory(a.fact, b.fact))
      actions.push({ ...this.#nameOf(use), keys, voided, implied, bound })
    }
    return actions
  }

  /** From a root down: its facts, those of every key that they claim, and theirs. */
  #gather(root: Use): Pick<ActionFacts, 'keys' | 'voided' | 'implied' | 'bound'> {
    const keys = new Map<Key, Fact>()
    const voided = new Set<Key>()
    const implied = new Set<Key>()
    const bound: Bound[] = []
    const seen = new Set<Use>([root])
    const queue = [root]
    const carrier = root.facts[0] ?? this.#struckOf(root.key)[0]
    if (carrier) keys.set(root.key, carrier)
    for (let use = queue.pop(); use !== undefined; use = queue.pop()) {
      const { roots, void: claimants } = this.#rootsOf(use)
      const able = [...roots].filter((each) => this.#canBeAction(each))
      if (able.length === 0 && claimants > 0) voided.add(use.key)
      if (!able.includes(root)) continue
      const candidates = able.length > 1 ? able.map((each) => this.#nameOf(each)).sort(byName) : undefined
      if (use.since === undefined) for (const fact of this.#struckOf(use.key)) bound.push({ fact, link: linkOf(fact), struck: true })
      for (const fact of use.facts) {
        bound.push({ fact, link: linkOf(fact), struck: false, ...(candidates && { candidates }) })
        if (fact.keys.claims.length === 0 || !this.#follows(fact)) continue
        for (const key of fact.keys.claims) {
          if (!keys.has(key)) keys.set(key, fact)
          const claimed = this.#useClaimedBy(key, fact)
          if (claimed === undefined || seen.has(claimed)) continue
          seen.add(claimed)
          queue.push(claimed)
        }
      }
      for (const key of this.#implied.below(use.key)) {
        const holders = this.#holders(key)
        for (const fact of use.facts) {
          const claimed = holders.get(fact)
          if (claimed === undefined) continue
          implied.add(key)
          if (!keys.has(key)) keys.set(key, this.#factsOf(key)[0]!)
          if (seen.has(claimed)) continue
          seen.add(claimed)
          queue.push(claimed)
        }
      }
    }
    const sorted = [...keys].sort(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
    const all = sorted.map(([key, carrier]) => ({ key, carrier }))
    return { keys: all, voided: all.filter(({ key }) => voided.has(key)), implied: [...implied], bound }
  }

  /**
   * A `traceparent` only locates: a decision, approval or execution that resolves to no action attaches to the action
   * whose span produced it. Two actions on one span leave it ambiguous.
   */
  #locate(root: Use, bound: Bound[]): void {
    const spans = new Map<string, Set<string>>()
    for (const { fact, candidates, struck } of bound) {
      if (candidates || struck || !fact.type.startsWith('action.') || !fact.traceId || !fact.spanId) continue
      const ofTrace = spans.get(fact.traceId)
      if (ofTrace) ofTrace.add(fact.spanId)
      else spans.set(fact.traceId, new Set([fact.spanId]))
    }
    for (const [traceId, spanIds] of spans)
      for (const key of this.#looseAt(traceId, spanIds)) {
        const to = this.resolve(key)
        if (to.kind !== 'unbound' && to.kind !== 'void') continue
        for (const fact of this.#factsOf(key)) {
          if (fact.traceId !== traceId || !spanIds.has(fact.spanId ?? '') || fact.type.startsWith('outcome.')) continue
          const candidates = this.#actionsOnSpan(traceId, fact.spanId!)
          if (!candidates.has(root)) candidates.add(root)
          bound.push(candidates.size === 1 ? { fact, link: 'located', struck: false }
            : { fact, link: 'located', struck: false, candidates: [...candidates].map((each) => this.#nameOf(each)).sort(byName) })
        }
      }
  }

  /** Keys of facts that wait on these spans. A trace with many is asked span by span, so that none can hide another. */
  #looseAt(traceId: string, spanIds: ReadonlySet<string>): Key[] {
    const ofTrace = this.#linksOf(looseKeys(traceId))
    if (ofTrace.length < links_max) return [...ofTrace]
    return [...new Set([...spanIds].flatMap((spanId) => this.#linksOf(looseKeys(traceId, spanId))))]
  }

  /** Roots of the actions that facts filed under `key` are, or were, located at. */
  #locations(key: Key): Key[] {
    if (rankOf(key) <= ranks.span) return []
    const roots: Key[] = []
    for (const fact of this.#factsOf(key))
      if (fact.traceId && fact.spanId) for (const use of this.#actionsOnSpan(fact.traceId, fact.spanId)) roots.push(use.key)
    return roots
  }

  #actionsOnSpan(traceId: string, spanId: string): Set<Use> {
    const roots = new Set<Use>()
    const ofTrace = this.#linksOf(`trace:${traceId}`)
    for (const key of ofTrace.length < links_max ? ofTrace : this.#linksOf(spanActionsKey(traceId, spanId))) {
      if (rankOf(key) === 0) continue
      for (const fact of this.#factsOf(key)) {
        if (fact.spanId !== spanId || fact.traceId !== traceId || !fact.type.startsWith('action.')) continue
        const able = [...this.#rootsOf(this.#useHolding(key, fact)).roots].filter((root) => this.#canBeAction(root))
        if (able.length === 1) roots.add(able[0]!)
      }
    }
    return roots
  }

  #rootsOf(use: Use): { roots: Set<Use>; void: number } {
    const known = this.#roots.get(use)
    if (known) return known
    const result = { roots: new Set<Use>(), void: 0 }
    this.#roots.set(use, result)
    const claimants = new Set(use.claims.map((fact) => fact.keys.filed))
    if (use.voidedBy !== undefined) result.void = use.voidedBy
    else if (claimants.size > claimants_max) result.void = claimants.size
    else if (claimants.size === 0) result.roots.add(use)
    else
      for (const fact of use.claims) {
        const above = this.#rootsOf(this.#useHolding(fact.keys.filed, fact))
        for (const root of above.roots) result.roots.add(root)
        result.void = Math.max(result.void, above.void)
      }
    return result
  }

  #canBeAction(use: Use): boolean {
    const rank = rankOf(use.key)
    return rank > 0 && (rank <= ranks.span || (rank <= ranks.approval && use.facts.some(isNamedDenial)))
  }

  #usesOf(key: Key): Use[] {
    const known = this.#uses.get(key)
    if (known) return known
    const uses = this.#makeUses(key)
    this.#uses.set(key, uses)
    return uses
  }

  #makeUses(key: Key): Use[] {
    const facts = this.#factsOf(key)
    const rank = rankOf(key)
    const isCall = rank >= ranks.call && rank < ranks.span
    const linked = rank > 1 ? this.#claimantsOf(key) : []
    // Past the limit nothing that they say matters, so it is not read; where only owners' claims are followed, it does.
    if (!isCall && linked.length > claimants_max && this.tenant.settings.isEmpty)
      return [{ key, facts, claims: [], voidedBy: linked.length }]
    const implied = facts.length === 0 ? [] : this.#implied.above(key)
    const claims = [...linked.flatMap((by) => this.#carriersOf(by).get(key) ?? []), ...implied.flatMap((by) => this.#followedOf(by))]
    if (!isCall) return [{ key, facts, claims }]
    const ends = [...linked.filter((by) => this.#carriersOf(by).has(key)), ...implied].flatMap((by) => this.#followedOf(by).filter(isEnd))
    return usesInTime(key, facts, claims, ends)
  }

  /**
   * Stronger keys under which it is claimed. Where they are many, only those that somebody claims it for whose claims may be
   * followed: strangers can neither hide them nor make it void, and what they say is not even read.
   */
  #claimantsOf(key: Key): Key[] {
    const stronger = (by: Key) => rankOf(by) > 0 && rankOf(by) < rankOf(key)
    const all = this.#linksOf(key).filter(stronger)
    if (all.length <= claimants_max) return all
    return [...new Set([...this.tenant.settings.claimants].flatMap((producer) => this.#linksOf(claimsKey(producer, key)).filter(stronger)))].sort()
  }

  /** The facts filed under `by`, by the keys that they claim. */
  #carriersOf(by: Key): Map<Key, Fact[]> {
    const known = this.#carriers.get(by)
    if (known) return known
    const carriers = new Map<Key, Fact[]>()
    for (const fact of this.#factsOf(by)) {
      if (fact.keys.claims.length === 0 || !this.#follows(fact)) continue
      for (const key of fact.keys.claims) {
        const list = carriers.get(key)
        if (list) list.push(fact)
        else carriers.set(key, [fact])
      }
    }
    this.#carriers.set(by, carriers)
    return carriers
  }

  /** The use of `key` that this fact, filed under it, is part of. */
  #useHolding(key: Key, fact: Fact): Use {
    return this.#holders(key).get(fact)!
  }

  /** The use of `key` that this fact, filed elsewhere, claims. */
  #useClaimedBy(key: Key, fact: Fact): Use | undefined {
    return this.#holders(key).get(fact) ?? this.#usesOf(key)[0]
  }

  #holders(key: Key): Map<Fact, Use> {
    const known = this.#useOf.get(key)
    if (known) return known
    const holders = new Map<Fact, Use>()
    for (const use of this.#usesOf(key)) {
      for (const fact of use.facts) holders.set(fact, use)
      for (const fact of use.claims) holders.set(fact, use)
    }
    this.#useOf.set(key, holders)
    return holders
  }

  /** Whether what an entry claims counts: it belongs to a leg, and only who owns that may claim. */
  #follows(fact: Fact): boolean {
    return this.tenant.settings.at(fact.timeMs).follows(fact)
  }

  /** Of that what may claim anything, by words or by implication. */
  #followedOf(key: Key): Fact[] {
    const known = this.#followed.get(key)
    if (known) return known
    const facts = this.#factsOf(key).filter((fact) => (fact.type === 'run.described' ? this.tenant.settings.at(fact.timeMs).mayDescribe(fact) : this.#follows(fact)))
    this.#followed.set(key, facts)
    return facts
  }

  /** What counts of what is filed under a key. */
  #factsOf(key: Key): Fact[] {
    const known = this.#facts.get(key)
    if (known) return known
    const facts = this.tenant.retractions.standing(this.#known.facts.get(key))
    this.#facts.set(key, facts)
    return facts
  }

  /** What is only shown: said by nobody but in entries that are struck through. */
  #struckOf(key: Key): Fact[] {
    const { retractions } = this.tenant
    if (retractions.none) return []
    const known = this.#struck.get(key)
    if (known) return known
    const counting = new Set(this.#factsOf(key).map((fact) => `${identityOf(fact)}\n${fact.digest()}`))
    const struck = join((this.#known.facts.get(key) ?? []).filter((fact) => retractions.has(fact.entry)))
      .filter((fact) => !counting.has(`${identityOf(fact)}\n${fact.digest()}`))
    this.#struck.set(key, struck)
    return struck
  }

  #linksOf(key: Key): readonly Key[] {
    const links = this.#known.links.get(key) ?? []
    return links.length > links_max ? links.slice(0, links_max) : links
  }

  #nameOf(use: Use): ActionName {
    return { root: use.key, carrier: (use.facts[0] ?? use.claims[0] ?? this.#struckOf(use.key)[0])!, ...(use.since !== undefined && { since: use.since }) }
  }
}

/** A denial that says who wanted to do what is an action by itself: the attempt. */
export function isNamedDenial(fact: Fact): boolean {
  return fact.type === 'decision.recorded' && fact.data.effect === 'deny'
    && fact.data.evaluated?.actor !== undefined && fact.data.evaluated.operation !== undefined
}

/** A span's ids are a key that a mapper made: nobody else says them of the action. */
function linkOf(fact: Fact): 'explicit' | 'derived' {
  return fact.isSpan === true && rankOf(fact.keys.filed) === ranks.span ? 'derived' : 'explicit'
}

function isEnd(fact: Fact): boolean {
  return fact.type === 'action.completed'
}

/** Facts and claims of a call id, and the ends of the actions that claim it, cut where it was used again. */
function usesInTime(key: Key, facts: Fact[], claims: Fact[], ends: Fact[]): Use[] {
  const uses: Use[] = [{ key, facts: [], claims: [] }]
  const filed = new Set(facts)
  const claiming = new Set(claims)
  const ended = new Set<Key>()
  for (const fact of [...new Set([...facts, ...claims, ...ends])].sort(byStory)) {
    const begins = fact.type === 'action.requested' || fact.type === 'action.started'
    // What sorts behind the end of an action with an id of its own, and is of that action, begins no other one.
    const isOver = rankOf(fact.keys.filed) === ranks.action && ended.has(fact.keys.filed)
    if (begins && ended.size > 0 && !isOver) {
      uses.push({ key, since: identityOf(fact), facts: [], claims: [] })
      ended.clear()
    }
    const use = uses.at(-1)!
    // An end before anything carries the call id ends no use of it.
    const isUsed = use.facts.length + use.claims.length > 0 || filed.has(fact) || claiming.has(fact)
    if (isEnd(fact) && isUsed) ended.add(fact.keys.filed)
    if (filed.has(fact)) use.facts.push(fact)
    else if (claiming.has(fact)) use.claims.push(fact)
  }
  return uses
}

function byName(a: ActionName, b: ActionName): number {
  return a.root < b.root ? -1 : a.root > b.root ? 1 : (a.since ?? '') < (b.since ?? '') ? -1 : 1
}
