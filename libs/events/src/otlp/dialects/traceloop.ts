import { items, jsonAt, member, parsed, textAt, whole } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import { agentNamed } from '../map-record.ts'
import type { AttributeValue, OtlpRecord, SpanRecord } from '../record.ts'
import { toolMessageOf } from './langchain-message.ts'
import { endOf } from './span-end.ts'

/**
 * Traceloop's OpenLLMetry: decorators of its SDKs and its instrumentation of LangChain (JavaScript 0.27). A decorated function
 * that throws may leave no span, nor those around it; LangChain's runs are a trace each, tied by the session alone.
 */
export const traceloop: Dialect = {
  name: 'traceloop',
  speaks: (record) => record.signal === 'span' && record.attributes.has('traceloop.span.kind'),
  actions: (record) => record.signal === 'span' && kindOf(record) === 'execute_tool' ? [toolCall(record)] : [],
  run: (record) => {
    if (kindOf(record) !== 'invoke_agent') return null
    const name = textAt(record, 'traceloop.entity.name')
    return name === undefined ? {} : { agent: agentNamed(record, name) }
  },
  operation: kindOf,
}

const kinds: ReadonlyMap<string, string> = new Map([['tool', 'execute_tool'], ['agent', 'invoke_agent']])

function kindOf(record: OtlpRecord): string | null {
  const kind = textAt(record, 'traceloop.span.kind')
  if (kind === undefined) return null
  // LangChain's tools are tasks.
  return kind === 'task' ? textAt(record, 'gen_ai.operation.name') ?? kind : kinds.get(kind) ?? kind
}

function toolCall(span: SpanRecord): ActionSaid {
  const output = jsonAt(span, 'traceloop.entity.output')
  const message = toolMessageOf(output)
  const [callId, called, args, entity] = [member(message, 'tool_call_id'), member(message, 'name'), argumentsOf(span), textAt(span, 'traceloop.entity.name')]
  return {
    operation: typeof called === 'string' ? called : entity === undefined || classes.has(entity) ? '' : entity,
    isSpan: true,
    ...(typeof callId === 'string' && { callId }),
    ...(args !== undefined && { arguments: args }),
    ...(member(message, 'status') === 'error' ? { ended: { time: span.end, status: 'failed' } } : endOf(span, member(message, 'content') ?? output)),
  }
}

/** What LangChain's tools are made of: the name of none. */
const classes: ReadonlySet<string> = new Set(['DynamicStructuredTool', 'DynamicTool', 'StructuredTool', 'Tool'])

/** `{ args, kwargs }`: one object, or its text, or keywords alone. Several arguments have no names. */
function argumentsOf(span: SpanRecord): AttributeValue | undefined {
  const input = whole(jsonAt(span, 'traceloop.entity.input'))
  const [args, keywords] = [items(member(input, 'args')), member(input, 'kwargs')]
  const one = args.length === 0 ? keywords : args.length === 1 ? parsed(args[0]) : undefined
  return typeof one === 'object' && one !== null && !Array.isArray(one) ? one : undefined
}
