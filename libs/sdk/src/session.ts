import { context, type Attributes } from '@opentelemetry/api'
import { known, ofLineage } from './attributes.ts'
import { enter, lineageIn, type Lineage, type Travel } from './lineage.ts'
import type { Principal } from './principal.ts'
import { quietly } from './quietly.ts'
import { randomId } from './random-id.ts'
import { openSpan } from './span.ts'

export interface SessionOptions {
  /** The conversation, ticket or run; that which came in if left out, else a random one. */
  id?: string | undefined
  /** The root cause: a user, a schedule. It begins a new story: nothing of what came in is kept then. */
  initiator?: Principal | undefined
  /** Whose authority is used. Never guessed: an agent that is asked by a user may well act in its own right. */
  subject?: Principal | undefined
  purpose?: string | undefined
  /** Says that this run begins the session, and by what. */
  trigger?: 'interactive' | 'schedule' | 'webhook' | 'agent' | 'autonomous' | undefined
  /** The schedule, webhook or message that triggered it. */
  triggerRef?: string | undefined
}

/** A session while it goes on. */
export interface Session {
  readonly id: string
  /** Runs something within this session, where the context has been lost (browsers after an `await`). */
  run<T>(work: () => T): T
}

/** Runs an agent's work as a session. */
export async function runSession<T>(options: SessionOptions, agent: Principal, ofAgent: Attributes, travel: Travel, work: (session: Session) => T | Promise<T>): Promise<T> {
  const from = context.active()
  const { initiator, subject, purpose, trigger, triggerRef } = options
  const cameIn: Lineage = initiator === undefined ? lineageIn(from) : {}
  const id = options.id ?? cameIn.sessionId ?? randomId('ses')
  const lineage: Lineage = { ...cameIn, sessionId: id, ...(initiator && { initiator }), ...(subject && { subject }), ...(purpose !== undefined && { purpose }) }
  const name = agent.name ?? agent.sub
  const span = openSpan(`invoke_agent ${name}`, from, { 'gen_ai.operation.name': 'invoke_agent' }, () => ({
    ...ofAgent,
    ...ofLineage(lineage, { withName: true }),
    ...known({
      'gen_ai.agent.name': name, 'gen_ai.agent.id': agent.sub,
      'onbehalf.session.trigger': trigger, 'onbehalf.session.trigger_ref': triggerRef, 'onbehalf.delegation.id': lineage.delegationId,
    }),
  }))
  const inside = quietly(() => enter(span.inside, lineage, travel)) ?? span.inside
  try {
    return await context.with(inside, () => work({ id, run: (work) => context.with(inside, work) }))
  } catch (error) {
    span.failed(error)
    throw error
  } finally {
    span.end()
  }
}
