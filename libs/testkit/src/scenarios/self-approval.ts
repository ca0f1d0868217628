import { digestOf } from '../digest.ts'
import { tellDelegation, tellSession } from './authority.ts'
import { incidentOf, ordinaryTruth, refundOf, tellExecution, tellRequest, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, bruno, refundBot } = cast

/** Where somebody else must approve, whoever asked for it, or whose authority it is, is not somebody else. */
export const selfApproval: Scenario = {
  name: 'self-approval',
  title: 'Alice approved the refund that she had asked for herself',
  story:
    'Refunds above 10,000 EUR must be approved by somebody other than who wants them. The question went to everybody who '
    + 'may approve refunds, and Alice, whose agent it was, is one of them. She was asked, she was recognised, she approved in '
    + 'time and for the right amount. What is wrong is only who she is to this action.',
  play(setting) {
    const story = tellStory(setting)
    const { id, at, say } = story
    const session_id = id('ses')
    const delegation_id = id('del-alice')
    const approval_id = id('apr')
    const approvers = [alice, bruno]
    const run: Run = {
      ...refundOf('42', 15_000), action_id: id('act-refund'), session_id, agent: refundBot, subject: alice, delegation_id,
      decision: { requires_approval: { approvers, min: 1, separation: true } },
    }
    const arguments_digest = digestOf(run.args)
    tellSession(story, 0, { session_id, agent: refundBot, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id, grantor: alice, delegate: refundBot,
      scope: { actions: ['stripe.refund'], resources: ['customer/*'] },
    })
    tellRequest(story, 5, run)
    say(6, sources.approvals, 'approval.requested', {
      approval_id, action_id: run.action_id, approvers, arguments_digest, expires_at: at(1_800),
    })
    say(40, sources.approvals, 'approval.resolved', {
      approval_id, action_id: run.action_id, resolution: 'approved', kind: 'approval', scope: 'once', max_uses: 1, approver: alice,
      channel: 'chat', verified_by: 'webauthn', arguments_digest,
    })
    tellExecution(story, 42, run)
    return incidentOf(story, run, {
      what: 'the refund that Alice approved for herself',
      truth: {
        ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id], legs: { approval: 'asserted' } }),
        findings: ['APR-02'],
      },
    })
  },
}
