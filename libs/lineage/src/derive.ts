import { principalOf } from '@onbehalf/events'
import { chainOf } from './chain.ts'
import { deciding, type Deciding } from './decision.ts'
import type { ActionStatus, DecisionEffect, Leg, LegName, Lineage, Role } from './document.ts'
import { legNames } from './document.ts'
import { addNext } from './advice.ts'
import { keyDocument, ranks, rankOf, type Key } from './key.ts'
import { isDelegation, type Known } from './known.ts'
import { approvalLeg } from './legs/approval.ts'
import { decisionLeg } from './legs/decision.ts'
import { delegationLeg } from './legs/delegation.ts'
import { executionLeg } from './legs/execution.ts'
import { initiatorOf, sessionOf } from './legs/initiator.ts'
import { outcomeLeg } from './legs/outcome.ts'
import type { Registry } from './registry.ts'
import type { ActionFacts, Bound } from './resolve.ts'
import { certain, choose, covered, dataOf, evidenceOf, itemOf, tell, type Story } from './story.ts'
import { summarize } from './summary.ts'

export interface DeriveContext {
  tenant: string
  registry: Registry
  /** Lower-case hex. */
  sha256: (text: string) => string
}

/**
 * What the facts of one action mean. Pure: the same facts and context give the same document, byte for byte.
 * `as_of`, `settled` and `position` say what was read and are filled in by who read it.
 */
export function derive(action: ActionFacts, known: Known, context: DeriveContext): Lineage {
  const story = tell(action, context.registry)
  const request = choose(story.requests, 'execution', story)
  const requested = request ? dataOf<'action.requested'>(request.fact) : undefined
  const decided = deciding(story)
  const { role: initiator, leg: initiatorLeg } = initiatorOf(story, known)
  const delegationBy = choose(story.requests.filter((b) => dataOf<'action.requested'>(b.fact).delegation_id), 'delegation', story)
  const delegationId = delegationBy ? dataOf<'action.requested'>(delegationBy.fact).delegation_id! : null
  const chain = chainOf(delegationBy && delegationKeyOf(delegationBy), known, story)
  const legs: Record<LegName, Leg> = {
    initiator: initiatorLeg,
    delegation: delegationLeg(story, chain, delegationBy, delegationId),
    decision: decisionLeg(story, decided),
    approval: approvalLeg(story, decided),
    execution: executionLeg(story, decided.effect),
    outcome: outcomeLeg(story, story.starts.length + story.ends.length > 0 || decided.effect !== 'deny'),
  }
  const denied = decided.effect === 'deny' ? decided.by[0] : undefined
  const lineage: Lineage = {
    id: idOf(action, context),
    tenant: context.tenant,
    keys: action.keys.map(keyDocument),
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
    session: sessionIdOf(story) ?? (sessionOf(story, known) && dataOf<'session.started'>(sessionOf(story, known)!).session_id) ?? null,
    traces: [...new Set(action.bound.map((b) => b.fact.traceId).filter((id) => id !== undefined))].sort(),
    ambiguous: action.bound.filter((b) => b.candidates).map((b) => ambiguity(b)),
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
export function idOf(action: ActionFacts, context: Pick<DeriveContext, 'sha256'>): string {
  if (rankOf(action.root) === ranks.action) {
    for (const { fact } of action.bound) {
      const { action_id } = fact.data as { action_id?: string }
      if (action_id) return action_id
    }
  }
  return derivedId(action.root, action.since, context.sha256)
}

/** `d-` and the first 32 hex digits of SHA-256 of the JCS form of the strongest key. */
export function derivedId(root: Key, since: string | undefined, sha256: (text: string) => string): string {
  const document: Record<string, string> = { ...keyDocument(root), ...(since === undefined ? {} : { fact: since }) }
  const sorted = Object.fromEntries(Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1)))
  return `d-${sha256(JSON.stringify(sorted)).slice(0, 32)}`
}

function delegationKeyOf(b: Bound): Key | undefined {
  return b.fact.keys.mentions.find(isDelegation)
}

function inStory(a: Bound, b: Bound): number {
  return a.fact.timeMs - b.fact.timeMs
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
  if (!start) return nobody()
  const { executor } = dataOf<'action.started'>(start.fact)
  return { ...nobody(), principal: principalOf(executor!, start.fact.producer), evidence: evidenceOf(start, 'execution', story), link: start.link, entries: [start.fact.entry] }
}

/** The terminal execution's status; `denied` where a deny has none. */
function statusOf(story: Story, decided: Deciding): ActionStatus {
  if (certain(story.compensations).length > 0) return 'compensated'
  const end = choose(story.ends, 'execution', story)
  if (end) return dataOf<'action.completed'>(end.fact).status
  if (certain(story.starts).length > 0) return 'running'
  if (decided.effect === 'deny') return 'denied'
  if (certain(story.approvalRequests).length > certain(story.approvals).length) return 'pending_approval'
  if (story.requests.length > 0) return 'requested'
  return 'unknown'
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

function ambiguity(b: Bound): Lineage['ambiguous'][number] {
  const { filed } = b.fact.keys
  return { kind: b.fact.type, key: filed.slice(filed.indexOf(':') + 1), candidates: b.candidates! }
}
