import { principalOf, type Principal, type TenantConfig } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import type { Journal } from './journal.ts'
import { counted, type About } from './ownership.ts'
import { text } from './people.ts'

/** What counts of what the inventory says of somebody under exactly this name, up to a time. */
export function agentOf(who: Principal, timeMs: number, about: About | null, config: TenantConfig, journal: Journal): AgentNow {
  const now: AgentNow = { registered: false, owner: null, sponsor: null, status: 'unregistered', since: null }
  const said = counted(journal.facts.filter((fact) => fact.type.startsWith('agent.') && text(principalOf((fact.data as any).agent, fact.producer)) === text(who)), 'inventory', about, config, journal)
  for (const fact of said) {
    if (fact.timeMs > timeMs) break
    const d = fact.data as any
    const become = (status: string) => Object.assign(now, { status, since: fact })
    if (fact.type === 'agent.registered' || fact.type === 'agent.updated') {
      const keeps = fact.type === 'agent.updated'
      now.owner = d.owner ? principalOf(d.owner, fact.producer) : keeps ? now.owner : null
      now.sponsor = d.sponsor ? principalOf(d.sponsor, fact.producer) : keeps ? now.sponsor : null
      now.registered = true
      if (now.status === 'unregistered') become('active')
    } else if (fact.type === 'agent.suspended') {
      if (now.status !== 'retired') become('suspended')
    } else become(fact.type === 'agent.retired' ? 'retired' : 'active')
  }
  return now
}

interface AgentNow { registered: boolean; owner: Principal | null; sponsor: Principal | null; status: string; since: Fact | null }
