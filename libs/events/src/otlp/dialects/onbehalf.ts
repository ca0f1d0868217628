import { principalKindOf, scope as scopeSchema, type Parent, type PrincipalInput, type PrincipalKind, type Scope } from '../../blocks.ts'
import { compile } from '../../checker.ts'
import type { EventData } from '../../catalogue/index.ts'
import type { Told } from '../../mapped/told.ts'
import { timeOf } from '../../time.ts'
import { isUsable, parsed } from '../attribute.ts'
import type { ActionSaid, DecisionSaid, Dialect } from '../dialect.ts'
import type { About } from '../map-record.ts'
import type { Attributes, OtlpRecord, SpanRecord } from '../record.ts'
import { errorOf } from './span-end.ts'

/**
 * Our own attributes, `onbehalf.*` (libs/sdk/ATTRIBUTES.md): `libs/sdk` writes them, and anybody may. The record may be in
 * another dialect as well: then that one says what ours leaves out.
 * @param others in the order in which they are asked
 */
export function onbehalfOver(others: readonly Dialect[]): Dialect {
  const otherOf = (record: OtlpRecord): Dialect | undefined => others.find((each) => each.speaks(record))
  return {
    name: 'onbehalf',
    speaks: (record) => isOwn(record.attributes) || (record.signal === 'span' && record.events.some(({ attributes }) => isOwn(attributes))),
    actions: (record) => merged(ownActions(record), otherOf(record)?.actions(record) ?? []),
    run: (record) => otherOf(record)?.run?.(record) ?? null,
    operation: (record) => otherOf(record)?.operation?.(record) ?? null,
    initiator: (record) => otherOf(record)?.initiator?.(record),
    session: (record) => otherOf(record)?.session?.(record),
    also: (record, about) => [
      ...(record.signal === 'span' ? [delegation(record, about), revocation(record, about), session(record, about)].filter((told) => told !== null) : []),
      ...otherOf(record)?.also?.(record, about) ?? [],
    ],
  }
}

function isOwn(attributes: Attributes): boolean {
  for (const name of attributes.keys()) if (name.startsWith('onbehalf.')) return true
  return false
}

/** What ours says goes before what the other says of the call that is the span; of other calls in it, ours says nothing. */
function merged([own, ...more]: ActionSaid[], others: ActionSaid[]): ActionSaid[] {
  if (own === undefined) return others
  const same = others.find(({ isSpan }) => isSpan === true)
  if (same === undefined) return [own, ...more, ...others]
  const { operation, asked, ...ours } = own
  const { ended, started, ...theirs } = same
  // Whoever writes our attributes and leaves out how it ended does not say it: only a result that is there still does.
  const isProven = started !== undefined && own.decision?.effect !== 'deny'
  const whole: ActionSaid = { ...theirs, ...(operation !== '' && { operation, asked }), ...(own.ended === undefined && isProven && { started, ended }), ...ours }
  return [whole, ...more.map((each) => ({ ...each, isSpan: true })), ...others.filter((each) => each !== same)]
}

/** What a span of ours says of the action, by its name; any other name with an operation is the word of who asks for it. */
const says: Readonly<Record<string, { isAsked: boolean; isSpan: boolean }>> = {
  'onbehalf.execute': { isAsked: false, isSpan: true },
  'onbehalf.decide': { isAsked: false, isSpan: false },
  'onbehalf.delegate': { isAsked: false, isSpan: false },
  'onbehalf.revoke': { isAsked: false, isSpan: false },
}

