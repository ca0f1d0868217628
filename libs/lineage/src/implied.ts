import type { Fact } from './fact.ts'
import { belowKey, callInSessionKey, callOf, rankOf, ranks, spanActionsKey, toolInTraceKey, traceSessionsKey, type Key } from './key.ts'

/** What the implied claims are worked out from: of what is filed under a key what may be followed, and what is linked to it. */
export interface Filed {
  factsOf(key: Key): readonly Fact[]
  linksOf(key: Key): readonly Key[]
}

/** Of more than so many calls side by side it is not worked out which is which: a loop is no reason to hold up everybody. */
export const near_max = 32

/**
 * Keys that belong together although no entry carries both (lineage.md, "keys, claims, resolution"). A call id scoped by its
 * trace is that of the session which the trace is said to be in. A span without a call id is the call whose span it stands
 * right below, if it is the only one there of the same tool or that only says that it ran; else the only call of that tool in
 * its trace, while that call goes on. What could be several is none: nothing is ambiguous or void by implication. Only what
 * may claim at all counts. Remembers what it worked out: one for many questions about the same facts.
 */
export class Implied {
  readonly #filed: Filed
  readonly #above = new Map<Key, Key[]>()
  readonly #near = new Map<Key, Key[]>()
  readonly #tools = new Map<Key, Key[]>()
  readonly #only = new Map<Key, Key | null>()
  readonly #spans = new Map<Key, { fromMs: number; toMs: number }>()

  constructor(filed: Filed) {
    this.#filed = filed
  }

