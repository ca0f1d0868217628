import { setImmediate } from 'node:timers/promises'
import { caseOf, principalOf, type PrincipalInput } from '@onbehalf/events'
import { belowKey, byReceipt, contextKey, derivedId, isDelegation, isSubject, linksOf, principalText, rankOf, ranks, sourcesKey, traceSessionsKey, traceToldKey, type Fact, type Key } from '@onbehalf/lineage'
import {
  readFactsAt, samples_max, sha256Hex,
  type EntryReading, type FactsRow, type FindingSaid, type Numbered, type QuarantineCase, type ReadModelBatch, type Segment,
} from '@onbehalf/store'
import { changesBy } from './changes.ts'

/** What a batch of segments says, before anybody looks at what was known. */
export interface News {
  tenants: Map<string, TenantNews>
  facts: FactsRow[]
  quarantine: QuarantineCase[]
  cursors: ReadModelBatch['cursors']
  /** What Onbehalf's own log says of findings, in its order. */
  said: FindingSaid[]
  numbered: Numbered[]
  entries: number
}

/** One tenant's part of it. */
export class TenantNews {
  /** By the key that they are filed under. */
  readonly facts = new Map<Key, Fact[]>()
  readonly links = new Map<Key, Set<Key>>()
  /** Join keys of actions that may mean something else now. */
  readonly touched = new Set<Key>()
  /** Things that are told of here and on which actions may rest already, and since when that matters. */
  readonly context = new Map<Key, number>()
  /** What is said of traces and sessions as a whole; whether that changes anything depends on what was said before. */
  readonly described: Fact[] = []
  /** Tools of which calls are told here, each in its trace: whether that bears on other calls depends on those. */
  readonly tools = new Set<Key>()
  /** Things beside actions that rules look at. */
  readonly subjects = new Set<Key>()
  /** Delegations, sessions and traces that the actions here will be held against. */
  readonly rests = { facts: new Set<Key>(), links: new Set<Key>() }
}

/**
 * Lets go of the thread after every segment: what waits for the database, or for an answer, goes on in between.
 * @param segments in log order, from the cursors on
 */
export async function readNews(segments: readonly Segment[]): Promise<News> {
  const news: News = { tenants: new Map(), facts: [], quarantine: [], cursors: cursorsAfter(segments), said: [], numbered: [], entries: 0 }
  const cases = new Map<string, QuarantineCase>()
  for (const segment of segments) {
    let tenant = news.tenants.get(segment.tenant)
    if (!tenant) news.tenants.set(segment.tenant, (tenant = new TenantNews()))
    readSegment(segment, tenant, news, cases)
    news.entries += segment.count
    await setImmediate()
  }
  news.quarantine = [...cases.values()]
  return news
}

function readSegment(segment: Segment, news: TenantNews, { facts, said, numbered }: News, cases: Map<string, QuarantineCase>): void {
  const rows = new Map<Key, FactsRow>()
  for (let place = 0; place < segment.count; place++) {
    const reading = readFactsAt(segment, place)
    if ('rejection' in reading) addCase(cases, segment.tenant, reading)
    else if ('facts' in reading)
      for (const fact of reading.facts) {
        const { filed } = fact.keys
        let row = rows.get(filed)
        if (!row) rows.set(filed, (row = {
          tenant: segment.tenant, key: filed, logId: segment.logId, firstIndex: segment.firstIndex, places: [],
        }))
        if (row.places.at(-1) !== place) row.places.push(place)
        file(fact, news)
        const saying = sayingOf(fact, segment.tenant)
        if (saying !== null) said.push(saying)
        const sent = numberOf(fact, segment.tenant)
        if (sent !== null) numbered.push(sent)
      }
  }
  facts.push(...rows.values())
}

function file(fact: Fact, news: TenantNews): void {
  // Only the tree of a trace asks for it, from the index: nothing is derived from it.
  if (fact.type === 'span.ended') return
  const { filed, claims, mentions } = fact.keys
  const known = news.facts.get(filed)
  if (known) known.push(fact)
  else news.facts.set(filed, [fact])
  const isAction = rankOf(filed) > 0
  if (isAction) news.touched.add(filed)
  else if (fact.type === 'run.described') describe(fact, news)
  else {
    for (const [key, sinceMs] of changesBy(fact)) news.context.set(key, Math.min(sinceMs, news.context.get(key) ?? Infinity))
    if (isWatched(fact)) news.subjects.add(filed)
    if (fact.type === 'source.heartbeat') news.subjects.add(contextKey('source', fact.source, sha256Hex))
  }
  for (const key of claims) news.touched.add(key)
  for (const [key, to] of linksOf(fact, fact.keys, sha256Hex)) link(news, key, to)
  for (const key of mentions) {
    if (isDelegation(key) || (isAction && key.startsWith('session:'))) news.rests.facts.add(key)
    else if (isAction && key.startsWith('trace:')) news.rests.links.add(`loose:${key.slice('trace:'.length)}`)
    else if (key.startsWith('effect:')) news.subjects.add(key)
    else if (isAction && key.startsWith('tool:')) {
      news.tools.add(key)
      news.rests.links.add(key)
    }
  }
  foresee(fact, news)
  if (mayName(filed, fact)) nameLink(news, filed, fact)
  for (const key of claims) if (mayName(key, fact)) nameLink(news, key, fact)
}

