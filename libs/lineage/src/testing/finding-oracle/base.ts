import { principalOf, type Leg, type TenantConfig } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import type { Group } from '../oracle.ts'
import { configAt, type Journal } from './journal.ts'
import { counted, type About } from './ownership.ts'

/** What is said of an action, before anything is made of it. */
export interface Base {
  id: string
  group: Group
  config: TenantConfig
  about: About
  moment: Fact
  /** Certain ones, in story order. */
  requests: Fact[]
  /** Those that count and are certain. */
  starts: Fact[]
  ends: Fact[]
  decisions: Fact[]
  request: Fact | undefined
  askedMs: number
  startMs: number
  ran: boolean
}

export function baseOf(group: Group, journal: Journal): Base {
  const live = group.facts.filter((fact) => !journal.struck.has(fact))
  const all = (type: string) => live.filter((fact) => fact.type === type)
  const sure = (type: string) => all(type).filter((fact) => !group.shared.has(fact))
  const requests = sure('action.requested')
  const first = requests[0] ?? all('action.requested')[0]
  const evaluated = first ? undefined : (all('decision.recorded')[0]?.data as any)?.evaluated
  const said = first ? (first.data as any) : evaluated && { agent: evaluated.actor, resource: evaluated.resource }
  const about: About = {
    agent: said?.agent ? principalOf(said.agent, (first ?? all('decision.recorded')[0])!.producer) : null,
    system: said?.resource?.system ?? null,
  }
  const config = configAt((first ?? group.facts[0]!).timeMs, journal)
  const count = (facts: Fact[], leg: Leg) => counted(facts, leg, about, config, journal)
  // What describes: the owner first, then the earliest.
  const request = count(requests, 'execution')[0] ?? requests[0]
  const starts = count(sure('action.started'), 'execution')
  const ends = count(sure('action.completed'), 'execution')
  const startMs = Math.min(Infinity, ...[...starts, ...ends].map((fact) => fact.timeMs))
  const stopped = ends[0] !== undefined && ['blocked', 'cancelled'].includes((ends[0].data as any).status)
  return {
    id: journal.idOf(group), group, config, about, moment: request ?? group.facts[0]!, requests, starts, ends, request,
    askedMs: requests[0]?.timeMs ?? group.facts[0]!.timeMs, startMs, ran: !stopped && starts.length + ends.length > 0,
    decisions: count(all('decision.recorded'), 'decision'),
  }
}
