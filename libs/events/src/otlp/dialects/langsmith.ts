import type { PrincipalInput } from '../../blocks.ts'
import { jsonAt, member, textAt, whole } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import { agentNamed } from '../map-record.ts'
import type { AttributeValue, OtlpRecord, SpanRecord } from '../record.ts'
import { toolMessageOf } from './langchain-message.ts'
import { endOf } from './span-end.ts'

/**
 * LangSmith's SDK with tracing over OpenTelemetry (JavaScript 0.12). `langsmith.trace.session_id` is a project: the thread is in
 * the metadata. A run that failed has status OK, which was set first, and an exception.
 */
export const langsmith: Dialect = {
  name: 'langsmith',
  speaks: (record) => record.signal === 'span' && record.attributes.has('langsmith.span.kind'),
  actions: (record) => record.signal === 'span' && textAt(record, 'langsmith.span.kind') === 'tool' ? [toolCall(record)] : [],
  run: (record) => {
    const agent = agentOf(record)
    return agent ? { agent } : null
  },
  operation: (record) => textAt(record, 'langsmith.span.kind') ?? null,
}

/** Of LangChain's `createAgent`; the name of a run is the name of a function. */
function agentOf(record: OtlpRecord): PrincipalInput | undefined {
  const name = textAt(record, 'langsmith.metadata.lc_agent_name')
  return name === undefined ? undefined : agentNamed(record, name)
}

function toolCall(span: SpanRecord): ActionSaid {
  const args = whole(jsonAt(span, 'gen_ai.prompt'))
  const output = jsonAt(span, 'gen_ai.completion')
  const message = toolMessageOf(output)
  const [callId, agent] = [member(message, 'tool_call_id'), agentOf(span)]
  return {
    operation: textAt(span, 'gen_ai.tool.name') ?? textAt(span, 'langsmith.trace.name') ?? span.name,
    isSpan: true,
    ...(args !== undefined && { arguments: args }),
    ...(agent && { agent }),
    ...(typeof callId === 'string' && { callId }),
    ...(failureOf(span, member(message, 'status')) ?? endOf(span, output)),
  }
}

function failureOf(span: SpanRecord, status: AttributeValue | undefined): Pick<ActionSaid, 'ended'> | null {
  const exception = span.events.find(({ name }) => name === 'exception')?.attributes
  if (exception === undefined && status !== 'error') return null
  const message = exception?.get('exception.message')
  return { ended: { time: span.end, status: 'failed', error: { type: 'error', ...(typeof message === 'string' && { message: firstLine(message) }) } } }
}

/** The stack is in the message as well. */
function firstLine(message: string): string {
  return message.split('\n', 1)[0]!
}
