import { byStory, identityOf, join, type Fact } from './fact.ts'
import { claimants_max, rankOf, ranks, type Key } from './key.ts'
import { isClaim, type Known } from './known.ts'

export type Resolution =
  | { kind: 'one'; root: Key }
  | { kind: 'several'; roots: Key[] }
  | { kind: 'unbound' }
  | { kind: 'void'; claimants: number }

/**
 * Which action a key belongs to: itself if nobody claims it, else the union over its claimants, strictly up the ranks.
 * A function of the set of claims, so the order in which they came does not matter.
 */
export function resolve(key: Key, known: Known): Resolution {
  const roots = new Set<Key>()
  let voided = 0
  walk(key)
  const able = [...roots].filter((root) => canBeAction(root, known)).sort()
  if (able.length === 1) return { kind: 'one', root: able[0]! }
  if (able.length > 1) return { kind: 'several', roots: able }
  return voided > 0 ? { kind: 'void', claimants: voided } : { kind: 'unbound' }

  function walk(at: Key): void {
    const linked = rankOf(at) > 1 ? (known.links.get(at) ?? []).filter((by) => isClaim(by, at)) : []
    if (linked.length > claimants_max) {
      voided = linked.length
      return
    }
    const claimants = linked.filter((by) => (known.facts.get(by) ?? []).some((fact) => fact.keys.claims.includes(at)))
    if (claimants.length === 0) roots.add(at)
    else for (const by of claimants) walk(by)
  }
}

/** A fact of an action and how it came to it. */
export interface Bound {
  fact: Fact
  link: 'explicit' | 'derived' | 'located'
  /** Every action it could belong to, when there are several. */
  candidates?: Key[]
}

/** One action: its strongest key, and `since` where a call id was used again after it had ended. */
export interface ActionFacts {
  root: Key
  /** Identity of the fact that began this action, where its call key had already ended one. */
  since?: string
  keys: Key[]
  bound: Bound[]
}

/** The actions of a root key: one, unless a tool call id was reused. Empty if the key is no root or has no facts. */
export function actionsOf(root: Key, known: Known): ActionFacts[] {
  const own = resolve(root, known)
  if (own.kind !== 'one' || own.root !== root) return []
  const keys = keysBelow(root, known)
  const bound = keys.flatMap((key) => boundUnder(key, root, known))
  bound.push(...locatedAt(root, bound, known))
  if (bound.length === 0) return []
  bound.sort((a, b) => byStory(a.fact, b.fact))
  return rankOf(root) >= ranks.call && rankOf(root) < ranks.span ? splitInTime(root, keys, bound) : [{ root, keys, bound }]
}

function canBeAction(key: Key, known: Known): boolean {
  const rank = rankOf(key)
  if (rank <= ranks.span) return true
  return rank <= ranks.approval && (known.facts.get(key) ?? []).some(isNamedDenial)
}

/** A denial that says who wanted to do what is an action by itself: the attempt. */
function isNamedDenial(fact: Fact): boolean {
  const data = fact.data as Record<string, any>
  if (fact.type !== 'decision.recorded' || data.effect !== 'deny') return false
  return Boolean(data.evaluated?.actor && data.evaluated?.operation)
}

/** `root` and every key that its facts claim, and theirs: sorted, strongest first. */
function keysBelow(root: Key, known: Known): Key[] {
  const seen = new Set<Key>()
  const queue = [root]
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (seen.has(key)) continue
    seen.add(key)
    for (const fact of known.facts.get(key) ?? []) queue.push(...fact.keys.claims)
  }
  return [...seen].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
}

function boundUnder(key: Key, root: Key, known: Known): Bound[] {
  const facts = join(known.facts.get(key) ?? [])
  if (facts.length === 0) return []
  const to = resolve(key, known)
  if (to.kind === 'one') return to.root === root ? facts.map((fact) => ({ fact, link: 'explicit' })) : []
  if (to.kind !== 'several' || !to.roots.includes(root)) return []
  return facts.map((fact) => ({ fact, link: 'explicit', candidates: to.roots }))
}

/**
 * A `traceparent` only locates: a decision, approval or execution that resolves to no action attaches to the action
 * whose span produced it. Two actions on one span leave it ambiguous.
 */
function locatedAt(root: Key, bound: Bound[], known: Known): Bound[] {
  const located: Bound[] = []
  const spans = spansOf(bound.map((b) => b.fact))
  for (const trace of new Set([...spans].map((span) => span.slice(0, 32)))) {
    for (const key of known.links.get(`loose:${trace}`) ?? []) {
      if (resolve(key, known).kind !== 'unbound') continue
      for (const fact of join(known.facts.get(key) ?? [])) {
        const span = spanOf(fact)
        if (!span || !spans.has(span) || fact.type.startsWith('outcome.')) continue
        const candidates = actionsOnSpan(span, trace, known)
        if (candidates.includes(root))
          located.push({ fact, link: 'located', candidates: candidates.length > 1 ? candidates : undefined })
      }
    }
  }
  return located
}

function actionsOnSpan(span: string, trace: string, known: Known): Key[] {
  const roots = new Set<Key>()
  for (const key of known.links.get(`trace:${trace}`) ?? []) {
    if (!(known.facts.get(key) ?? []).some((fact) => spanOf(fact) === span)) continue
    const to = resolve(key, known)
    if (to.kind === 'one') roots.add(to.root)
  }
  return [...roots].sort()
}

function spansOf(facts: Fact[]): Set<string> {
  return new Set(facts.map(spanOf).filter((span) => span !== undefined))
}

function spanOf(fact: Fact): string | undefined {
  return fact.traceId && fact.spanId ? `${fact.traceId}/${fact.spanId}` : undefined
}

/**
 * Some models say `call_0` every turn. In story order, a request or start after a terminal fact begins a new action,
 * which is keyed also by the identity of the fact that began it.
 */
function splitInTime(root: Key, keys: Key[], bound: Bound[]): ActionFacts[] {
  const parts: ActionFacts[] = [{ root, keys, bound: [] }]
  let ended = false
  for (const item of bound) {
    const begins = item.fact.type === 'action.requested' || item.fact.type === 'action.started'
    if (ended && begins) {
      parts.push({ root, keys, since: identityOf(item.fact), bound: [] })
      ended = false
    }
    if (item.fact.type === 'action.completed') ended = true
    parts.at(-1)!.bound.push(item)
  }
  return parts
}
