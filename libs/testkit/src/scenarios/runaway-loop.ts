import { tellDelegation, tellSession } from './authority.ts'
import { ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, tellStory } from './storyteller.ts'

const { alice, refundBot } = cast

/** Each of them is in order, by policy and by scope. Only counted together are they not. */
export const runawayLoop: Scenario = {
  name: 'runaway-loop',
  title: 'A bot paid the same refund five times under authority for two',
  story:
    'Alice let the refund bot pay customer 42 twice at most. The bot took a slow answer for a failure and tried again, and '
    + 'again: five refunds of 40 EUR in twelve seconds. Policy looked at each alone and permitted each. What was exceeded '
    + 'is the number of uses of the one delegation behind all of them.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id } = story
    const session_id = id('ses')
    const delegation_id = id('del-alice')
    const runs = ['1', '2', '3', '4', '5'].map((n): Run => ({
      ...refundOf('42', 40), action_id: id(`act-refund-${n}`), session_id, agent: refundBot, subject: alice, delegation_id,
    }))
    tellSession(story, 0, { session_id, agent: refundBot, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id, grantor: alice, delegate: refundBot,
      scope: { actions: ['stripe.refund'], resources: ['customer/42'], constraints: { max_uses: 2 } },
    })
    runs.forEach((run, i) => tellRun(story, 5 + 3 * i, run))
    const actions = runs.map((run, i) => ({
      id: run.action_id,
      what: `refund ${i + 1} of ${runs.length}`,
      truth: { ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }), findings: ['RAT-01'] },
    }))
    return {
      events,
      session_id,
      trace_id,
      // The last one is clearly too many, whichever two are taken for the ones that were allowed.
      actions: [actions.at(-1)!, ...actions.slice(0, -1)],
      findings: [`RAT-01:${delegation_id}`],
    }
  },
}
