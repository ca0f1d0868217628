import { context, type Attributes } from '@opentelemetry/api'
import { known, ofArguments, ofDecision, ofResource, type Resource } from './attributes.ts'
import type { Decision } from './decision.ts'
import { lineageIn } from './lineage.ts'
import { writeSpan } from './span.ts'

/** A decision, and what it is about. */
export interface DecisionOptions extends Decision {
  /** The action within which one is if left out. */
  actionId?: string | undefined
  operation?: string | undefined
  resource?: Resource | undefined
  /** Only digested, as those of the action. */
  arguments?: unknown
  omit?: readonly string[] | undefined
}

export function decide(options: DecisionOptions, ofSpeaker: () => Attributes): void {
  const from = context.active()
  writeSpan('onbehalf.decide', from, () => ({
    ...ofSpeaker(),
    ...ofDecision(options),
    ...known({ 'onbehalf.action.id': options.actionId ?? lineageIn(from).actionId, 'onbehalf.operation': options.operation }),
    ...ofResource(options.resource),
    ...ofArguments(options.arguments, options.omit),
  }))
}
