import { principalKindOf, type PrincipalInput } from '../blocks.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { Told } from '../mapped/told.ts'
import { isUsable, serviceOf, textAt, usableText } from './attribute.ts'
import type { ActionSaid, Dialect, RunSaid } from './dialect.ts'
import { meanings, said } from './meanings.ts'
import type { AttributeValue, OtlpRecord, SpanRecord } from './record.ts'

/**
 * What a span or log record says, in the words of the catalogue: the node of the tree, what it tells of actions, and what it
 * says of the run that it stands in. Nothing is said that the record does not say.
 * @param dialects in the order in which they are asked; the first that speaks a record's language reads it
 */
export function mapRecord(record: OtlpRecord, dialects: readonly Dialect[], sha256: (text: string) => string): Told[] {
  const dialect = dialects.find((each) => each.speaks(record))
  const actions = dialect?.actions(record) ?? []
  const about = aboutOf(record, dialect)
  const told = actions.flatMap((action) => actionTold(action, record, about, sha256))
  if (record.signal === 'span') told.unshift(nodeOf(record, dialect))
  told.push(...dialect?.also?.(record, about) ?? [])
  // What an action says itself needs no run to say it again.
  const run = runTold(record, about, dialect?.run?.(record) ?? null)
  if (run !== null && !actions.some(({ isSpan }) => isSpan === true)) told.push(run)
  const parentSpanId = record.signal === 'span' ? record.parentSpanId : null
  return parentSpanId === null ? told : told.map((each) => each.data.span_id === record.spanId ? { ...each, parentSpanId } : each)
}

/** What a record says of everything that it tells. */
export interface About {
  links: {
    trace_id?: string
    span_id?: string
    session_id?: string
    upstream_request_ids?: string[]
    origin?: { ip: string }
  }
  initiator?: PrincipalInput
  subject?: PrincipalInput
  /** Said by an attribute, or only by `service.name`. */
  agent: { principal: PrincipalInput; isNamed: boolean } | null
  actionId?: string
  delegationId?: string
  purpose?: string
}

function aboutOf(record: OtlpRecord, dialect: Dialect | undefined): About {
  const ip = said(record, 'originIp')
  const session = bounded(textAt(record, 'onbehalf.session.id') ?? dialect?.session?.(record) ?? said(record, 'session'), 255)
  const request = said(record, 'upstreamRequestId')
  const actionId = bounded(said(record, 'actionId'), 255)
  const delegationId = bounded(textAt(record, 'onbehalf.delegation.id'), 255)
  const purpose = textOf(record.attributes.get('onbehalf.purpose'))
  const person = dialect?.initiator?.(record)
  const initiator = personOf(record, 'initiator') ?? (person === undefined ? userOf(record) : person ?? undefined)
  const subject = personOf(record, 'subject')
  return {
    links: {
      ...(record.traceId !== null && { trace_id: record.traceId }),
      ...(record.spanId !== null && { span_id: record.spanId }),
      ...(session !== undefined && { session_id: session }),
      ...(request !== undefined && { upstream_request_ids: [request] }),
      ...(ip !== undefined && { origin: { ip } }),
    },
    ...(initiator && { initiator }),
    ...(subject && { subject }),
    agent: agentOf(record),
    ...(actionId !== undefined && { actionId }),
    ...(delegationId !== undefined && { delegationId }),
    ...(purpose !== undefined && { purpose }),
  }
}

/** An agent is known by its service and name; an id may be that of one run, so it is the instance where there is a name. */
export function agentOf(record: OtlpRecord): About['agent'] {
  const own = personOf(record, 'agent', 'agent')
  if (own) return { principal: own, isNamed: true }
  const service = serviceOf(record)
  const [id, name] = [said(record, 'agentId'), said(record, 'agentName')]
  const iss = service === undefined ? {} : { iss: `urn:otel:service:${service}` }
  if (name !== undefined) return { principal: { ...iss, sub: name, kind: 'agent', ...(id !== undefined && id !== name && { instance: id }) }, isNamed: true }
  if (id !== undefined) return { principal: { ...iss, sub: id, kind: 'agent' }, isNamed: true }
  // Who does not even name its service is still somebody: else its calls would be nobody's, and lose their tool as well.
  return { principal: { iss: 'urn:otel:service', sub: service ?? 'unknown_service', kind: 'agent' }, isNamed: false }
}

/** Another agent of the same service, by name. */
export function agentNamed(record: OtlpRecord, name: string): PrincipalInput {
  const service = serviceOf(record)
  return { ...(service !== undefined && { iss: `urn:otel:service:${service}` }), sub: name, kind: 'agent' }
}

