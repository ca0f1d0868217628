import { isUnqualified, principalOf, type EventData, type Principal, type PrincipalInput, type Statement, type StatementOf } from '@onbehalf/events'
import type { KeyDocument } from './document.ts'

/**
 * What a fact is about, as text: `action:act-1`, `call:s-1/call_9`, `decision:d-7`, `delegation:g-2` …
 * Texts are what the index of facts is keyed by, so they are bounded: a long value is replaced by its SHA-256.
 */
export type Key = string

/**
 * Join keys by strength; 1 is the strongest (lineage.md, "keys, claims, resolution"). A call id scoped by its trace is
 * weaker than the same id scoped by its session. `outcome` is where an outcome is filed that names nothing else.
 */
export const ranks = {
  action: 1, call: 2, 'call-in-trace': 2.5, span: 3, decision: 4, approval: 5, request: 6, upstream: 7, outcome: 8,
} as const
export type JoinKind = keyof typeof ranks

/** More claimants than this make a key void: it resolves to nothing, and says so. */
export const claimants_max = 8

export interface Keys {
  /** The strongest key: the entry is filed under it. */
  filed: Key
  /** Weaker keys that this entry claims for `filed`. */
  claims: Key[]
  /** Not identity, only where to look: `trace:…`, `session:…`, `delegation:…`, `loose:…`. */
  mentions: Key[]
}

/**
 * A thing that goes on for ever (ticks, heartbeats) is cut by time: `<kind>:<of>@<the first characters of its time>`. Of
 * such a series only the latest part is read, see `Known.latest`.
 */
export const ticksSeries: Key = 'ticks:@'

/** Heartbeats of one source of one producer, in the hour of a time. */
export function beatsKey(producer: string, source: string, time: string, sha256: Sha256Hex): Key {
  return beatsSeries(producer, source, sha256) + time.slice(0, 'YYYY-MM-DDTHH'.length)
}

/** Where the series of a producer's heartbeats stand. */
export function sourcesKey(producer: string): Key {
  return `sources:${producer}`
}

export function beatsSeries(producer: string, source: string, sha256: Sha256Hex): Key {
  return `${keyText('beats', `${escaped(producer, '/')}/${source}`, sha256)}@`
}

/** The beginning that all keys of a series share, up to its `@`; null for a key that is of none. */
export function seriesOf(key: Key): Key | null {
  return key.startsWith('beats:') || key.startsWith('ticks:') ? key.slice(0, key.lastIndexOf('@') + 1) : null
}

/** Where the spans of a trace stand. They are read for its tree alone: nothing is derived from them. */
export function spansKey(traceId: string): Key {
  return `spans:${traceId}`
}

/** Where stands what is said of a trace as a whole, outside of any session. */
export function traceToldKey(traceId: string): Key {
  return `told:${traceId}`
}

/** The sessions that a trace is said to be in. */
export function traceSessionsKey(traceId: string): Key {
  return `sessions-of:${traceId}`
}

/** The calls of a tool in a trace, as spans tell of them. */
export function toolInTraceKey(traceId: string, operation: string): Key | null {
  return operation.length <= text_max ? `tool:${traceId}/${operation}` : null
}

/** The parts of the key of a call id: the session or trace that it is scoped by, and the id. Null where it was too long to be kept. */
export function callOf(key: Key): { scope: string; id: string } | null {
  const value = key.slice(key.indexOf(':') + 1)
  const cut = value.indexOf('/')
  return value.startsWith('#') || cut < 0 ? null : { scope: value.slice(0, cut).replaceAll('%2F', '/').replaceAll('%25', '%'), id: value.slice(cut + 1) }
}

/** @param session `session:<id>` */
export function callInSessionKey(session: Key, id: string): Key | null {
  const value = session.slice('session:'.length)
  const call = `${escaped(value, '/')}/${id}`
  return value.startsWith('#') || call.length > text_max ? null : `call:${call}`
}

/** The actions right below a span. */
export function belowKey(traceId: string, spanId: string): Key {
  return `below:${traceId}/${spanId}`
}

/** Where those stand that claim a key by the word of one producer: asked where so many claim it that some would be hidden. */
export function claimsKey(producer: string, key: Key): Key {
  return `by:${producer}/${key}`
}

/** Where the actions of one span stand; asked for traces that have many. */
export function spanActionsKey(traceId: string, spanId: string): Key {
  return `at:${traceId}/${spanId}`
}

/** Lower-case hex. */
export type Sha256Hex = (text: string) => string

