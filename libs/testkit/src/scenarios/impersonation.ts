import { tellDelegation, tellSession } from './authority.ts'
import { incidentOf, ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, tellStory } from './storyteller.ts'

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
    const { id } = story
    const session_id = id('ses')
    const delegation_id = id('del-alice')
    const run: Run = {
      ...refundOf('42', 260), action_id: id('act-refund'), session_id, agent: refundBot, subject: alice, delegation_id,
    }
    tellSession(story, 0, { session_id, agent: refundBot, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id, grantor: alice, delegate: refundBot,
      scope: { actions: ['stripe.refund'], resources: ['customer/42'] }, mode: 'impersonation',
    })
    tellRun(story, 5, run)
    return incidentOf(story, run, {
      what: 'the refund that the bot paid as Alice',
      truth: { ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }), findings: ['CHN-08'] },
      config: { producers: [], rules: { 'CHN-08': { on: true } } },
    })
  },
}
