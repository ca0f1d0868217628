import type { Fact } from './fact.ts'
import { belowKey, callInSessionKey, callOf, rankOf, ranks, spanActionsKey, toolInTraceKey, traceSessionsKey, type Key } from './key.ts'
import { links_max } from './known.ts'

/** What the implied claims are worked out from: what counts of what is filed under a key, and what is linked to it. */
export interface Filed {
  factsOf(key: Key): readonly Fact[]
  linksOf(key: Key): readonly Key[]
}

/**
 * Keys that a key belongs to although no entry carries both (lineage.md, "keys, claims, resolution"). A call id scoped by its
 * trace is that of the session which the trace is said to be in. A span without a call id is the call whose span it stands
 * right below, if that is of the same tool or it only says that it ran; else the only call of that tool in its trace. Sorted.
 */
export function impliedAbove(key: Key, filed: Filed): Key[] {
  const rank = rankOf(key)
  if (rank === ranks['call-in-trace']) {
    const ofSession = inSessionsOf(key, filed.linksOf).filter((above) => filed.factsOf(above).length > 0).sort()
    if (ofSession.length > 0) return ofSession
    // Nobody says it with its session: then the traces that are said to be in one have it among themselves.
    return siblingsOf(key, filed).filter((other) => other < key && filed.factsOf(other).length > 0).sort().slice(0, 1)
  }
  if (rank !== ranks.span) return []
  const above = aboveOf(key, filed)
  if (above.length > 0) return above.length === 1 ? above : []
  return toolsOf(key, filed).flatMap((tool) => onlyCallOf(tool, filed) ?? []).slice(0, 1)
}

/** Calls next to a key, by their spans or their call id: what is said of the one may decide what becomes of the other. */
export function neighboursOf(key: Key, filed: Filed): Key[] {
  const { factsOf, linksOf } = filed
  const rank = rankOf(key)
  if (rank === 0 || rank > ranks.span) return []
  const near = new Set<Key>(rank === ranks.call ? inTracesOf(key, factsOf) : rank === ranks['call-in-trace'] ? [...inSessionsOf(key, linksOf), ...siblingsOf(key, filed)] : [])
  for (const fact of factsOf(key)) {
    if (fact.isSpan !== true) continue
    for (const below of linksOf(belowKey(fact.traceId!, fact.spanId!))) if (rankOf(below) === ranks.span) near.add(below)
    if (rank === ranks.span && fact.parentSpanId !== undefined) for (const above of linksOf(spanActionsKey(fact.traceId!, fact.parentSpanId))) if (rankOf(above) > 0 && rankOf(above) <= ranks.span) near.add(above)
  }
  // A span that is next to this call now may have been the only call of its tool before.
  for (const span of [key, ...near]) if (rankOf(span) === ranks.span) for (const tool of toolsOf(span, filed)) near.add(onlyCallOf(tool, filed) ?? key)
  near.delete(key)
  return [...near]
}

/** The other way round: weaker keys that belong to a key by implication. Sorted. */
export function impliedBelow(key: Key, filed: Filed): Key[] {
  const rank = rankOf(key)
  const below = new Set<Key>()
  if (rank === ranks.call) for (const inTrace of inTracesOf(key, filed.factsOf)) if (filed.factsOf(inTrace).length > 0) below.add(inTrace)
  if (rank === ranks['call-in-trace']) for (const other of siblingsOf(key, filed)) if (filed.factsOf(other).length > 0 && impliedAbove(other, filed).includes(key)) below.add(other)
  for (const near of neighboursOf(key, filed)) if (rankOf(near) === ranks.span && aboveOf(near, filed).includes(key)) below.add(near)
  if (rank > 0 && rank < ranks.span)
    for (const tool of toolsOf(key, filed))
      if (onlyCallOf(tool, filed) === key) for (const span of filed.linksOf(tool)) if (rankOf(span) === ranks.span) below.add(span)
  return [...below].sort()
}