/**
 * What an index of links has to hold for a fact: where it is filed under each weaker key that it claims or thing that it
 * mentions, and which agents have used a credential.
 */
export function linksOf(statement: Statement & { producer: string }, { filed, claims, mentions }: Keys, sha256: Sha256Hex): [key: Key, filed: Key][] {
  const { producer } = statement
  const links = [...claims, ...claims.map((key) => claimsKey(producer, key)), ...mentions].map((key): [Key, Key] => [key, filed])
  if (statement.type === 'action.requested' && statement.data.credential_id !== undefined)
    links.push([contextKey('users', statement.data.credential_id, sha256), contextKey('agent', principalText(statement.data.agent), sha256)])
  // Each series of heartbeats by who sends it.
  if (statement.type === 'source.heartbeat') links.push([sourcesKey(producer), seriesOf(filed)!])
  return links
}

/** 0 for what is no join key. */
export function rankOf(key: Key): number {
  return ranks[key.slice(0, key.indexOf(':')) as JoinKind] ?? 0
}

/**
 * Reads only fields that the type's schema has: a field that we do not know is ignored, whatever it holds.
 */
export function keysOf(statement: Statement, producer: string, sha256: Sha256Hex): Keys {
  const key: Write = (kind, value) => keyText(kind, value, sha256)
  switch (statement.type) {
    case 'action.requested':
      return actionKeys(statement, producer, key, statement.data.delegation_id)
    case 'action.started':
    case 'action.completed':
    case 'decision.recorded':
    case 'approval.requested':
    case 'approval.resolved':
    case 'outcome.observed':
    case 'outcome.compensated':
      return actionKeys(statement, producer, key)
    case 'session.started':
    case 'session.ended':
      return about(key('session', statement.data.session_id), traceOf(statement, key))
    case 'span.ended':
      return about(spansKey(statement.traceId!))
    case 'run.described': {
      const { session_id } = statement.data
      if (session_id === undefined) return about(traceToldKey(statement.traceId!))
      return about(key('session', session_id), statement.traceId === undefined ? [] : [traceSessionsKey(statement.traceId)])
    }
    case 'delegation.granted': {
      const { parent, delegation_id, grantor, delegate, subject } = statement.data
      const above = parent.kind === 'delegation' ? [key('delegation', parent.delegation_id)] : []
      return about(key('delegation', delegation_id), [...above, ...people(key, [grantor, delegate, subject])])
    }
    case 'delegation.revoked':
      return about(key('delegation', statement.data.delegation_id))
    case 'agent.registered':
    case 'agent.updated': {
      const { agent, owner, sponsor } = statement.data
      return about(key('agent', principalText(agent)), [key('named', principalOf(agent, producer).sub), ...people(key, [owner, sponsor])])
    }
    case 'agent.suspended':
    case 'agent.reactivated':
    case 'agent.retired':
      return about(key('agent', principalText(statement.data.agent)))
    case 'principal.described':
      return about(key('principal', principalText(statement.data.principal)))
    case 'principal.linked':
    case 'principal.unlinked': {
      const [first, ...others] = [...new Set(statement.data.principals.map((p) => key('identity', principalText(p))))].sort()
      return about(first!, others)
    }
    case 'grant.activated': {
      const { grant_id, delegation_id, session_id, agent } = statement.data
      return about(key('grant', grant_id), [
        key('holder', principalText(agent)),
        ...(delegation_id === undefined ? [] : [key('delegation', delegation_id)]),
        ...(session_id === undefined ? [] : [key('session', session_id)]),
      ])
    }
    case 'grant.withdrawn':
      return about(key('grant', statement.data.grant_id))
    case 'credential.issued': {
      const { credential_id, grant_id } = statement.data
      return about(key('credential', credential_id), grant_id === undefined ? [] : [key('grant', grant_id)])
    }
    case 'credential.revoked':
      return about(key('credential', statement.data.credential_id))
    case 'policy.published':
    case 'policy.retired':
      return about(key('policy', statement.data.policy.id))
    case 'signal.received': {
      const { principal } = statement.data
      return about(principal === undefined ? key('source', statement.source) : key('principal', principalText(principal)))
    }
    case 'source.heartbeat':
      return about(beatsKey(producer, statement.source, statement.time, sha256))
    case 'source.gap':
      return about(key('source', statement.source))
    case 'clock.ticked':
      return about(ticksSeries + statement.data.at.slice(0, 'YYYY-MM-DDTHH:MM'.length))
    case 'finding.raised':
    case 'finding.resolved':
    case 'finding.acknowledged':
      return about(key('finding', statement.data.finding_id))
    case 'integrity.failed':
      return about(key('log', statement.data.log))
    case 'audit.exported':
      return about('tenant:exports')
    default:
      // What Onbehalf says itself, and retractions: about the tenant as a whole.
      return about(`tenant:${statement.type.slice(0, statement.type.indexOf('.'))}`)
  }
}

