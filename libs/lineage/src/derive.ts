import { canonicalJson, principalOf } from '@onbehalf/events'
import { contextOf } from './context.ts'
import { deciding, type Deciding } from './decision.ts'
import type { ActionStatus, DecisionEffect, Leg, LegName, Lineage, Role } from './document.ts'
import { legNames } from './document.ts'
import { addNext } from './advice.ts'
import { byStory, type Fact } from './fact.ts'
import { keyDocument, ranks, rankOf, type Key, type Sha256Hex } from './key.ts'
import type { Lookup } from './known.ts'
import { approvalLeg } from './legs/approval.ts'
import { decisionLeg } from './legs/decision.ts'
import { delegationLeg } from './legs/delegation.ts'
import { executionLeg } from './legs/execution.ts'
import { initiatorOf } from './legs/initiator.ts'
import { outcomeLeg } from './legs/outcome.ts'
import type { Registry } from './registry.ts'
import { isNamedDenial, type ActionFacts, type ActionName, type Bound } from './resolve.ts'
import { certain, choose, covered, dataOf, evidenceOf, itemOf, tell, type Story } from './story.ts'
import { summarize } from './summary.ts'

export interface DeriveContext {
  tenant: string
  registry: Registry
  sha256: Sha256Hex
}

/**
 * What the facts of one action mean. Pure: the same facts and context give the same document, byte for byte.
 * `as_of`, `settled` and `position` say what was read and are filled in by who read it.
 */
export function derive(action: ActionFacts, known: Lookup, context: DeriveContext): Lineage {
  const story = tell(action, context.registry)
  const request = choose(story.requests, 'execution', story)
  const requested = request ? dataOf<'action.requested'>(request.fact) : undefined
  const decided = deciding(story)
  const rest = contextOf(story, known)
  const { chain, session } = rest
  const { role: initiator, leg: initiatorLeg } = initiatorOf(story, rest)
  const legs: Record<LegName, Leg> = {
    initiator: initiatorLeg,
    delegation: delegationLeg(story, rest),
    decision: decisionLeg(story, decided),
    approval: approvalLeg(story, decided),
    execution: executionLeg(story, decided.effect),
    outcome: outcomeLeg(story, story.starts.length + story.ends.length > 0 || decided.effect !== 'deny'),
  }
  const denied = story.decisions.find((b) => isNamedDenial(b.fact))
  const lineage: Lineage = {
    id: idOf(action, context.sha256),
    tenant: context.tenant,
    keys: action.keys.map(({ key, carrier }) => keyDocument(key, carrier, carrier.producer, context.sha256)),
    operation: requested?.operation ?? (denied && dataOf<'decision.recorded'>(denied.fact).evaluated?.operation) ?? null,
    tool: requested?.tool ?? null,
    resource: requested?.resource ?? (denied && dataOf<'decision.recorded'>(denied.fact).evaluated?.resource) ?? null,
    purpose: requested?.purpose ?? null,
    time: (request ?? action.bound[0]!).fact.time,
    roles: {
      initiator,
      subject: subjectOf(story, request, chain.hops.at(-1)),
      actor: actorOf(story, request, denied),
      executor: executorOf(story),
    },
    chain: chain.hops,
    legs,
    decisions: story.decisions.map(itemOf),
    approvals: [...story.approvalRequests, ...story.approvals].sort(inStory).map(itemOf),
    executions: [...story.starts, ...story.ends].sort(inStory).map(itemOf),
    outcomes: [...story.outcomes, ...story.compensations].sort(inStory).map(itemOf),
    decision: decided.effect,
    status: statusOf(story, decided),
    agreement: agreementOf(story, decided.effect),
    completeness: completenessOf(legs, story),
    findings: [],
    summary: '',
    add_next: null,
    origin: originOf(story),
    session: sessionIdOf(story) ?? (session && dataOf<'session.started'>(session).session_id) ?? null,
    traces: [...new Set(action.bound.map((b) => b.fact.traceId).filter((id) => id !== undefined))].sort(),
    ambiguous: ambiguities(action.bound, context.sha256),
    entries: action.bound.map((b) => b.fact.entry),
    as_of: null,
    settled: true,
    position: {},
  }
  lineage.summary = summarize(lineage)
  lineage.add_next = addNext(lineage)
  return lineage
}

/** As given, or derived from the strongest key (and, where a call id was used again, from what began this action). */
export function idOf({ root, since, carrier }: ActionName, sha256: Sha256Hex): string {
  return rankOf(root) === ranks.action
    ? (carrier.data as { action_id: string }).action_id
    : derivedId(root, carrier, since, sha256)
}

/** `d-` and the first 32 hex digits of SHA-256 of the JCS form of the strongest key. */
export function derivedId(root: Key, carrier: Fact, since: string | undefined, sha256: Sha256Hex): string {
  const document = { ...keyDocument(root, carrier, carrier.producer, sha256), ...(since === undefined ? {} : { fact: since }) }
  return `d-${sha256(canonicalJson(document)).slice(0, 32)}`
}

function inStory(a: Bound, b: Bound): number {
  return byStory(a.fact, b.fact)
}

function nobody(): Role {
  return { principal: null, accountable: null, evidence: 'not_covered', link: null, entries: [] }
}

