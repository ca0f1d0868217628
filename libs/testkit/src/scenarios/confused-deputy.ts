import { ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

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
    const { events, trace_id, id, at, say } = story
    const delegation_id = id('del-refunds')
    const run: Run = {
      ...refundOf('42', 480), action_id: id('act-refund'), session_id: id('ses'), agent: mailAssistant, subject: alice, delegation_id,
    }
    say(0, sources.authorization, 'delegation.granted', {
      delegation_id, parent: { kind: 'root' }, grantor: alice, delegate: refundBot, subject: alice,
      scope: { actions: ['stripe.refund'], resources: ['customer/42'] }, expires_at: at(3_600), max_depth: 0, mode: 'delegation',
      purpose: 'Settle complaint 4711',
    })
    say(240, sources.agents, 'session.started', {
      session_id: run.session_id, agent: mailAssistant, initiator: alice, trigger: 'interactive', purpose: 'Sort my inbox',
    })
    tellRun(story, 245, run)
    return {
      events,
      session_id: run.session_id,
      trace_id,
      actions: [{
        id: run.action_id,
        what: 'the refund that the mail assistant paid',
        truth: { ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }), findings: ['CHN-03'] },
      }],
      findings: [`CHN-03:${run.action_id}`],
    }
  },
}
