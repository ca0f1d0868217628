import { tellDelegation, tellSession } from './authority.ts'
import { incidentOf, ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, refundBot } = cast

/** A gateway that lets pass what it could not ask about has decided nothing, and that is no permit. */
export const failOpen: Scenario = {
  name: 'fail-open',
  title: 'The policy engine could not be reached, and the gateway let the refund pass',
  story:
    'The refund bot asked to pay 2,300 EUR while the policy engine was being restarted. The gateway waited for two seconds, '
    + 'then let the call pass, as somebody had once configured it to. It said so honestly: nobody has permitted this refund, '
    + 'and nobody has denied it.',
  play(setting) {
    const story = tellStory(setting)
    const { id } = story
    const session_id = id('ses')
    const delegation_id = id('del-alice')
    const run: Run = {
      ...refundOf('42', 2_300), action_id: id('act-refund'), session_id, agent: refundBot, subject: alice, delegation_id,
      decidedBy: sources.gateway,
      decision: {
        effect: 'indeterminate', enforcement: 'failed_open',
        reasons: [{ code: 'pdp_unreachable', text: 'No answer of opa-eu-1 within 2 s; fail_open is set' }],
      },
    }
    tellSession(story, 0, { session_id, agent: refundBot, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id, grantor: alice, delegate: refundBot,
      scope: { actions: ['stripe.refund'], resources: ['customer/42'] },
    })
    tellRun(story, 5, run)
    return incidentOf(story, run, {
      what: 'the refund that nobody decided',
      truth: {
        ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }),
        decision: 'indeterminate', agreement: 'undetermined', findings: ['DEC-08'],
      },
    })
  },
}
