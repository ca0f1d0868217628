import { principalOf, type Principal } from '@onbehalf/events'
import type { Role } from './document.ts'
import { isGone } from './signal.ts'
import { dataOf } from './story.ts'
import type { Given } from './view.ts'

type Asked = Pick<Given, 'session' | 'request' | 'requested' | 'moment' | 'context'>

/** Who answers for a schedule or an agent that acts on its own: the active sponsor, else the active owner. */
export function accountableOf(initiator: Role, given: Asked): Principal | null {
  const { moment, context } = given
  return answering(initiator, given).find((each) => !isGone(context.signals(each), moment.timeMs)) ?? null
}

/** Who should answer for it, active or not. For a schedule that the inventory does not know those of the agent that it runs. */
export function answering(initiator: Role, given: Asked): Principal[] {
  const { moment, context } = given
  for (const agent of rootsOf(initiator, given)) {
    const { sponsor, owner } = context.agent(agent, moment.timeMs)
    const found = [sponsor, owner].filter((each) => each !== null)
    if (found.length > 0) return found
  }
  return []
}

/** Whether nobody but a schedule, or the agent itself, has set it off, as far as its session says. */
export function startsItself({ principal, link }: Role, { session }: Pick<Given, 'session'>): boolean {
  if (principal?.kind === 'schedule') return true
  if (link !== 'inherited' || !session) return false
  const { trigger, initiator } = dataOf<'session.started'>(session)
  return initiator === undefined && (trigger === 'schedule' || trigger === 'autonomous')
}

function rootsOf(role: Role, given: Asked): Principal[] {
  const { principal } = role
  const itself = principal && (principal.kind === 'agent' || startsItself(role, given)) ? [principal] : []
  if (principal?.kind !== 'schedule' && (principal || !startsItself(role, given))) return itself
  const { session, request, requested } = given
  if (session) return [...itself, principalOf(dataOf<'session.started'>(session).agent, session.producer)]
  return requested ? [...itself, principalOf(requested.agent, request!.fact.producer)] : itself
}
