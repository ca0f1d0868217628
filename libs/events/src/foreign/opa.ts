import { canonicalJson } from '../canonical-json.ts'
import type { EventData } from '../catalogue/index.ts'
import { timeOf } from '../time.ts'
import { refuse, rules, type Mapped, type Mapper } from './mapper.ts'
import {
  at, defined, firstOf, idAt, isFields, itemsAt, lineOf, nameAt, nameOf, pointed, principalFrom, textOf, timeAt, traceparentOf, type Fields,
} from './pick.ts'

const page = 'opa'

/**
 * Open Policy Agent: decision log events (openpolicyagent.org, "Decision Logs") and status updates ("Status").
 * What stands in `input` and `result` is its user's choice: JSON pointers per path (`mappings.opa` of the configuration), else
 * the common shapes, see `usual`.
 */
export const mapOpa: Mapper = (event, context) => {
  const isStatus = event['decision_id'] === undefined && ['plugins', 'metrics', 'discovery', 'decision_logs'].some((name) => event[name] !== undefined)
  return isStatus ? gapOf(event, context.producer) : decisionOf(event, context)
}

/** Where things stand, unless the configuration says where; the first that is there. */
const usual = {
  effect: ['/result', '/result/allow', '/result/allowed', '/result/decision', '/result/decision/allow', '/result/decision/allowed', '/result/effect', '/result/decision/effect'],
  actor: ['/input/agent', '/input/context/agent', '/input/actor', '/input/attributes/source/principal'],
  subject: ['/input/subject', '/input/user', '/input/principal'],
  operation: ['/input/operation', '/input/action', '/input/tool', '/input/tool_name'],
  resource: ['/input/resource'],
  arguments: ['/input/arguments', '/input/args', '/input/parameters', '/input/params', '/input/tool/arguments', '/input/tool/args', '/input/tool_args'],
  action_id: ['/input/action_id', '/input/context/action_id'],
  tool_call_id: ['/input/tool_call_id', '/input/context/tool_call_id'],
  session_id: ['/input/session_id', '/input/context/session_id'],
  request_id: ['/input/request_id', '/input/context/request_id', '/input/attributes/request/http/headers/x-request-id'],
  traceparent: ['/input/attributes/request/http/headers/traceparent'],
  reasons: ['/result/reasons', '/result/reason', '/result/decision/reasons', '/result/decision/reason', '/result/deny', '/result/violations'],
  obligations: ['/result/obligations', '/result/decision/obligations'],
  requires_approval: ['/result/requires_approval', '/result/decision/requires_approval'],
  pep: [],
} as const satisfies Record<string, readonly string[]>
type Meaning = keyof typeof usual

function decisionOf(event: Fields, { mappings, producer, sha256 }: Parameters<Mapper>[1]): Mapped {
  const decisionId = idAt(event, 'decision_id')
  if (decisionId === undefined) return refuse(page, ['decision_id'], rules.id, event['decision_id'])
  const time = timeAt(event, 'timestamp')
  if (time === undefined) return refuse(page, ['timestamp'], rules.time, event['timestamp'])

  const path = (nameAt(event, 'path') ?? '').replace(/^\/+/, '')
  const look = new Look(event, mappings?.['opa']?.find((each) => isFor(each['path'], path)))
  const { effect, reasons } = effectOf(event, look)
  const [actor, subject] = principalsOf(look)
  const evaluated = defined({ actor, subject, operation: operationOf(event, look), resource: look.first('resource', resourceFrom), ...argumentsOf(look, sha256) })
  const pep = look.first('pep', nameOf)
  const told: EventData['decision.recorded'] = {
    ...linksOf(event, look), decision_id: decisionId, effect, phase: 'runtime', policies: policiesOf(event, path),
    pdp: lineOf(`${nameAt(event, 'labels', 'app') ?? 'opa'}/${path}`)!, ...defined({ pep, requires_approval: look.first('requires_approval', approvalFrom) }),
    ...(reasons.length > 0 && { reasons }), ...listed('obligations', look.first('obligations', obligationsFrom)),
    ...(Object.keys(evaluated).length > 0 && { evaluated }),
  }
  return { ok: true, source: `urn:opa:${nameAt(event, 'labels', 'id') ?? producer}`, id: decisionId, told: [{ type: 'decision.recorded', time, data: told }] }
}