/** `onbehalf.<role>.{iss,sub,kind,name}`. */
function personOf(record: OtlpRecord, role: 'initiator' | 'subject' | 'agent', kind: PrincipalInput['kind'] = 'user'): PrincipalInput | undefined {
  const sub = textAt(record, `onbehalf.${role}.sub`)
  if (sub === undefined) return undefined
  const [iss, name, given] = [textAt(record, `onbehalf.${role}.iss`), textAt(record, `onbehalf.${role}.name`), textAt(record, `onbehalf.${role}.kind`)]
  return { ...(iss !== undefined && { iss }), sub, kind: principalKindOf(given) ?? kind, ...(name !== undefined && { name }) }
}

/** A bare id: nobody says who issued it. `enduser.id` may be an OAuth client, so its kind is not known. */
function userOf(record: OtlpRecord): PrincipalInput | undefined {
  const sub = said(record, 'initiator')
  if (sub === undefined) return undefined
  const isEndUser = sub === textAt(record, 'enduser.id') && meanings.initiator.slice(0, 4).every((name) => textAt(record, name) === undefined)
  return { sub, kind: isEndUser ? 'unknown' : 'user' }
}

function nodeOf(span: SpanRecord, dialect: Dialect | undefined): Told {
  const operation = said(span, 'operation') ?? dialect?.operation?.(span) ?? undefined
  const service = serviceOf(span)
  return {
    type: 'span.ended',
    time: span.start,
    data: {
      trace_id: span.traceId, span_id: span.spanId, ...(span.parentSpanId !== null && { parent_span_id: span.parentSpanId }),
      name: lineOf(span.name) ?? '(no name)', kind: span.kind, end: span.end, status: span.status,
      ...(span.statusMessage !== '' && { message: cutText(span.statusMessage) }),
      ...(service !== undefined && { service }),
      ...(isUsable(span.scope.name) && { scope: span.scope.name }),
      ...(operation !== undefined && { operation }),
      ...(span.links.length > 0 && { links: span.links.slice(0, 1_000).map(({ traceId, spanId }) => ({ trace_id: traceId, span_id: spanId })) }),
    },
  }
}

function runTold(record: OtlpRecord, about: About, run: RunSaid | null): Told | null {
  const { links, initiator, subject, agent, purpose } = about
  const acting = run?.agent ?? (agent?.isNamed === true ? agent.principal : undefined)
  const delegating = said(record, 'delegatingAgent')
  const handedOverBy = run?.handedOverBy ?? (delegating === undefined ? undefined : agentNamed(record, delegating))
  // A session is worth saying as well: it ties the trace to it. A run that says nothing of itself stands between those that do.
  if (!initiator && !subject && !handedOverBy && links.session_id === undefined && run === null) return null
  if (links.trace_id === undefined && links.session_id === undefined) return null
  return {
    type: 'run.described',
    time: record.signal === 'span' ? record.start : record.time,
    data: {
      ...links, ...(acting && { agent: acting }), ...(initiator && { initiator }), ...(subject && { subject }),
      ...(handedOverBy && { handed_over_by: handedOverBy }), ...(purpose !== undefined && { purpose }),
    },
  }
}

