import type { Principal } from '@onbehalf/events'
import { approvalsOf, countOf, type Approval } from './approval.ts'
import type { Fact } from './fact.ts'
import type { Sameness } from './identity.ts'
import { nameOf } from './summary.ts'
import type { View } from './view.ts'

/** An approval on which a required separation of duties fails, or cannot be told to hold. */
export interface NotSeparate {
  requiredBy: Fact[]
  approval: Approval
  is: 'same' | 'undetermined'
  /** Who has which part in it, as the end of a sentence. */
  how: string
}

/**
 * Null: no separation is required, or it holds, or there are too few approvals to judge (APR-01). It holds where enough have
 * approved who have no part in the action, whoever else has.
 */
export function notSeparate(view: Judged): NotSeparate | null {
  const { separation, given, min, requiredBy } = approvalsOf(view)
  if (!separation) return null
  const judged = given.map((approval) => ({ requiredBy, approval, ...standingOf(approval, view) }))
  const isEnough = (...standings: Sameness[]) =>
    countOf(judged.flatMap(({ is, approval }) => (standings.includes(is) ? [approval] : [])), view) >= min
  if (isEnough('different')) return null
  const own = isEnough('different', 'undetermined') ? undefined : judged.find(({ is }) => is === 'same')
  return (own ?? judged.find(({ is }) => is === 'undetermined') ?? null) as NotSeparate | null
}

type Judged = Pick<View, 'story' | 'decided' | 'context' | 'roles' | 'chain' | 'identities'>

/** Whether an approver is one of those whom the action is of. A user who confirms her own agent is nobody else. */
function standingOf({ said, approver }: Approval, { roles, chain, identities }: Judged): { is: Sameness; how: string } {
  if (said.kind === 'confirmation') return { is: 'same', how: `${approver ? nameOf(approver) : 'somebody'} has only confirmed an agent of her own` }
  if (!approver) return { is: 'undetermined', how: 'who approved is not said' }
  const parts: [Principal | null, string][] = [
    [roles.initiator.principal, 'started it'],
    [roles.subject.principal, 'is the one whose authority it uses'],
    [roles.actor.principal, 'is the agent that acts'],
    ...chain.hops.flatMap(({ grantor, delegate, subject, delegation_id }) =>
      [grantor, delegate, subject].map((each): [Principal, string] => [each, `has a part in delegation ${delegation_id}`])),
  ]
  const isOfNobody = !roles.initiator.principal && !roles.subject.principal
  let unsure = isOfNobody ? 'neither who started it is known nor whose authority it uses' : null
  for (const [principal, part] of parts) {
    if (!principal) continue
    const is = isPerson(principal) === isPerson(approver) ? identities.separate(approver, principal) : identities.compare(approver, principal)
    if (is === 'same') return { is, how: `${nameOf(approver)}, who approved, ${part}` }
    if (is === 'undetermined') unsure ??= `whether ${nameOf(approver)} and ${nameOf(principal)} are one cannot be told`
  }
  return unsure === null ? { is: 'different', how: '' } : { is: 'undetermined', how: unsure }
}

/** Separation asks whether two are one person; a person and an agent are not, whoever issued them. */
function isPerson({ kind }: Principal): boolean | null {
  return kind === 'user' ? true : kind === 'unknown' || kind === 'organization' ? null : false
}
