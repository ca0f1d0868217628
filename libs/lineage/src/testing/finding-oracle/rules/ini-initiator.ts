import { principalOf, type Principal } from '@onbehalf/events'
import type { Act } from '../action.ts'
import { agentOf } from '../inventory.ts'
import { isGone } from '../signals.ts'
import type { Fire, View } from './view.ts'

export function initiatorRules(view: View, fire: Fire): void {
  const { act, journal, same, contextDue } = view
  const { config, about, initiator } = act

  fire('INI-01', !initiator.counts, { leg: 'initiator', deadlineMs: contextDue })
  {
    const roots = rootsOfInitiator(act)
    const answering = roots.map((who) => agentOf(who, act.moment.timeMs, about, config, journal)).map(({ sponsor, owner }) => [sponsor, owner].filter((p) => p !== null)).find((all) => all.length > 0) ?? []
    const alone = initiator.itself || initiator.principal?.kind === 'schedule'
      || (initiator.principal !== null && act.actor !== null && same(initiator.principal, act.actor) === 'same' && initiator.principal.kind === 'agent')
    fire('INI-02', initiator.counts && alone && !answering.some((who) => !isGone(who, act.moment.timeMs, journal)), { leg: 'inventory', deadlineMs: contextDue })
  }
}

/** Of whom the inventory is asked who answers: what set it off, then, for a schedule, the agent that it runs. */
function rootsOfInitiator({ initiator, request, actor }: Act): Principal[] {
  const { principal, session, itself } = initiator
  const first = principal && (principal.kind === 'agent' || principal.kind === 'schedule' || itself) ? [principal] : []
  if (principal?.kind !== 'schedule' && (principal !== null || !itself)) return first
  if (session) return [...first, principalOf((session.data as any).agent, session.producer)]
  return request && actor ? [...first, actor] : first
}
