import type { Leg, LegName } from '../document.ts'
import type { Given, View } from '../view.ts'
import { approvalLeg } from './approval.ts'
import { decisionLeg } from './decision.ts'
import { delegationLeg } from './delegation.ts'
import { executionLeg } from './execution.ts'
import { outcomeLeg } from './outcome.ts'

/** The six legs: how each is known, or why it is not. */
export function legsOf(given: Given & Pick<View, 'roles'>, initiator: Leg): Record<LegName, Leg> {
  return {
    initiator,
    delegation: delegationLeg(given),
    decision: decisionLeg(given),
    approval: approvalLeg(given),
    execution: executionLeg(given),
    outcome: outcomeLeg(given),
  }
}
