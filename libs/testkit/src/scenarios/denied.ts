import { tellSession } from './authority.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { bruno, orchestrator } = cast

/** A denial is an event of equal rank: the policy point alone tells of it, and that is an action by itself. */
export const denied: Scenario = {
  name: 'denied',
  title: 'An export of all customers was denied, and only the policy point tells of it',
  story:
    'Bruno\'s agent tried to export all customers. The gateway asked the policy engine, which denied it, and nothing ran. '
    + 'The agent itself said nothing of it: the denial, which names agent and operation, is all there is.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, say } = story
    const session_id = id('ses')
    const action_id = id('act-export')
    tellSession(story, 0, { session_id, agent: orchestrator, initiator: bruno, purpose: 'Prepare the quarterly review' })
    say(2, sources.policy, 'decision.recorded', {
      decision_id: id('dec'), action_id, session_id, effect: 'deny', phase: 'runtime', enforcement: 'enforced',
      policies: [{ id: 'data-export', version: '3' }], pdp: 'opa-eu-1', pep: 'tool-gateway',
      reasons: [{ code: 'bulk_export', text: 'Agents may read one customer at a time' }],
      evaluated: { actor: orchestrator, subject: bruno, operation: 'crm.export', resource: { type: 'customer', id: '*', system: 'crm' } },
    })
    return {
      events,
      session_id,
      trace_id,
      actions: [{
        id: action_id,
        what: 'the export that was denied',
        truth: {
          operation: 'crm.export', roles: { initiator: bruno.sub, actor: orchestrator.sub, executor: null },
          chain: [], session: session_id,
          legs: {
            initiator: 'asserted', delegation: 'not_covered', decision: 'asserted', approval: 'not_required',
            execution: 'not_required', outcome: 'not_required',
          },
          decision: 'deny', status: 'denied', agreement: 'undetermined', findings: [],
        },
      }],
      findings: [],
    }
  },
}
