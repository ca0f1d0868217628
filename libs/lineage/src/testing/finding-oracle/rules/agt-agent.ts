import { isUnqualified, principalOf } from '@onbehalf/events'
import { agentOf } from '../inventory.ts'
import { fromText, identitiesOf, text } from '../people.ts'
import { isGone } from '../signals.ts'
import type { Fire, View } from './view.ts'

export function agentRules(view: View, fire: Fire): void {
  const { act, journal, acting, contextDue, count } = view
  const { config, about, config: { budgets: { skew_ms } } } = act
  if (!acting) return

  const known = isUnqualified(acting)
    ? journal.facts.filter((fact) => /^agent\.(registered|updated)$/.test(fact.type)).map((fact) => principalOf((fact.data as any).agent, fact.producer)).filter((who) => who.sub === acting.sub)
    : [...identitiesOf(acting, act, journal).map((each) => fromText(each)), principalOf({ sub: acting.sub, kind: 'agent' }, '')]
  fire('AGT-01', !known.some((who) => agentOf(who, Infinity, about, config, journal).registered), { leg: 'inventory', deadlineMs: contextDue }, 'medium', text(acting))
  if (!isUnqualified(acting)) {
    const then = agentOf(acting, act.moment.timeMs, about, config, journal)
    fire('AGT-02', then.status === 'active' && [then.owner, then.sponsor].some((who) => who !== null && !isUnqualified(who) && isGone(who, act.moment.timeMs, journal)),
      { leg: 'inventory', deadlineMs: contextDue }, 'medium', text(acting))
    const acted = act.starts[0] ?? count(act.requests, 'execution')[0]
    const records = [-skew_ms, 0, skew_ms].map((byMs) => agentOf(acting, (acted?.timeMs ?? 0) + byMs, about, config, journal))
    fire('AGT-04', acted !== undefined && records.every(({ status }) => status === 'suspended' || status === 'retired'), undefined, 'critical', text(acting))
  }
}