function ownActions(record: OtlpRecord): ActionSaid[] {
  const { attributes } = record
  const operation = textOf(attributes, 'onbehalf.operation') ?? ''
  const { isAsked, isSpan } = (record.signal === 'span' && Object.hasOwn(says, record.name) && says[record.name]) || { isAsked: true, isSpan: record.signal === 'span' }
  const [resource, argumentsDigest, parentActionId] = [resourceOf(attributes), digestAt(attributes, 'onbehalf.arguments.digest'), idOf(attributes, 'onbehalf.action.parent.id')]
  const argumentsProjection = textOf(attributes, 'onbehalf.arguments.projection')
  const isThis = isSpan && operation !== ''
  const about = {
    operation, ...(isThis && { isSpan: true }), ...(resource && { resource }),
    ...(argumentsDigest !== undefined && { argumentsDigest, ...(argumentsProjection !== undefined && { argumentsProjection }) }),
  }
  const decision = decisionOf(attributes, record.signal === 'span' ? record.start : record.time)
  const said: ActionSaid = {
    ...about, ...((operation === '' || !isAsked) && { asked: null }), ...(decision && { decision }), ...(parentActionId !== undefined && { parentActionId }), ...outcomeOf(record),
  }
  const events = record.signal === 'span' ? record.events : []
  const more = events.flatMap((event, i): ActionSaid[] => {
    if (event.name === 'onbehalf.started') return [{ ...about, asked: null, part: `event:${i}`, started: event.time, ...executorOf(attributes) }]
    const told = decisionOf(event.attributes, event.time)
    // Several are several decisions: those without an id are told apart by where they stand.
    return told ? [{ ...about, asked: null, part: `event:${i}`, decision: { id: `${record.traceId}/${record.spanId}/${i}`, ...told } }] : []
  })
  return isThis || said.asked !== null || decision || said.ended || more.length > 0 ? [said, ...more] : []
}

const statuses: ReadonlySet<string> = new Set(['succeeded', 'failed', 'blocked', 'cancelled', 'timed_out', 'partial'])

function outcomeOf(record: OtlpRecord): Pick<ActionSaid, 'ended'> {
  const status = textOf(record.attributes, 'onbehalf.outcome.status')
  if (status === undefined || !statuses.has(status)) return {}
  const resultDigest = digestAt(record.attributes, 'onbehalf.outcome.digest')
  const error = record.signal === 'span' && status !== 'succeeded' ? errorOf(record) : null
  return {
    ended: {
      time: record.signal === 'span' ? record.end : record.time, status: status as NonNullable<ActionSaid['ended']>['status'],
      ...(error && { error }), ...(resultDigest !== undefined && { resultDigest }),
    },
  }
}

function executorOf(attributes: Attributes): Pick<ActionSaid, 'executor'> {
  const executor = principalAt(attributes, 'onbehalf.executor', 'service')
  return executor ? { executor } : {}
}

const effects: ReadonlySet<string> = new Set(['permit', 'deny', 'indeterminate', 'not_applicable'])
const phases: ReadonlySet<string> = new Set(['sign_in', 'runtime', 'post_hoc'])
const enforcements: ReadonlySet<string> = new Set(['enforced', 'failed_open', 'failed_closed', 'not_enforced'])

function decisionOf(attributes: Attributes, time: string): DecisionSaid | null {
  const text = (name: string) => textOf(attributes, `onbehalf.decision.${name}`)
  const [effect, id, phase, policy, version] = [text('effect'), idOf(attributes, 'onbehalf.decision.id'), text('phase'), text('policy.id'), text('policy.version')]
  const [pdp, pep, reason, enforcement] = [text('pdp'), text('pep'), text('reason'), text('enforcement')]
  if (effect === undefined || !effects.has(effect)) return null
  return {
    time, effect: effect as DecisionSaid['effect'],
    ...(id !== undefined && { id }),
    ...(phase !== undefined && phases.has(phase) && { phase: phase as NonNullable<DecisionSaid['phase']> }),
    ...(policy !== undefined && { policies: [{ id: policy, ...(version !== undefined && { version }) }] }),
    ...(pdp !== undefined && { pdp }), ...(pep !== undefined && { pep }), ...(reason !== undefined && { reason }),
    ...(enforcement !== undefined && enforcements.has(enforcement) && { enforcement: enforcement as NonNullable<DecisionSaid['enforcement']> }),
  }
}

function resourceOf(attributes: Attributes): ActionSaid['resource'] {
  const [type, id, system, environment] = ['type', 'id', 'system', 'environment'].map((name) => textOf(attributes, `onbehalf.resource.${name}`))
  if (type === undefined || id === undefined) return undefined
  return { type, id, ...(system !== undefined && { system }), ...(environment !== undefined && { environment }) }
}

const modes: ReadonlySet<string> = new Set(['delegation', 'impersonation', 'self'])
const isScope = compile(scopeSchema)

