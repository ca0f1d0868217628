import { context } from '@opentelemetry/api'
import { perform, type ActionOptions, type ActionWork } from './action.ts'
import { known, ofLineage, ofPrincipal } from './attributes.ts'
import { decide, type DecisionOptions } from './decide.ts'
import { lineageIn, type Travel } from './lineage.ts'
import type { Principal } from './principal.ts'
import { randomId } from './random-id.ts'

/** The program of a party that carries out what agents ask for: a tool server, an MCP server, a gateway, a policy point. */
export interface Service {
  readonly principal: Principal
  /**
   * Carries out the action that a request asks for: call it within `received(…)`. It is the caller's action, told by a second
   * party. Where no action came in it is one that nobody is known to have asked for.
   */
  execute<T>(operation: string, options: ExecuteOptions, work: ActionWork<T>): Promise<T>
  execute<T>(operation: string, work: ActionWork<T>): Promise<T>
  /** Says a decision of this service. */
  decide(options: DecisionOptions): void
}

export type ExecuteOptions = Omit<ActionOptions, 'purpose'>

export interface ServiceOptions extends Principal, Travel {}

export function service({ emails, ambient, ...identity }: ServiceOptions): Service {
  const principal: Principal = { ...identity, kind: identity.kind ?? 'service' }
  const travel: Travel = { emails, ambient }
  const ofAsserted = () => ofLineage(lineageIn(context.active()))
  return {
    principal,
    execute: <T>(operation: string, ...rest: [ExecuteOptions, ActionWork<T>] | [ActionWork<T>]) => {
      const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest
      const { actionId, delegationId } = lineageIn(context.active())
      const attributes = () => ({ ...ofAsserted(), ...ofPrincipal('onbehalf.executor', principal), ...known({ 'onbehalf.delegation.id': delegationId }) })
      return perform({ spanName: 'onbehalf.execute', id: options.id ?? actionId ?? randomId('act'), operation, attributes, travel }, options, work)
    },
    decide: (options) => decide(options, ofAsserted),
  }
}
