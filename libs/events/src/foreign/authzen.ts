import { canonicalJson } from '../canonical-json.ts'
import type { EventData } from '../catalogue/index.ts'
import type { Told } from '../mapped/told.ts'
import { refuse, rules, type Mapper } from './mapper.ts'
import { at, defined, idAt, isFields, itemsAt, kindOf, lineOf, nameAt, textOf, timeAt, traceparentOf, type Fields } from './pick.ts'

const page = 'authzen'

/**
 * OpenID AuthZEN Authorization API 1.0: what a policy enforcement point sent to `/access/v1/evaluation` or
 * `/access/v1/evaluations`, and what it was answered. The API has no log, so the enforcement point writes the pair:
 *
 * `{ time, request, response, request_id?, status?, pdp?, pep?, enforcement?, traceparent?, action_id?, session_id?, tool_call_id? }`
 *
 * `request` and `response` are the bodies as they went over the wire; `request_id` is `X-Request-ID`; `status` the HTTP status.
 * The API has no id of a decision: a decision is named by its request id, and in a batch by `<request id>/<index>`.
 */
export const mapAuthzen: Mapper = (record, { producer, sha256 }) => {
  const time = timeAt(record, 'time')
  if (time === undefined) return refuse(page, ['time'], rules.time, record['time'])
  const { request, response } = record
  if (!isFields(request)) return refuse(page, ['request'], rules.object, request)
  const status = at(record, 'status')
  // An answer that is an HTTP error is an answer for none of the questions.
  const hasFailed = typeof status === 'number' && status >= 400
  if (!hasFailed && !isFields(response)) return refuse(page, ['response'], rules.object, response)

  const requestId = nameAt(record, 'request_id')
  const pep = nameAt(record, 'pep')
  const name = requestId !== undefined && requestId.length <= 240 ? requestId : `authzen-${sha256(canonicalJson(record)).slice(0, 32)}`
  const common = {
    ...defined({
      action_id: idAt(record, 'action_id'), session_id: idAt(record, 'session_id'), tool_call_id: nameAt(record, 'tool_call_id'),
      request_id: requestId, pdp: nameAt(record, 'pdp'), pep, enforcement: enforcements.get(at(record, 'enforcement')),
    }),
    ...traceparentOf(record['traceparent']),
  }
  const questions = questionsOf(request)
  const told: Told[] = []
  for (const [index, question] of questions.entries()) {
    const path = questions.length === 1 && !isBatch(request) ? ['response'] : ['response', 'evaluations', String(index)]
    const answer = at(record, ...path)
    // A short-circuited batch answers only its first questions: of the others nothing was decided.
    if (answer === undefined && !hasFailed) {
      if (isBatch(request) && index >= itemsAt(response, 'evaluations').length) continue
      return refuse(page, path, rules.object, answer)
    }
    if (!hasFailed && typeof at(answer, 'decision') !== 'boolean') return refuse(page, [...path, 'decision'], 'must be true or false', at(answer, 'decision'))
    const decided = hasFailed ? failed(status) : decidedBy(answer)
    told.push({
      type: 'decision.recorded', time, ...(isBatch(request) && { part: String(index) }),
      data: { ...common, decision_id: isBatch(request) ? `${name}/${index}` : name, ...decided, phase: 'runtime', policies: [], ...askedBy(question) },
    })
  }
  return { ok: true, source: `urn:authzen:${pep ?? producer}`, id: `${name}\n${time}`, told }
}

const enforcements = new Map<unknown, NonNullable<EventData['decision.recorded']['enforcement']>>(
  (['enforced', 'failed_open', 'failed_closed', 'not_enforced'] as const).map((each) => [each, each]),
)

/** Questions of one batch that are read. */
const questionsMax = 1_000

/** Section 7.1: no `evaluations`, or an empty list, is one question. */
function isBatch(request: Fields): boolean {
  return itemsAt(request, 'evaluations').length > 0
}

/** Section 7.1: what a question of a batch leaves out stands beside the list. */
function questionsOf(request: Fields): unknown[] {
  if (!isBatch(request)) return [request]
  const { subject, action, resource, context } = request
  return itemsAt(request, 'evaluations').slice(0, questionsMax).map((each) => ({ subject, action, resource, context, ...(isFields(each) ? each : {}) }))
}

function failed(status: number) {
  return { effect: 'indeterminate' as const, reasons: [{ code: `http_${status}` }] }
}

/** Section 7.2: a question that could not be evaluated is answered `false`, with an error in its context. */
function decidedBy(answer: unknown): Pick<EventData['decision.recorded'], 'effect' | 'reasons'> {
  const error = at(answer, 'context', 'error')
  if (error !== undefined && error !== null)
    return { effect: 'indeterminate', reasons: [{ code: nameAt(error, 'status') ?? nameAt(error, 'code') ?? 'error', ...defined({ text: textOf(at(error, 'message')) ?? textOf(error) }) }] }
  const reasons = ['reason', 'reason_admin', 'reason_user'].flatMap((name) => reasonsFrom(name, at(answer, 'context', name))).slice(0, 100)
  return { effect: at(answer, 'decision') === true ? 'permit' : 'deny', ...(reasons.length > 0 && { reasons }) }
}

/** A text, or texts by language or code. */
function reasonsFrom(name: string, value: unknown): { code: string; text?: string }[] {
  const text = textOf(value)
  if (text !== undefined) return [{ code: name, text }]
  return isFields(value) ? Object.keys(value).slice(0, 100).flatMap((key) => {
    const [code, said] = [lineOf(`${name}.${key}`), textOf(value[key])]
    return code === undefined || said === undefined ? [] : [{ code, text: said }]
  }) : []
}

function askedBy(question: unknown): Pick<EventData['decision.recorded'], 'evaluated'> {
  const subject = entityOf(at(question, 'subject'))
  const kind = kindOf(subject?.type)
  const principal = subject && { sub: subject.id, kind: kind ?? ('unknown' as const) }
  const operation = lineOf(at(question, 'action', 'name'))
  const resource = entityOf(at(question, 'resource'))
  if (!principal && operation === undefined && !resource) return {}
  return { evaluated: { ...(principal && (kind === 'agent' ? { actor: principal } : { subject: principal })), ...defined({ operation, resource }) } }
}

function entityOf(value: unknown): { type: string; id: string } | undefined {
  const [type, id] = [nameAt(value, 'type'), nameAt(value, 'id')]
  return type === undefined || id === undefined ? undefined : { type, id }
}
