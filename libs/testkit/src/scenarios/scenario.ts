import type { Budgets, CloudEvent, ProducerRegistration, RuleSwitch } from '@onbehalf/events'
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
  /**
   * In the order in which they happened. What is absent is overdue when the last one has happened: play them so that the
   * last one has just happened, and nothing stays open that time alone would close.
   */
  events: CloudEvent[]
  session_id: string | null
  trace_id: string
  /** The first one is what the incident is about; the others follow, oldest first. */
  actions: PlayedAction[]
  /**
   * What must be registered, from before the first event on, for the incident to be seen; nothing if left out. It names
   * only producers, agents and sources of this run, so that it can be added to whatever is registered already.
   */
  config?: ScenarioConfig
  /** Which producer sends the events of a `source`; `default` for every other source. */
  producers?: Record<string, string>
  /**
   * Id of every finding of the incident that is open in the end, sorted: `<RULE>:<grouping key>`. A trailing `*` matches
   * any rest. INT-05 and INT-06 are not told: they depend on when the events were received.
   */
  findings: string[]
  /** When an event was received (RFC 3339), by its id, where that was not at once. */
  arrivals?: Record<string, string>
  /** Rules that have no final finding about this incident while it is played, if its events are received as told. */
  never_final?: string[]
}

/** The part of a tenant's configuration document that an incident needs; what is left out has its default. */
export interface ScenarioConfig {
  producers: (Pick<ProducerRegistration, 'id' | 'legs'> & Partial<ProducerRegistration>)[]
  rules?: Record<string, RuleSwitch>
  budgets?: Partial<Budgets>
}

export interface PlayedAction {
  /** As `GET /v1/actions/{id}` takes it. */
  id: string
  /** What it is in the story: "the refund". */
  what: string
  truth: Truth
}

/** What the lineage must say in the end, with exactly `config` registered. What is left out is not checked. */
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
  /** Sorted ids of the rules that its document shows as open, provisional or not; without INT-05 and INT-06. */
  findings: string[]
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
    ['findings', openRules(lineage.findings).join(' '), truth.findings.join(' ')],
  ]
  return told
    .filter(([, actual, expected]) => actual !== expected)
    .map(([field, actual, expected]) => `${field} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
}

/** As much of a finding as it takes to compare it, wherever it was read. */
export interface ToldFinding {
  id: string
  rule: string
  resolved_at: string | null
}

/**
 * Where the open findings of a tenant that has seen nothing but this incident differ from its truth; empty when they are
 * right. In a tenant that has seen more, pass only what concerns it.
 */
export function findingDifferences(findings: readonly ToldFinding[], played: Pick<Played, 'findings'>): string[] {
  const open = [...new Set(findings.filter(isOpen).map(({ id }) => id))].sort()
  return [
    ...played.findings.filter((expected) => !open.some((id) => matches(id, expected))).map((id) => `${id} is not open`),
    ...open.filter((id) => !played.findings.some((expected) => matches(id, expected))).map((id) => `${id} is open`),
  ]
}

function openRules(findings: readonly ToldFinding[]): string[] {
  return [...new Set(findings.filter(isOpen).map(({ rule }) => rule))].sort()
}

/** How late an event was received is a fact about the play, not about the incident. */
function isOpen({ rule, resolved_at }: ToldFinding): boolean {
  return resolved_at === null && rule !== 'INT-05' && rule !== 'INT-06'
}

function matches(id: string, expected: string): boolean {
  return expected.endsWith('*') ? id.startsWith(expected.slice(0, -1)) : id === expected
}
