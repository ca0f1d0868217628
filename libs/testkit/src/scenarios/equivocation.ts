import { tellDelegation, tellSession } from './authority.ts'
import { decisionOf, incidentOf, ordinaryTruth, refundOf, tellExecution, tellRequest, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, refundBot } = cast

/** One identity, two contents: both are kept, neither is believed silently. */
export const equivocation: Scenario = {
  name: 'equivocation',
  title: 'The policy engine told one decision twice, in two versions',
  story:
    'The policy engine told that version 7 of its refund policy permitted the refund. Then it told the same event again, '
    + 'with the same id and time, and now it had been version 8, for another reason. Both say yes, so nothing follows for the '
    + 'refund itself. But an event that can be told in two ways is no evidence of either, and both are kept for ever.',
  play(setting) {
    const story = tellStory(setting)
    const { id, say, sayOtherwise } = story
    const session_id = id('ses')
    const delegation_id = id('del-alice')
    const run: Run = {
      ...refundOf('42', 9_950), action_id: id('act-refund'), session_id, agent: refundBot, subject: alice, delegation_id,
      decision: null,
    }
    tellSession(story, 0, { session_id, agent: refundBot, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id, grantor: alice, delegate: refundBot,
      scope: { actions: ['stripe.refund'], resources: ['customer/42'] },
    })
    tellRequest(story, 5, run)
    const decision = say(5.04, sources.policy, 'decision.recorded', decisionOf({
      ...run,
      decision: {
        policies: [{ id: 'refunds', version: '7' }],
        reasons: [{ code: 'below_limit', text: '9,950 EUR is below the limit of 10,000 EUR a refund' }],
      },
    }))
    sayOtherwise(decision, {
      policies: [{ id: 'refunds', version: '8' }],
      reasons: [{ code: 'long_standing_customer', text: 'No limit for customers of ten years and more' }],
    })
    tellExecution(story, 5.1, run)
    return incidentOf(story, run, {
      what: 'the refund whose decision was told twice',
      truth: { ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }), findings: ['INT-03'] },
    })
  },
}
