import { principalOf, type Principal } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import type { Journal } from './journal.ts'

/** Signals that still hold at a time: CAEP and RISC. */
export function revokingSignals(who: Principal, timeMs: number, journal: Journal): { fact: Fact; account: boolean }[] {
  let holding: { fact: Fact; account: boolean }[] = []
  for (const fact of journal.facts) {
    const d = fact.data as any
    if (fact.type !== 'signal.received' || fact.timeMs > timeMs || !d.principal) continue
    const about = principalOf(d.principal, fact.producer)
    // Reading: whose account a bare name is nobody can tell, unless the same producer says it.
    if (about.iss !== who.iss || about.sub !== who.sub) continue
    const name = d.signal.slice(d.signal.lastIndexOf('/') + 1)
    if (['session-revoked', 'sessions-revoked', 'credential-compromise'].includes(name)) holding.push({ fact, account: false })
    if (['account-disabled', 'account-purged'].includes(name)) holding.push({ fact, account: true })
    if (name === 'account-enabled') holding = holding.filter((each) => !(each.fact.data as any).signal.endsWith('account-disabled'))
  }
  return holding
}

export const isGone = (who: Principal, timeMs: number, journal: Journal) => revokingSignals(who, timeMs, journal).some(({ account }) => account)
