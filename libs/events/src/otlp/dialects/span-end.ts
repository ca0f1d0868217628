import { textAt, whole } from '../attribute.ts'
import type { ActionSaid } from '../dialect.ts'
import type { AttributeValue, SpanRecord } from '../record.ts'

/**
 * How a call ended, from its span. ERROR or `error.type` is a failure. A result is given only where the call was carried
 * out ("if any and if execution was successful", GenAI conventions, `gen_ai.tool.call.result`). Else a span with OK or
 * UNSET only looks like success: calls that wait for a yes, or that a guardrail stopped, leave such a span too.
 */
export function endOf(span: SpanRecord, given?: AttributeValue): Pick<ActionSaid, 'started' | 'ended'> {
  const time = span.end
  const failure = errorOf(span)
  if (failure !== null) return { ended: { time, status: 'failed', error: failure } }
  const result = whole(given)
  const isDone = result !== undefined || textAt(span, 'gen_ai.tool.status') === 'success'
  const ended = { time, status: 'succeeded' as const, ...(result !== undefined && { result }) }
  return isDone ? { started: span.start, ended } : { ended: { ...ended, inferred: true } }
}

/** What kind of error a span says it ended with; null where it says none. */
export function errorOf(span: SpanRecord): { type: string; message?: string } | null {
  const type = textAt(span, 'error.type') ?? (textAt(span, 'gen_ai.tool.status') === 'error' ? 'error' : undefined)
  if (type === undefined && span.status !== 'error') return null
  const exception = span.events.findLast(({ name }) => name === 'exception')?.attributes
  const thrown = exception?.get('exception.type')
  const message = span.statusMessage !== '' ? span.statusMessage : exception?.get('exception.message')
  return { type: type ?? (typeof thrown === 'string' && thrown !== '' ? thrown : 'error'), ...(typeof message === 'string' && message !== '' && { message }) }
}
