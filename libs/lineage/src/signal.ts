import type { Fact } from './fact.ts'
import { dataOf } from './story.ts'

/**
 * Signals of the Shared Signals Framework that take authority away. CAEP 1.0 section 3, RISC 1.0 section 2: the last part
 * of the event type's URI. `lifts`: what gives it back.
 */
const revoking: Record<string, { ends: 'sessions' | 'account'; lifts?: string }> = {
  'session-revoked': { ends: 'sessions' },
  'sessions-revoked': { ends: 'sessions' },
  'credential-compromise': { ends: 'sessions' },
  'account-disabled': { ends: 'account', lifts: 'account-enabled' },
  'account-purged': { ends: 'account' },
}

/** What a revoking signal ended: the sessions that were open then, or the account until it is enabled again. */
export interface Revoking {
  fact: Fact
  ends: 'sessions' | 'account'
}

export function nameOfSignal(signal: string): string {
  return signal.slice(signal.lastIndexOf('/') + 1)
}

/** The revoking signals of a principal that still hold at a time, the earliest first. @param signals in story order */
export function revokingAt(signals: readonly Fact[], timeMs: number): Revoking[] {
  let holding: Revoking[] = []
  for (const fact of signals) {
    if (fact.timeMs > timeMs) break
    const name = nameOfSignal(dataOf<'signal.received'>(fact).signal)
    const kind = Object.hasOwn(revoking, name) ? revoking[name]! : undefined
    if (kind) holding.push({ fact, ends: kind.ends })
    holding = holding.filter((each) => revoking[nameOfSignal(dataOf<'signal.received'>(each.fact).signal)]!.lifts !== name)
  }
  return holding
}

/** Whether somebody's account is closed: an owner or sponsor who is gone answers for nothing. */
export function isGone(signals: readonly Fact[], timeMs: number): boolean {
  return revokingAt(signals, timeMs).some((each) => each.ends === 'account')
}
