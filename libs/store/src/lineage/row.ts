import { principalText, type Lineage, type View } from '@onbehalf/lineage'
import { addressOf } from './reader.ts'

/** What lists and searches need of an action; a pure function of its lineage. */
export interface ActionRow {
  tenant: string
  key: string
  part: string
  timeMs: number
  /** Of the latest fact. */
  lastToldMs: number
  operation: string | null
  agent: string | null
  /** That it reached; '' where nobody said so. */
  system: string
  initiator: string | null
  decision: string | null
  status: string
  agreement: string
  required: number
  present: number
}

export function actionRow({ action, moment, story }: View, lineage: Lineage): ActionRow {
  const { actor, initiator } = lineage.roles
  return {
    tenant: lineage.tenant,
    ...addressOf(action, lineage),
    timeMs: moment.timeMs,
    lastToldMs: action.bound.reduce((latest, b) => Math.max(latest, b.fact.timeMs), -Infinity),
    operation: lineage.operation,
    agent: actor.principal && principalText(actor.principal),
    system: story.about.system ?? '',
    initiator: initiator.principal && principalText(initiator.principal),
    decision: lineage.decision,
    status: lineage.status,
    agreement: lineage.agreement,
    required: lineage.completeness.required,
    present: lineage.completeness.present,
  }
}
