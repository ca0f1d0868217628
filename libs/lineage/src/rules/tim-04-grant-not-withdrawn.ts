import { principalOf, timeOf } from '@onbehalf/events'
import { dataOf } from '../story.ts'
import type { GrantSubject } from '../subjects.ts'
import { nameOf } from '../summary.ts'
import { ruleAbout } from './rule.ts'

export const grantNotWithdrawn = ruleAbout<GrantSubject>({
  id: 'TIM-04',
  version: 1,
  severity: 'medium',
  title: 'Just-in-time access not withdrawn when due',
  doc: 'Access that was given for a while was to be gone by a time (withdrawal_due), and was not: what was temporary is standing.',
  resolvedBy: 'grant.withdrawn from before it was due that arrives late.',
  armedBy: { leg: 'grants' },
  needsHorizon: true,
  mapping: { asi: ['ASI03'], nhi: ['NHI5:2025'], nist: ['AC-2(6)', 'AC-6'] },
  check({ activated, withdrawn, settings }) {
    const { grant_id, agent, withdrawal_due, expires_at } = dataOf<'grant.activated'>(activated)
    if (withdrawal_due === undefined) return null
    const deadlineMs = timeOf(withdrawal_due)!.timeMs + settings.budgets.skew_ms
    if (withdrawn !== null && withdrawn.timeMs <= deadlineMs) return null
    // What has run out by itself is not standing.
    if (expires_at !== undefined && timeOf(expires_at)!.timeMs <= deadlineMs) return null
    const but = withdrawn ? `that happened at ${withdrawn.time} only` : 'no withdrawal has been received'
    return {
      explanation: `Grant ${grant_id} of ${nameOf(principalOf(agent, activated.producer))} was to be withdrawn by ${withdrawal_due}, and ${but}.`,
      entries: [activated.entry, ...(withdrawn ? [withdrawn.entry] : [])],
      ...(withdrawn === null && { absent: { leg: 'grants' as const, deadlineMs } }),
    }
  },
})
