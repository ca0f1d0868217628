import { deadlineBeforeStart } from '../absence.ts'
import { decisionOf, effectOf, enforcedInTime, isFor, policyPointOf } from '../decision.ts'
import type { Bound } from '../resolve.ts'
import { certain, counting, entriesOf } from '../story.ts'
import type { View } from '../view.ts'
import { actionRule } from './rule.ts'

/** "Within minutes" has no budget: a person who looks into a denial takes longer than an agent that asks again. */
const within_ms = 10 * 60_000

export const deniedThenPermitted = actionRule({
  id: 'DEC-10',
  version: 1,
  severity: 'medium',
  title: 'Denied, then permitted, and nothing changed',
  doc: 'One policy point denied and soon after permitted the same action, '
    + 'and no approval, grant, policy or argument that is known changed in between.',
  resolvedBy: 'Evidence, arriving late, of what changed in between: an approval, a delegation, a policy.',
  armedBy: 'opt-in',
  needsHorizon: true,
  mapping: { asi: [], nhi: [], nist: ['AC-2(12)', 'AU-6'] },
  check(view) {
    for (const [point, decisions] of Map.groupBy(enforcedInTime(view.story), policyPointOf))
      for (const [i, permit] of decisions.entries()) {
        const deny = decisions[i - 1]
        if (!deny || effectOf(deny) !== 'deny' || effectOf(permit) !== 'permit') continue
        if (permit.fact.timeMs - deny.fact.timeMs > within_ms || changed(deny, permit, view)) continue
        return {
          explanation: `${point} denied at ${deny.fact.time} and permitted at ${permit.fact.time}, and nothing is known to have changed in between.`,
          entries: entriesOf([deny, permit]),
          absent: { leg: 'approval', deadlineMs: deadlineBeforeStart('approval', view.story) },
        }
      }
    return null
  },
})

function changed(deny: Bound, permit: Bound, { story, chain, context }: View): boolean {
  const [before, after] = [decisionOf(deny), decisionOf(permit)]
  const asked = ({ evaluated }: typeof before) => JSON.stringify([evaluated?.operation, evaluated?.resource?.type, evaluated?.resource?.id])
  const versions = ({ policies }: typeof before) => policies.map(({ id, version, digest }) => `${id}@${version ?? digest}`).sort().join()
  const { arguments_digest: digest, arguments_projection: projection } = after.evaluated ?? {}
  if (asked(before) !== asked(after) || versions(before) !== versions(after)) return true
  if (digest !== undefined && !isFor({ digest, projection }, before.evaluated)) return true
  const between = [
    ...certain(counting(story.approvals, 'approval', story)).map((b) => b.fact), ...chain.grants,
    ...after.policies.flatMap(({ id }) => context.policy(id)),
  ]
  return between.some(({ timeMs }) => deny.fact.timeMs <= timeMs && timeMs <= permit.fact.timeMs)
}
