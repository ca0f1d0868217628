import { principalOf, timeOf } from '@onbehalf/events'
import { dataOf } from '../story.ts'
import type { GrantSubject } from '../subjects.ts'
import { nameOf } from '../summary.ts'
import { ruleAbout } from './rule.ts'

export const grantOutlivesSession = ruleAbout<GrantSubject>({
  id: 'TIM-05',
  version: 1,
  severity: 'medium',
  title: 'Access outlives the session it was given for',
  doc: 'The session that access was activated for has ended, and the access was neither withdrawn nor did it expire with it.',
  resolvedBy: 'grant.withdrawn from about the end of the session that arrives late.',
  armedBy: { leg: 'grants' },
  needsHorizon: true,
  mapping: { asi: ['ASI03'], nhi: ['NHI5:2025'], nist: ['AC-2(6)', 'AC-6'] },
  check({ activated, withdrawn, sessionEnd, settings: { budgets } }) {
    if (sessionEnd === null) return null
    const { grant_id, agent, expires_at } = dataOf<'grant.activated'>(activated)
    const deadlineMs = sessionEnd.timeMs + budgets.revocation_propagation_ms + budgets.skew_ms
    const goneMs = Math.min(withdrawn?.timeMs ?? Infinity, expires_at === undefined ? Infinity : timeOf(expires_at)!.timeMs)
    if (goneMs <= deadlineMs) return null
    const but = withdrawn ? `the withdrawal is from ${withdrawn.time} only` : `no withdrawal has been received${expires_at === undefined ? '' : `; it expires at ${expires_at}`}`
    return {
      explanation: `Session ${dataOf<'session.ended'>(sessionEnd).session_id} ended at ${sessionEnd.time}, and of grant ${grant_id} to ${nameOf(principalOf(agent, activated.producer))} ${but}.`,
      entries: [activated.entry, sessionEnd.entry, ...(withdrawn ? [withdrawn.entry] : [])],
      ...(withdrawn === null && { absent: { leg: 'grants' as const, deadlineMs } }),
    }
  },
})
