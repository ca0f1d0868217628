import { readSpansOf, type LineageSource, type ReceivedSpan, type SpanPlace } from '@onbehalf/store'

/** A node of the causal tree of a trace. */
export interface SpanNode {
  span_id: string
  parent_span_id: string | null
  name: string | null
  /** RFC 3339. */
  start: string | null
  end: string | null
  status: 'unset' | 'ok' | 'error' | null
  /** What kind of work it says it is. */
  operation: string | null
  service: string | null
  /** Spans name it as their parent, and it has not been received. */
  missing: boolean
  /** The action that it is, or that was told of in it. */
  action: string | null
}

/** Spans of a trace, each once, in the order of their beginning, and parents that are missing. */
export interface SpanTree {
  nodes: SpanNode[]
  /** There are more than were read. */
  truncated: boolean
}

/** At most this many spans in one answer; a stream has all of them. */
const spans_max = 5_000
const segmentsAtOnce = 16

export async function readSpanTree(source: LineageSource, traceId: string, actions: ReadonlyMap<string, string>): Promise<SpanTree> {
  const nodes = new Map<string, SpanNode>()
  let place: SpanPlace | null = null
  do {
    const { spans, next } = await readSpansOf(source, traceId, place, segmentsAtOnce)
    for (const span of spans) take(span, nodes, actions)
    place = next
  } while (place !== null && nodes.size < spans_max)
  // Who is missing can be said only once all are there.
  const missing = place === null ? missingIn(nodes.values(), (id) => nodes.has(id), actions) : []
  return { nodes: [...nodes.values(), ...missing].sort(byStart), truncated: place !== null }
}

/** All of them, a page of segments at a time; of each only the ids are remembered. */
export async function* streamSpans(source: LineageSource, traceId: string, actions: ReadonlyMap<string, string>): AsyncGenerator<SpanNode[]> {
  const seen = new Set<string>()
  const parents = new Map<string, SpanNode>()
  let place: SpanPlace | null = null
  do {
    const { spans, next } = await readSpansOf(source, traceId, place, segmentsAtOnce)
    const page = new Map<string, SpanNode>()
    for (const span of spans) if (!seen.has(span.fact.spanId!)) take(span, page, actions)
    for (const node of page.values()) {
      seen.add(node.span_id)
      if (node.parent_span_id !== null) parents.set(node.parent_span_id, node)
    }
    yield [...page.values()]
    place = next
  } while (place !== null)
  yield missingIn(parents.values(), (id) => seen.has(id), actions)
}

/** A span may be exported while it runs and again when it has ended: the later word counts. */
function take({ fact }: ReceivedSpan, nodes: Map<string, SpanNode>, actions: ReadonlyMap<string, string>): void {
  const { data, time } = fact
  const span_id = fact.spanId!
  const known = nodes.get(span_id)
  if (known && (known.end ?? '') >= data.end) return
  nodes.set(span_id, {
    span_id, parent_span_id: data.parent_span_id?.toLowerCase() ?? null, name: data.name, start: time, end: data.end, status: data.status,
    operation: data.operation ?? null, service: data.service ?? null, missing: false, action: actions.get(span_id) ?? null,
  })
}

function missingIn(nodes: Iterable<SpanNode>, isThere: (spanId: string) => boolean, actions: ReadonlyMap<string, string>): SpanNode[] {
  const missing = new Set<string>()
  for (const { parent_span_id } of nodes) if (parent_span_id !== null && !isThere(parent_span_id)) missing.add(parent_span_id)
  return [...missing].sort().map((span_id) => ({
    span_id, parent_span_id: null, name: null, start: null, end: null, status: null, operation: null, service: null, missing: true, action: actions.get(span_id) ?? null,
  }))
}

function byStart(a: SpanNode, b: SpanNode): number {
  const [from, to] = [a.start ?? '', b.start ?? '']
  return from < to ? -1 : from > to ? 1 : a.span_id < b.span_id ? -1 : 1
}