function actionTold(action: ActionSaid, record: OtlpRecord, about: About, sha256: (text: string) => string): Told[] {
  const operation = lineOf(action.operation)
  const agent = action.agent ?? about.agent?.principal
  const actor = action.agent ?? (about.agent?.isNamed === true ? about.agent.principal : undefined)
  const { part } = action
  const began = record.signal === 'span' ? record.start : record.time
  const callId = usableText(action.callId) ?? said(record, 'callId')
  const stageOf = action.isStage === true && record.signal === 'span' ? record.parentSpanId : null
  const isSpan = stageOf !== null || (action.isSpan === true && record.signal === 'span')
  // An id that the record gives is not one of the calls in its messages.
  const actionId = action.callId === undefined || isSpan ? about.actionId : undefined
  const links = {
    ...about.links,
    ...(stageOf !== null && { span_id: stageOf }),
    ...(actionId !== undefined && { action_id: actionId }),
    ...(callId !== undefined && { tool_call_id: callId }),
    ...(action.requestId !== undefined && { request_id: action.requestId }),
    ...(action.upstreamRequestIds !== undefined && action.upstreamRequestIds.length > 0 && { upstream_request_ids: [...new Set([...(about.links.upstream_request_ids ?? []), ...action.upstreamRequestIds])] }),
  }
  // Without any key nobody could say which action it is.
  if (callId === undefined && actionId === undefined && action.requestId === undefined && links.upstream_request_ids === undefined && !isSpan) return []
  const whose = callId ?? actionId ?? action.requestId ?? `${record.traceId}/${stageOf ?? record.spanId}/${part ?? ''}`
  const named = { ...(part !== undefined && { part }), ...(isSpan && { isSpan: true as const }) }
  const argumentsDigest = action.argumentsDigest ?? (action.arguments === undefined ? undefined : digestOf(action.arguments, sha256))
  const { argumentsProjection: projection } = action
  const digested = argumentsDigest === undefined ? {} : { arguments_digest: argumentsDigest, ...(projection !== undefined && { arguments_projection: projection }) }
  const told: Told[] = []
  if (action.asked !== null && operation !== undefined && agent !== undefined)
    told.push({
      type: 'action.requested', time: action.asked ?? began, ...named,
      data: {
        ...links, agent, operation, tool: { name: operation, ...definedOf(action.tool) }, ...digested,
        ...(action.resource && { resource: action.resource }), ...(about.initiator && { initiator: about.initiator }), ...(about.subject && { subject: about.subject }),
        ...(about.delegationId !== undefined && { delegation_id: about.delegationId }),
        ...(action.parentActionId !== undefined && { parent_action_id: action.parentActionId }),
        ...((action.purpose ?? about.purpose) !== undefined && { purpose: (action.purpose ?? about.purpose)! }),
      },
    })
  if (action.decision) {
    const { time, effect, id, phase = 'runtime', policies = [], pdp, pep, reason, enforcement } = action.decision
    told.push({
      type: 'decision.recorded', time, ...named,
      data: {
        ...links, decision_id: id ?? derivedIdOf('decision', links, `${whose}\n${pdp ?? pep ?? ''}`, sha256), effect, phase, policies,
        ...(pdp !== undefined && { pdp }), ...(pep !== undefined && { pep }), ...(reason !== undefined && { reasons: [{ code: lineOf(reason) ?? 'said', text: cutText(reason) }] }),
        ...(enforcement !== undefined && { enforcement }),
        ...(operation !== undefined && { evaluated: { ...(actor !== undefined && { actor }), operation, ...(action.resource && { resource: action.resource }), ...digested } }),
      },
    })
  }
  if (action.approvalAsked) {
    const { time, id, approvers } = action.approvalAsked
    told.push({ type: 'approval.requested', time, ...named, data: { ...links, approval_id: id ?? derivedIdOf('approval', links, whose, sha256), ...(approvers && { approvers }) } })
  }
  if (action.approval) {
    const { time, resolution, id, kind, scope, approver, reason } = action.approval
    told.push({
      type: 'approval.resolved', time, ...named,
      data: {
        ...links, approval_id: id ?? derivedIdOf('approval', links, whose, sha256), resolution,
        ...(kind !== undefined && { kind }), ...(scope !== undefined && { scope }), ...(approver && { approver }), ...(reason !== undefined && { reason: cutText(reason) }),
      },
    })
  }
  if (action.started !== undefined) told.push({ type: 'action.started', time: action.started, ...named, data: { ...links, ...(action.executor && { executor: action.executor }), ...digested } })
  if (action.ended) {
    const { time, status, error, result, resultDigest, inferred } = action.ended
    const digest = resultDigest ?? (result === undefined ? undefined : digestOf(result, sha256))
    told.push({
      type: 'action.completed', time, ...named, ...(inferred && { inferred }),
      data: {
        ...links, status,
        ...(error && { error: { type: lineOf(error.type) ?? 'error', ...(error.message !== undefined && { message: cutText(error.message) }) } }),
        ...(digest !== undefined && { result_digest: digest }),
      },
    })
  }
  return told
}

/** The same call of the same session or trace gets the same id, whichever record tells of it. */
function derivedIdOf(what: string, { session_id, trace_id }: About['links'], of: string, sha256: (text: string) => string): string {
  return `${what}-${sha256(`${session_id ?? trace_id ?? ''}\n${of}`).slice(0, 32)}`
}

/**
 * `sha-256:` of the RFC 8785 form; text that holds JSON counts as that JSON, so that both ways to write it agree. JSON that has
 * no such form (half of a surrogate pair, 1e999, hundreds of levels) counts as the text that it is, and has no digest where a
 * dialect has read it already.
 */
function digestOf(value: AttributeValue, sha256: (text: string) => string): string | undefined {
  const canonical = (typeof value === 'string' ? canonicalOf(() => JSON.parse(value) as AttributeValue) : undefined) ?? canonicalOf(() => value)
  return canonical === undefined ? undefined : `sha-256:${sha256(canonical)}`
}

function canonicalOf(read: () => AttributeValue): string | undefined {
  try {
    return canonicalJson(read())
  } catch {
    return undefined
  }
}

function definedOf(tool: ActionSaid['tool']): { version?: string; server?: string } {
  return { ...(tool?.version !== undefined && { version: tool.version }), ...(tool?.server !== undefined && { server: tool.server }) }
}

function bounded(text: string | undefined, lengthMax: number): string | undefined {
  return text !== undefined && text.length <= lengthMax ? text : undefined
}

/** As a name of one line: what it may not hold is left out. */
function lineOf(text: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  const line = text.toWellFormed().replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim().slice(0, 1_024).toWellFormed()
  return line === '' ? undefined : line
}

function textOf(value: AttributeValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? cutText(value) : undefined
}

/** What somebody wrote, within the limit of a text (16 KiB of UTF-8). */
function cutText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '').slice(0, 4_096).toWellFormed()
}
