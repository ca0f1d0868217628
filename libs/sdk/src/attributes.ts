import type { Attributes } from '@opentelemetry/api'
import type { Decision } from './decision.ts'
import { digestOf } from './digest.ts'
import type { Lineage } from './lineage.ts'
import type { Principal } from './principal.ts'

/** What an action is done to. */
export interface Resource {
  /** `order`, `repository`, `table` … */
  type: string
  id: string
  /** The system that holds it: `payments`. */
  system?: string | undefined
  environment?: string | undefined
}

/** The attributes of ATTRIBUTES.md: each function makes those of one thing. What is not known is left out. */
export function ofPrincipal(prefix: string, principal: Principal | undefined, { withName = false } = {}): Attributes {
  if (principal === undefined) return {}
  const { iss, sub, kind, name } = principal
  return known({ [`${prefix}.iss`]: iss, [`${prefix}.sub`]: sub, [`${prefix}.kind`]: kind, [`${prefix}.name`]: withName ? name : undefined })
}

export function ofLineage({ sessionId, initiator, subject, purpose }: Lineage, options?: { withName?: boolean }): Attributes {
  return {
    ...known({ 'onbehalf.session.id': sessionId, 'gen_ai.conversation.id': sessionId, 'onbehalf.purpose': purpose }),
    ...ofPrincipal('onbehalf.initiator', initiator, options),
    ...ofPrincipal('onbehalf.subject', subject),
  }
}

export function ofResource(resource: Resource | undefined): Attributes {
  if (resource === undefined) return {}
  const { type, id, system, environment } = resource
  return known({ 'onbehalf.resource.type': type, 'onbehalf.resource.id': id, 'onbehalf.resource.system': system, 'onbehalf.resource.environment': environment })
}

/** Digests, so only asked for where somebody records it. */
export function ofArguments(value: unknown, omit: readonly string[] | undefined): Attributes {
  const digest = value === undefined ? undefined : digestOf(value, { omit })
  return known({ 'onbehalf.arguments.digest': digest?.digest, 'onbehalf.arguments.projection': digest?.projection })
}

export function ofDecision({ effect, id, phase, policy, pdp, pep, reason, enforcement }: Decision): Attributes {
  return known({
    'onbehalf.decision.effect': effect, 'onbehalf.decision.id': id, 'onbehalf.decision.phase': phase,
    'onbehalf.decision.policy.id': policy?.id, 'onbehalf.decision.policy.version': policy?.version,
    'onbehalf.decision.pdp': pdp, 'onbehalf.decision.pep': pep, 'onbehalf.decision.reason': reason, 'onbehalf.decision.enforcement': enforcement,
  })
}

/** Those that are there: an empty text says nothing. */
export function known(attributes: Record<string, string | number | boolean | undefined>): Attributes {
  const there: Attributes = {}
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== null && value !== '') there[name] = value
  return there
}