/** Whose authority is used: as the action says, else as its own delegation says. */
function subjectOf(story: Story, request: Bound | undefined, hop: Lineage['chain'][number] | undefined): Role {
  const subject = request && dataOf<'action.requested'>(request.fact).subject
  if (request && subject)
    return { ...nobody(), principal: principalOf(subject, request.fact.producer), evidence: evidenceOf(request, 'delegation', story), link: request.link, entries: [request.fact.entry] }
  if (hop) return { ...nobody(), principal: hop.subject, evidence: hop.evidence, link: 'inherited', entries: hop.entries }
  return nobody()
}

/** The agent acting now. */
function actorOf(story: Story, request: Bound | undefined, denied: Bound | undefined): Role {
  if (request) {
    const { agent } = dataOf<'action.requested'>(request.fact)
    return { ...nobody(), principal: principalOf(agent, request.fact.producer), evidence: evidenceOf(request, 'execution', story), link: request.link, entries: [request.fact.entry] }
  }
  const actor = denied && dataOf<'decision.recorded'>(denied.fact).evaluated?.actor
  if (denied && actor)
    return { ...nobody(), principal: principalOf(actor, denied.fact.producer), evidence: evidenceOf(denied, 'decision', story), link: denied.link, entries: [denied.fact.entry] }
  return nobody()
}

/** What ran it. */
function executorOf(story: Story): Role {
  const start = choose(story.starts.filter((b) => dataOf<'action.started'>(b.fact).executor), 'execution', story)
  if (!start) return covered('execution', story) ? { ...nobody(), evidence: 'missing' } : nobody()
  const { executor } = dataOf<'action.started'>(start.fact)
  return { ...nobody(), principal: principalOf(executor!, start.fact.producer), evidence: evidenceOf(start, 'execution', story), link: start.link, entries: [start.fact.entry] }
}

/** The terminal execution's status; `denied` where a deny has none. */
function statusOf(story: Story, decided: Deciding): ActionStatus {
  if (certain(story.compensations).length > 0) return 'compensated'
  const end = choose(story.ends, 'execution', story)
  if (end) return dataOf<'action.completed'>(end.fact).status
  if (decided.effect === 'deny') return 'denied'
  if (certain(story.starts).length > 0) return 'running'
  if (awaitsApproval(story)) return 'pending_approval'
  if (story.requests.length > 0) return 'requested'
  return 'unknown'
}

function awaitsApproval(story: Story): boolean {
  const answered = new Set(certain(story.approvals).map((b) => dataOf<'approval.resolved'>(b.fact).approval_id))
  return certain(story.approvalRequests).some((b) => !answered.has(dataOf<'approval.requested'>(b.fact).approval_id))
}

function agreementOf(story: Story, decision: DecisionEffect | null): Lineage['agreement'] {
  const end = choose(story.ends, 'execution', story)
  const status = end && dataOf<'action.completed'>(end.fact).status
  const stopped = status === 'blocked' || status === 'cancelled'
  const ran = !stopped && certain([...story.starts, ...story.ends]).length > 0
  if (decision === 'deny' && ran) return 'disagree'
  for (const b of certain(story.outcomes)) {
    const { observed_effect } = dataOf<'outcome.observed'>(b.fact)
    if (observed_effect === 'differs') return 'disagree'
    if (observed_effect === 'did_not_occur' && status === 'succeeded') return 'disagree'
    if (observed_effect === 'occurred' && (stopped || status === 'failed' || (decision === 'deny' && !ran))) return 'disagree'
  }
  return decision === 'permit' && status === 'succeeded' ? 'agree' : 'undetermined'
}

/** Required and covered legs that are observed or asserted, over required and covered legs. */
function completenessOf(legs: Record<LegName, Leg>, story: Story): { required: number; present: number } {
  const counted = legNames.filter((name) => {
    const { evidence } = legs[name]
    if (evidence === 'not_required' || evidence === 'not_covered') return false
    return covered(name, story) || evidence === 'observed' || evidence === 'asserted'
  })
  const present = counted.filter((name) => legs[name].evidence === 'observed' || legs[name].evidence === 'asserted')
  return { required: counted.length, present: present.length }
}

function originOf(story: Story): Record<string, unknown> | null {
  for (const { fact } of certain(story.action.bound)) {
    const { origin } = fact.data as { origin?: Record<string, unknown> }
    if (origin) return origin
  }
  return null
}

function sessionIdOf(story: Story): string | undefined {
  for (const { fact } of certain(story.action.bound)) {
    const { session_id } = fact.data as { session_id?: string }
    if (session_id) return session_id
  }
  return undefined
}

/** One row per key that several actions could claim, with ids that a person can paste. */
function ambiguities(bound: readonly Bound[], sha256: Sha256Hex): Lineage['ambiguous'] {
  const rows = new Map<Key, Lineage['ambiguous'][number]>()
  for (const { fact, candidates } of bound) {
    if (!candidates || rows.has(fact.keys.filed)) continue
    const { kind, value } = keyDocument(fact.keys.filed, fact, fact.producer, sha256)
    rows.set(fact.keys.filed, { kind, key: value, candidates: candidates.map((name) => idOf(name, sha256)).sort() })
  }
  return [...rows.values()]
}