/** A call id of a trace, in the sessions that the trace is said to be in. */
function inSessionsOf(key: Key, linksOf: Filed['linksOf']): Key[] {
  const call = callOf(key)
  return call === null ? [] : linksOf(traceSessionsKey(call.scope)).flatMap((session) => callInSessionKey(session, call.id) ?? [])
}

/** The same call id in the other traces of those sessions: a run that goes on after a yes is a new trace. */
function siblingsOf(key: Key, { factsOf, linksOf }: Filed): Key[] {
  return [...new Set(inSessionsOf(key, linksOf).flatMap((call) => inTracesOf(call, factsOf)))].filter((other) => other !== key)
}

/** A call id of a session, in the traces that are said to be in the session. */
function inTracesOf(key: Key, factsOf: Filed['factsOf']): Key[] {
  const call = callOf(key)
  if (call === null) return []
  return factsOf(`session:${call.scope}`).flatMap((fact) => (fact.type === 'run.described' && fact.traceId !== undefined ? [`call-in-trace:${fact.traceId}/${call.id}`] : []))
}

/** The calls whose span is right above that of a call which is known by its span alone, and which it can be. */
function aboveOf(key: Key, filed: Filed): Key[] {
  const { factsOf, linksOf } = filed
  const facts = factsOf(key)
  const operations = operationsOf(facts)
  const above = new Set<Key>()
  for (const { traceId, parentSpanId } of facts) {
    if (traceId === undefined || parentSpanId === undefined) continue
    for (const by of linksOf(spanActionsKey(traceId, parentSpanId))) {
      if (by === key || rankOf(by) === 0 || rankOf(by) > ranks.span) continue
      // Spans can name each other as parents; none of them may vanish into the others. One that is above has begun before.
      if (rankOf(by) === ranks.span && !isBefore(by, key, factsOf)) continue
      const at = factsOf(by).filter((fact) => fact.isSpan === true && fact.traceId === traceId && fact.spanId === parentSpanId)
      if (at.length > 0 && (operations.size === 0 || [...operationsOf(at)].some((each) => operations.has(each)))) above.add(by)
    }
  }
  return [...above].sort()
}

function isBefore(a: Key, b: Key, factsOf: Filed['factsOf']): boolean {
  const beganMs = (key: Key) => factsOf(key).reduce((least, { timeMs }) => Math.min(least, timeMs), Infinity)
  return beganMs(a) < beganMs(b) || (beganMs(a) === beganMs(b) && a < b)
}

function operationsOf(facts: readonly Fact[]): Set<string> {
  return new Set(facts.flatMap((fact) => (fact.type === 'action.requested' ? [fact.data.operation] : [])))
}

/** Which tools of which traces are asked for under a key, as links; only what came as spans says so. */
function toolsOf(key: Key, { factsOf }: Filed): Key[] {
  const tools = factsOf(key).flatMap((fact) => (fact.type === 'action.requested' && fact.mapped !== undefined && fact.traceId !== undefined
    ? fact.keys.mentions.filter((mention) => mention === toolInTraceKey(fact.traceId!, fact.data.operation)) : []))
  return [...new Set(tools)].sort()
}

/**
 * The one call of a tool in a trace that has a call id, where the spans of that tool without one are one span, or stand below
 * one. Null where there are several: which is which cannot be told.
 */
function onlyCallOf(tool: Key, { factsOf, linksOf }: Filed): Key | null {
  const keys = linksOf(tool)
  // Of so many it is never the only one.
  if (keys.length >= links_max) return null
  const calls = keys.filter((key) => rankOf(key) > 0 && rankOf(key) < ranks.span)
  if (calls.length !== 1) return null
  const spans = keys.filter((key) => rankOf(key) === ranks.span)
  const outermost = spans.filter((key) => !factsOf(key).some((fact) => spans.includes(`span:${fact.traceId}/${fact.parentSpanId}`)))
  return outermost.length === 1 ? calls[0]! : null
}
