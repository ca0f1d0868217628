import { principalOf } from '@onbehalf/events'
import { dataOf } from '../story.ts'
import type { DelegationSubject } from '../subjects.ts'
import { nameOf } from '../summary.ts'
import { ruleAbout } from './rule.ts'

export const tooManyUses = ruleAbout<DelegationSubject>({
  id: 'RAT-01',
  version: 1,
  severity: 'medium',
  title: 'Used more often than granted',
  doc: 'More actions ran under a delegation, or under what was made from it, than it allows (max_uses).',
  resolvedBy: 'A retraction of actions that were not of this delegation.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI02', 'ASI03'], nhi: [], nist: ['AC-2(11)', 'AC-3'] },
  check({ grant, uses }) {
    const { scope, delegation_id, delegate } = dataOf<'delegation.granted'>(grant)
    const max = scope?.constraints?.max_uses
    if (max === undefined || uses <= max) return null
    return {
      explanation: `${uses} actions ran under delegation ${delegation_id} to ${nameOf(principalOf(delegate, grant.producer))}, which allows ${max}.`,
      entries: [grant.entry],
    }
  },
})
