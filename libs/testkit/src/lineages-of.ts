import { hash } from 'node:crypto'
import { digest, read, type CloudEvent } from '@onbehalf/events'
import { actionsOf, derive, keysOf, nobodyRegistered, rankOf, type Fact, type Key, type Lineage } from '@onbehalf/lineage'

export interface Told {
  tenant?: string
  producer?: string
  /** Public name; default `<tenant>/onbehalf.embedded/0`. */
  log?: string
}

/**
 * The lineages of some events, all at once and in memory: no journal, no projector, no order. What the product answers
 * must mean the same. Throws if an event is not valid.
 */
export function lineagesOf(events: readonly CloudEvent[], { tenant = 'default', producer = 'default', log = `${tenant}/onbehalf.embedded/0` }: Told = {}): Lineage[] {
  const facts = new Map<Key, Fact[]>()
  const links = new Map<Key, Key[]>()
  const link = (key: Key, filed: Key) => {
    const known = links.get(key)
    if (known === undefined) links.set(key, [filed])
    else if (!known.includes(filed)) known.push(filed)
  }
  events.forEach((event, index) => {
    for (const fact of factsOf(event, { tenant, producer, log, index })) {
      const { filed, claims, mentions } = fact.keys
      facts.set(filed, [...(facts.get(filed) ?? []), fact])
      for (const key of [...claims, ...mentions]) link(key, filed)
    }
  })
  // As the index answers: in key order.
  for (const filed of links.values()) filed.sort()
  const known = { facts, links }
  const keys = new Set([...facts.keys(), ...links.keys()].filter((key) => rankOf(key) > 0))
  return [...keys]
    .flatMap((key) => actionsOf(key, known))
    .map((action) => derive(action, known, { tenant, registry: nobodyRegistered, sha256: sha256Hex }))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1))
}

function factsOf(event: CloudEvent, { tenant, producer, log, index }: Required<Told> & { index: number }): Fact[] {
  const reading = read('cloudevent', Buffer.from(JSON.stringify(event)), { tenant, producer })
  if (!reading.ok) throw new Error(`event ${index} is not valid: ${reading.rejection.message}`)
  const received_at = new Date(Date.UTC(2026, 10, 24) + index).toISOString().replace('Z', '000Z')
  return reading.statements.map((statement) => {
    let digested: string | undefined
    return Object.assign(statement, {
      producer,
      entry: { log, index, kind: 'cloudevent', producer, received_at },
      keys: keysOf(statement, producer, sha256Hex),
      digest: () => (digested ??= digest(statement, (data) => hash('sha256', data, 'latin1' as 'hex'))),
    })
  })
}

const sha256Hex = (text: string): string => hash('sha256', text, 'hex')
