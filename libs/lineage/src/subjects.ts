import { principalOf, timeOf, type Principal } from '@onbehalf/events'
import { Absences } from './absence.ts'
import { agentAt, type AgentRecord } from './agent.ts'
import type { EntryRef } from './document.ts'
import { join, type Fact } from './fact.ts'
import { beatsOf } from './horizon.ts'
import type { Key } from './key.ts'
import type { Lookup } from './known.ts'
import { anything, type About, type Settings } from './settings.ts'
import { believed, dataOf, owned } from './story.ts'
import type { Tenant } from './tenant.ts'

/** What rules look at that is no action. Each is made of the facts under its own key and a few figures that lists know. */
export interface Subject {
  tenant: Tenant
  settings: Settings
  about: About
  absences: Absences
}

/** `agent:…`: one that acts, or could. */
export interface AgentSubject extends Subject {
  agent: Principal
  /** As it stands. */
  record: AgentRecord
  /** When it acted last; null: never. */
  lastActedMs: number | null
  /** Just-in-time grants of it that have not been withdrawn and have not expired by the horizon. */
  liveGrants: Fact[]
}

/** `delegation:…` with a limit of uses. */
export interface DelegationSubject extends Subject {
  grant: Fact
  /** Actions that ran under it, or under what was made from it. */
  uses: number
}

/** `grant:…`: just-in-time access. */
export interface GrantSubject extends Subject {
  activated: Fact
  withdrawn: Fact | null
  /** The end of the session that it was activated for. */
  sessionEnd: Fact | null
}

/** `source:…`: what sends events. */
export interface SourceSubject extends Subject {
  source: string
  /** Who may speak for it. */
  producers: readonly string[]
  /** Its latest heartbeat. */
  beat: Fact | null
  /** What it says it has dropped. */
  gaps: Fact[]
  /** Sequence numbers that are missing between two that have been received. */
  holes: { after: string; before: string; beforeMs: number; missing: number; entries?: readonly EntryRef[] }[]
}

/** `log:…`: one log of the journal. */
export interface LogSubject extends Subject {
  log: string
  failures: Fact[]
}

/** `effect:…`: effects of one credential, kind and hour that no action accounts for. */
export interface EffectSubject extends Subject {
  credential: string
  /** The agent that it was issued to; null: not known. */
  holder: Principal | null
  effects: Fact[]
}

export function agentSubject(tenant: Tenant, facts: readonly Fact[], grants: readonly (readonly Fact[])[], lastActedMs: number | null): AgentSubject | null {
  const said = tenant.retractions.standing(facts)
  const first = said.find((fact) => fact.type.startsWith('agent.'))
  if (!first) return null
  const agent = principalOf(dataOf<'agent.registered'>(first).agent, first.producer)
  const subject = subjectOf(tenant, { agent, system: null })
  return {
    ...subject, agent, lastActedMs,
    record: agentAt(owned(said, 'inventory', subject), Infinity),
    liveGrants: grants.flatMap((each) => {
      const grant = grantSubject(tenant, each, [])
      return grant && grant.withdrawn === null && isLive(grant.activated, tenant.horizon.atMs) ? [grant.activated] : []
    }),
  }
}

/** @param ofSession facts of the session that the grant was activated for */
export function grantSubject(tenant: Tenant, facts: readonly Fact[], ofSession: readonly Fact[]): GrantSubject | null {
  const said = tenant.retractions.standing(facts)
  const first = said.find((fact) => fact.type === 'grant.activated')
  if (!first) return null
  const subject = subjectOf(tenant, { agent: principalOf(dataOf<'grant.activated'>(first).agent, first.producer), system: null }, first.timeMs)
  const told = owned(said, 'grants', subject)
  const activated = told.find((fact) => fact.type === 'grant.activated')
  if (!activated) return null
  return {
    ...subject, activated,
    withdrawn: told.find((fact) => fact.type === 'grant.withdrawn') ?? null,
    sessionEnd: believed(ofSession, 'initiator', subject).find((fact) => fact.type === 'session.ended') ?? null,
  }
}

export function delegationSubject(tenant: Tenant, facts: readonly Fact[], uses: number): DelegationSubject | null {
  const said = tenant.retractions.standing(facts)
  const first = said.find((fact) => fact.type === 'delegation.granted')
  if (!first) return null
  const subject = subjectOf(tenant, { agent: principalOf(dataOf<'delegation.granted'>(first).delegate, first.producer), system: null }, first.timeMs)
  const grant = owned(said, 'delegation', subject).find((fact) => fact.type === 'delegation.granted')
  return grant ? { ...subject, grant, uses } : null
}

/** @param facts under `source:<source>`; heartbeats are found by the producers that speak for it */
export function sourceSubject(
  tenant: Tenant, known: Lookup, source: string, producers: readonly string[], facts: readonly Fact[], holes: SourceSubject['holes'],
): SourceSubject {
  const subject = subjectOf(tenant, anything)
  const beats = tenant.retractions.standing(producers.flatMap((producer) => beatsOf(known, producer).get(source) ?? []))
  return {
    ...subject, source, producers, holes,
    beat: owned(beats, 'heartbeat', subject).at(-1) ?? null,
    gaps: tenant.retractions.standing(facts).filter((fact) => fact.type === 'source.gap'),
  }
}

export function logSubject(tenant: Tenant, log: string, facts: readonly Fact[]): LogSubject {
  return { ...subjectOf(tenant, anything), log, failures: join(facts).filter((fact) => fact.type === 'integrity.failed') }
}

/**
 * @param effects that no action accounts for
 * @param issued facts of their credential
 * @param users agents that have used it
 * @returns null also for a credential that is no agent's
 */
export function effectSubject(tenant: Tenant, effects: readonly Fact[], issued: readonly Fact[], users: readonly Key[]): EffectSubject | null {
  const said = tenant.retractions.standing(effects)
  const credential = said[0] && dataOf<'outcome.observed'>(said[0]).credential_id
  if (credential === undefined) return null
  const subject = subjectOf(tenant, anything, said[0]!.timeMs)
  const issue = believed(issued, 'grants', subject).find((fact) => fact.type === 'credential.issued')
  const issuedTo = issue ? principalOf(dataOf<'credential.issued'>(issue).holder, issue.producer) : null
  const holder = issuedTo?.kind === 'agent' ? issuedTo : null
  return holder === null && users.length === 0 ? null : { ...subject, credential, holder, effects: owned(said, 'outcome', subject) }
}

function subjectOf(tenant: Tenant, about: About, timeMs?: number): Subject {
  const settings = timeMs === undefined ? tenant.settings.latest : tenant.settings.at(timeMs)
  return { tenant, settings, about, absences: new Absences({ tenant, settings, about }) }
}

function isLive(activated: Fact, atMs: number): boolean {
  const { expires_at } = dataOf<'grant.activated'>(activated)
  return expires_at === undefined || timeOf(expires_at)!.timeMs > atMs
}