/** Said in full, or not at all: a scope, or an end, that cannot be read would be one without bounds if it were left out. */
function delegation({ attributes, start }: SpanRecord, { links, purpose }: About): Told | null {
  const at = (name: string) => `onbehalf.delegation.${name}`
  const [id, mode] = [idOf(attributes, at('id')), textOf(attributes, at('mode')) ?? 'delegation']
  const [grantor, delegate, subject] = [principalAt(attributes, at('grantor'), 'agent'), principalAt(attributes, at('delegate'), 'agent'), principalAt(attributes, at('subject'), 'user')]
  const [givenScope, expiresAt, notBefore, maxDepth] = ['scope', 'expires_at', 'not_before', 'max_depth'].map((name) => attributes.get(at(name)))
  const scope = parsed(givenScope)
  if (id === undefined || !grantor || !delegate || !subject || !modes.has(mode)) return null
  if ((scope !== undefined && !isScope(scope)) || !isTime(expiresAt) || !isTime(notBefore) || !(maxDepth === undefined || isCount(maxDepth))) return null
  return {
    type: 'delegation.granted', time: start,
    data: {
      ...links, delegation_id: id, parent: parentOf(attributes), grantor, delegate, subject, mode: mode as EventData['delegation.granted']['mode'],
      ...(scope !== undefined && { scope: scope as Scope }), ...(notBefore !== undefined && { not_before: notBefore }), ...(expiresAt !== undefined && { expires_at: expiresAt }),
      ...(maxDepth !== undefined && { max_depth: maxDepth }), ...(purpose !== undefined && { purpose }),
    },
  }
}

function parentOf(attributes: Attributes): Parent {
  const [kind, domain, iss, jti] = ['kind', 'domain', 'iss', 'jti'].map((name) => textOf(attributes, `onbehalf.delegation.parent.${name}`))
  const id = idOf(attributes, 'onbehalf.delegation.parent.id')
  if (kind === 'root') return { kind }
  if (kind === 'delegation' && id !== undefined) return { kind, delegation_id: id }
  if (kind === 'external' && domain !== undefined) return { kind, domain, ...(iss !== undefined && { iss }), ...(jti !== undefined && { jti }) }
  return { kind: 'unknown' }
}

function revocation({ attributes, name, start }: SpanRecord, { links, agent }: About): Told | null {
  const [id, reason, cascade] = [idOf(attributes, 'onbehalf.delegation.id'), textOf(attributes, 'onbehalf.delegation.reason'), attributes.get('onbehalf.delegation.cascade')]
  if (name !== 'onbehalf.revoke' || id === undefined) return null
  return {
    type: 'delegation.revoked', time: start,
    data: {
      ...links, delegation_id: id, ...(agent?.isNamed === true && { by: agent.principal }),
      ...(reason !== undefined && { reason }), ...(typeof cascade === 'boolean' && { cascade }),
    },
  }
}

const triggers: ReadonlySet<string> = new Set(['interactive', 'schedule', 'webhook', 'agent', 'autonomous'])

function session({ attributes, start }: SpanRecord, { links, agent, initiator, purpose }: About): Told | null {
  const [trigger, reference] = [textOf(attributes, 'onbehalf.session.trigger'), textOf(attributes, 'onbehalf.session.trigger_ref')]
  const { session_id } = links
  if (trigger === undefined || !triggers.has(trigger) || session_id === undefined || agent?.isNamed !== true) return null
  return {
    type: 'session.started', time: start,
    data: {
      ...links, session_id, agent: agent.principal, trigger: trigger as EventData['session.started']['trigger'],
      ...(reference !== undefined && { trigger_ref: reference }), ...(initiator && { initiator }), ...(purpose !== undefined && { purpose }),
    },
  }
}

function principalAt(attributes: Attributes, name: string, otherwise: PrincipalKind): PrincipalInput | null {
  const [iss, sub, kind] = ['iss', 'sub', 'kind'].map((part) => textOf(attributes, `${name}.${part}`))
  if (sub === undefined) return null
  return { ...(iss !== undefined && { iss }), sub, kind: principalKindOf(kind) ?? otherwise }
}

/** A digest, as given. */
function digestAt(attributes: Attributes, name: string): string | undefined {
  const digest = textOf(attributes, name)
  return digest !== undefined && /^sha-256:[0-9a-f]{64}$/.test(digest) ? digest : undefined
}

function idOf(attributes: Attributes, name: string): string | undefined {
  const id = textOf(attributes, name)
  return id !== undefined && id.length <= 255 ? id : undefined
}

function isTime(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && timeOf(value) !== null)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function textOf(attributes: Attributes, name: string): string | undefined {
  const value = attributes.get(name)
  return typeof value === 'string' && isUsable(value) ? value : undefined
}
