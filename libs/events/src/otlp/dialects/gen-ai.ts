import { jsonAt, textAt, whole } from '../attribute.ts'
import type { ActionSaid, Dialect, RunSaid } from '../dialect.ts'
import { agentNamed } from '../map-record.ts'
import type { OtlpRecord, SpanRecord } from '../record.ts'
import { denies } from './denial-words.ts'
import { genAiMessages, messageActions } from './gen-ai-messages.ts'
import { endOf } from './span-end.ts'

/**
 * OpenTelemetry's semantic conventions for generative AI (repository `semantic-conventions-genai`, 2026; all of it
 * "development"). A span with the operation `execute_tool` is a tool call. Nothing in them says who asked or who allowed.
 */
export const genAi: Dialect = {
  name: 'gen-ai',
  speaks: (record) => marks.some((name) => record.attributes.has(name)) || genAiMessages.speaks(record),
  actions: (record) => record.signal === 'span' && isToolCall(record) ? [toolCall(record)] : messageActions(record),
  run,
}

const marks = ['gen_ai.operation.name', 'gen_ai.tool.name', 'gen_ai.tool.call.id']

function isToolCall(span: SpanRecord): boolean {
  const operation = textAt(span, 'gen_ai.operation.name')
  return operation === 'execute_tool' || (operation === undefined && span.attributes.has('gen_ai.tool.name'))
}

/** A tool call by its span. */
export function toolCall(span: SpanRecord): ActionSaid {
  const named = /^execute_tool (.+)$/.exec(span.name)?.[1]
  const args = whole(jsonAt(span, 'gen_ai.tool.call.arguments'))
  const result = jsonAt(span, 'gen_ai.tool.call.result')
  const said = { operation: textAt(span, 'gen_ai.tool.name') ?? named ?? '', isSpan: true, ...(args !== undefined && { arguments: args }) }
  if (!denies(span, result)) return { ...said, ...endOf(span, result) }
  return { ...said, approval: { time: span.end, resolution: 'denied' }, ended: { time: span.end, status: 'blocked' } }
}

/** `gen_ai.caller.*` names who called the agent, where the library knows it ("Tracking agent-to-agent interactions"). */
function run(record: OtlpRecord): RunSaid | null {
  if (textAt(record, 'gen_ai.operation.name') !== 'invoke_agent') return null
  const caller = textAt(record, 'gen_ai.caller.type') === 'agent' ? textAt(record, 'gen_ai.caller.name') : undefined
  return caller === undefined ? {} : { handedOverBy: agentNamed(record, caller) }
}
