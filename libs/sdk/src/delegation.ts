import { context, type Attributes, type Context } from '@opentelemetry/api'
import { known, ofPrincipal } from './attributes.ts'
import { carry } from './carrier.ts'
import { enter, lineageIn, type Travel } from './lineage.ts'
import type { Principal } from './principal.ts'
import { quietly } from './quietly.ts'
import { randomId } from './random-id.ts'
import { writeSpan } from './span.ts'

export interface DelegationOptions {
  /** Who may act. */
  to: Principal
  /** Whose authority is used. The session's subject if left out; without either the delegation cannot be told in full. */
  subject?: Principal | undefined
  /** Who lets them; the agent itself if left out. */
  from?: Principal | undefined
  scope?: Scope | undefined
  expiresAt?: Date | string | undefined
  notBefore?: Date | string | undefined
  /** How many further hops are allowed below this one. */
  maxDepth?: number | undefined
  mode?: 'delegation' | 'impersonation' | 'self' | undefined
  /** Where the authority comes from; the delegation under which one acts if left out, else it is not known. `root` is yours to assert. */
  parent?: Parent | undefined
  purpose?: string | undefined
  /** For instance the `jti` of the token that carries it; a random one if left out. */
  id?: string | undefined
}

export type Parent =
  | { kind: 'root' }
  | { kind: 'delegation'; id: string }
  | { kind: 'external'; domain: string; iss?: string | undefined; jti?: string | undefined }
  | { kind: 'unknown' }

/** A trailing `*` in actions and resources matches a prefix; an axis left out is inherited. */
export interface Scope {
  actions?: string[]
  /** `type/id` */
  resources?: string[]
  audience?: string[]
  oauth_scopes?: string[]
  constraints?: { max_uses?: number; environment?: string[]; data_class?: string[] }
}

/** A delegation that was granted. It carries no authority itself: that is for your tokens to do. */
export interface Grant {
  readonly id: string
  /** Runs something under this grant: an agent in this program. */
  run<T>(work: () => T): T
  /** Headers for a request under this grant: an agent elsewhere. */
  headers(init?: Readonly<Record<string, string>>): Record<string, string>
  /** The same for the `_meta` of an MCP request. */
  meta<Meta extends object>(init?: Meta): Meta & Record<string, unknown>
  /** Says that it holds no more, nor what was delegated further unless `cascade` is false. */
  revoke(options?: { reason?: string | undefined; cascade?: boolean | undefined }): void
}

/** @param ofSpeaker the attributes of who says so */
export function delegate(options: DelegationOptions, speaker: Principal, ofSpeaker: () => Attributes, travel: Travel): Grant {
  const lineage = lineageIn(context.active())
  const { id = randomId('del'), subject = lineage.subject } = options
  writeSpan('onbehalf.delegate', context.active(), () => ({ ...ofSpeaker(), ...ofDelegation({ ...options, id, subject }, speaker, lineage.delegationId) }))
  const under = (): Context => {
    const from = context.active()
    return quietly(() => enter(from, { ...lineageIn(from), delegationId: id, ...(subject && { subject }) }, travel)) ?? from
  }
  return {
    id,
    run: (work) => context.with(under(), work),
    headers: (init = {}) => carry(under(), init),
    meta: <Meta extends object>(init?: Meta) => carry(under(), (init ?? {}) as Meta & Record<string, unknown>),
    revoke: (how) => revoke(id, how, ofSpeaker),
  }
}

export function revoke(id: string, { reason, cascade }: { reason?: string | undefined; cascade?: boolean | undefined } = {}, ofSpeaker: () => Attributes): void {
  writeSpan('onbehalf.revoke', context.active(), () => ({
    ...ofSpeaker(), ...known({ 'onbehalf.delegation.id': id, 'onbehalf.delegation.reason': reason, 'onbehalf.delegation.cascade': cascade }),
  }))
}

function ofDelegation(options: DelegationOptions, speaker: Principal, delegationId: string | undefined): Attributes {
  const { id, to, subject, from = speaker, scope, expiresAt, notBefore, maxDepth, mode = 'delegation', purpose } = options
  const parent: Parent = options.parent ?? (delegationId === undefined ? { kind: 'unknown' } : { kind: 'delegation', id: delegationId })
  return {
    ...ofPrincipal('onbehalf.delegation.grantor', { kind: 'agent', ...from }),
    ...ofPrincipal('onbehalf.delegation.delegate', { kind: 'agent', ...to }),
    ...ofPrincipal('onbehalf.delegation.subject', subject),
    ...known({
      'onbehalf.delegation.id': id,
      'onbehalf.delegation.parent.kind': parent.kind,
      ...(parent.kind === 'delegation' && { 'onbehalf.delegation.parent.id': parent.id }),
      ...(parent.kind === 'external' && {
        'onbehalf.delegation.parent.domain': parent.domain, 'onbehalf.delegation.parent.iss': parent.iss, 'onbehalf.delegation.parent.jti': parent.jti,
      }),
      'onbehalf.delegation.mode': mode,
      'onbehalf.delegation.scope': scope === undefined ? undefined : JSON.stringify(scope),
      'onbehalf.delegation.expires_at': timeOf(expiresAt),
      'onbehalf.delegation.not_before': timeOf(notBefore),
      'onbehalf.delegation.max_depth': maxDepth,
      'onbehalf.purpose': purpose,
    }),
  }
}

/** What is no time is written as it is: a delegation whose end cannot be read must not look like one without an end. */
function timeOf(time: Date | string | undefined): string | undefined {
  return time instanceof Date && !Number.isNaN(time.getTime()) ? time.toISOString() : time?.toString()
}