/** Things that one id names. */
export type ThingKind =
  | 'action' | 'decision' | 'approval' | 'delegation' | 'session' | 'trace' | 'id' | 'agent' | 'principal' | 'identity' | 'grant'
  | 'holder' | 'credential' | 'policy' | 'source' | 'users' | 'finding' | 'log' | 'named'

/** The key under which a thing is filed, or found. */
export function contextKey(kind: ThingKind, value: string, sha256: Sha256Hex): Key {
  return keyText(kind, value, sha256)
}

/** Where facts wait that only their span can place; by trace, and by span for traces that have many. */
export function looseKeys(traceId: string, spanId?: string): Key {
  return spanId === undefined ? `loose:${traceId}` : `loose:${traceId}/${spanId}`
}

/** A join key as people write it, for the statement that carries it. */
export function keyDocument(key: Key, carrier: Statement, producer: string, sha256: Sha256Hex): KeyDocument {
  for (const { kind, value, document } of joinKeys(carrier, producer)) if (keyText(kind, value, sha256) === key) return document
  throw new Error(`${key} is no key of this statement`)
}

/**
 * `iss|sub`, the identity of a principal as text; both are escaped, so that no two principals have one text. The issuer of
 * an unqualified one is empty: which producer said the bare id tells nobody apart.
 */
export function principalText(principal: PrincipalInput): string {
  const { iss, sub } = principalOf(principal, '')
  return `${isUnqualified({ iss }) ? '' : escaped(iss, '|')}|${escaped(sub, '|')}`
}

/** What is not said to have changed nothing may have changed something. */
function isChange(sideEffect: EventData['outcome.observed']['side_effect']): boolean {
  return sideEffect !== 'none' && sideEffect !== 'read'
}

/** Effects of one credential on one kind of thing in one hour: together they are one question. */
function effectText(credential: string, { data, time }: StatementOf<'outcome.observed'>): string {
  return `${escaped(credential, '|')}|${escaped(data.resource?.type ?? '', '|')}|${time.slice(0, 13)}`
}

/** The principal whose text this is; null where the text was too long to be kept as it is. */
export function principalFromText(text: string, kind: Principal['kind']): Principal | null {
  if (text.startsWith('#')) return null
  const cut = text.indexOf('|')
  const plain = (part: string) => part.replaceAll('%7C', '|').replaceAll('%25', '%')
  return principalOf({ ...(cut > 0 && { iss: plain(text.slice(0, cut)) }), sub: plain(text.slice(cut + 1)), kind }, '')
}

/** Where facts stand that rest on these people. */
function people(key: Write, principals: readonly (PrincipalInput | undefined)[]): Key[] {
  return [...new Set(principals.flatMap((principal) => (principal === undefined ? [] : key('principal', principalText(principal)))))]
}

type Write = (kind: string, value: string) => Key
type ActionStatement = StatementOf<
  | 'action.requested' | 'action.started' | 'action.completed' | 'decision.recorded' | 'approval.requested'
  | 'approval.resolved' | 'outcome.observed' | 'outcome.compensated'
>

const text_max = 200

function keyText(kind: string, value: string, sha256: Sha256Hex): Key {
  // A value that looks like a hash is hashed as well, so that nobody can make an id that equals another's key.
  return value.length <= text_max && !value.startsWith('#') ? `${kind}:${value}` : `${kind}:#${sha256(value)}`
}

function about(filed: Key, mentions: Key[] = []): Keys {
  return { filed, claims: [], mentions }
}

