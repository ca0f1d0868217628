import { hash } from 'node:crypto'
import { digest, read, type CloudEvent } from '@onbehalf/events'
import {
  actionsOf, derive, expand, keysOf, meaning, nobodyRegistered, rankOf, resolve,
  type EntryRef, type Fact, type Key, type Known, type Lineage, type Registry,
} from '../index.ts'

/** One entry of a journal, as a test tells it. */
export interface Told {
  log: string
  index: number
  received_at: string
  producer: string
  event: CloudEvent
  /** What a span without an action id will say once dialects exist: the event is read, then loses its `action_id`. */
  anonymous?: boolean
}

/** A journal that is read completely: every fact under its key, every claim and mention as a link. */
export interface World {
  facts: Fact[]
  known: Known
}

export const tenant = 'default'

export const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** Reads entries as libs/store/src/lineage/facts.ts does. An entry that cannot be read fails the test. */
export function world(told: readonly Told[]): World {
  const facts = told.flatMap(factsOf)
  const known: Known = { facts: new Map(), links: new Map() }
  const file = known.facts as Map<Key, Fact[]>
  const links = new Map<Key, Set<Key>>()
  for (const fact of facts) {
    const { filed, claims, mentions } = fact.keys
    file.set(filed, [...(file.get(filed) ?? []), fact])
    for (const key of [...claims, ...mentions]) links.set(key, (links.get(key) ?? new Set()).add(filed))
  }
  // As the index answers: in key order.
  for (const [key, filed] of links) known.links.set(key, [...filed].sort())
  return { facts, known }
}

/** The documents of every action of a world, oldest first. */
export function lineages({ known }: World, registry: Registry = nobodyRegistered): Lineage[] {
  const context = { tenant, registry, sha256 }
  const roots = [...new Set([...known.facts.keys(), ...known.links.keys()])].filter((key) => rankOf(key) > 0).sort()
  return roots.flatMap((root) => actionsOf(root, known)).map((action) => derive(action, known, context))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1))
}

export function meanings(told: readonly Told[]): string[] {
  return lineages(world(told)).map(meaning).sort()
}

/** The one action of a world. */
export function lineageOf(told: readonly Told[], registry?: Registry): Lineage {
  const found = lineages(world(told), registry)
  if (found.length !== 1) throw new Error(`expected one action, found ${found.map((l) => l.id).join(', ') || 'none'}`)
  return found[0]!
}

export function lineageOfId(told: readonly Told[], id: string, registry?: Registry): Lineage {
  const found = lineages(world(told), registry).filter((lineage) => lineage.id === id)
  if (found.length !== 1) throw new Error(`expected one action ${id}, found ${found.length}`)
  return found[0]!
}

/** What a journal gives that is asked only for what `expand` misses, and how much that was. */
export interface Lazily {
  known: Known
  documents: Lineage[]
  rounds: number
  facts: number
  links: number
}

/** Answers `expand` from a journal until it asks for nothing, then derives what the start keys resolve to. */
export function lazily(journal: World, start: readonly Key[], registry: Registry = nobodyRegistered): Lazily {
  const known: Known = { facts: new Map(), links: new Map() }
  const asked = complete(known, start, journal)
  return { known, documents: documentsOf(start, known, registry), ...asked }
}

/** Reads into `known` what `expand` misses, and counts it. */
export function complete(known: Known, start: readonly Key[], journal: World): { rounds: number; facts: number; links: number } {
  const asked = { rounds: 0, facts: 0, links: 0 }
  for (;;) {
    const { missing } = expand(start, known)
    if (missing.facts.size + missing.links.size === 0) return asked
    if (++asked.rounds > 1_000) throw new Error('expand does not come to an end')
    for (const key of missing.facts) known.facts.set(key, journal.known.facts.get(key) ?? [])
    for (const key of missing.links) known.links.set(key, journal.known.links.get(key) ?? [])
    asked.facts += missing.facts.size
    asked.links += missing.links.size
  }
}

/** The documents of what some keys resolve to. */
export function documentsOf(keys: readonly Key[], known: Known, registry: Registry = nobodyRegistered): Lineage[] {
  const roots = new Set<Key>()
  for (const key of keys) {
    const to = resolve(key, known)
    if (to.kind === 'one') roots.add(to.root)
    if (to.kind === 'several') for (const root of to.roots) roots.add(root)
  }
  const context = { tenant, registry, sha256 }
  return [...roots].sort().flatMap((root) => actionsOf(root, known)).map((a) => derive(a, known, context))
}

function factsOf(told: Told): Fact[] {
  const { log, index, received_at, producer } = told
  const entry: EntryRef = { log, index, kind: 'cloudevent', producer, received_at }
  const content = new TextEncoder().encode(JSON.stringify(told.event))
  const reading = read('cloudevent', content, { tenant, producer })
  if (!reading.ok) throw new Error(`not readable: ${JSON.stringify(reading.rejection)}`)
  return reading.statements.map((statement) => {
    if (told.anonymous) delete (statement.data as { action_id?: string }).action_id
    let digested: string | undefined
    return Object.assign(statement, {
      producer,
      entry,
      keys: keysOf(statement, producer, sha256),
      digest: () => (digested ??= digest(statement, (data) => hash('sha256', data, 'binary'))),
    })
  })
}
