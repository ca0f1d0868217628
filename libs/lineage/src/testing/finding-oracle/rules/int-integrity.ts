import { principalOf } from '@onbehalf/events'
import { legOfType } from '../ownership.ts'
import type { Fire, View } from './view.ts'

export function integrityRules(view: View, fire: Fire): void {
  const { act: { chain }, live, sure, count, same } = view

  {
    const counts = [...live.filter((fact) => count([fact], legOfType(fact.type)!).length > 0), ...chain.grants]
    const twice = [...Map.groupBy(counts, (fact) => `${fact.source}\n${fact.id}`).values()].filter((facts) => new Set(facts.map((fact) => fact.digest())).size > 1)
    fire('INT-03', twice.length > 0, undefined, twice.some((facts) => facts.some((fact) => /^(decision|approval)\./.test(fact.type))) ? 'high' : 'medium')
  }
  {
    const asked = count(sure('action.requested'), 'execution')
    fire('INT-09', asked.some((a) => asked.some((b) => (a.data as any).operation !== (b.data as any).operation
      || same(principalOf((a.data as any).agent, a.producer), principalOf((b.data as any).agent, b.producer)) === 'different')))
  }
}
