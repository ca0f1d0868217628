import type { Parent, Policy, Principal, Resource, Scope } from '@onbehalf/events'

/** How strongly a statement is held: by whom it was said, or why nothing was. */
export type Evidence =
  | 'observed' // said by the party registered for this leg
  | 'asserted' // said by another, most often the agent itself
  | 'inferred' // structure or time only: never evidence unless asked for
  | 'ambiguous' // could belong to several actions
  | 'missing' // an owner of the leg has not said it (see `provisional`)
  | 'not_covered' // nobody is registered for this leg: silence means nothing
  | 'not_required'
  | 'redacted'

/** How a fact came to this action. */
export type Link = 'explicit' | 'derived' | 'located' | 'inherited' | null

/** Where an entry stands in the journal. `log` is the public name `<tenant>/<topic>/<partition>`. */
export interface EntryRef {
  log: string
  index: number
  kind: string
  producer: string
  received_at: string
}

export interface Role {
  principal: Principal | null
  /** Of a schedule or an autonomous root: the active sponsor or owner who answers for it. */
  accountable: Principal | null
  evidence: Evidence
  link: Link
  entries: EntryRef[]
}

export const legNames = ['initiator', 'delegation', 'decision', 'approval', 'execution', 'outcome'] as const
export type LegName = (typeof legNames)[number]

export interface Leg {
  evidence: Evidence
  /** Absence that may still be filled: its deadline has not passed the horizon. */
  provisional: boolean
  link: Link
  /** Known only from the party that acted. */
  self_reported: boolean
  /** Why it is missing, weak or not covered, in a sentence. */
  reason: string | null
  entries: EntryRef[]
}

/** One delegation of a chain; index 0 was granted by the root, the last is the acting agent's own. */
export interface Hop {
  delegation_id: string
  parent: Parent
  grantor: Principal
  delegate: Principal
  subject: Principal
  mode: string
  scope: Scope | null
  /** The intersection of the scopes from the root to here. */
  effective_scope: Scope | null
  not_before: string | null
  expires_at: string | null
  revoked_at: string | null
  evidence: Evidence
  entries: EntryRef[]
}

/** An event's data plus who said it and where it stands. */
export type Item = Record<string, unknown> & {
  id: string
  time: string
  producer: string
  /** Retracted by an administrator: shown, and counts for nothing. */
  struck: boolean
  entries: EntryRef[]
}

export type KeyDocument =
  | { kind: 'action_id' | 'decision_id' | 'approval_id' | 'upstream_request_id' | 'outcome_id'; value: string }
  | { kind: 'tool_call_id'; value: string; session?: string; trace?: string }
  | { kind: 'span'; value: string; trace: string }
  | { kind: 'request_id'; value: string; pep?: string; producer?: string }

export type DecisionEffect = 'permit' | 'deny' | 'indeterminate' | 'not_applicable'

export type ActionStatus =
  | 'requested' | 'running' | 'succeeded' | 'failed' | 'blocked' | 'cancelled' | 'timed_out' | 'partial'
  | 'denied' | 'pending_approval' | 'compensated' | 'unknown'

export interface Finding {
  /** `<rule>:<grouping key>` */
  id: string
  rule: string
  version: number
  severity: Severity
  title: string
  /** A sentence with the values at hand. */
  explanation: string
  /** It rests on an absence that may still be filled. */
  provisional: boolean
  /** When Onbehalf wrote it down; null: it holds, and the projector has not come to it yet. */
  raised_at: string | null
  resolved_at: string | null
  entries: EntryRef[]
}

export const severities = ['info', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** The answer of `GET /v1/actions/{id}`; every other answer is made of it. Fields are added, never renamed. */
export interface Lineage {
  id: string
  tenant: string
  keys: KeyDocument[]
  operation: string | null
  tool: { name: string; version?: string; server?: string } | null
  resource: Resource | null
  purpose: string | null
  /** When it was asked for; else the earliest time told. */
  time: string
  roles: { initiator: Role; subject: Role; actor: Role; executor: Role }
  chain: Hop[]
  legs: Record<LegName, Leg>
  decisions: Item[]
  approvals: Item[]
  executions: Item[]
  outcomes: Item[]
  decision: DecisionEffect | null
  status: ActionStatus
  agreement: 'agree' | 'disagree' | 'undetermined'
  completeness: { required: number; present: number }
  findings: Finding[]
  /** One sentence for a person. */
  summary: string
  /** The one next thing that would make this better. */
  add_next: string | null
  origin: Record<string, unknown> | null
  session: string | null
  traces: string[]
  /** Keys of this action that others claim as well; no candidates: too many do, and what is filed there belongs to nobody. */
  ambiguous: { kind: string; key: string; candidates: string[] }[]
  entries: EntryRef[]
  as_of: string | null
  settled: boolean
  /** What was read, per log: every index below the number. */
  position: Record<string, number>
}

export type { Parent, Policy, Principal, Resource, Scope }
