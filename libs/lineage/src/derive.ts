import type { EventType } from '@onbehalf/events'
import { idOf } from './action-id.ts'
import { addNext } from './advice.ts'
import { contradictionsOf } from './contradiction.ts'
import type { Deciding } from './decision.ts'
import type { ActionStatus, DecisionEffect, Leg, LegName, Lineage } from './document.ts'
import { legNames } from './document.ts'
import type { Fact } from './fact.ts'
import { findingsOf } from './findings.ts'
import { keyDocument, type Key, type Sha256Hex } from './key.ts'
import { isNamedDenial, type ActionFacts, type ActionName } from './resolve.ts'
import { certain, choose, counting, countingFirst, covered, dataOf, itemOf, type Story } from './story.ts'
import { summarize } from './summary.ts'
import type { View } from './view.ts'

export interface DeriveContext {
  tenant: string
  sha256: Sha256Hex
}

/**
 * What the facts of one action mean. Pure: the same facts and context give the same document, byte for byte.
 * `as_of`, `settled` and `position` say what was read and are filled in by who read it; so are the times of findings.
 */
export function derive(view: View, { tenant, sha256 }: DeriveContext): Lineage {
  const { action, story, requested, decided, session, inherited, legs, roles, chain } = view
  const denied = story.decisions.find((b) => isNamedDenial(b.fact))
  const evaluated = denied && dataOf<'decision.recorded'>(denied.fact).evaluated
  const items = (...types: EventType[]) => action.bound.filter((b) => types.includes(b.fact.type)).map(itemOf)
  const lineage: Lineage = {
    id: idOf(action, sha256),
    tenant,
    keys: action.keys.map(({ key, carrier }) => keyDocument(key, carrier, carrier.producer, sha256)),
    operation: requested?.operation ?? evaluated?.operation ?? null,
    tool: requested?.tool ?? null,
    resource: requested?.resource ?? evaluated?.resource ?? null,
    purpose: requested?.purpose ?? null,
    time: view.moment.time,
    roles,
    chain: chain.hops,
    legs,
    decisions: items('decision.recorded'),
    approvals: items('approval.requested', 'approval.resolved'),
    executions: items('action.started', 'action.completed'),
    outcomes: items('outcome.observed', 'outcome.compensated'),
    decision: decided.effect,
    status: statusOf(story, decided),
    agreement: agreementOf(story, decided.effect),
    completeness: completenessOf(legs, story),
    findings: findingsOf(view, sha256),
    summary: '',
    add_next: null,
    origin: originOf(story),
    session: sessionIdOf(story) ?? (session && dataOf<'session.started'>(session).session_id) ?? inherited.session?.slice('session:'.length) ?? null,
    traces: [...new Set(action.bound.map((b) => b.fact.traceId).filter((id) => id !== undefined))].sort(),
    ambiguous: ambiguities(action, sha256),
    entries: action.bound.map((b) => b.fact.entry),
    as_of: null,
    settled: true,
    position: {},
  }
  lineage.summary = summarize(lineage)
  lineage.add_next = addNext(lineage)
  return lineage
}

/** The terminal execution's status; `denied` where a deny has none. */
function statusOf(story: Story, decided: Deciding): ActionStatus {
  if (choose(story.compensations, 'outcome', story)) return 'compensated'
  const end = choose(story.ends, 'execution', story)
  if (end) return dataOf<'action.completed'>(end.fact).status
  if (decided.effect === 'deny') return 'denied'
  if (choose(story.starts, 'execution', story)) return 'running'
  if (awaitsApproval(story)) return 'pending_approval'
  // A span ended: nobody says whether the tool ran.
  if (story.inferredEnds.length > 0) return 'unknown'
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
  const ran = !stopped && counting(certain([...story.starts, ...story.ends]), 'execution', story).length > 0
  if (decision === 'deny' && ran) return 'disagree'
  if (contradictionsOf(story, decision).length > 0) return 'disagree'
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
  for (const { fact } of countingFirst(certain(story.action.bound), story)) {
    const { origin } = fact.data as { origin?: Record<string, unknown> }
    if (origin) return origin
  }
  return null
}

function sessionIdOf(story: Story): string | undefined {
  for (const { fact } of countingFirst(certain(story.action.bound), story)) {
    const { session_id } = fact.data as { session_id?: string }
    if (session_id) return session_id
  }
  return undefined
}

/**
 * One row per key that several actions could claim, with ids that a person can paste; without any where so many claim it that
 * what is filed there belongs to nobody.
 */
function ambiguities({ bound, voided }: ActionFacts, sha256: Sha256Hex): Lineage['ambiguous'] {
  const rows = new Map<Key, Lineage['ambiguous'][number]>()
  const add = (key: Key, carrier: Fact, candidates: readonly ActionName[]) => {
    if (rows.has(key)) return
    const { kind, value } = keyDocument(key, carrier, carrier.producer, sha256)
    rows.set(key, { kind, key: value, candidates: candidates.map((name) => idOf(name, sha256)).sort() })
  }
  for (const { fact, candidates } of bound) if (candidates) add(fact.keys.filed, fact, candidates)
  for (const { key, carrier } of voided) add(key, carrier, [])
  return [...rows.values()]
}
