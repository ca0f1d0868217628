import type { CloudEvent } from '@onbehalf/events'
import type { ActionStatus, DecisionEffect, Evidence, LegName, Lineage } from '@onbehalf/lineage'

/** An incident with a known truth: a pure function of its seed and its time. */
export interface Scenario {
  name: string
  /** One line, for a list. */
  title: string
  /** What happened, for people, in two or three sentences. */
  story: string
  play(setting: Setting): Played
}

export interface Setting {
  /** All ids come from it: the same seed gives the same incident, another one a new one beside it. */
  seed: number | string
  /** When it began, in milliseconds since 1970. */
  atMs: number
}

export interface Played {
  /** In the order in which they happened. */
  events: CloudEvent[]
  session_id: string | null
  trace_id: string
  /** Oldest first; the first one is what the incident is about. */
  actions: PlayedAction[]
}

export interface PlayedAction {
  /** As `GET /v1/actions/{id}` takes it. */
  id: string
  /** What it is in the story: "the refund". */
  what: string
  truth: Truth
}

/** What the lineage must say, with nothing registered. What is left out is not checked. */
export interface Truth {
  operation: string
  /** `sub` of each principal, or null for unknown. */
  roles: Partial<Record<'initiator' | 'subject' | 'actor' | 'executor', string | null>>
  /** Delegation ids, from the root's to the agent's own. */
  chain: string[]
  legs: Record<LegName, Evidence>
  decision: DecisionEffect | null
  status: ActionStatus
  agreement: Lineage['agreement']
  session?: string | null
}

/** Where a lineage differs from the truth, field by field; empty when it is right. */
export function differences(lineage: Lineage, truth: Truth): string[] {
  const told: [field: string, actual: unknown, expected: unknown][] = [
    ['operation', lineage.operation, truth.operation],
    ...Object.entries(truth.roles).map(([role, sub]): [string, unknown, unknown] =>
      [`roles.${role}`, lineage.roles[role as keyof Lineage['roles']].principal?.sub ?? null, sub]),
    ['chain', lineage.chain.map((hop) => hop.delegation_id).join(' > '), truth.chain.join(' > ')],
    ...Object.entries(truth.legs).map(([leg, evidence]): [string, unknown, unknown] =>
      [`legs.${leg}`, lineage.legs[leg as LegName].evidence, evidence]),
    ['decision', lineage.decision, truth.decision],
    ['status', lineage.status, truth.status],
    ['agreement', lineage.agreement, truth.agreement],
    ...(truth.session === undefined ? [] : [['session', lineage.session, truth.session] as [string, unknown, unknown]]),
  ]
  return told
    .filter(([, actual, expected]) => actual !== expected)
    .map(([field, actual, expected]) => `${field} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
}
