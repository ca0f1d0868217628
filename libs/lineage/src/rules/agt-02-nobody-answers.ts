import { principalOf } from '@onbehalf/events'
import { actingAgent, byAgent } from '../acting.ts'
import { deadlineOf } from '../absence.ts'
import { isGone } from '../signal.ts'
import { dataOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const nobodyAnswers = actionRule({
  id: 'AGT-02',
  version: 1,
  severity: 'medium',
  title: 'Its owner or sponsor is gone',
  doc: 'The account of who owns or sponsors the agent was closed, and the agent goes on: nobody answers for it any more.',
  resolvedBy: 'agent.updated with another owner or sponsor, or a signal that the account is open again, as of the time it acted.',
  armedBy: { leg: 'inventory' },
  needsHorizon: true,
  mapping: { asi: ['ASI03'], nhi: ['NHI1:2025'], nist: ['AC-2', 'AC-2(3)'] },
  groupedBy: byAgent,
  check(view) {
    const { context, identities, story, moment } = view
    const agent = actingAgent(view)
    if (agent === null) return null
    const { registered, status, sponsor, owner } = context.agent(agent, moment.timeMs)
    if (registered === null || status !== 'active') return null
    if (identities.compare(agent, principalOf(dataOf<'agent.registered'>(registered).agent, registered.producer)) !== 'same') return null
    for (const [role, person] of [['owner', owner], ['sponsor', sponsor]] as const) {
      const signals = person === null ? [] : context.signals(person)
      if (!isGone(signals, moment.timeMs)) continue
      return {
        explanation: `${nameOf(agent)} acted at ${moment.time}, and the account of its ${role} ${nameOf(person!)} had been closed by then.`,
        entries: [registered.entry, moment.entry, ...signals.filter((signal) => signal.timeMs <= moment.timeMs).map((signal) => signal.entry)],
        absent: { leg: 'inventory', deadlineMs: deadlineOf('inventory', story) },
      }
    }
    return null
  },
})
