import { isUnqualified, principalOf } from '@onbehalf/events'
import type { Fact } from '../../../index.ts'
import type { Act } from '../action.ts'
import type { Journal } from '../journal.ts'
import { counted } from '../ownership.ts'
import { revokingSignals } from '../signals.ts'
import type { Fire, View } from './view.ts'

export function timeRules(view: View, fire: Fire): void {
  const { act, journal, last, acting, used, ofCredential, count, sure, same } = view
  const { chain, startMs, ran, initiator } = act
  const { skew_ms, revocation_propagation_ms, credential_age_max_ms } = act.config.budgets

  {
    const fromMs = Math.max(-Infinity, ...chain.hops.map((hop) => hop.fromMs))
    const untilMs = Math.min(Infinity, ...chain.hops.map((hop) => hop.untilMs))
    fire('TIM-01', ran && (startMs + skew_ms < fromMs || startMs - skew_ms > untilMs))
  }
  {
    const revoked = [last?.revoked ?? null, ...used.map((id) => ofCredential('credential.revoked', id)[0] ?? null)].filter((fact) => fact !== null)
    fire('TIM-02', ran && revoked.some((fact) => startMs > fact.timeMs + revocation_propagation_ms + skew_ms))
  }
  {
    const rests = [initiator.principal, act.subject, act.actor, ...chain.hops.flatMap((hop) => [hop.grantor, hop.delegate, hop.subject])].filter((who) => who !== null)
    const graceMs = revocation_propagation_ms + skew_ms
    // Reading: sessions that end take only what was there: the session of the action, else its grant.
    const since = initiator.session && count([initiator.session], 'initiator').length > 0 ? initiator.session : last?.grant
    fire('TIM-03', ran && rests.some((who) => !isUnqualified(who) && revokingSignals(who, startMs, journal).some(({ fact, account }) =>
      startMs > fact.timeMs + graceMs && (account || (since && since.timeMs <= fact.timeMs)))))
  }
  fire('TIM-06', used.some((id) => {
    // Reading: whoever says so, retracted or not, has named a user of it.
    const users = [...journal.facts, ...journal.struck].filter((fact) => fact.type === 'action.requested').filter((fact) => (fact.data as any).credential_id === id).map((fact) => principalOf((fact.data as any).agent, fact.producer))
    const issued = ofCredential('credential.issued', id)[0]
    return (ran && credential_age_max_ms !== null && issued !== undefined && startMs > issued.timeMs + credential_age_max_ms + skew_ms)
      || (acting !== null && users.some((who) => same(who, acting) === 'different'))
  }))
  fire('TIM-07', outOfOrder(act, sure, journal))
}

/** What must have come first and is dated later, by more than clocks may differ. */
function outOfOrder(act: Act, sure: (type: string) => Fact[], journal: Journal): boolean {
  // Reading: whoever says it; an end stands for a start that nobody has told of, and the first answer for all.
  const { config: { budgets: { skew_ms } }, chain, initiator, request } = act
  const isAfter = (cause: Fact | undefined, effect: Fact | undefined) => cause !== undefined && effect !== undefined && cause.timeMs > effect.timeMs + skew_ms
  const [start, end] = [act.starts[0], act.ends[0]]
  const seen = counted(sure('outcome.observed'), 'outcome', act.about, act.config, journal)[0]
  const answers = sure('approval.resolved')
  return isAfter(start, end) || isAfter(request, start ?? end) || isAfter(initiator.session, request) || isAfter(start ?? end, seen)
    || chain.hops.some((hop, i) => isAfter(hop.grant, i === chain.hops.length - 1 ? (start ?? end) : chain.hops[i + 1]!.grant))
    || sure('approval.requested').some((ask) => isAfter(ask, answers.find((answer) => (answer.data as any).approval_id === (ask.data as any).approval_id)))
}
