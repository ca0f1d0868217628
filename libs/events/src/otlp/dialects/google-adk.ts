import { jsonAt, member, textAt, whole } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import type { AttributeValue, OtlpRecord, SpanRecord } from '../record.ts'
import { errorOf } from './span-end.ts'

/**
 * Google's Agent Development Kit (`telemetry/tracing` of `@google/adk` 2.0; Python's is alike). A response proves nothing: a
 * callback before the tool may have given it instead, which is how guardrails are built here, and the status is never set.
 * The user is in no span.
 */
export const googleAdk: Dialect = {
  name: 'google-adk',
  speaks: (record) => record.signal === 'span' && record.scope.name === 'gcp.vertex.agent',
  actions: (record) => record.signal === 'span' && kindOf(record) === 'execute_tool' && !isMerged(record) ? [toolCall(record)] : [],
  run: (record) => runs.has(kindOf(record) ?? '') ? {} : null,
  operation: kindOf,
}

const runs: ReadonlySet<string> = new Set(['invoke_agent', 'chat'])

/** A tool that threw has a span with nothing but its name. */
function kindOf(record: OtlpRecord): string | null {
  const operation = textAt(record, 'gen_ai.operation.name')
  if (operation !== undefined || record.signal !== 'span') return operation ?? null
  if (record.name === 'call_llm') return 'chat'
  return record.name.startsWith('execute_tool ') ? 'execute_tool' : null
}

/** One more span for all calls of a turn; each of them has its own. */
function isMerged(span: SpanRecord): boolean {
  return span.name === 'execute_tool (merged)' || textAt(span, 'gen_ai.tool.name') === '(merged tools)'
}

function toolCall(span: SpanRecord): ActionSaid {
  const args = argumentsOf(span)
  return {
    operation: textAt(span, 'gen_ai.tool.name') ?? span.name.slice('execute_tool '.length),
    isSpan: true,
    ...(args !== undefined && { arguments: args }),
    ...endOf(span),
  }
}

/** Where content is not captured, `{}` stands for whatever they were. */
function argumentsOf(span: SpanRecord): AttributeValue | undefined {
  const args = whole(jsonAt(span, 'gcp.vertex.agent.tool_call_args'))
  return typeof args === 'object' && args !== null && Object.keys(args).length > 0 ? args : undefined
}

/** What ADK answers in the place of a tool that needs a yes (`tools/function_tool`), in whole. */
const answers: Readonly<Record<string, (time: string) => Partial<ActionSaid>>> = {
  'This tool call requires confirmation, please approve or reject.': (time) => ({ approvalAsked: { time } }),
  'This tool call is rejected.': (time) => ({ approval: { time, resolution: 'denied' }, ended: { time, status: 'blocked' } }),
}

function endOf(span: SpanRecord): Partial<ActionSaid> {
  const error = errorOf(span)
  if (error !== null) return { ended: { time: span.end, status: 'failed', error } }
  const response = jsonAt(span, 'gcp.vertex.agent.tool_response')
  const said = member(response, 'error')
  if (typeof said === 'string' && Object.hasOwn(answers, said) && Object.keys(response as object).length === 1) return answers[said]!(span.end)
  return response === undefined ? {} : { ended: { time: span.end, status: 'succeeded', inferred: true } }
}
