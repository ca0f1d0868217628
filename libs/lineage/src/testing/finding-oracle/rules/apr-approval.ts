import { principalOf, type Principal, type PrincipalInput } from '@onbehalf/events'
import type { Act } from '../action.ts'
import { isFiledOnAction, people, type Yes } from '../approval.ts'
import { argumentsOf, otherArguments } from '../arguments.ts'
import type { Journal } from '../journal.ts'
import { mayClaim } from '../ownership.ts'
import { compare, separate, type Sameness } from '../people.ts'
import { ms } from '../time.ts'
import type { Fire, View } from './view.ts'

export function approvalRules(view: View, fire: Fire): void {
  const { act, acts, journal, contextDue, beforeStart, approved, isShort, same } = view
  const { ran, deciding } = act

  fire('APR-01', ran && isShort, { leg: 'approval', deadlineMs: beforeStart(contextDue) })
  if (approved.separation) {
    const judged = approved.given.map((yes) => ({ yes, is: standingOf(yes, act, journal) }))
    const enough = (...of: Sameness[]) => people(judged.filter(({ is }) => of.includes(is)).map(({ yes }) => yes), act, journal) >= approved.min
    const own = !enough('different', 'unsure') && judged.some(({ is }) => is === 'same')
    fire('APR-02', !enough('different') && (own || judged.some(({ is }) => is === 'unsure')), undefined, own ? 'high' : 'info')
  }
  {
    const isGood = (yes: Yes) => !isOverused(yes, act, acts, journal)
    fire('APR-03', ran && approved.given.some((yes) => !isGood(yes)) && people(approved.given.filter(isGood), act, journal) < approved.min)
  }
  {
    const lists = deciding.requires.map((fact) => ({ all: (fact.data as any).requires_approval.approvers as PrincipalInput[] | undefined, by: fact.producer })).filter(({ all }) => all)
    const isAmong = ({ approver, asked }: Yes) => {
      const own = asked && (asked.data as any).approvers ? [{ all: (asked.data as any).approvers as PrincipalInput[], by: asked.producer }] : []
      return approver === null || [...lists, ...own].every(({ all, by }) => all!.some((p) => p.kind === 'organization' || same(principalOf(p, by), approver) !== 'different'))
    }
    fire('APR-04', approved.given.some((yes) => !isAmong(yes)) && people(approved.given.filter(isAmong), act, journal) < approved.min)
  }
}

function standingOf({ d, approver }: Yes, act: Act, journal: Journal): Sameness {
  if (d.kind === 'confirmation') return 'same'
  if (!approver) return 'unsure'
  const kindOf = ({ kind }: Principal) => (kind === 'user' ? 'person' : kind === 'unknown' || kind === 'organization' ? 'unsure' : 'thing')
  const parts = [act.initiator.principal, act.subject, act.actor, ...act.chain.hops.flatMap((hop) => [hop.grantor, hop.delegate, hop.subject])].filter((who) => who !== null)
  const all = new Set(parts.map((who) => (kindOf(who) === kindOf(approver) ? separate(approver, who, act, journal) : compare(approver, who, act, journal))))
  if (all.has('same')) return 'same'
  return all.has('unsure') || (!act.initiator.principal && !act.subject) ? 'unsure' : 'different'
}

function isOverused({ fact, d, asked }: Yes, act: Act, acts: Act[], journal: Journal): boolean {
  const { startMs, config: { budgets: { skew_ms } } } = act
  const askedUntil = (asked?.data as any)?.expires_at
  // Reading: an end that an approval gives counts whatever its scope; that of what was asked for a scope `until` alone.
  const until = d.expires_at ?? (d.scope === 'until' ? askedUntil : undefined)
  if (until !== undefined && startMs > ms(until) + skew_ms) return true
  if (askedUntil !== undefined && fact.timeMs > ms(askedUntil) + skew_ms) return true
  if (d.scope === 'session') {
    const of = d.session_id ?? (asked?.data as any)?.session_id
    const sessions = act.group.facts.filter((each) => each.type.startsWith('action.') && !act.group.shared.has(each) && !journal.struck.has(each)).flatMap((each) => (each.data as any).session_id ?? [])
    if (of && sessions.length > 0 && !sessions.includes(of)) return true
    const end = act.initiator.sessionEnd
    if (end && startMs > end.timeMs + skew_ms) return true
  }
  const about = d.arguments_digest ? d : (asked?.data as any)
  if (argumentsOf(act, journal).some((args) => otherArguments(args, about))) return true
  const limit = d.max_uses ?? (d.scope === 'once' ? 1 : Infinity)
  // Reading: of another action that names it, as who may claim says, it is a use that it ran, whoever says so; at equal times that of the lesser id came first.
  const usedMs = (other: Act) => {
    const ran = other.group.facts.filter((each) => !journal.struck.has(each) && (each.type === 'action.started' || each.type === 'action.completed'))
    const stopped = ran.some((each) => ['blocked', 'cancelled'].includes((each.data as any).status))
    return stopped || ran.length === 0 ? Infinity : ran[0]!.timeMs
  }
  const before = acts.filter((other) => other !== act && other.group.facts.some((each) => !journal.struck.has(each) && (each.data as any).approval_id === d.approval_id && mayClaim(each, journal) && isFiledOnAction(each, journal))
    && (usedMs(other) < startMs || (usedMs(other) === startMs && other.id < act.id)))
  return before.length + 1 > limit
}
