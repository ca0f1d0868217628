import type { Leg, Principal } from '@onbehalf/events'
import type { Fact } from '../../../index.ts'
import type { Act } from '../action.ts'
import { approvedOf, people, type Approved } from '../approval.ts'
import type { Hop } from '../chain.ts'
import { isNamedDeny } from '../deciding.ts'
import type { Journal } from '../journal.ts'
import type { Severity, Violation } from '../judgement.ts'
import { counted, owns } from '../ownership.ts'
import { compare, type Sameness } from '../people.ts'
import { ms } from '../time.ts'

/** What rules on an action read. */
export interface View {
  act: Act
  acts: Act[]
  journal: Journal
  /** Not retracted. */
  live: Fact[]
  /** Of these, the certain ones of a type. */
  sure(type: string): Fact[]
  count(facts: Fact[], leg: Leg): Fact[]
  same(a: Principal, b: Principal): Sameness
  /** What the request says. */
  d: any
  last: Hop | undefined
  /** Who acts, if somebody has said so whose word counts. */
  acting: Principal | null
  requestCounts: boolean
  namesChain: boolean
  contextDue: number
  /** What requests say is due. */
  due(field: string): number[]
  beforeStart(deadlineMs: number): number
  /** Ids of credentials. */
  used: string[]
  ofCredential(type: string, id: string): Fact[]
  approved: Approved
  isShort: boolean
}

/** A rule's finding, if it is one; by default of the severity of the table, and of the action. */
export type Fire = (rule: string, when: boolean, absent?: Violation['absent'], severity?: Severity, of?: string) => void

export function viewOf(act: Act, acts: Act[], journal: Journal): View {
  const { config, about, chain, request, startMs, askedMs, deciding, group } = act
  const count = (facts: Fact[], leg: Leg) => counted(facts, leg, about, config, journal)
  const live = group.facts.filter((fact) => !journal.struck.has(fact))
  const sure = (type: string) => live.filter((fact) => fact.type === type && !group.shared.has(fact))
  const same = (a: Principal, b: Principal) => compare(a, b, act, journal)
  const d = request?.data as any
  const due = (field: string) => act.requests.map((fact) => (fact.data as any)[field]).filter(Boolean).map(ms)
  const contextDue = askedMs + config.budgets.context_due_ms
  const beforeStart = (deadlineMs: number) => (startMs === Infinity ? deadlineMs : Math.max(deadlineMs, startMs))
  const acting = request ? (count([request], 'execution').length > 0 ? act.actor : null) : count(live.filter(isNamedDeny), 'decision').length > 0 ? act.actor : null
  const requestCounts = request !== undefined && owns(request, 'execution', about, config, journal)
  const namesChain = chain.named !== undefined && (owns(chain.named, 'execution', about, config, journal) || owns(chain.named, 'delegation', about, config, journal))
  const last = chain.hops.at(-1)
  const used = [...new Set([...count(act.requests, 'execution'), ...act.starts, ...act.ends].flatMap((fact) => (fact.data as any).credential_id ?? []))] as string[]
  const ofCredential = (type: string, id: string) => count(journal.facts.filter((fact) => fact.type === type && (fact.data as any).credential_id === id), 'grants')
  const approved = approvedOf(act, journal)
  const standing = people(approved.given, act, journal)
  const isShort = deciding.requires.length > 0 && standing < approved.min
  return { act, acts, journal, live, sure, count, same, d, last, acting, requestCounts, namesChain, contextDue, due, beforeStart, used, ofCredential, approved, isShort }
}
