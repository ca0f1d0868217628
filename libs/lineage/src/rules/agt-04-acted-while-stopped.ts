import { principalOf } from '@onbehalf/events'
import { actingAgent, byAgent } from '../acting.ts'
import { choose, dataOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const actedWhileStopped = actionRule({
  id: 'AGT-04',
  version: 1,
  severity: 'critical',
  title: 'Acted while suspended or retired',
  doc: 'The agent had been taken out of service, and acted all the same: containment or offboarding did not take effect.',
  resolvedBy: 'agent.reactivated of an earlier time that arrives late.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03', 'ASI10'], nhi: ['NHI1:2025'], nist: ['AC-2(3)', 'AC-3'] },
  groupedBy: byAgent,
  check(view) {
    const { context, identities, story } = view
    const agent = actingAgent(view)
    const act = choose(story.starts, 'execution', story) ?? choose(story.requests, 'execution', story)
    if (agent === null || act === undefined) return null
    const { skew_ms } = story.settings.budgets
    // Clocks of agent and inventory differ: it was stopped at every time that it can have been.
    const records = [-skew_ms, 0, skew_ms].map((byMs) => context.agent(agent, act.fact.timeMs + byMs))
    if (!records.every(({ status }) => status === 'suspended' || status === 'retired')) return null
    const { status, statusBy: by } = records[0]!
    if (identities.compare(agent, principalOf(dataOf<'agent.suspended'>(by!).agent, by!.producer)) !== 'same') return null
    const did = act.fact.type === 'action.started' ? 'started' : 'asked for'
    return {
      explanation: `${nameOf(agent)} ${did} an action at ${act.fact.time}, and had been ${status} since ${by!.time}.`,
      entries: [by!.entry, act.fact.entry],
    }
  },
})
