import { hash } from 'node:crypto'
import { digest, read, type CloudEvent, type EntryKind } from '@onbehalf/events'
import {
  byGravity, byReceipt, contextKey, derive, findingsAbout, isSubject, keysOf, knownOf, principalText, rankOf, Resolver, showsFindingsOf, viewOf,
  type Fact, type Figures, type Finding, type Lineage, type View,
} from '@onbehalf/lineage'
import { sha256Hex } from './digest.ts'

export interface Told {
  tenant?: string
  /** Who sends the events of each source; `default` for every other one. */
  producers?: Readonly<Record<string, string>>
  /** Public name; default `<tenant>/onbehalf.embedded/0`. */
  log?: string
  /** The configuration of the tenant, since always. */
  config?: object
  /** When an event was received (RFC 3339), by its id; else a millisecond after the one before. */
  arrivals?: Readonly<Record<string, string>>
  /** Nothing more was waiting at this time: absences may be said up to it. */
  horizonMs?: number
}

/** What some events mean in the end. */
export interface Meaning {
  /** Oldest first. */
  lineages: Lineage[]
  /** Of what is no action: delegations, grants, agents, sources. */
  findings: Finding[]
}

/**
 * The lineages of some events, all at once and in memory: no journal, no projector, no order. What the product answers
 * must mean the same. Throws if an event is not valid.
 */
export function lineagesOf(events: readonly CloudEvent[], told: Told = {}): Lineage[] {
  return meaningOf(events, told).lineages
}

/** Everything that some entries say, as `libs/store` reads it from a journal that has them in this order. */
export function factsOfEntries(entries: readonly { producer: string; event: CloudEvent }[], tenant: string): Fact[] {
  const sizes = { data: 0, own: 0 }
  return entries.flatMap(({ producer, event }, i) => {
    const kind = producer === 'onbehalf' ? 'own' : 'cloudevent'
    const log = kind === 'own' ? `${tenant}/own` : `${tenant}/onbehalf.embedded/0`
    return factsOf({ event, log, index: kind === 'own' ? sizes.own++ : sizes.data++, kind, producer, received_at: micros(Date.UTC(2026, 10, 24, 12) + i) }, tenant)
  })
}

/** The same with the findings of what is no action. */
export function meaningOf(events: readonly CloudEvent[], told: Told = {}): Meaning {
  const { tenant = 'default', producers = {}, log = `${tenant}/onbehalf.embedded/0`, config, arrivals = {}, horizonMs } = told
  const entries: Entry[] = events.map((event, index) => ({
    event, log, index, kind: 'cloudevent', producer: producers[event.source] ?? 'default',
    received_at: arrivals[event.id] === undefined ? micros(Date.UTC(2026, 10, 24) + index) : micros(Date.parse(arrivals[event.id]!)),
  }))
  const say = (type: string, data: object) => entries.push({
    event: { specversion: '1.0', id: type, source: 'urn:onbehalf', type: `onbehalf.${type}.v1`, time: '2026-01-01T00:00:00Z', data },
    log: `${tenant}/own`, index: entries.length, kind: 'own', producer: 'onbehalf', received_at: micros(Date.UTC(2026, 10, 25)),
  })
  if (config !== undefined) say('config.changed', { config })
  if (horizonMs !== undefined) say('clock.ticked', { at: new Date(horizonMs).toISOString(), sizes: {} })
  return meaningOfFacts(entries.flatMap((entry) => factsOf(entry, tenant)), tenant)
}