  /** The stronger key that a key belongs to: one or none. */
  above(key: Key): readonly Key[] {
    return remembered(this.#above, key, () => {
      const rank = rankOf(key)
      if (rank === ranks['call-in-trace']) {
        const ofSession = this.#inSessionsOf(key).filter((above) => this.#isThere(above))
        if (ofSession.length > 0) return ofSession.length === 1 ? ofSession : []
        // Nobody says it with its session: then the traces that are said to be in one have it among themselves.
        return this.#siblingsOf(key).filter((other) => other < key && this.#isThere(other)).sort().slice(0, 1)
      }
      if (rank !== ranks.span) return []
      const above = this.#spansAbove(key)
      if (above.length > 0) return above.length === 1 ? above : []
      return this.#toolsOf(key).flatMap((tool) => this.#onlyCallFor(key, tool) ?? []).slice(0, 1)
    })
  }

  /** The weaker keys that belong to a key. Sorted. */
  below(key: Key): readonly Key[] {
    return this.neighbours(key).filter((near) => this.above(near).includes(key)).sort()
  }

  /** Calls next to a key, by their spans, their tool or their call id: what is said of the one may decide what becomes of the other. */
  neighbours(key: Key): readonly Key[] {
    return remembered(this.#near, key, () => {
      const rank = rankOf(key)
      if (rank === 0 || rank > ranks.span) return []
      const near = new Set<Key>(rank === ranks.call ? this.#inTracesOf(key) : rank === ranks['call-in-trace'] ? [...this.#inSessionsOf(key), ...this.#siblingsOf(key)] : [])
      for (const fact of this.#filed.factsOf(key)) {
        if (fact.isSpan !== true) continue
        for (const below of this.#few(belowKey(fact.traceId!, fact.spanId!))) near.add(below)
        if (rank !== ranks.span || fact.parentSpanId === undefined) continue
        for (const above of this.#few(spanActionsKey(fact.traceId!, fact.parentSpanId))) near.add(above)
        for (const beside of this.#few(belowKey(fact.traceId!, fact.parentSpanId))) near.add(beside)
      }
      for (const each of [key, ...near]) for (const tool of this.#toolsOf(each)) for (const other of this.#few(tool)) near.add(other)
      near.delete(key)
      return [...near]
    })
  }

  /** What is linked to a key and can be an action, if it is not too much. */
  #few(key: Key): Key[] {
    const linked = this.#filed.linksOf(key)
    return linked.length > near_max ? [] : linked.filter((each) => rankOf(each) > 0 && rankOf(each) <= ranks.span)
  }

  /** Of those the ones of which anything that counts is known. */
  #there(key: Key): Key[] {
    return this.#few(key).filter((each) => this.#isThere(each))
  }

  #isThere(key: Key): boolean {
    return this.#filed.factsOf(key).length > 0
  }

  /** A call id of a trace, in the sessions that the trace is said to be in. */
  #inSessionsOf(key: Key): Key[] {
    const call = callOf(key)
    if (call === null) return []
    const sessions = this.#filed.linksOf(traceSessionsKey(call.scope))
    if (sessions.length > near_max) return []
    const isSaid = (session: Key) => this.#filed.factsOf(session).some((fact) => fact.type === 'run.described' && fact.traceId === call.scope)
    return sessions.filter(isSaid).flatMap((session) => callInSessionKey(session, call.id) ?? []).sort()
  }

  /** A call id of a session, in the traces that are said to be in the session. */
  #inTracesOf(key: Key): Key[] {
    const call = callOf(key)
    if (call === null) return []
    const traces = new Set(this.#filed.factsOf(`session:${call.scope}`).flatMap((fact) => (fact.type === 'run.described' && fact.traceId !== undefined ? [fact.traceId] : [])))
    return traces.size > near_max ? [] : [...traces].map((trace) => `call-in-trace:${trace}/${call.id}`)
  }

  /** The same call id in the other traces of those sessions: a run that goes on after a yes is a new trace. */
  #siblingsOf(key: Key): Key[] {
    return [...new Set(this.#inSessionsOf(key).flatMap((call) => this.#inTracesOf(call)))].filter((other) => other !== key)
  }

  /** The calls whose span is right above that of a call which is known by its span alone, and which it can be. */
  #spansAbove(key: Key): Key[] {
    const facts = this.#filed.factsOf(key)
    const operations = operationsOf(facts)
    const above = new Set<Key>()
    for (const { traceId, parentSpanId } of facts) {
      if (traceId === undefined || parentSpanId === undefined) continue
      for (const by of this.#few(spanActionsKey(traceId, parentSpanId))) {
        if (by === key) continue
        // Spans can name each other as parents; none of them may vanish into the others. One that is above has begun before.
        if (rankOf(by) === ranks.span && !this.#isBefore(by, key)) continue
        const at = this.#filed.factsOf(by).filter((fact) => fact.isSpan === true && fact.traceId === traceId && fact.spanId === parentSpanId)
        if (at.length === 0 || !isOfOne(operations, operationsOf(at))) continue
        // Of several alike below one, each ran by itself.
        const beside = this.#there(belowKey(traceId, parentSpanId)).filter((each) => rankOf(each) === ranks.span && isOfOne(operationsOf(this.#filed.factsOf(each)), operationsOf(at)))
        if (beside.length === 1) above.add(by)
      }
    }
    return [...above].sort()
  }

  /** Which tools of which traces are asked for under a key, as links; only what came as spans says so. */
  #toolsOf(key: Key): Key[] {
    return remembered(this.#tools, key, () => {
      const tools = this.#filed.factsOf(key).flatMap((fact) => (fact.type === 'action.requested' && fact.mapped !== undefined && fact.traceId !== undefined
        ? fact.keys.mentions.filter((mention) => mention === toolInTraceKey(fact.traceId!, fact.data.operation)) : []))
      return [...new Set(tools)].sort()
    })
  }

  #onlyCallFor(key: Key, tool: Key): Key | null {
    const call = this.#onlyCallOf(tool)
    if (call === null) return null
    // It runs while the call goes on: another one, an hour later, is not that call.
    const [own, others] = [this.#spanOf(key), this.#spanOf(call)]
    return others.fromMs <= own.fromMs && own.fromMs <= others.toMs ? call : null
  }

  /**
   * The one call of a tool in a trace that has a call id, where the spans of that tool without one are one span, or stand
   * below one. Null where there are several: which is which cannot be told.
   */
  #onlyCallOf(tool: Key): Key | null {
    return remembered(this.#only, tool, () => {
      const keys = this.#there(tool)
      const calls = keys.filter((key) => rankOf(key) < ranks.span)
      if (calls.length !== 1) return null
      const spans = new Set(keys.filter((key) => rankOf(key) === ranks.span))
      const outermost = [...spans].filter((key) => !this.#filed.factsOf(key).some((fact) => spans.has(`span:${fact.traceId}/${fact.parentSpanId}`)))
      return outermost.length === 1 ? calls[0]! : null
    })
  }

  #isBefore(a: Key, b: Key): boolean {
    const [one, other] = [this.#spanOf(a), this.#spanOf(b)]
    return one.fromMs < other.fromMs || (one.fromMs === other.fromMs && a < b)
  }

  /** From its first to its last fact, in milliseconds since 1970. */
  #spanOf(key: Key): { fromMs: number; toMs: number } {
    return remembered(this.#spans, key, () => {
      const times = this.#filed.factsOf(key).map(({ timeMs }) => timeMs)
      return { fromMs: times.reduce((a, b) => Math.min(a, b), Infinity), toMs: times.reduce((a, b) => Math.max(a, b), -Infinity) }
    })
  }
}

/** Where no tool is named it only says that it ran: it is of whatever it stands below. */
function isOfOne(operations: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return operations.size === 0 || [...others].some((each) => operations.has(each))
}

function operationsOf(facts: readonly Fact[]): Set<string> {
  return new Set(facts.flatMap((fact) => (fact.type === 'action.requested' ? [fact.data.operation] : [])))
}

function remembered<Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const there = known.get(key)
  if (there !== undefined) return there
  const made = make()
  known.set(key, made)
  return made
}
