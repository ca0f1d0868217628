import type { AgentSubject } from '../subjects.ts'
import { nameOf } from '../summary.ts'
import { timeText } from '../time-text.ts'
import { ruleAbout } from './rule.ts'

export const dormantAgent = ruleAbout<AgentSubject>({
  id: 'AGT-03',
  version: 1,
  severity: 'info',
  title: 'Dormant agent with live access',
  doc: 'The agent has not acted for long (dormant_after_ms) and still holds access that it could use, or somebody in its name.',
  resolvedBy: 'An action of the agent; or the withdrawal or expiry of what it holds.',
  armedBy: { leg: 'inventory' },
  needsHorizon: true,
  mapping: { asi: ['ASI03'], nhi: ['NHI1:2025'], nist: ['AC-2(3)', 'AC-6(7)'] },
  check({ agent, lastActedMs, liveGrants, settings }) {
    const [first] = liveGrants.toSorted((a, b) => a.timeMs - b.timeMs)
    if (!first) return null
    const acted = lastActedMs === null ? `has not acted since its first grant at ${first.time}` : `acted last at ${timeText(lastActedMs)}`
    return {
      explanation: `${nameOf(agent)} ${acted}, and holds ${liveGrants.length === 1 ? 'a live grant' : `${liveGrants.length} live grants`}.`,
      entries: liveGrants.map((grant) => grant.entry),
      absent: { leg: 'execution', deadlineMs: (lastActedMs ?? first.timeMs) + settings.budgets.dormant_after_ms },
    }
  },
})
