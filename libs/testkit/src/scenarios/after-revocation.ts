import { tellDelegation, tellSession } from './authority.ts'
import { ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, orchestrator, refundBot } = cast

/** A revocation takes everything below with it, and touches nothing that had happened before. */
export const afterRevocation: Scenario = {
  name: 'after-revocation',
  title: 'A refund was paid five minutes after the authority behind it had been withdrawn',
  story:
    'Alice delegated to the support orchestrator, and that to the refund bot. Ten minutes later she withdrew what she had '
    + 'given, and everything below it fell with it. A refund before that is in order, and so is one half a minute later, '
    + 'while the word was still spreading. The one after five minutes is not: a policy engine had kept an old answer.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, at, say } = story
    const session_id = id('ses')
    const byAlice = id('del-alice')
    const byOrchestrator = id('del-orchestrator')
    const common = { session_id, agent: refundBot, subject: alice, delegation_id: byOrchestrator }
    const before: Run = { ...common, ...refundOf('42', 60), action_id: id('act-refund-before') }
    const meanwhile: Run = { ...common, ...refundOf('43', 75), action_id: id('act-refund-meanwhile') }
    const after: Run = { ...common, ...refundOf('44', 900), action_id: id('act-refund-after') }
    tellSession(story, 0, { session_id, agent: orchestrator, initiator: alice, purpose: 'Work through the open complaints' })
    tellDelegation(story, 1, {
      delegation_id: byAlice, grantor: alice, delegate: orchestrator,
      scope: { actions: ['stripe.refund'], resources: ['customer/*'] }, max_depth: 1,
    })
    tellDelegation(story, 2, {
      delegation_id: byOrchestrator, parent: { kind: 'delegation', delegation_id: byAlice },
      grantor: orchestrator, delegate: refundBot, subject: alice,
      scope: { actions: ['stripe.refund'], resources: ['customer/*'] }, expires_at: at(3_000),
    })
    tellRun(story, 30, before)
    say(600, sources.authorization, 'delegation.revoked', {
      delegation_id: byAlice, by: alice, reason: 'The complaints turned out to be a fraud ring', cascade: true,
    })
    tellRun(story, 630, meanwhile)
    tellRun(story, 900, after)
    const truth = (run: Run) => ordinaryTruth(run, { initiator: alice.sub, chain: [byAlice, byOrchestrator] })
    return {
      events,
      session_id,
      trace_id,
      actions: [
        { id: after.action_id, what: 'the refund five minutes after the revocation', truth: { ...truth(after), findings: ['TIM-02'] } },
        { id: before.action_id, what: 'a refund before it', truth: truth(before) },
        { id: meanwhile.action_id, what: 'a refund while the revocation was still spreading', truth: truth(meanwhile) },
      ],
      findings: [`TIM-02:${after.action_id}`],
    }
  },
}
