import { readTenantConfig, tenantConfigsOf, type ConfigDocument, type ProducerRegistration, type TopicSetting } from '@onbehalf/events'
import type { Pool } from 'pg'
import { createFollowing } from '../following.ts'

export interface FollowOptions {
  /** Of role writer or reader; one of its connections listens. */
  pool: Pool
  /** How often it is asked whether there is something new, should nobody be heard. Default 1 s. */
  pollMs?: number
  /** Told when the configuration could not be read; what was known goes on. */
  onError?: (error: unknown) => void
}

/** Which tenants, producers and topics there are, as this process knows it. */
export interface Registrations {
  hasTenant(tenant: string): boolean
  hasProducer(tenant: string, producer: string): boolean
  /** Whether the producer is registered for a CloudEvents source: exactly, or by a prefix with a trailing `*`. */
  maySpeakFor(tenant: string, producer: string, source: string): boolean
  /** How many records a second the producer may send; null: it is not limited. */
  rateOf(tenant: string, producer: string): number | null
  /** By name; only topics whose tenant is there. */
  topics(): ReadonlyMap<string, TopicSetting>
}

export interface FollowedRegistrations extends Registrations {
  /** Resolves when the first reading is done. @throws what the database says */
  start(): Promise<void>
  /** Reads again now; answers whether anything is new. What was committed before the call is known after it. */
  refresh(): Promise<boolean>
  /** Called after each change, not for the first reading. */
  onChange(listener: () => void): void
  stop(): Promise<void>
}

/** Follows the stored configuration: at once where a change is heard of, within `pollMs` everywhere. */
export function followRegistrations({ pool, pollMs = 1_000, onError = () => undefined }: FollowOptions): FollowedRegistrations {
  const listeners: (() => void)[] = []
  let known: Known = nothingConfigured
  const { start, refresh, stop } = createFollowing({ pool, channel: 'onbehalf_configuration', pollMs, onError, read })

  async function read(): Promise<boolean> {
    const version = Number((await pool.query<{ version: number }>('select journal.configuration_version() as version')).rows[0]!.version)
    if (version === known.version) return false
    const { rows } = await pool.query<RegistrationRow>('select tenant, producers, topics from journal.registrations()')
    // The rows may be newer than the version; they are then read once more, which is harmless.
    known = knownOf(rows, version)
    for (const listener of listeners) listener()
    return true
  }

  return {
    ...answering(() => known),
    start,
    refresh,
    onChange(listener) {
      listeners.push(listener)
    },
    stop,
  }
}

/** What a document says, for a process that has no database to follow. */
export function registrationsOf(document: () => ConfigDocument): Registrations {
  return answering(() => knownOf([...tenantConfigsOf(document())].map(([tenant, { producers, topics }]) => ({ tenant, producers, topics })), 0))
}

function answering(known: () => Known): Registrations {
  return {
    hasTenant: (tenant) => known().tenants.has(tenant),
    hasProducer: (tenant, producer) => known().tenants.get(tenant)?.has(producer) === true,
    maySpeakFor: (tenant, producer, source) => known().tenants.get(tenant)?.get(producer)?.sources.some((pattern) => covers(pattern, source)) === true,
    rateOf: (tenant, producer) => known().tenants.get(tenant)?.get(producer)?.rate_per_s ?? null,
    topics: () => known().topics,
  }
}

interface RegistrationRow {
  tenant: string
  producers: unknown
  topics: unknown
}

interface Known {
  version: number
  /** The producers of each tenant. */
  tenants: ReadonlyMap<string, ReadonlyMap<string, KnownProducer>>
  topics: ReadonlyMap<string, TopicSetting>
}

type KnownProducer = Pick<ProducerRegistration, 'sources' | 'rate_per_s'>

const always: KnownProducer = { sources: ['*'], rate_per_s: null }
const nothingConfigured: Known = knownOf([], 0)

function knownOf(rows: readonly RegistrationRow[], version: number): Known {
  // The tenant `default`, and in every tenant the producer `default`, are always there.
  const tenants = new Map([['default', new Map([['default', always]])]])
  const topics = new Map<string, TopicSetting>()
  for (const { tenant, ...row } of rows) {
    const config = readTenantConfig(row)
    tenants.set(tenant, new Map([['default', always], ...config.producers.map((producer) => [producer.id, producer] as const)]))
    for (const [topic, { kind, producer }] of Object.entries(config.topics)) topics.set(topic, { kind, tenant, producer })
  }
  return { version, tenants, topics }
}

function covers(pattern: string, source: string): boolean {
  return pattern.endsWith('*') ? source.startsWith(pattern.slice(0, -1)) : source === pattern
}