/** Looks for what a thing of the event means, where it was not hidden by OPA's masking policy. */
class Look {
  readonly #event: Fields
  readonly #mapping: Fields | undefined
  readonly hidden: readonly string[]

  constructor(event: Fields, mapping: Fields | undefined) {
    this.#event = event
    this.#mapping = mapping
    this.hidden = [...itemsAt(event, 'erased'), ...itemsAt(event, 'masked')].filter((each) => typeof each === 'string').slice(0, 1_000)
  }

  /** Whether the configuration says where to look: then nowhere else. */
  pointersFor(meaning: Meaning): readonly string[] {
    const said = this.#mapping?.[meaning]
    return typeof said === 'string' ? [said] : usual[meaning]
  }

  isConfigured(meaning: Meaning): boolean {
    return typeof this.#mapping?.[meaning] === 'string'
  }

  /** The first place that has something which can be read as what is asked for. */
  first<T>(meaning: Meaning, readAs: (value: unknown, pointer: string) => T | undefined): T | undefined {
    return firstOf(this.pointersFor(meaning).map((pointer) => (this.isHidden(pointer) ? undefined : readAs(pointed(this.#event, pointer), pointer))))
  }

  /** Masked is as good as erased: what stands there is not what was asked or answered. */
  isHidden(pointer: string): boolean {
    return this.hidden.some((each) => pointer === each || pointer.startsWith(`${each}/`))
  }

  hiddenWithin(pointer: string): string[] {
    return this.hidden.filter((each) => each.startsWith(`${pointer}/`))
  }
}

type Reasons = NonNullable<EventData['decision.recorded']['reasons']>

function effectOf(event: Fields, look: Look): { effect: EventData['decision.recorded']['effect']; reasons: Reasons } {
  const { error } = event
  if (error !== undefined)
    return { effect: 'indeterminate', reasons: [{ code: nameAt(error, 'code') ?? 'error', ...defined({ text: textOf(at(error, 'message')) ?? textOf(error) }) }] }
  const pointers = look.pointersFor('effect')
  const verdict = look.first('effect', verdictFrom)
  if (verdict !== undefined) return { effect: verdict, reasons: look.first('reasons', reasonsFrom) ?? [] }
  if (pointers.some((pointer) => look.isHidden(pointer))) return { effect: 'indeterminate', reasons: [{ code: 'hidden', text: 'The result was erased or masked before it was logged' }] }
  // No result is "undefined" in OPA: no rule applied, which is no denial, whatever who asked makes of it.
  const isUndefined = event['result'] === undefined || (look.isConfigured('effect') && pointed(event, pointers[0]!) === undefined)
  if (isUndefined) return { effect: 'not_applicable', reasons: [{ code: 'undefined', text: 'No rule of the policy gave a result' }] }
  const denials = isDenied(at(event, 'result', 'deny'))
  if (denials) return { effect: 'deny', reasons: look.first('reasons', reasonsFrom) ?? [] }
  return { effect: 'indeterminate', reasons: [{ code: 'not_understood', text: 'The result has none of the shapes that are known; say where the effect stands in mappings.opa' }] }
}

const verdicts = new Map<unknown, 'permit' | 'deny'>([
  [true, 'permit'], ['true', 'permit'], ['allow', 'permit'], ['allowed', 'permit'], ['permit', 'permit'], ['permitted', 'permit'],
  [false, 'deny'], ['false', 'deny'], ['deny', 'deny'], ['denied', 'deny'], ['forbid', 'deny'], ['block', 'deny'], ['blocked', 'deny'],
])

function verdictFrom(value: unknown): 'permit' | 'deny' | undefined {
  return verdicts.get(typeof value === 'string' ? value.toLowerCase() : value)
}

/** A set of denials, as `deny contains msg if …` gives it: one is enough; none says only that nothing spoke against it. */
function isDenied(value: unknown): boolean {
  return value === true || (Array.isArray(value) && value.length > 0) || (isFields(value) && Object.keys(value).length > 0)
}

function reasonsFrom(value: unknown): Reasons | undefined {
  const all = (Array.isArray(value) ? value : [value]).slice(0, 100).flatMap((each): Reasons => {
    const said: Fields = isFields(each) ? each : { message: each }
    const text = textOf(said['message']) ?? textOf(said['text']) ?? textOf(said['msg']) ?? textOf(said['reason'])
    const code = nameAt(said, 'code') ?? nameAt(said, 'id')
    return text === undefined && code === undefined ? [] : [{ code: code ?? 'reason', ...defined({ text }) }]
  })
  return all.length > 0 ? all : undefined
}

function obligationsFrom(value: unknown): NonNullable<EventData['decision.recorded']['obligations']> | undefined {
  if (!Array.isArray(value)) return undefined
  return value.slice(0, 100).flatMap((each) => {
    const id = nameOf(each) ?? nameAt(each, 'id') ?? nameAt(each, 'name')
    return id === undefined ? [] : [{ id, ...defined({ text: textOf(at(each, 'text')) }) }]
  })
}

function approvalFrom(value: unknown): EventData['decision.recorded']['requires_approval'] | undefined {
  if (value === true) return {}
  if (!isFields(value)) return undefined
  const { min, separation } = value
  const approvers = itemsAt(value, 'approvers').slice(0, 100).flatMap((each) => principalFrom(each, 'user') ?? [])
  return {
    ...(approvers.length > 0 && { approvers }),
    ...(Number.isSafeInteger(min) && (min as number) >= 0 && { min: min as number }),
    ...(typeof separation === 'boolean' && { separation }),
  }
}

/** A subject that says it is an agent is who acts. */
function principalsOf(look: Look) {
  const actor = look.first('actor', (value, pointer) => principalFrom(value, pointer.endsWith('/principal') ? 'workload' : 'agent'))
  const subject = look.first('subject', (value, pointer) => principalFrom(value, pointer.endsWith('/user') ? 'user' : 'unknown'))
  return actor === undefined && subject?.kind === 'agent' ? [subject, undefined] : [actor, subject]
}

function operationOf(event: Fields, look: Look): string | undefined {
  const said = look.first('operation', (value) => lineOf(value) ?? firstOf(['name', 'id', 'operation'].map((name) => lineOf(at(value, name)))))
  if (said !== undefined || look.isConfigured('operation')) return said
  for (const request of ['/input', '/input/attributes/request/http']) {
    const [method, path] = [pointed(event, `${request}/method`), pointed(event, `${request}/path`)]
    // The tutorials of OPA write a path as the list of its parts.
    const joined = Array.isArray(path) ? `/${path.slice(0, 100).join('/')}` : path
    if (look.isHidden(`${request}/method`) || look.isHidden(`${request}/path`) || look.hiddenWithin(`${request}/path`).length > 0) continue
    if (typeof method === 'string' && typeof joined === 'string') return lineOf(`${method} ${joined.split('?', 1)[0]}`)
  }
  return undefined
}

function resourceFrom(value: unknown): { type: string; id: string } | undefined {
  const bare = nameOf(value)
  if (bare !== undefined) return { type: 'resource', id: bare }
  const id = nameAt(value, 'id') ?? nameAt(value, 'name')
  const [type, system, environment] = [nameAt(value, 'type') ?? nameAt(value, 'kind'), nameAt(value, 'system'), nameAt(value, 'environment')]
  return id === undefined ? undefined : { type: type ?? 'resource', id, ...defined({ system, environment }) }
}

/** Where parts were hidden the digest is of another projection, and must not be compared with that of the whole. */
function argumentsOf(look: Look, sha256: (text: string) => string): { arguments_digest?: string; arguments_projection?: string } {
  return look.first('arguments', (value, pointer) => {
    if (!isFields(value) && !Array.isArray(value)) return undefined
    const hidden = look.hiddenWithin(pointer)
    return {
      arguments_digest: `sha-256:${sha256(canonicalJson(value))}`,
      ...(hidden.length > 0 && { arguments_projection: lineOf(`without ${[...hidden].sort().join(' ')}`)! }),
    }
  }) ?? {}
}

/** The span that OPA logs is its own: it is never an agent's. The caller's is in the headers, where OPA is told to log them. */
function linksOf(event: Fields, look: Look) {
  const header = (name: string) => {
    const headers = at(event, 'request_context', 'http', 'headers')
    if (!isFields(headers)) return undefined
    const found = Object.keys(headers).find((each) => each.toLowerCase() === name)
    return found === undefined ? undefined : (itemsAt(headers, found)[0] ?? at(headers, found))
  }
  const id = (value: unknown) => idAt(value)
  return {
    ...defined({
      action_id: look.first('action_id', id), tool_call_id: look.first('tool_call_id', nameOf), session_id: look.first('session_id', id),
      request_id: nameOf(header('x-request-id')) ?? look.first('request_id', nameOf),
    }),
    ...traceparentOf(header('traceparent') ?? look.first('traceparent', nameOf)),
  }
}

/** The revision of a bundle is the version of the policy. */
function policiesOf(event: Fields, path: string): EventData['decision.recorded']['policies'] {
  const { bundles } = event
  if (isFields(bundles) && Object.keys(bundles).length > 0)
    return Object.keys(bundles).sort().slice(0, 1_000).flatMap((name) => {
      const id = nameOf(name)
      return id === undefined ? [] : [{ id, ...defined({ version: nameAt(bundles, name, 'revision') }) }]
    })
  return path === '' ? [] : [{ id: path, ...defined({ version: nameAt(event, 'revision') }) }]
}

function listed<Name extends string, Item>(name: Name, items: Item[] | undefined) {
  return (items && items.length > 0 ? { [name]: items } : {}) as { [N in Name]?: Item[] }
}

/** `path` of a mapping: as OPA writes it, with or without a slash in front; a trailing `*` is a prefix. */
function isFor(pattern: unknown, path: string): boolean {
  if (typeof pattern !== 'string') return false
  const bare = pattern.replace(/^\/+/, '')
  return bare.endsWith('*') ? path.startsWith(bare.slice(0, -1)) : path === bare
}

/** Counters of decisions that were thrown away; each counts from the start of that OPA. Dropped caches lose no decision. */
const dropCounters = [
  'counter_decision_logs_dropped',
  'counter_decision_logs_dropped_rate_limit_exceeded',
  'counter_decision_logs_dropped_buffer_size_limit_exceeded',
  'counter_decision_logs_dropped_buffer_size_limit_bytes_exceeded',
  'counter_decision_logs_encoding_failure',
]

function gapOf(status: Fields, producer: string): Mapped {
  const source = `urn:opa:${nameAt(status, 'labels', 'id') ?? producer}`
  const counts = dropCounters.flatMap((name): [string, number][] => {
    const count = at(status, 'metrics', 'prometheus', name) ?? at(status, 'metrics', name)
    return Number.isSafeInteger(count) && (count as number) > 0 ? [[name.slice('counter_'.length), count as number]] : []
  })
  const dropped = counts.reduce((sum, [, count]) => sum + count, 0)
  if (dropped === 0 || !Number.isSafeInteger(dropped)) return { ok: true, source, id: 'status', told: [] }
  const time = latestTime(status)
  if (time === undefined) return refuse(page, ['bundles'], 'must have a bundle with the time of a request: a status update says no other time', status['bundles'])
  const reason = counts.map(([name, count]) => `${name}: ${count}`).join(', ')
  return { ok: true, source, id: `status ${time} ${reason}`, told: [{ type: 'source.gap', time, data: { dropped, since_start: true, reason } }] }
}

/** A status update has no time of its own; it was sent when a bundle was asked for last, or later. */
function latestTime(status: Fields): string | undefined {
  const bundles = isFields(status['bundles']) ? Object.values(status['bundles']).slice(0, 1_000) : []
  const times = [...bundles, status['discovery']].flatMap((bundle) =>
    ['last_request', 'last_successful_request', 'last_successful_download', 'last_successful_activation'].flatMap((name) => timeAt(bundle, name) ?? []))
  return times.sort((a, b) => timeOf(a)!.timeMs - timeOf(b)!.timeMs).at(-1)
}
