import { decisionOf } from '../decision.ts'
import { leftForce } from '../policy.ts'
import { actionRule } from './rule.ts'

export const oldPolicy = actionRule({
  id: 'DEC-05',
  version: 1,
  severity: 'medium',
  title: 'Decided under an old policy',
  doc: 'When it was decided, the version of the policy that decided had been retired, or a later one was in force: '
    + 'the policy point has not caught up.',
  resolvedBy: 'A publication, received late, that puts this version back in force before the decision.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'CM-3'] },
  check({ story, decided, context }) {
    for (const b of decided.by)
      for (const policy of decisionOf(b).policies) {
        const left = leftForce(policy, b.fact, context, story)
        if (!left) continue
        const version = policy.version ?? policy.digest
        const named = version === undefined ? policy.id : `version ${version} of ${policy.id}`
        return {
          explanation: `Decided at ${left.decidedAt} under ${named}, which had been ${left.how} from ${left.from} on.`,
          entries: [b.fact.entry, left.by.entry],
        }
      }
    return null
  },
})
