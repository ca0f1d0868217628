import { addressOf } from './reader.ts'
import { principalText, type ActionFacts, type Lineage } from '@onbehalf/lineage'

/** What lists and searches need of an action; a pure function of its lineage. */
export interface ActionRow {
  tenant: string
  key: string
  part: string
  timeMs: number
  operation: string | null
  agent: string | null
  initiator: string | null
  decision: string | null
  status: string
  agreement: string
  required: number
  present: number
}

export function actionRow(action: ActionFacts, lineage: Lineage): ActionRow {
  const { actor, initiator } = lineage.roles
  return {
    tenant: lineage.tenant,
    ...addressOf(action, lineage),
    timeMs: (action.bound.find((b) => b.fact.time === lineage.time) ?? action.bound[0]!).fact.timeMs,
    operation: lineage.operation,
    agent: actor.principal && principalText(actor.principal),
    initiator: initiator.principal && principalText(initiator.principal),
    decision: lineage.decision,
    status: lineage.status,
    agreement: lineage.agreement,
    required: lineage.completeness.required,
    present: lineage.completeness.present,
  }
}