function actionKeys(statement: Statement, producer: string, key: Write, delegationId?: string): Keys {
  const [filed, ...claims] = joinKeys(statement, producer).map(({ kind, value }) => key(kind, value))
  const { session_id, credential_id } = statement.data as ActionStatement['data']
  const mentions = traceOf(statement, key)
  if (session_id !== undefined) mentions.push(key('session', session_id))
  if (delegationId !== undefined) mentions.push(key('delegation', delegationId))
  if (credential_id !== undefined) mentions.push(key('credential', credential_id))
  // Agent and initiator of an action stand in its row, the people of a chain at its delegations.
  if (statement.type === 'action.requested' && delegationId === undefined) mentions.push(...people(key, [statement.data.subject]))
  if (statement.type === 'approval.resolved') mentions.push(...people(key, [statement.data.approver]))
  if (statement.type === 'outcome.observed' && credential_id !== undefined && isChange(statement.data.side_effect)) mentions.push(key('effect', effectText(credential_id, statement)))
  if (statement.type === 'decision.recorded') for (const { id } of statement.data.policies) mentions.push(key('policy', id))
  if (statement.traceId !== undefined && statement.spanId !== undefined && statement.type.startsWith('action.'))
    mentions.push(spanActionsKey(statement.traceId, statement.spanId))
  if (statement.type === 'action.requested' && statement.mapped !== undefined && statement.traceId !== undefined) {
    const tool = toolInTraceKey(statement.traceId, statement.data.operation)
    if (tool !== null) mentions.push(tool)
  }
  if (statement.traceId !== undefined && statement.parentSpanId !== undefined) mentions.push(belowKey(statement.traceId, statement.parentSpanId))
  if (statement.traceId !== undefined && rankOf(filed!) > ranks.span) {
    mentions.push(looseKeys(statement.traceId))
    if (statement.spanId !== undefined) mentions.push(looseKeys(statement.traceId, statement.spanId))
  }
  return { filed: filed!, claims: claims.length > 1 ? [...new Set(claims)] : claims, mentions }
}

interface JoinKey {
  kind: JoinKind
  value: string
  document: KeyDocument
}

/** The join keys of a statement about an action, the strongest first. There is always one. */
function joinKeys(statement: Statement, producer: string): JoinKey[] {
  const data = statement.data as ActionStatement['data']
  const keys: JoinKey[] = []
  const { action_id, tool_call_id, session_id, trace_id, decision_id, approval_id, request_id } = data
  if (action_id !== undefined) keys.push({ kind: 'action', value: action_id, document: { kind: 'action_id', value: action_id } })
  if (tool_call_id !== undefined) {
    if (session_id !== undefined)
      keys.push({
        kind: 'call', value: `${escaped(session_id, '/')}/${tool_call_id}`,
        document: { kind: 'tool_call_id', value: tool_call_id, session: session_id },
      })
    // `traceparent` only locates: only a trace that the event itself names is a scope.
    if (trace_id !== undefined)
      keys.push({
        kind: 'call-in-trace', value: `${trace_id.toLowerCase()}/${tool_call_id}`,
        document: { kind: 'tool_call_id', value: tool_call_id, trace: trace_id.toLowerCase() },
      })
  }
  if (statement.isSpan === true && statement.traceId !== undefined && statement.spanId !== undefined)
    keys.push({ kind: 'span', value: `${statement.traceId}/${statement.spanId}`, document: { kind: 'span', value: statement.spanId, trace: statement.traceId } })
  if (decision_id !== undefined) keys.push({ kind: 'decision', value: decision_id, document: { kind: 'decision_id', value: decision_id } })
  if (approval_id !== undefined) keys.push({ kind: 'approval', value: approval_id, document: { kind: 'approval_id', value: approval_id } })
  if (request_id !== undefined) {
    const pep = statement.type === 'decision.recorded' ? (data as EventData['decision.recorded']).pep : undefined
    keys.push(pep === undefined
      ? { kind: 'request', value: `p/${producer}/${request_id}`, document: { kind: 'request_id', value: request_id, producer } }
      : { kind: 'request', value: `e/${escaped(pep, '/')}/${request_id}`, document: { kind: 'request_id', value: request_id, pep } })
  }
  for (const id of data.upstream_request_ids ?? [])
    keys.push({ kind: 'upstream', value: id, document: { kind: 'upstream_request_id', value: id } })
  // An outcome's own id joins nothing: it is only where an outcome is filed that names nothing else.
  if (keys.length === 0) {
    const value = statement.type === 'outcome.observed' ? statement.data.outcome_id : `${statement.source} ${statement.id}`
    keys.push({ kind: 'outcome', value, document: { kind: 'outcome_id', value } })
  }
  return keys
}

function traceOf(statement: Statement, key: Write): Key[] {
  return statement.traceId === undefined ? [] : [key('trace', statement.traceId)]
}

/** A part may contain anything; the separator between two parts may not stand inside the first. */
function escaped(part: string, separator: '/' | '|'): string {
  if (!part.includes(separator) && !part.includes('%')) return part
  return part.replaceAll('%', '%25').replaceAll(separator, separator === '/' ? '%2F' : '%7C')
}
