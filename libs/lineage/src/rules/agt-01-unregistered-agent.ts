import { actingAgent, byAgent } from '../acting.ts'
import { deadlineOf } from '../absence.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const unregisteredAgent = actionRule({
  id: 'AGT-01',
  version: 1,
  severity: 'medium',
  title: 'Nobody has registered this agent',
  doc: 'An agent acts that the inventory does not know: nobody has said whose it is, what it is for and what it may reach.',
  resolvedBy: 'agent.registered, of whatever time.',
  armedBy: { leg: 'inventory' },
  needsHorizon: true,
  mapping: { asi: ['ASI03', 'ASI10'], nhi: [], nist: ['CM-8', 'CM-8(3)', 'IA-4'] },
  groupedBy: byAgent,
  check(view) {
    const { roles, context, story, requested, moment } = view
    const agent = actingAgent(view)
    if (agent === null || context.isRegistered(agent)) return null
    return {
      explanation: `${nameOf(agent)} asked for ${requested?.operation ?? 'an operation'} at ${moment.time}, and the inventory does not know it.`,
      entries: roles.actor.entries,
      absent: { leg: 'inventory', deadlineMs: deadlineOf('inventory', story) },
    }
  },
})
