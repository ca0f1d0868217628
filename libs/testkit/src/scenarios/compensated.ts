import { tellDelegation, tellSession } from './authority.ts'
import { ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, refundBot } = cast

/** What was undone has happened all the same: both actions stay, and each names the other. */
export const compensated: Scenario = {
  name: 'compensated',
  title: 'A refund went to the wrong customer, and was taken back',
  story:
    'The refund bot read 24 where 42 was meant, and paid 310 EUR to a stranger. It was allowed to, it was permitted to, and '
    + 'it went through. Two minutes later the bot noticed and took the money back. Bookkeeping saw both, and tells that the one '
    + 'undid the other.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, say } = story
    const session_id = id('ses')
    const delegation_id = id('del-alice')
    const common = { session_id, agent: refundBot, subject: alice, delegation_id }
    const wrong: Run = { ...common, ...refundOf('24', 310), action_id: id('act-refund') }
    const undo: Run = {
      ...common, ...refundOf('24', 310), action_id: id('act-refund-undone'), operation: 'stripe.reverse_refund',
      purpose: 'Take back 310 EUR that were paid to the wrong customer',
    }
    tellSession(story, 0, { session_id, agent: refundBot, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id, grantor: alice, delegate: refundBot,
      scope: { actions: ['stripe.*'], resources: ['customer/*'] },
    })
    tellRun(story, 5, wrong)
    tellRun(story, 125, undo)
    say(180, sources.ledger, 'outcome.compensated', { action_id: wrong.action_id, by_action_id: undo.action_id })
    const truth = (run: Run) => ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] })
    return {
      events,
      session_id,
      trace_id,
      actions: [
        { id: wrong.action_id, what: 'the refund that went wrong', truth: { ...truth(wrong), status: 'compensated' } },
        { id: undo.action_id, what: 'its reversal', truth: truth(undo) },
      ],
      findings: [],
    }
  },
}
