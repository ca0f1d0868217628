import { jsonAt, member, textAt } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import type { OtlpRecord, SpanRecord } from '../record.ts'
import { toolCall } from './gen-ai.ts'

/**
 * Mastra's exporter (`@mastra/otel-exporter` 1.4): GenAI conventions, and what kind of work a span is in `mastra.span.type`. A
 * run that waits for a yes ends, and says for which call; the run that goes on says what was answered.
 */
export const mastra: Dialect = {
  name: 'mastra',
  speaks: (record) => record.signal === 'span' && record.attributes.has('mastra.span.type'),
  actions: (record) => record.signal === 'span' ? tellers.get(textAt(record, 'mastra.span.type') ?? '')?.(record) ?? [] : [],
  run: (record) => textAt(record, 'mastra.span.type') === 'agent_run' ? {} : null,
  operation: (record: OtlpRecord) => textAt(record, 'mastra.span.type') ?? null,
}

const tellers: ReadonlyMap<string, (span: SpanRecord) => ActionSaid[]> = new Map([
  ['tool_call', (span: SpanRecord) => [toolCall(span)]],
  ['provider_tool_call', (span: SpanRecord) => [toolCall(span)]],
  ['mcp_tool_call', (span: SpanRecord) => {
    const server = textAt(span, 'mastra.mcp_tool_call.server_name')
    return [{ ...toolCall(span), ...(server !== undefined && { tool: { server } }) }]
  }],
  ['agent_run', (span: SpanRecord) => [...waiting(span), ...answered(span)]],
])

function waiting(span: SpanRecord): ActionSaid[] {
  const output = jsonAt(span, 'mastra.agent_run.output')
  const [callId, operation] = [member(output, 'toolCallId'), member(output, 'toolName')]
  if (member(output, 'status') !== 'suspended' || member(output, 'reason') !== 'tool-call-approval' || typeof callId !== 'string' || typeof operation !== 'string') return []
  return [{ operation, callId, part: `asked:${callId}`, approvalAsked: { time: span.end } }]
}

/** Only a run that was resumed has the answer as its input: else it is what the application wrote. */
function answered(span: SpanRecord): ActionSaid[] {
  const input = jsonAt(span, 'mastra.agent_run.input')
  const [callId, approved] = [member(input, 'toolCallId'), member(input, 'approved')]
  if (span.attributes.get('mastra.metadata.resumed') !== true || typeof callId !== 'string' || typeof approved !== 'boolean') return []
  return [{ operation: '', callId, part: `answered:${callId}`, asked: null, approval: { time: span.start, resolution: approved ? 'approved' : 'denied' } }]
}
