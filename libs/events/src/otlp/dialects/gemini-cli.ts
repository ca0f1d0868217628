import { jsonAt, member, textAt } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import type { AttributeValue, LogRecord, OtlpRecord, SpanRecord } from '../record.ts'
import { errorOf } from './span-end.ts'

/**
 * Gemini CLI: log events and spans (`packages/core/src/telemetry` of google-gemini/gemini-cli, 0.56; `docs/cli/telemetry.md`).
 *
 * The event of a tool call tells everything but the call's id. Where it stands in a trace, the call's span has that id and
 * tells the call, so the event adds only the calls that were refused: those have no span. Where it stands in none, the event
 * is the one record of its call, and its own particulars are the key.
 */
export const geminiCli: Dialect = {
  name: 'gemini-cli',
  speaks: (record) => record.scope.name === 'gemini-cli' || nameOf(record).startsWith('gemini_cli.'),
  actions: (record) => {
    if (record.signal === 'span') return textAt(record, 'gen_ai.operation.name') === 'tool_call' ? [callBySpan(record)] : []
    // Calls in messages are left alone: those of a request have other ids than those of the answer that asked for them.
    return nameOf(record) === 'gemini_cli.tool_call' ? callByEvent(record) : []
  },
  run: () => ({}),
}

/** With traces and prompts on, `gen_ai.output.messages` of a tool's span is the completed call, not messages. */
function callBySpan(span: SpanRecord): ActionSaid {
  const callId = textAt(span, 'gen_ai.tool.call_id') ?? textAt(span, 'gen_ai.tool.call.id')
  const [asked, done] = [jsonAt(span, 'gen_ai.input.messages'), jsonAt(span, 'gen_ai.output.messages')]
  const args = member(asked, 'args')
  return {
    operation: textAt(span, 'gen_ai.tool.name') ?? '',
    isSpan: true,
    ...(callId !== undefined && { callId }),
    ...(args !== undefined && { arguments: args }),
    ...endOfCall(span, done),
  }
}

/** The status of the span is OK for a tool that answers an error, so nothing is inferred from it. */
function endOfCall(span: SpanRecord, done: AttributeValue | undefined): Pick<ActionSaid, 'started' | 'ended'> {
  const { start, end } = span
  switch (member(done, 'status')) {
    case 'success':
      return { started: start, ended: { time: end, status: 'succeeded' } }
    case 'cancelled':
      return { ended: { time: end, status: 'cancelled' } }
    case 'error': {
      const type = member(member(done, 'response'), 'errorType')
      return { ended: { time: end, status: 'failed', error: { type: typeof type === 'string' && type !== '' ? type : 'error' } } }
    }
    default: {
      const error = errorOf(span)
      return error === null ? {} : { ended: { time: end, status: 'failed', error } }
    }
  }
}

function callByEvent(record: LogRecord): ActionSaid[] {
  const { time, attributes } = record
  const outcome = outcomeOf(record)
  if (record.traceId !== null && outcome.decision?.effect !== 'deny') return []
  const [operation, prompt, began, ended] = [textAt(record, 'function_name') ?? '', textAt(record, 'prompt_id'), millisAt(record, 'start_time'), millisAt(record, 'end_time')]
  const [args, server] = [attributes.get('function_args'), textAt(record, 'mcp_server_name')]
  const key = ['gemini-cli', prompt ?? '', operation, began ?? '', ended ?? '', time].join('/')
  return [{
    operation,
    ...(key.length <= 1_024 && { callId: key }),
    ...(began !== undefined && { asked: began }),
    ...(server !== undefined && { tool: { server } }),
    ...(typeof args === 'string' && { arguments: args }),
    ...outcome,
  }]
}

/**
 * `success` and `decision` together. `accept` is also written where nobody was asked, so it names no person. `reject` is also
 * written for a yes that is to be remembered (`getDecisionFromOutcome` does not know that one): it is a no only where the call
 * neither went well nor failed. A policy's no is an error type.
 */
function outcomeOf(record: LogRecord): Pick<ActionSaid, 'started' | 'decision' | 'approval' | 'ended'> {
  const { time, attributes } = record
  const success = attributes.get('success')
  const [decision, type] = [textAt(record, 'decision'), textAt(record, 'error_type') ?? textAt(record, 'error.type')]
  const message = attributes.get('error.message') ?? attributes.get('error')
  const [began, ended] = [millisAt(record, 'start_time') ?? time, millisAt(record, 'end_time') ?? time]
  const email = textAt(record, 'user.email')
  const error = { type: type ?? 'error', ...(typeof message === 'string' && message !== '' && { message }) }
  const hasError = type !== undefined || (typeof message === 'string' && message !== '')

  if (type === 'policy_violation')
    return { decision: { time: ended, effect: 'deny', pdp: 'gemini-cli:policy', pep: 'gemini-cli', reason: type }, ended: { time: ended, status: 'blocked', error } }
  if (decision === 'reject' && success === false && !hasError)
    return {
      decision: { time: ended, effect: 'deny', pdp: 'gemini-cli:user', pep: 'gemini-cli', reason: decision },
      approval: { time: ended, resolution: 'denied', kind: 'confirmation', ...(email !== undefined && { approver: { sub: email, kind: 'user' } }) },
      ended: { time: ended, status: 'blocked' },
    }
  const permit = decision !== undefined && decision !== 'reject' && { decision: { time: began, effect: 'permit' as const, pep: 'gemini-cli', reason: decision } }
  if (success === true) return { ...permit, started: began, ended: { time: ended, status: 'succeeded' } }
  return { ...permit, ...(success === false && hasError && { ended: { time: ended, status: 'failed', error } }) }
}

/** Milliseconds since 1970, as RFC 3339. */
function millisAt(record: OtlpRecord, name: string): string | undefined {
  const value = record.attributes.get(name)
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 253_402_300_800_000 ? new Date(value).toISOString() : undefined
}

function nameOf(record: OtlpRecord): string {
  return record.signal === 'span' ? '' : textAt(record, 'event.name') ?? record.eventName
}
