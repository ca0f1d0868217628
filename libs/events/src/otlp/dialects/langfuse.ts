import { jsonAt, textAt, whole } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import { agentNamed } from '../map-record.ts'
import type { OtlpRecord, SpanRecord } from '../record.ts'
import { endOf } from './span-end.ts'

/**
 * Langfuse's own SDKs (`@langfuse/tracing` 5): an observation is a span, its name and type are the application's. What a
 * guardrail decided stands only in words of the application.
 */
export const langfuse: Dialect = {
  name: 'langfuse',
  speaks: (record) => record.signal === 'span' && record.attributes.has('langfuse.observation.type'),
  actions: (record) => record.signal === 'span' && typeOf(record) === 'tool' ? [toolCall(record)] : [],
  run: (record) => record.signal === 'span' && typeOf(record) === 'agent' ? { agent: agentNamed(record, record.name) } : null,
  operation: (record) => kinds.get(typeOf(record) ?? '') ?? typeOf(record) ?? null,
}

const kinds: ReadonlyMap<string, string> = new Map([['tool', 'execute_tool'], ['agent', 'invoke_agent'], ['generation', 'chat'], ['embedding', 'embeddings'], ['retriever', 'retrieval']])

function typeOf(record: OtlpRecord): string | undefined {
  return textAt(record, 'langfuse.observation.type')
}

function toolCall(span: SpanRecord): ActionSaid {
  const args = whole(jsonAt(span, 'langfuse.observation.input'))
  const isError = textAt(span, 'langfuse.observation.level') === 'ERROR' && span.status !== 'error'
  const message = textAt(span, 'langfuse.observation.status_message')
  return {
    operation: span.name,
    isSpan: true,
    ...(args !== undefined && { arguments: args }),
    ...(isError
      ? { ended: { time: span.end, status: 'failed', error: { type: 'error', ...(message !== undefined && { message }) } } }
      : endOf(span, span.attributes.get('langfuse.observation.output'))),
  }
}
