import { principalOf, type Principal, type PrincipalInput } from '@onbehalf/events'
import { approvalsOf, countOf, type Approval } from '../approval.ts'
import type { Fact } from '../fact.ts'
import { dataOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import type { View } from '../view.ts'
import { actionRule } from './rule.ts'

export const notAmongThoseAsked = actionRule({
  id: 'APR-04',
  version: 1,
  severity: 'high',
  title: 'Approved by somebody who was not asked',
  doc: 'The decision, or whoever asked for the approval, named who may approve, and somebody else did.',
  resolvedBy: 'An approval by one of those who were asked, given before the start, that arrives late.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3'] },
  check(view) {
    const { given, min, requiredBy } = approvalsOf(view)
    const judged = given.map((approval) => ({ approval, by: listWithout(approval, requiredBy, view) }))
    const outside = judged.find(({ by }) => by !== null)
    if (!outside || countOf(judged.flatMap(({ approval, by }) => (by === null ? [approval] : [])), view) >= min) return null
    const { approval, by } = outside
    return {
      explanation: `${nameOf(approval.approver!)} approved at ${approval.fact.time}; asked were ${by!.asked.map(nameOf).join(', ')}.`,
      entries: [by!.fact.entry, approval.fact.entry],
    }
  },
})

interface List {
  fact: Fact
  asked: Principal[]
}

/** A list of those who may approve that the approver is certainly not on. Nobody can tell who belongs to an organization. */
function listWithout({ approver, asked }: Approval, requiredBy: readonly Fact[], { identities }: View): List | null {
  if (!approver) return null
  const lists = [
    ...(asked ? [listOf(asked, dataOf<'approval.requested'>(asked).approvers)] : []),
    ...requiredBy.map((fact) => listOf(fact, dataOf<'decision.recorded'>(fact).requires_approval!.approvers)),
  ]
  const isOff = (each: Principal) => each.kind !== 'organization' && identities.compare(each, approver) === 'different'
  return lists.find((list) => list.asked.length > 0 && list.asked.every(isOff)) ?? null
}

function listOf(fact: Fact, approvers: readonly PrincipalInput[] = []): List {
  return { fact, asked: approvers.map((each) => principalOf(each, fact.producer)) }
}
