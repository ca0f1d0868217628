import { tellDelegation, tellSession } from './authority.ts'
import { ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, tellStory } from './storyteller.ts'

const { alice, orchestrator, refundBot } = cast

/** Nobody can pass on more than they have: the effective scope is the intersection, whatever the child says. */
export const widenedScope: Scenario = {
  name: 'widened-scope',
  title: 'An orchestrator passed on more than it had been given, and a stranger was refunded',
  story:
    'Alice let the support orchestrator refund customer 42 and nobody else. It passed on refunds of all customers to the '
    + 'refund bot, which paid customer 77: outside of what Alice had given. A minute later it paid customer 42, which was '
    + 'within it, but under the same delegation that is too wide.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, at } = story
    const session_id = id('ses')
    const byAlice = id('del-alice')
    const byOrchestrator = id('del-orchestrator')
    const common = { session_id, agent: refundBot, subject: alice, delegation_id: byOrchestrator }
    const outside: Run = { ...common, ...refundOf('77', 350), action_id: id('act-refund-77') }
    const inside: Run = { ...common, ...refundOf('42', 120), action_id: id('act-refund-42') }
    tellSession(story, 0, { session_id, agent: orchestrator, initiator: alice, purpose: 'Settle complaint 4711' })
    tellDelegation(story, 1, {
      delegation_id: byAlice, grantor: alice, delegate: orchestrator,
      scope: { actions: ['stripe.refund'], resources: ['customer/42'] }, max_depth: 1,
    })
    tellDelegation(story, 2, {
      delegation_id: byOrchestrator, parent: { kind: 'delegation', delegation_id: byAlice },
      grantor: orchestrator, delegate: refundBot, subject: alice,
      scope: { actions: ['stripe.refund'], resources: ['customer/*'] }, expires_at: at(900),
    })
    tellRun(story, 10, outside)
    tellRun(story, 70, inside)
    const truth = (run: Run) => ordinaryTruth(run, { initiator: alice.sub, chain: [byAlice, byOrchestrator] })
    return {
      events,
      session_id,
      trace_id,
      actions: [
        { id: outside.action_id, what: 'the refund of customer 77', truth: { ...truth(outside), findings: ['SCP-01', 'SCP-03'] } },
        { id: inside.action_id, what: 'the refund of customer 42', truth: { ...truth(inside), findings: ['SCP-01'] } },
      ],
      findings: [`SCP-01:${inside.action_id}`, `SCP-01:${outside.action_id}`, `SCP-03:${outside.action_id}`],
    }
  },
}
