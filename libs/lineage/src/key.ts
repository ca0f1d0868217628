import type { Statement } from '@onbehalf/events'
import type { KeyDocument } from './document.ts'

/**
 * What a fact is about, as text: `action:act-1`, `call:s/s-1/call_9`, `decision:d-7`, `delegation:g-2` …
 * Texts are what the index of facts is keyed by, so they are bounded: a long value is replaced by its SHA-256.
 */
export type Key = string

/** Join keys by strength; 1 is the strongest (lineage.md, "keys, claims, resolution"). */
export const ranks = { action: 1, call: 2, span: 3, decision: 4, approval: 5, request: 6, upstream: 7, outcome: 8 } as const
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

/** 0 for what is no join key. A call id scoped by its trace is weaker than the same id scoped by its session. */
export function rankOf(key: Key): number {
  const rank = ranks[key.slice(0, key.indexOf(':')) as JoinKind] ?? 0
  return rank === ranks.call && key.startsWith('call:t/') ? 2.5 : rank
}

export function keysOf(statement: Statement, producer: string, sha256: (data: string) => string): Keys {
  const write = (kind: string, value: string) => keyText(kind, value, sha256)
  const about = aboutOf(statement, write)
  return about ?? actionKeys(statement, producer, write)
}

/** The key of a context thing, as `keysOf` files it. */
export function contextKey(
  kind: 'delegation' | 'session' | 'trace' | 'loose' | 'agent' | 'id' | 'action' | 'decision' | 'approval',
  value: string,
  sha256: (data: string) => string,
): Key {
  return keyText(kind, value, sha256)
}

export function keyDocument(key: Key): KeyDocument {
  const colon = key.indexOf(':')
  const kind = key.slice(0, colon) as JoinKind
  const value = key.slice(colon + 1)
  switch (kind) {
    case 'action':
      return { kind: 'action_id', value }
    case 'call': {
      const [scope, id] = scoped(value.slice(2))
      return value.startsWith('s/')
        ? { kind: 'tool_call_id', value: id, session: scope }
        : { kind: 'tool_call_id', value: id, trace: scope }
    }
    case 'span': {
      const [trace, span] = scoped(value)
      return { kind: 'span', value: span, trace }
    }
    case 'request': {
      const [scope, id] = scoped(value.slice(2))
      return value.startsWith('e/')
        ? { kind: 'request_id', value: id, pep: scope }
        : { kind: 'request_id', value: id, producer: scope }
    }
    case 'upstream':
      return { kind: 'upstream_request_id', value }
    default:
      return { kind: `${kind as 'decision' | 'approval' | 'outcome'}_id`, value }
  }
}

type Write = (kind: string, value: string) => Key

const text_max = 200

function keyText(kind: string, value: string, sha256: (data: string) => string): Key {
  return value.length <= text_max ? `${kind}:${value}` : `${kind}:#${sha256(value)}`
}

/** Things that are not actions: each has a key of its own, and mentions what it depends on. */
function aboutOf(statement: Statement, write: Write): Keys | undefined {
  const data = statement.data as Record<string, any>
  const family = statement.type.slice(0, statement.type.indexOf('.'))
  switch (family) {
    case 'session':
      return about(write('session', data.session_id), traceMention(statement, write))
    case 'delegation':
      return about(
        write('delegation', data.delegation_id),
        data.parent?.kind === 'delegation' ? [write('delegation', data.parent.delegation_id)] : [],
      )
    case 'agent':
      return about(write('agent', principalText(data.agent)))
    case 'principal':
      return about(write('principal', principalText(data.principal ?? data.principals[0])),
        (data.principals ?? []).slice(1).map((p: any) => write('principal', principalText(p))))
    case 'grant':
      return about(write('grant', data.grant_id), data.delegation_id ? [write('delegation', data.delegation_id)] : [])
    case 'credential':
      return about(write('credential', data.credential_id), data.grant_id ? [write('grant', data.grant_id)] : [])
    case 'policy':
      return about(write('policy', data.policy.id))
    case 'signal':
      return about(data.principal ? write('principal', principalText(data.principal)) : write('source', statement.source))
    case 'source':
      return about(write('source', statement.source))
    case 'action':
    case 'decision':
    case 'approval':
    case 'outcome':
      return undefined
    default:
      // What Onbehalf says itself, and retractions: read by position, about the tenant as a whole.
      return about(write('tenant', family))
  }
}

function about(filed: Key, mentions: Key[] = []): Keys {
  return { filed, claims: [], mentions }
}

function actionKeys(statement: Statement, producer: string, write: Write): Keys {
  const data = statement.data as Record<string, any>
  const keys: Key[] = []
  if (data.action_id) keys.push(write('action', data.action_id))
  if (data.tool_call_id) {
    if (data.session_id) keys.push(write('call', `s/${scope(data.session_id)}/${data.tool_call_id}`))
    if (statement.traceId) keys.push(write('call', `t/${statement.traceId}/${data.tool_call_id}`))
  }
  if (data.decision_id) keys.push(write('decision', data.decision_id))
  if (data.approval_id) keys.push(write('approval', data.approval_id))
  if (data.request_id)
    keys.push(write('request', data.pep ? `e/${scope(data.pep)}/${data.request_id}` : `p/${producer}/${data.request_id}`))
  for (const id of data.upstream_request_ids ?? []) keys.push(write('upstream', id))
  if (keys.length === 0 || statement.type.startsWith('outcome.'))
    if (data.outcome_id) keys.push(write('outcome', data.outcome_id))
  if (keys.length === 0) keys.push(write('outcome', `${statement.source} ${statement.id}`))

  const filed = keys[0]!
  const mentions = traceMention(statement, write)
  if (data.session_id) mentions.push(write('session', data.session_id))
  if (data.delegation_id) mentions.push(write('delegation', data.delegation_id))
  // An entry without a key that can be an action may still be located through its trace.
  if (statement.traceId && rankOf(filed) > ranks.span) mentions.push(write('loose', statement.traceId))
  return { filed, claims: keys.length > 1 ? [...new Set(keys.slice(1))].filter((key) => key !== filed) : [], mentions }
}

function traceMention(statement: Statement, write: Write): Key[] {
  return statement.traceId ? [write('trace', statement.traceId)] : []
}

/** `iss|sub`, the identity of a principal as text. */
export function principalText(principal: { iss?: string; sub: string }): string {
  return `${principal.iss ?? ''}|${principal.sub}`
}

/** A scope may contain anything; the separator inside a key may not. */
function scope(value: string): string {
  return value.includes('/') || value.includes('%') ? value.replaceAll('%', '%25').replaceAll('/', '%2F') : value
}

function scoped(value: string): [scope: string, id: string] {
  const slash = value.indexOf('/')
  return [value.slice(0, slash).replaceAll('%2F', '/').replaceAll('%25', '%'), value.slice(slash + 1)]
}
