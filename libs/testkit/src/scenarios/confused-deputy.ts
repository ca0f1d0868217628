import { tellDelegation, tellSession } from './authority.ts'
import { incidentOf, ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, tellStory } from './storyteller.ts'

const { alice, mailAssistant, refundBot } = cast

/** Authority is given to somebody: an agent that is not that somebody may not act under it, whatever the scope. */
export const confusedDeputy: Scenario = {
  name: 'confused-deputy',
  title: 'A mail assistant paid a refund with authority that was given to another agent',
  story:
    'Alice let the refund bot refund customer 42. Her mail assistant then read a mail of that customer which told it to '
    + 'pay 480 EUR at once, found the refund bot\'s delegation in the thread, and acted under it. Operation, customer and '
    + 'amount were all within its scope, so policy permitted it: nobody had asked to whom the authority was given.',
  play(setting) {
    const story = tellStory(setting)
    const { id } = story
    const session_id = id('ses')
    const delegation_id = id('del-refunds')
    const run: Run = {
      ...refundOf('42', 480), action_id: id('act-refund'), session_id, agent: mailAssistant, subject: alice, delegation_id,
    }
    tellDelegation(story, 0, {
      delegation_id, grantor: alice, delegate: refundBot,
      scope: { actions: ['stripe.refund'], resources: ['customer/42'] },
      purpose: 'Settle complaint 4711',
    })
    tellSession(story, 240, { session_id, agent: mailAssistant, initiator: alice, purpose: 'Sort my inbox' })
    tellRun(story, 245, run)
    return incidentOf(story, run, {
      what: 'the refund that the mail assistant paid',
      truth: { ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }), findings: ['CHN-03'] },
    })
  },
}
