import { digestOf } from '../digest.ts'
import { tellDelegation, tellSession } from './authority.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, orchestrator, refundBot, stripe } = cast

/** The first thing a newcomer sees: who, through whom, by which decision, with what outcome, and what is missing. */
export const refund: Scenario = {
  name: 'refund',
  title: 'A refund agent paid 9,800 EUR through two delegations',
  story:
    'Alice asked the support orchestrator to settle a complaint. It delegated refunds of one customer to the refund bot, '
    + 'which paid 9,800 EUR: policy refunds@7 permitted it. Twenty seconds later the bot tried 12,400 EUR more and was '
    + 'denied. The money is said to have moved by the party that moved it: nobody else has confirmed it.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, at, say } = story
    const session_id = id('ses')
    const byAlice = id('del-alice')
    const byOrchestrator = id('del-orchestrator')
    const paid = id('act-refund')
    const denied = id('act-refund-again')
    const customer = { type: 'customer', id: '42', system: 'stripe', environment: 'production' }
    const request = (action_id: string, call: string, amount: number) => ({
      action_id,
      session_id,
      tool_call_id: call,
      agent: refundBot,
      operation: 'stripe.refund',
      tool: { name: 'stripe.refund', version: '2.3.1', server: 'stripe-mcp' },
      resource: customer,
      delegation_id: byOrchestrator,
      initiator: alice,
      subject: alice,
      purpose: `Settle complaint 4711: refund ${amount.toLocaleString('en')} EUR`,
      arguments: { amount, currency: 'EUR', customer: '42' },
      arguments_digest: digestOf({ amount, currency: 'EUR', customer: '42' }),
      side_effect: 'irreversible' as const,
    })
    const evaluated = (amount: number) => ({
      actor: refundBot,
      subject: alice,
      operation: 'stripe.refund',
      resource: customer,
      arguments_digest: digestOf({ amount, currency: 'EUR', customer: '42' }),
    })
    const decision = { phase: 'runtime' as const, policies: [{ id: 'refunds', version: '7' }], pdp: 'opa-eu-1', pep: 'tool-gateway' }

    tellSession(story, 0, { session_id, agent: orchestrator, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id: byAlice, grantor: alice, delegate: orchestrator,
      scope: { actions: ['stripe.*', 'crm.*'], resources: ['customer/*'], audience: ['stripe', 'crm'] },
      max_depth: 2, purpose: 'Settle complaint 4711',
    })
    tellDelegation(story, 2, {
      delegation_id: byOrchestrator, parent: { kind: 'delegation', delegation_id: byAlice },
      grantor: orchestrator, delegate: refundBot, subject: alice,
      scope: { actions: ['stripe.refund'], resources: ['customer/42'], audience: ['stripe'] },
      expires_at: at(900), purpose: 'Refund customer 42',
    })

    say(3, sources.agents, 'action.requested', request(paid, 'call_1', 9_800))
    say(3.04, sources.policy, 'decision.recorded', {
      ...decision, decision_id: id('dec-1'), action_id: paid, effect: 'permit', enforcement: 'enforced',
      reasons: [{ code: 'below_limit', text: '9,800 EUR is below the limit of 10,000 EUR a refund' }],
      evaluated: evaluated(9_800),
    })
    say(3.1, sources.gateway, 'action.started', { action_id: paid, executor: stripe })
    say(3.9, sources.gateway, 'action.completed', {
      action_id: paid, status: 'succeeded', result_digest: digestOf({ refund: id('re') }), upstream_request_ids: [id('req')],
    })

    say(23, sources.agents, 'action.requested', request(denied, 'call_2', 12_400))
    say(23.03, sources.policy, 'decision.recorded', {
      ...decision, decision_id: id('dec-2'), action_id: denied, effect: 'deny', enforcement: 'enforced',
      reasons: [{ code: 'above_limit', text: '12,400 EUR is above the limit of 10,000 EUR a refund' }],
      evaluated: evaluated(12_400),
    })

    const roles = { initiator: alice.sub, subject: alice.sub, actor: refundBot.sub }
    const chain = [byAlice, byOrchestrator]
    return {
      events,
      session_id,
      trace_id,
      actions: [
        {
          id: paid,
          what: 'the refund of 9,800 EUR',
          truth: {
            operation: 'stripe.refund', roles: { ...roles, executor: stripe.sub }, chain, session: session_id,
            legs: {
              initiator: 'asserted', delegation: 'asserted', decision: 'asserted', approval: 'not_required',
              execution: 'observed', outcome: 'asserted',
            },
            decision: 'permit', status: 'succeeded', agreement: 'agree', findings: [],
          },
        },
        {
          id: denied,
          what: 'the second attempt, 12,400 EUR',
          truth: {
            operation: 'stripe.refund', roles: { ...roles, executor: null }, chain, session: session_id,
            legs: {
              initiator: 'asserted', delegation: 'asserted', decision: 'asserted', approval: 'not_required',
              execution: 'not_required', outcome: 'not_required',
            },
            decision: 'deny', status: 'denied', agreement: 'undetermined', findings: [],
          },
        },
      ],
      findings: [],
    }
  },
}
