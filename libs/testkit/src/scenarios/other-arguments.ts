import { digestOf } from '../digest.ts'
import { tellDelegation, tellSession } from './authority.ts'
import { incidentOf, ordinaryTruth, refundOf, tellExecution, tellRequest, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, bruno, refundBot } = cast

/** An approval is for what the approver was shown. Digests say so without showing the arguments to anybody else. */
export const otherArguments: Scenario = {
  name: 'other-arguments',
  title: 'Bruno approved 150 EUR, and 15,000 EUR were paid',
  story:
    'Refunds above 10,000 EUR need somebody\'s approval. The refund bot asked for 15,000 EUR, and in the chat it asked Bruno '
    + 'about 150 EUR. He approved what he saw. Policy had permitted 15,000 EUR on condition of an approval, there was an '
    + 'approval, and so it ran: only the digests of the arguments tell that the two are not about the same thing.',
  play(setting) {
    const story = tellStory(setting)
    const { id, at, say } = story
    const session_id = id('ses')
    const delegation_id = id('del-alice')
    const approval_id = id('apr')
    const run: Run = {
      ...refundOf('42', 15_000), action_id: id('act-refund'), session_id, agent: refundBot, subject: alice, delegation_id,
      decision: { requires_approval: { approvers: [bruno], min: 1, separation: true } },
    }
    const shown = digestOf({ ...run.args, amount: 150 })
    tellSession(story, 0, { session_id, agent: refundBot, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id, grantor: alice, delegate: refundBot,
      scope: { actions: ['stripe.refund'], resources: ['customer/*'] },
    })
    tellRequest(story, 5, run)
    say(8, sources.approvals, 'approval.requested', {
      approval_id, action_id: run.action_id, approvers: [bruno], arguments_digest: shown, expires_at: at(1_800),
    })
    say(70, sources.approvals, 'approval.resolved', {
      approval_id, action_id: run.action_id, resolution: 'approved', kind: 'approval', scope: 'once', max_uses: 1, approver: bruno,
      channel: 'chat', verified_by: 'webauthn', arguments_digest: shown,
    })
    tellExecution(story, 72, run)
    return incidentOf(story, run, {
      what: 'the refund of 15,000 EUR',
      truth: {
        ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id], legs: { approval: 'asserted' } }),
        findings: ['APR-03'],
      },
    })
  },
}
