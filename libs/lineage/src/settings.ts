import {
  defaultTenantConfig, eventTypes, isUnqualified, principalOf, readTenantConfig, timeOf,
  type Leg, type Principal, type PrincipalInput, type ProducerRegistration, type RuleSwitch, type TenantConfig,
} from '@onbehalf/events'
import { byReceipt, type Fact } from './fact.ts'

/** What an action touches, as far as registrations can be limited to it. */
export interface About {
  agent: Principal | null
  system: string | null
}

/** What is not limited to any action: a source, a log. Whoever is registered for a leg at all is registered for it. */
export const anything: About = { agent: null, system: null }

/**
 * What the configuration entries say at one time. Registration decides ownership, never the event: what an owner says is
 * `observed`; where a leg has no owner, what is said is `asserted` and silence means nothing (`not_covered`).
 */
export class Settings {
  readonly config: TenantConfig
  readonly #byLeg = new Map<Leg, ProducerRegistration[]>()

  constructor(config: TenantConfig) {
    this.config = config
    for (const producer of config.producers)
      for (const leg of producer.legs) {
        const registered = this.#byLeg.get(leg)
        if (registered) registered.push(producer)
        else this.#byLeg.set(leg, [producer])
      }
  }

  get budgets(): TenantConfig['budgets'] {
    return this.config.budgets
  }

  /** Who is registered for a leg of such actions. */
  registered(leg: Leg, about: About): readonly ProducerRegistration[] {
    const all = this.#byLeg.get(leg)
    return all === undefined ? [] : about === anything ? all : all.filter((each) => covers(each, about))
  }

  /** Producers that own a leg: those that are registered for it; of execution, `default` where nobody is. */
  owners(leg: Leg, about: About): readonly string[] {
    const registered = this.registered(leg, about)
    if (registered.length > 0) return registered.map((each) => each.id)
    return leg === 'execution' ? ['default'] : []
  }

  /** Whether a fact is the word of an owner of the leg. */
  owns(fact: Fact, leg: Leg, about: About): boolean {
    const registered = this.registered(leg, about)
    if (registered.length > 0) return registered.some((each) => said(fact, each))
    return leg === 'execution' && fact.saidBy.includes('default')
  }

  /**
   * Whether the keys that a fact claims are followed: its producer owns the leg that it belongs to. The producer `default`
   * may claim on any leg that no other producer is registered for. What an entry does not say (agent, system) does not
   * exclude an owner, and does not let `default` pass where an owner is registered for all.
   */
  follows(fact: Fact, leg: Leg | null = eventTypes[fact.type].leg): boolean {
    if (leg === null) return true
    const about = aboutOf(fact)
    const registered = this.#byLeg.get(leg) ?? []
    if (registered.some((each) => said(fact, each) && mayCover(each, about))) return true
    return fact.saidBy.includes('default') && !registered.some((each) => each.id !== 'default' && covers(each, about))
  }

  /** Whether what a fact says of the trace or session around it counts: who tells of initiators or of executions tells of runs. */
  mayDescribe(fact: Fact): boolean {
    return this.follows(fact, 'initiator') || this.follows(fact, 'execution')
  }

  delayMs(producer: string): number {
    return this.config.producers.find((each) => each.id === producer)?.delay_ms ?? default_delay_ms
  }

  switchOf(rule: string): RuleSwitch {
    return this.config.rules[rule] ?? {}
  }
}

/** The settings of a tenant over time: each change counts from its `effective_from`, a later one over an earlier one. */
export class SettingsHistory {
  readonly #changes: { fromMs: number; settings: Settings }[]
  readonly #before: Settings
  #claimants: ReadonlySet<string> | undefined

  constructor(changes: readonly Fact[]) {
    const sorted = changes.filter((fact) => fact.type === 'config.changed').sort((a, b) => byReceipt(a.entry, b.entry))
    this.#changes = sorted.map((fact, i) => {
      const { config, effective_from } = fact.data
      const from = effective_from ?? (i === 0 ? undefined : fact.entry.received_at)
      return { fromMs: from === undefined ? -Infinity : timeOf(from)!.timeMs, settings: new Settings(readTenantConfig(config)) }
    }).reverse()
    this.#before = nothingConfigured
  }

  /** Nothing has ever been configured. */
  get isEmpty(): boolean {
    return this.#changes.length === 0
  }

  at(timeMs: number): Settings {
    return this.#changes.find((change) => change.fromMs <= timeMs)?.settings ?? this.#before
  }

  /** Producers whose claims have been followed at some time, or are. */
  get claimants(): ReadonlySet<string> {
    return (this.#claimants ??= new Set(['default', ...this.#changes.flatMap(({ settings }) =>
      settings.config.producers.filter(({ legs }) => legs.length > 0).map(({ id }) => id))]))
  }

  /** Everybody who is registered for anything, or was. */
  get producersEver(): string[] {
    return [...new Set(this.#changes.flatMap(({ settings }) => settings.config.producers.map(({ id }) => id)))]
  }

  /** As of the last change: what holds for what has no time of its own. */
  get latest(): Settings {
    return this.#changes[0]?.settings ?? this.#before
  }
}

const default_delay_ms = 10_000
const nothingConfigured = new Settings(defaultTenantConfig)

/** A trailing `*` matches any rest. */
export function matchesPattern(pattern: string, value: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : pattern === value
}

/** As far as an entry itself says what it is about. */
function aboutOf(fact: Fact): About {
  const data = fact.data as { agent?: PrincipalInput; evaluated?: { actor?: PrincipalInput; resource?: { system?: string } }; resource?: { system?: string } }
  const agent = fact.type.startsWith('action.') || fact.type.startsWith('session.') ? data.agent : data.evaluated?.actor
  return {
    agent: agent === undefined ? null : principalOf(agent, fact.producer),
    system: (data.resource ?? data.evaluated?.resource)?.system ?? null,
  }
}

function said(fact: Fact, { id, sources }: ProducerRegistration): boolean {
  // OpenTelemetry has no sources: what was mapped from it is whoever's who sent it.
  return fact.saidBy.includes(id) && (fact.mapped?.startsWith('otlp-') === true || sources.some((pattern) => matchesPattern(pattern, fact.source)))
}

/** For certain: what is not said is matched by `*` only. */
function covers({ agents, systems }: ProducerRegistration, { agent, system }: About): boolean {
  return (agents.includes('*') || (agent !== null && agents.some((pattern) => isAgent(pattern, agent))))
    && (systems.includes('*') || (system !== null && systems.some((pattern) => matchesPattern(pattern, system))))
}

function mayCover({ agents, systems }: ProducerRegistration, { agent, system }: About): boolean {
  return (agent === null || agents.some((pattern) => isAgent(pattern, agent)))
    && (system === null || systems.some((pattern) => matchesPattern(pattern, system)))
}

/** `sub` or `iss|sub`. */
function isAgent(pattern: string, agent: Principal): boolean {
  return matchesPattern(pattern, agent.sub) || (!isUnqualified(agent) && matchesPattern(pattern, `${agent.iss}|${agent.sub}`))
}
