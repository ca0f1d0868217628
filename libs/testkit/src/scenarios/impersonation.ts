import { ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, refundBot } = cast

/** An agent that appears as the person it works for: lawful until a house rule asks for delegation instead. */
export const impersonation: Scenario = {
  name: 'impersonation',
  title: 'The refund bot acted as Alice, not on behalf of Alice',
  story:
    'The token service gave the refund bot a token in which there is only Alice: whoever receives it sees her, and no agent. '
    + 'That is impersonation. Nothing forbids it by itself, but this house has switched on the rule that asks for delegation, '
    + 'in which both of them can be seen.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, at, say } = story
    const delegation_id = id('del-alice')
    const run: Run = {
      ...refundOf('42', 260), action_id: id('act-refund'), session_id: id('ses'), agent: refundBot, subject: alice, delegation_id,
    }
    say(0, sources.agents, 'session.started', {
      session_id: run.session_id, agent: refundBot, initiator: alice, trigger: 'interactive', purpose: 'Settle complaint 4711',
    })
    say(1, sources.authorization, 'delegation.granted', {
      delegation_id, parent: { kind: 'root' }, grantor: alice, delegate: refundBot, subject: alice,
      scope: { actions: ['stripe.refund'], resources: ['customer/42'] }, expires_at: at(3_600), max_depth: 0, mode: 'impersonation',
    })
    tellRun(story, 5, run)
    return {
      events,
      session_id: run.session_id,
      trace_id,
      actions: [{
        id: run.action_id,
        what: 'the refund that the bot paid as Alice',
        truth: { ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }), findings: ['CHN-08'] },
      }],
      config: { producers: [], rules: { 'CHN-08': { on: true } } },
      findings: [`CHN-08:${run.action_id}`],
    }
  },
}
