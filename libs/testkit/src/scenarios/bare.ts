import type { Scenario } from './scenario.ts'
import { sources, tellStory } from './storyteller.ts'

/** An unmodified agent with nothing registered: useful and truthful, no alarm, and one thing to add next. */
export const bare: Scenario = {
  name: 'bare',
  title: 'An unmodified agent says only that a tool ran',
  story:
    'A coding agent ran one tool and said so, and nothing else: no session, nobody it works for, no decision. '
    + 'What nobody is registered for is not covered, which is no finding.',
  play(setting) {
    const { events, trace_id, id, say } = tellStory(setting)
    const action_id = id('act-bare')
    say(0, sources.agents, 'action.requested', {
      action_id, agent: { sub: 'coding-agent', kind: 'agent' }, operation: 'files.read', tool: { name: 'files.read' },
    })
    say(0.4, sources.agents, 'action.completed', { action_id, status: 'succeeded' })
    return {
      events,
      session_id: null,
      trace_id,
      actions: [{
        id: action_id,
        what: 'the tool call',
        truth: {
          operation: 'files.read', roles: { initiator: null, subject: null, actor: 'coding-agent', executor: null },
          chain: [], session: null,
          legs: {
            initiator: 'not_covered', delegation: 'not_covered', decision: 'not_covered', approval: 'not_required',
            execution: 'observed', outcome: 'asserted',
          },
          decision: null, status: 'succeeded', agreement: 'undetermined', findings: [],
        },
      }],
      findings: [],
    }
  },
}
