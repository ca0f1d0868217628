import { tellDelegation, tellSession } from './authority.ts'
import { incidentOf, ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, tellStory } from './storyteller.ts'

const { alice, refundBot } = cast

/** Decision and execution are facts of two parties, and here they contradict each other. */
export const deniedButExecuted: Scenario = {
  name: 'denied-but-executed',
  title: 'A refund was denied, and was paid all the same',
  story:
    'The refund bot asked to pay 12,400 EUR. The policy engine said no: above the limit. The gateway kept a second route '
    + 'to the payment server that did not wait for the answer, and the money was paid. Each of the two tells the truth of '
    + 'its own part; only side by side do they show what happened.',
  play(setting) {
    const story = tellStory(setting)
    const { id } = story
    const session_id = id('ses')
    const delegation_id = id('del-alice')
    const run: Run = {
      ...refundOf('42', 12_400), action_id: id('act-refund'), session_id, agent: refundBot, subject: alice, delegation_id,
      decision: { effect: 'deny', reasons: [{ code: 'above_limit', text: '12,400 EUR is above the limit of 10,000 EUR a refund' }] },
    }
    tellSession(story, 0, { session_id, agent: refundBot, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id, grantor: alice, delegate: refundBot,
      scope: { actions: ['stripe.refund'], resources: ['customer/*'] },
    })
    tellRun(story, 5, run)
    return incidentOf(story, run, {
      what: 'the refund that was denied and paid',
      truth: {
        ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }),
        decision: 'deny', agreement: 'disagree', findings: ['DEC-01'],
      },
    })
  },
}