/** What may rest on it is looked up with the rest. */
function describe(fact: Fact, { described, rests }: TenantNews): void {
  described.push(fact)
  rests.links.add(fact.keys.filed)
  if (fact.traceId === undefined) return
  rests.links.add(`trace:${fact.traceId}`)
  if (fact.spanId !== undefined) rests.links.add(belowKey(fact.traceId, fact.spanId))
}

/** Whether rules look at the thing itself that a fact is about; at a delegation only where its uses are limited. */
function isWatched(fact: Fact): boolean {
  if (fact.type === 'delegation.granted') return fact.data.scope?.constraints?.max_uses !== undefined
  return fact.type !== 'delegation.revoked' && isSubject(fact.keys.filed)
}

/** What a view of this will ask for: read together with the rest, it takes no round of its own. */
function foresee(fact: Fact, { rests }: TenantNews): void {
  const { type, data, producer } = fact
  const person = (principal: PrincipalInput | undefined) => {
    if (principal) rests.facts.add(contextKey('principal', principalText(principalOf(principal, producer)), sha256Hex))
  }
  rests.links.add(sourcesKey(producer))
  if (fact.mapped !== undefined && fact.traceId !== undefined) {
    rests.facts.add(traceToldKey(fact.traceId))
    rests.links.add(traceSessionsKey(fact.traceId))
  }
  if (type === 'action.requested') {
    rests.facts.add(contextKey('agent', principalText(data.agent), sha256Hex))
    for (const principal of [data.agent, data.initiator, data.subject]) person(principal)
  } else if (type === 'session.started') person(data.initiator)
  else if (type === 'delegation.granted') for (const principal of [data.grantor, data.delegate, data.subject]) person(principal)
  else if (type === 'decision.recorded') for (const { id } of data.policies) rests.facts.add(contextKey('policy', id, sha256Hex))
}

function sayingOf({ type, data, entry }: Fact, tenant: string): FindingSaid | null {
  const of = (id: string, says: FindingSaid['says']): FindingSaid => ({ tenant, id, index: entry.index, receivedAt: entry.received_at, says })
  switch (type) {
    case 'finding.raised':
      return of(data.finding_id, { raised: { rule: data.rule, severity: data.severity, provisional: data.provisional } })
    case 'finding.resolved':
      return of(data.finding_id, { resolved: { cause: data.cause } })
    case 'finding.acknowledged':
      return of(data.finding_id, { acknowledged: { by: data.by, at: entry.received_at, accepted_until: data.accepted_until ?? null, reason: data.reason ?? null } })
    default:
      return null
  }
}

/** Zero-padded decimals that a double holds exactly; a source that counts further is not followed. */
function numberOf({ event, source, timeMs, entry }: Fact, tenant: string): Numbered | null {
  const { sequence } = event
  return sequence !== undefined && /^0*\d{1,15}$/.test(sequence) && sequence.length <= 64 ? { tenant, source, number: Number(sequence), timeMs, text: sequence, entry } : null
}

function link(news: TenantNews, key: Key, filed: Key): void {
  const filedUnder = news.links.get(key)
  if (filedUnder) filedUnder.add(filed)
  else news.links.set(key, new Set([filed]))
}

/** Whether an action could be known by an id derived from this key: the id must lead back to the key. */
function mayName(key: Key, fact: Fact): boolean {
  const rank = rankOf(key)
  if (rank >= ranks.call && rank <= ranks.span) return true
  return rank === ranks.decision && fact.type === 'decision.recorded' && fact.data.effect === 'deny'
}

function nameLink(news: TenantNews, key: Key, fact: Fact): void {
  link(news, contextKey('id', derivedId(key, fact, undefined, sha256Hex), sha256Hex), key)
}

function addCase(cases: Map<string, QuarantineCase>, tenant: string, { rejection, entry }: Extract<EntryReading, { rejection: unknown }>): void {
  const { producer, kind, received_at } = entry
  const reason = caseOf(rejection)
  const id = [tenant, producer, reason, kind].join('\x1f')
  const known = cases.get(id)
  if (!known) {
    cases.set(id, { tenant, producer, reason, kind, count: 1, firstAt: received_at, lastAt: received_at, samples: [entry] })
    return
  }
  known.count++
  if (received_at < known.firstAt) known.firstAt = received_at
  if (received_at > known.lastAt) known.lastAt = received_at
  if (known.samples.length < samples_max || byReceipt(entry, known.samples.at(-1)!) < 0)
    known.samples = [...known.samples, entry].sort(byReceipt).slice(0, samples_max)
}

function cursorsAfter(segments: readonly Segment[]): ReadModelBatch['cursors'] {
  const cursors = new Map<string, ReadModelBatch['cursors'][number]>()
  for (const { tenant, logId, firstIndex, count } of segments)
    cursors.set(`${tenant}/${logId}`, { tenant, logId, position: firstIndex + count })
  return [...cursors.values()]
}
