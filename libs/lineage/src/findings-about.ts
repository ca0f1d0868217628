import type { Finding } from './document.ts'
import { join, type Fact } from './fact.ts'
import { judge } from './findings.ts'
import type { Due } from './horizon.ts'
import { contextKey, principalText, type Key, type Sha256Hex } from './key.ts'
import type { Lookup } from './known.ts'
import { Resolver } from './resolve.ts'
import { agentRules, delegationRules, effectRules, grantRules, logRules, sourceRules, type Rule } from './rules/index.ts'
import { matchesPattern } from './settings.ts'
import { dataOf } from './story.ts'
import {
  agentSubject, delegationSubject, effectSubject, grantSubject, logSubject, sourceSubject, type SourceSubject, type Subject,
} from './subjects.ts'
import type { View } from './view.ts'

/** What the rules find of something that is no action. */
export interface FoundAbout {
  findings: Finding[]
  dues: Due[]
  /** Shown on the actions that rest on this as well. */
  shownOn: Key | null
  /** When it began. */
  timeMs: number
}

/** What only lists know. */
export interface Figures {
  /** Of an agent: when it acted last; null: never. */
  lastActedMs: number | null
  /** Of a delegation: how many actions ran under it. */
  uses: number
  /** Of a source. */
  holes: SourceSubject['holes']
}

/** Things of which an action shows the findings as its own: its agent and its delegations, see `FoundAbout.shownOn`. */
export function showsFindingsOf({ roles, chain }: Pick<View, 'roles' | 'chain'>, sha256: Sha256Hex): Key[] {
  const { principal } = roles.actor
  return [
    ...chain.hops.map((hop) => contextKey('delegation', hop.delegation_id, sha256)),
    ...(principal ? [contextKey('agent', principalText(principal), sha256)] : []),
  ]
}

/** Kinds of things that rules are about, beside actions. */
export function isSubject(key: Key): boolean {
  return /^(agent|delegation|grant|source|log|effect):/.test(key)
}

/**
 * Null: nothing can be said of it. Asks `known` for what it needs, so what it could not find is noted there; called again
 * when that has been read.
 */
export function findingsAbout(key: Key, figures: Figures, known: Lookup, resolver: Resolver, sha256: Sha256Hex): FoundAbout | null {
  const { tenant } = resolver
  const factsOf = (of: Key) => known.facts.get(of) ?? []
  switch (key.slice(0, key.indexOf(':'))) {
    case 'agent': {
      const holder = `holder:${key.slice('agent:'.length)}`
      const grants = (known.links.get(holder) ?? []).map(factsOf)
      const subject = agentSubject(tenant, factsOf(key), grants, figures.lastActedMs)
      return subject && found(agentRules, subject, principalText(subject.agent), key, subject.record.registered)
    }
    case 'delegation': {
      const subject = delegationSubject(tenant, factsOf(key), figures.uses)
      return subject && found(delegationRules, subject, dataOf<'delegation.granted'>(subject.grant).delegation_id, key, subject.grant)
    }
    case 'grant': {
      const session = factsOf(key).map((fact) => (fact.type === 'grant.activated' ? fact.data.session_id : undefined)).find((id) => id !== undefined)
      const subject = grantSubject(tenant, factsOf(key), session === undefined ? [] : factsOf(contextKey('session', session, sha256)))
      if (!subject) return null
      const { grant_id, delegation_id, agent } = dataOf<'grant.activated'>(subject.activated)
      const shownOn = delegation_id === undefined ? contextKey('agent', principalText(agent), sha256) : contextKey('delegation', delegation_id, sha256)
      return found(grantRules, subject, grant_id, shownOn, subject.activated)
    }
    case 'source': {
      const source = key.slice('source:'.length)
      const { producers } = tenant.settings.latest.config
      const speaking = producers.filter((each) => each.legs.includes('heartbeat') && each.sources.some((pattern) => matchesPattern(pattern, source)))
      const subject = sourceSubject(tenant, known, source, speaking.map((each) => each.id), factsOf(key), figures.holes)
      return found(sourceRules, subject, source, null, subject.beat ?? subject.gaps[0] ?? null)
    }
    case 'log': {
      const subject = logSubject(tenant, key.slice('log:'.length), factsOf(key))
      return found(logRules, subject, subject.log, null, subject.failures[0] ?? null)
    }
    case 'effect': {
      const unaccounted = (known.links.get(key) ?? []).filter((filed) => isUnaccounted(filed, resolver))
      const effects = join(...unaccounted.map(factsOf)).filter((fact) => fact.keys.mentions.includes(key))
      const credential = effects[0] && dataOf<'outcome.observed'>(effects[0]).credential_id
      if (credential === undefined) return null
      const users = known.links.get(contextKey('users', credential, sha256)) ?? []
      const subject = effectSubject(tenant, effects, factsOf(contextKey('credential', credential, sha256)), users)
      return subject && found(effectRules, subject, key.slice('effect:'.length), null, effects[0] ?? null)
    }
    default:
      return null
  }
}

function isUnaccounted(key: Key, resolver: Resolver): boolean {
  const to = resolver.resolve(key)
  return to.kind === 'unbound' || to.kind === 'void'
}

function found<S extends Subject>(rules: readonly Rule<S>[], subject: S, of: string, shownOn: Key | null, first: Fact | null): FoundAbout {
  const findings = rules.flatMap((rule) => judge(rule, subject, of, subject) ?? [])
  return { findings, dues: subject.absences.dues, shownOn, timeMs: first?.timeMs ?? 0 }
}
