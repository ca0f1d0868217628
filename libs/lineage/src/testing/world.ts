import { hash } from 'node:crypto'
import { digest, read, type CloudEvent, type EntryKind } from '@onbehalf/events'
import {
  derive, expand, keysOf, knownOf, meaning, nothingKnown, nothingMissing, rankOf, resolve, Resolver, viewOf,
  type EntryRef, type Fact, type Key, type Known, type Lineage, type View,
} from '../index.ts'

/** One entry of a journal, as a test tells it. */
export interface Told {
  log: string
  index: number
  received_at: string
  producer: string
  event: CloudEvent
  /** A record of another format instead of the event, as it is received. */
  record?: { kind: EntryKind; json: object }
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
  return { facts, known: knownOf(facts, sha256) }
}

/** Every action of a world. */
export function views({ known }: World): View[] {
  return viewsOf([...new Set([...known.facts.keys(), ...known.links.keys()])].filter((key) => rankOf(key) > 0).sort(), known)
}

export function viewsOf(roots: readonly Key[], known: Known): View[] {
  const resolver = new Resolver(known)
  return roots.flatMap((root) => resolver.actionsOf(root)).map((action) => viewOf(action, known, resolver.tenant, sha256))
}

/** The documents of every action of a world, oldest first. */
export function lineages(journal: World): Lineage[] {
  return views(journal).map((view) => derive(view, { tenant, sha256 }))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1))
}

export function meanings(told: readonly Told[]): string[] {
  return lineages(world(told)).map(meaning).sort()
}

/** The one action of a world. */
export function lineageOf(told: readonly Told[]): Lineage {
  const found = lineages(world(told))
  if (found.length !== 1) throw new Error(`expected one action, found ${found.map((l) => l.id).join(', ') || 'none'}`)
  return found[0]!
}

export function lineageOfId(told: readonly Told[], id: string): Lineage {
  const found = lineages(world(told)).filter((lineage) => lineage.id === id)
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
export function lazily(journal: World, start: readonly Key[]): Lazily {
  const known = nothingKnown()
  const asked = complete(known, start, journal)
  return { known, documents: documentsOf(start, known), ...asked }
}

/** Reads into `known` what `expand` misses, and counts it. */
export function complete(known: Known, start: readonly Key[], journal: World): { rounds: number; facts: number; links: number } {
  const asked = { rounds: 0, facts: 0, links: 0 }
  for (;;) {
    const { missing } = expand(start, known, sha256)
    if (nothingMissing(missing)) return asked
    if (++asked.rounds > 1_000) throw new Error('expand does not come to an end')
    for (const key of missing.facts) known.facts.set(key, journal.known.facts.get(key) ?? [])
    for (const key of missing.links) known.links.set(key, journal.known.links.get(key) ?? [])
    for (const key of missing.latest) known.latest.set(key, journal.known.latest.get(key) ?? [])
    asked.facts += missing.facts.size
    asked.links += missing.links.size
  }
}

/** The documents of what some keys resolve to. */
export function documentsOf(keys: readonly Key[], known: Known): Lineage[] {
  const roots = new Set<Key>()
  for (const key of keys) {
    const to = resolve(key, known)
    if (to.kind === 'one') roots.add(to.root)
    if (to.kind === 'several') for (const root of to.roots) roots.add(root)
  }
  return viewsOf([...roots].sort(), known).map((view) => derive(view, { tenant, sha256 }))
}

function factsOf(told: Told): Fact[] {
  const { log, index, received_at, producer } = told
  const kind = told.record?.kind ?? (producer === 'onbehalf' ? 'own' : 'cloudevent')
  const entry: EntryRef = { log, index, kind, producer, received_at }
  const content = new TextEncoder().encode(JSON.stringify(told.record?.json ?? told.event))
  const reading = read(kind, content, { tenant, producer, sha256 })
  if (!reading.ok) throw new Error(`not readable: ${JSON.stringify(reading.rejection)}`)
  return reading.statements.map((statement) => {
    if (told.anonymous) delete (statement.data as { action_id?: string }).action_id
    let digested: string | undefined
    return Object.assign(statement, {
      producer,
      saidBy: [producer],
      entry,
      keys: keysOf(statement, producer, sha256),
      digest: () => (digested ??= digest(statement, (data) => hash('sha256', data, 'binary'))),
    })
  })
}
