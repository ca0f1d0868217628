import { digestOf } from '../digest.ts'
import { tellSession } from './authority.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, bruno, ledger, refundBot, stripe } = cast

/** "Deny, approval asked, approved, permit, run" is clean: the last decision before the start decides. */
export const approval: Scenario = {
  name: 'approval',
  title: 'Denied until a person approved it, then permitted, run and confirmed by the books',
  story:
    'A refund of 15,000 EUR was denied with the condition that somebody approves it. Bruno was asked and approved, the '
    + 'policy then permitted it, it ran, and bookkeeping saw the money move. Each fact carries another key: the approval '
    + 'names only the decision it was asked by.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, at, say } = story
    const session_id = id('ses')
    const action_id = id('act-refund')
    const approval_id = id('apr')
    const delegation_id = id('del-alice')
    const args = { amount: 15_000, currency: 'EUR', customer: '42' }
    const arguments_digest = digestOf(args)
    const request_id = id('req')
    const decision = {
      action_id, phase: 'runtime' as const, enforcement: 'enforced' as const, policies: [{ id: 'refunds', version: '7' }],
      pdp: 'opa-eu-1', pep: 'tool-gateway', evaluated: { actor: refundBot, operation: 'stripe.refund', arguments_digest },
    }
    const requires_approval = { approvers: [bruno], min: 1, separation: true }

    tellSession(story, 0, { session_id, agent: refundBot, initiator: alice })
    // Not by `tellDelegation`, which always says how far it may be passed on: this one leaves that open.
    say(1, sources.authorization, 'delegation.granted', {
      delegation_id, parent: { kind: 'root' }, grantor: alice, delegate: refundBot, subject: alice,
      scope: { actions: ['stripe.refund'], resources: ['customer/*'] }, expires_at: at(3_600), mode: 'delegation',
    })
    say(2, sources.agents, 'action.requested', {
      action_id, session_id, agent: refundBot, operation: 'stripe.refund', resource: { type: 'customer', id: '42', system: 'stripe' },
      delegation_id, subject: alice, arguments_digest, side_effect: 'irreversible',
    })
    say(2.1, sources.policy, 'decision.recorded', {
      ...decision, decision_id: id('dec-1'), effect: 'deny', requires_approval,
      reasons: [{ code: 'approval_needed', text: 'Above 10,000 EUR somebody else must approve' }],
    })
    say(3, sources.approvals, 'approval.requested', {
      approval_id, decision_id: id('dec-1'), approvers: [bruno], arguments_digest, expires_at: at(1_800),
    })
    say(95, sources.approvals, 'approval.resolved', {
      approval_id, resolution: 'approved', kind: 'approval', scope: 'once', max_uses: 1, approver: bruno, channel: 'chat',
      verified_by: 'webauthn', arguments_digest,
    })
    say(96, sources.policy, 'decision.recorded', { ...decision, decision_id: id('dec-2'), effect: 'permit', requires_approval })
    say(96.2, sources.gateway, 'action.started', { action_id, executor: stripe, arguments_digest })
    say(97, sources.gateway, 'action.completed', { action_id, status: 'succeeded', arguments_digest, upstream_request_ids: [request_id] })
    say(180, sources.ledger, 'outcome.observed', {
      outcome_id: id('out'), upstream_request_ids: [request_id], observer: ledger, observed_effect: 'occurred',
      resource: { type: 'customer', id: '42', system: 'stripe' }, text: '15,000 EUR booked to customer 42',
    })
    return {
      events,
      session_id,
      trace_id,
      actions: [{
        id: action_id,
        what: 'the approved refund',
        truth: {
          operation: 'stripe.refund',
          roles: { initiator: alice.sub, subject: alice.sub, actor: refundBot.sub, executor: stripe.sub },
          chain: [delegation_id], session: session_id,
          legs: {
            initiator: 'asserted', delegation: 'asserted', decision: 'asserted', approval: 'asserted',
            execution: 'observed', outcome: 'asserted',
          },
          decision: 'permit', status: 'succeeded', agreement: 'agree', findings: [],
        },
      }],
      findings: [],
    }
  },
}