export function meaningOfFacts(facts: readonly Fact[], tenant: string): Meaning {
  const known = knownOf(facts, sha256Hex)
  const resolver = new Resolver(known)
  const keys = [...new Set([...known.facts.keys(), ...known.links.keys()])].sort()
  const views = keys.filter((key) => rankOf(key) > 0).flatMap((key) => resolver.actionsOf(key))
    .map((action) => viewOf(action, known, resolver.tenant, sha256Hex))
  const sources = facts.filter((fact) => fact.type === 'source.heartbeat' || fact.event.sequence !== undefined)
    .map((fact) => contextKey('source', fact.source, sha256Hex))
  const about = [...new Set([...keys.filter(isSubject), ...sources])].sort().flatMap((key) => {
    const figures = { lastActedMs: lastActed(key, views), uses: usesOf(key, views), holes: holesOf(key, facts) }
    return findingsAbout(key, figures, known, resolver, sha256Hex) ?? []
  })
  return {
    lineages: views.map((view) => {
      const lineage = derive(view, { tenant, sha256: sha256Hex })
      const shown = about.filter(({ shownOn }) => shownOn !== null && showsFindingsOf(view, sha256Hex).includes(shownOn)).flatMap(({ findings }) => findings)
      return { ...lineage, findings: [...lineage.findings, ...shown].sort(byGravity) }
    }).sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1)),
    findings: about.flatMap(({ findings }) => findings),
  }
}

/** One entry of any kind, as it was received. */
export interface RawEntry {
  kind: EntryKind
  content: Uint8Array
  producer?: string
}

/** The lineages of some entries, all at once and in memory; what cannot be read is left out. */
export function lineagesOfEntries(entries: readonly RawEntry[], tenant = 'default'): Lineage[] {
  return meaningOfEntries(entries, tenant).lineages
}

/** The same with the findings of what is no action. */
export function meaningOfEntries(entries: readonly RawEntry[], tenant = 'default'): Meaning {
  const log = `${tenant}/onbehalf.embedded/0`
  return meaningOfFacts(entries.flatMap(({ kind, content, producer = 'default' }, index) =>
    factsIn({ content, log, index, kind, producer, received_at: micros(Date.UTC(2026, 10, 24) + index) }, tenant) ?? []), tenant)
}

interface Placed {
  log: string
  index: number
  kind: EntryKind
  producer: string
  received_at: string
}

interface Entry extends Placed {
  event: CloudEvent
}

function factsOf({ event, ...placed }: Entry, tenant: string): Fact[] {
  const facts = factsIn({ ...placed, content: Buffer.from(JSON.stringify(event)) }, tenant)
  if (facts === null) throw new Error(`event ${placed.index} is not valid: ${JSON.stringify(event)}`)
  return facts
}

function factsIn({ content, log, index, kind, producer, received_at }: Placed & { content: Uint8Array }, tenant: string): Fact[] | null {
  const reading = read(kind, content, { tenant, producer, sha256: sha256Hex })
  if (!reading.ok) return null
  return reading.statements.map((statement) => {
    let digested: string | undefined
    return Object.assign(statement, {
      producer,
      saidBy: [producer],
      entry: { log, index, kind, producer, received_at },
      keys: keysOf(statement, producer, sha256Hex),
      digest: () => (digested ??= digest(statement, (data) => hash('sha256', data, 'latin1' as 'hex'))),
    })
  })
}

function lastActed(agent: string, views: readonly View[]): number | null {
  const times = views.filter(({ roles }) => roles.actor.principal !== null && contextKey('agent', principalText(roles.actor.principal), sha256Hex) === agent)
    .map(({ moment }) => moment.timeMs)
  return times.length === 0 ? null : Math.max(...times)
}

function usesOf(delegation: string, views: readonly View[]): number {
  return views.filter(({ chain, startMs }) => startMs < Infinity && chain.hops.some((hop) => contextKey('delegation', hop.delegation_id, sha256Hex) === delegation)).length
}

/** Numbers of a source that nobody has sent, between two that came. */
function holesOf(source: string, facts: readonly Fact[]): Figures['holes'] {
  const sent = facts.filter((fact) => fact.event.sequence !== undefined && contextKey('source', fact.source, sha256Hex) === source)
    .map((fact) => ({ number: Number(fact.event.sequence), text: fact.event.sequence!, timeMs: fact.timeMs, entry: fact.entry }))
    .sort((a, b) => a.number - b.number || a.timeMs - b.timeMs || byReceipt(a.entry, b.entry))
  return sent.flatMap((here, i) => {
    const last = sent[i - 1]
    return last && here.number > last.number + 1 ? [{ after: last.text, before: here.text, beforeMs: here.timeMs, missing: here.number - last.number - 1, entries: [here.entry] }] : []
  })
}

const micros = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z')

