import { context } from '@opentelemetry/api'
import { perform, type ActionOptions, type ActionWork } from './action.ts'
import { known, ofLineage } from './attributes.ts'
import { decide, type DecisionOptions } from './decide.ts'
import { delegate, revoke, type DelegationOptions, type Grant } from './delegation.ts'
import { lineageIn, type Travel } from './lineage.ts'
import type { Principal } from './principal.ts'
import { randomId } from './random-id.ts'
import { runSession, type Session, type SessionOptions } from './session.ts'

/** The program of an agent: what it says is said as this agent. */
export interface Agent {
  readonly principal: Principal
  /** Runs work for somebody. What is called within it, across awaits, belongs to it. */
  session<T>(options: SessionOptions, work: (session: Session) => T | Promise<T>): Promise<T>
  /** Runs a tool call or another effect. Its errors are said as failed, and thrown. */
  action<T>(operation: string, options: ActionOptions, work: ActionWork<T>): Promise<T>
  action<T>(operation: string, work: ActionWork<T>): Promise<T>
  /** Lets another act. */
  delegate(options: DelegationOptions): Grant
  revoke(delegationId: string, options?: { reason?: string; cascade?: boolean }): void
  /** Says a decision that is made apart from the action's own code. */
  decide(options: DecisionOptions): void
}

export interface AgentOptions extends Omit<Principal, 'kind'>, Travel {}

export function agent({ emails, ambient, ...identity }: AgentOptions): Agent {
  const principal: Principal = { ...identity, kind: 'agent' }
  const travel: Travel = { emails, ambient }
  const ofAgent = known({ 'onbehalf.agent.iss': identity.iss, 'onbehalf.agent.sub': identity.sub, 'onbehalf.agent.name': identity.name })
  const ofSpeaker = () => ({ ...ofAgent, ...ofLineage(lineageIn(context.active())) })
  return {
    principal,
    session: (options, work) => runSession(options, principal, ofAgent, travel, work),
    action: <T>(operation: string, ...rest: [ActionOptions, ActionWork<T>] | [ActionWork<T>]) => {
      const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest
      const attributes = () => {
        const { actionId, delegationId } = lineageIn(context.active())
        return { ...ofSpeaker(), ...known({ 'onbehalf.action.parent.id': actionId, 'onbehalf.delegation.id': delegationId }) }
      }
      return perform({ spanName: `execute_tool ${operation}`, id: options.id ?? randomId('act'), operation, attributes, travel }, options, work)
    },
    delegate: (options) => delegate(options, principal, ofSpeaker, travel),
    revoke: (delegationId, options) => revoke(delegationId, options, ofSpeaker),
    decide: (options) => decide(options, ofSpeaker),
  }
}
