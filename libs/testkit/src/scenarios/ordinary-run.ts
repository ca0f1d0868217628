import type { EventData, PrincipalInput, Resource } from '@onbehalf/events'
import { digestOf } from '../digest.ts'
import type { Played, ScenarioConfig, Truth } from './scenario.ts'
import { cast, sources, type Storyteller } from './storyteller.ts'

/** An action as most are: asked for by an agent, permitted by policy, run by a server, done in a second. */
export interface Run {
  action_id: string
  session_id: string
  agent: PrincipalInput
  operation: string
  resource: Resource
  args: Record<string, unknown>
  executor: PrincipalInput
  /** What policy decides it. */
  policy: string
  /** Whose authority is used, if the agent says so. */
  subject?: PrincipalInput
  delegation_id?: string
  purpose?: string
  /** `write` if left out. */
  side_effect?: EventData['action.requested']['side_effect']
  credential_id?: string
  upstream_request_id?: string
  /** Who says the decision; the policy engine if left out. */
  decidedBy?: string
  /** What the decision says otherwise than a plain permit; null: none is told. */
  decision?: Partial<EventData['decision.recorded']> | null
}

/** Tells what happens up to and with the decision. */
export function tellRequest(story: Storyteller, seconds: number, run: Run): void {
  const { action_id, session_id, agent, operation, resource, args, side_effect = 'write' } = run
  const { subject, delegation_id, purpose, credential_id } = run
  const arguments_digest = digestOf(args)
  story.say(seconds, sources.agents, 'action.requested', {
    action_id, session_id, agent, operation, resource, arguments: args, arguments_digest, side_effect,
    ...(delegation_id !== undefined && { delegation_id }),
    ...(subject !== undefined && { subject }),
    ...(purpose !== undefined && { purpose }),
    ...(credential_id !== undefined && { credential_id }),
  })
  if (run.decision === null) return
  story.say(seconds + 0.04, run.decidedBy ?? sources.policy, 'decision.recorded', decisionOf(run))
}

/** Tells the start and the end. */
export function tellExecution(story: Storyteller, seconds: number, run: Run): void {
  const { action_id, args, executor, upstream_request_id } = run
  const arguments_digest = digestOf(args)
  story.say(seconds, sources.gateway, 'action.started', { action_id, executor, arguments_digest })
  story.say(seconds + 0.8, sources.gateway, 'action.completed', {
    action_id, status: 'succeeded', arguments_digest,
    ...(upstream_request_id !== undefined && { upstream_request_ids: [upstream_request_id] }),
  })
}

/** All of it. */
export function tellRun(story: Storyteller, seconds: number, run: Run): void {
  tellRequest(story, seconds, run)
  tellExecution(story, seconds + 0.1, run)
}

/**
 * What its lineage says when nothing is wrong, nobody is registered and nobody has confirmed the outcome. `legs` are
 * those of which there is more or less evidence than that.
 */
export function ordinaryTruth(
  run: Run, { initiator, chain, legs }: { initiator: string; chain: string[]; legs?: Partial<Truth['legs']> },
): Truth {
  return {
    operation: run.operation,
    roles: { initiator, subject: run.subject?.sub ?? null, actor: run.agent.sub, executor: run.executor.sub },
    chain,
    session: run.session_id,
    legs: {
      initiator: 'asserted', delegation: chain.length > 0 ? 'asserted' : 'not_covered', decision: 'asserted',
      approval: 'not_required', execution: 'observed', outcome: 'asserted',
      ...legs,
    },
    decision: 'permit', status: 'succeeded', agreement: 'agree', findings: [],
  }
}

/**
 * The end of a story about one action: every rule that its truth names has found something, and about that action.
 * Where a finding is about something else (a source, a grant, an agent), the story says so itself.
 */
export function incidentOf(
  story: Storyteller, run: Run, { what, truth, config }: { what: string; truth: Truth; config?: ScenarioConfig },
): Played {
  return {
    events: story.events,
    session_id: run.session_id,
    trace_id: story.trace_id,
    actions: [{ id: run.action_id, what, truth }],
    ...(config !== undefined && { config }),
    findings: truth.findings.map((rule) => `${rule}:${run.action_id}`),
  }
}

/** A refund of one customer: what most of these stories are about. */
export function refundOf(customer: string, amount: number) {
  return {
    operation: 'stripe.refund',
    resource: { type: 'customer', id: customer, system: 'stripe', environment: 'production' },
    args: { amount, currency: 'EUR', customer },
    executor: cast.stripe,
    policy: 'refunds',
    side_effect: 'irreversible' as const,
    purpose: `Refund ${amount.toLocaleString('en')} EUR to customer ${customer}`,
  }
}

/** A permit for exactly this actor, operation, resource and arguments, unless the run says otherwise. */
export function decisionOf(run: Run): EventData['decision.recorded'] {
  const { action_id, agent, operation, resource, args, subject, policy, decision } = run
  return {
    decision_id: `dec-${action_id}`, action_id, effect: 'permit', phase: 'runtime', enforcement: 'enforced',
    policies: [{ id: policy, version: '7' }], pdp: 'opa-eu-1', pep: 'tool-gateway',
    evaluated: { actor: agent, operation, resource, arguments_digest: digestOf(args), ...(subject !== undefined && { subject }) },
    ...decision,
  }
}
