import { principalOf } from '@onbehalf/events'
import { accessOf } from '../access.ts'
import type { Act } from '../action.ts'
import { lastConfig, type Journal } from '../journal.ts'
import { judge, type Found } from '../judgement.ts'
import { text } from '../people.ts'

export function onAgents(acts: Act[], journal: Journal): Found[] {
  const config = lastConfig(journal)
  const agents = new Map(journal.facts.filter((fact) => fact.type.startsWith('agent.')).map((fact) => principalOf((fact.data as any).agent, fact.producer)).reverse().map((who) => [text(who), who]))
  return [...agents].flatMap(([id, agent]) => {
    const about = { agent, system: null }
    const grants = accessOf(journal).filter((access) => text(access.about.agent!) === id && !access.withdrawn && access.untilMs > journal.horizonMs)
    const acted = acts.filter((act) => act.actor && text(act.actor) === id).map((act) => act.moment.timeMs)
    const sinceMs = acted.length > 0 ? Math.max(...acted) : Math.min(...grants.map((access) => access.activated.timeMs))
    return grants.length === 0 ? []
      : judge({ id: `AGT-03:${id}`, severity: 'info', absent: { leg: 'execution', deadlineMs: sinceMs + config.budgets.dormant_after_ms } }, { about, config }, journal)
  })
}
