import { ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

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
    const { events, trace_id, id, at, say } = story
    const delegation_id = id('del-alice')
    const run: Run = {
      ...refundOf('42', 12_400), action_id: id('act-refund'), session_id: id('ses'), agent: refundBot, subject: alice, delegation_id,
      decision: { effect: 'deny', reasons: [{ code: 'above_limit', text: '12,400 EUR is above the limit of 10,000 EUR a refund' }] },
    }
    say(0, sources.agents, 'session.started', {
      session_id: run.session_id, agent: refundBot, initiator: alice, trigger: 'interactive', purpose: 'Settle complaint 4711',
    })
    say(1, sources.authorization, 'delegation.granted', {
      delegation_id, parent: { kind: 'root' }, grantor: alice, delegate: refundBot, subject: alice,
      scope: { actions: ['stripe.refund'], resources: ['customer/*'] }, expires_at: at(3_600), max_depth: 0, mode: 'delegation',
    })
    tellRun(story, 5, run)
    return {
      events,
      session_id: run.session_id,
      trace_id,
      actions: [{
        id: run.action_id,
        what: 'the refund that was denied and paid',
        truth: {
          ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }),
          decision: 'deny', agreement: 'disagree', findings: ['DEC-01'],
        },
      }],
      findings: [`DEC-01:${run.action_id}`],
    }
  },
}
