import { isUnqualified, principalOf, timeOf } from '@onbehalf/events'
import { belowKey, contextKey, describedIn, near_max, principalText, rankOf, ranks, type Fact, type Key, type Lookup } from '@onbehalf/lineage'
import { sha256Hex } from '@onbehalf/store'

/**
 * The things that a fact changes and on which actions may rest already, each with the time from which on that can matter:
 * a revocation touches only what was told of later, a grant everything that names it.
 */
export function changesBy(fact: Fact): [key: Key, sinceMs: number][] {
  const { filed } = fact.keys
  switch (fact.type) {
    case 'delegation.granted':
    case 'session.started':
    case 'credential.issued':
      return [[filed, always]]
    case 'agent.registered':
    case 'agent.updated': {
      // A bare name could be anybody of that name, on either side.
      const { agent } = fact.data
      const isBare = isUnqualified(principalOf(agent, ''))
      return [[filed, always], isBare ? ['tenant:named', always] : [contextKey('agent', principalText({ ...agent, iss: undefined }), sha256Hex), always]]
    }
    case 'delegation.revoked':
    case 'session.ended':
    case 'credential.revoked':
    case 'agent.suspended':
    case 'agent.reactivated':
    case 'agent.retired':
      return [[filed, fact.timeMs]]
    case 'policy.published':
    case 'policy.retired': {
      const { effective_from } = fact.data
      return [[filed, Math.min(fact.timeMs, effective_from === undefined ? Infinity : timeOf(effective_from)!.timeMs)]]
    }
    case 'signal.received':
      return filed.startsWith('principal:') ? restsOn(filed.slice('principal:'.length), fact.timeMs) : []
    case 'principal.linked':
    case 'principal.unlinked':
      return fact.data.principals.flatMap((principal) => restsOn(principalText(principal), always))
    case 'config.changed':
      // Since when is known once the tenant's other configurations are.
      return [['tenant:config', always]]
    case 'assertion.retracted':
      return [['tenant:assertion', always]]
    // What was too late, or came after an export, may be explained now.
    case 'audit.exported':
      return [['found:INT-06:', always]]
    case 'import.started':
    case 'import.ended':
      return [['found:INT-05:', always]]
    case 'source.heartbeat':
      return fact.data.offline_since === undefined ? [] : [['found:INT-05:', always]]
    default:
      return []
  }
}

/**
 * What rests on what is said of a trace or session: the actions below the span that says it, as far down as spans describe
 * themselves; and where nobody has said it of that trace before, all of them. Every call of a model says it again, so that
 * must cost nothing.
 */
export function changesByDescriptions(facts: readonly Fact[], before: (filed: Key) => readonly Fact[], lookup: Lookup): Set<Key> {
  const changed = new Set<Key>()
  for (const [filed, described] of Map.groupBy(facts, (fact) => fact.keys.filed)) {
    const known = new Set(before(filed).map(saidOf))
    for (const fact of described) {
      const said = saidOf(fact)
      if (known.has(said)) continue
      known.add(said)
      changed.add(filed)
      if (fact.traceId !== undefined) changed.add(`trace:${fact.traceId}`)
    }
  }
  for (const [traceId, described] of Map.groupBy(facts, (fact) => fact.traceId))
    if (traceId !== undefined) for (const spanId of below(new Set(described.flatMap((fact) => fact.spanId ?? [])), traceId, lookup)) changed.add(belowKey(traceId, spanId))
  return changed
}

/** These spans, and those that describe themselves below them. */
function below(spans: Set<string>, traceId: string, lookup: Lookup): Set<string> {
  const children = Map.groupBy(describedIn(traceId, lookup), (fact) => fact.parentSpanId)
  // A set is gone through in the order in which it grows.
  for (const span of spans) for (const { spanId } of children.get(span) ?? []) if (spanId !== undefined) spans.add(spanId)
  return spans
}

/**
 * Tools in a trace of which some calls have a call id and some are spans only: which span is which call depends on all of
 * them (libs/lineage, implied.ts). Where they are too many for that, nothing does.
 */
export function changesByCalls(tools: Iterable<Key>, linksOf: (tool: Key) => readonly Key[]): Key[] {
  return [...tools].filter((tool) => {
    const keys = linksOf(tool)
    // Those that a batch makes too many may have been told apart before it.
    if (keys.length > 2 * near_max) return false
    const spans = keys.filter((key) => rankOf(key) === ranks.span).length
    return spans > 0 && spans < keys.length
  })
}

function saidOf(fact: Fact): string {
  if (fact.type !== 'run.described') return ''
  const { agent, initiator, subject, handed_over_by } = fact.data
  return JSON.stringify([fact.traceId, ...[agent, initiator, subject, handed_over_by].map((each) => each && principalText(each))])
}

/** Somebody is named by delegations and sessions, acts, and has things done. */
function restsOn(principal: string, sinceMs: number): [Key, number][] {
  return [
    [contextKey('principal', principal, sha256Hex), sinceMs],
    [contextKey('agent', principal, sha256Hex), sinceMs],
    [`initiator:${principal}`, sinceMs],
  ]
}

const always = -Infinity
