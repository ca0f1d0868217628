import { principalOf, type Principal, type TenantConfig } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import { story } from '../oracle.ts'
import type { Act } from './action.ts'
import type { Journal } from './journal.ts'
import { counted, mayClaim } from './ownership.ts'
import { compare } from './people.ts'

export interface Approved { min: number; separation: boolean; given: Yes[]; late: Yes[] }
export interface Yes { fact: Fact; d: any; approver: Principal | null; asked: Fact | undefined }

export function approvedOf(act: Act, journal: Journal): Approved {
  const { group, deciding, config, about } = act
  const conditions = deciding.requires.map((fact) => (fact.data as any).requires_approval)
  const live = group.facts.filter((fact) => !journal.struck.has(fact))
  const sureIds = new Set(live.filter((fact) => !group.shared.has(fact) && mayClaimAt(fact, config, journal)).map((fact) => (fact.data as any).approval_id).filter((id) => id !== undefined))
  // Reading: what is filed under a decision is that decision's, whatever approval it names, and what is filed under a call id
  // that anybody has claimed, followed or not, is nobody else's.
  const named = counted(journal.facts.filter((fact) => fact.type.startsWith('approval.') && sureIds.has((fact.data as any).approval_id) && !isOfDecision(fact) && !isClaimed(fact, journal)), 'approval', about, config, journal)
  const own = counted(live.filter((fact) => fact.type === 'approval.resolved'), 'approval', about, config, journal)
    .filter((fact) => !group.shared.has(fact) || (fact.data as any).resolution !== 'approved')
  const shared = named.filter((fact) => fact.type === 'approval.resolved' && isShared(fact))
  const requests = [...counted(live.filter((fact) => fact.type === 'approval.requested' && !group.shared.has(fact)), 'approval', about, config, journal), ...named.filter((fact) => fact.type === 'approval.requested')]
  const latestMs = act.startMs + config.budgets.skew_ms
  let given: Yes[] = []
  const late: Yes[] = []
  for (const fact of [...new Set([...own, ...shared])].sort(story)) {
    const d = fact.data as any
    if (d.resolution !== 'approved') {
      if (fact.timeMs <= latestMs) given = given.filter((each) => each.d.approval_id !== d.approval_id)
      continue
    }
    const yes = { fact, d, approver: d.approver ? principalOf(d.approver, fact.producer) : null, asked: requests.find((each) => (each.data as any).approval_id === d.approval_id) }
    ;(fact.timeMs <= latestMs ? given : late).push(yes)
  }
  return { min: Math.max(1, ...conditions.map(({ min }) => min ?? 1)), separation: conditions.some(({ separation }) => separation === true), given, late }
}

export function people(yes: Yes[], act: Act, journal: Journal): number {
  const found: (Principal | null)[] = []
  for (const { approver } of yes) if (found.every((each) => each && approver && compare(each, approver, act, journal) === 'different')) found.push(approver)
  return found.length
}

export function isFiledOnAction(fact: Fact, journal: Journal): boolean {
  const { action_id, tool_call_id, session_id } = fact.data as any
  return Boolean(action_id || (tool_call_id && session_id && !isClaimed(fact, journal)))
}

function isClaimed(fact: Fact, { facts, struck }: Journal): boolean {
  const { action_id, tool_call_id, session_id } = fact.data as any
  if (action_id || !tool_call_id || !session_id) return false
  return [...facts, ...struck].some(({ data }) => (data as any).action_id && (data as any).tool_call_id === tool_call_id && (data as any).session_id === session_id)
}

function isOfDecision(fact: Fact): boolean {
  const { action_id, tool_call_id, session_id, decision_id } = fact.data as any
  return Boolean(decision_id) && !action_id && !(tool_call_id && session_id)
}

function isShared(fact: Fact): boolean {
  const { scope, max_uses, action_id, tool_call_id, session_id, decision_id } = fact.data as any
  const most = max_uses ?? (scope === 'once' ? 1 : 0)
  const namesNothing = !action_id && !(tool_call_id && session_id) && !decision_id
  return scope === 'session' || scope === 'until' || most > 1 || (most === 1 && namesNothing)
}

const mayClaimAt = (fact: Fact, config: TenantConfig, journal: Journal) => mayClaim(fact, { ...journal, configs: [{ fromMs: -Infinity, config }] })
