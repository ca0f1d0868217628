import { items, jsonAt, member, parsed, textAt, whole } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import type { AttributeValue, OtlpRecord, SpanRecord } from '../record.ts'
import { messageActions } from './gen-ai-messages.ts'
import { toolCall } from './gen-ai.ts'
import { endOf } from './span-end.ts'

/**
 * Vercel AI SDK: spans of `@ai-sdk/otel` 1 (version 7 of `ai`; GenAI conventions under the scope `gen_ai`) and those of
 * versions 4 to 6, which version 7 calls legacy (`ai.*` under the scope `ai`). A call that is denied, or waits for a yes, has
 * no span: it is told by the model's answer, and the denial by the next request.
 */
export const vercelAiSdk: Dialect = {
  name: 'vercel-ai-sdk',
  speaks: (record) => record.signal === 'span' && (record.attributes.has('ai.operationId') || record.scope.name === 'gen_ai'),
  actions: (record) => record.signal === 'span' ? (legacy.get(textAt(record, 'ai.operationId') ?? '') ?? modern)(record) : [],
  run: (record) => runs.has(kindOf(record) ?? '') ? {} : null,
  operation: kindOf,
}

/** As the GenAI conventions call it. */
const kinds: ReadonlyMap<string, string> = new Map([
  ['ai.generateText', 'invoke_agent'], ['ai.streamText', 'invoke_agent'], ['ai.generateObject', 'invoke_agent'], ['ai.streamObject', 'invoke_agent'],
  ['ai.generateText.doGenerate', 'chat'], ['ai.streamText.doStream', 'chat'], ['ai.generateObject.doGenerate', 'chat'], ['ai.streamObject.doStream', 'chat'],
  ['ai.toolCall', 'execute_tool'], ['ai.embed', 'embeddings'], ['ai.embedMany', 'embeddings'],
])

const runs: ReadonlySet<string> = new Set(['invoke_agent', 'agent_step'])

function kindOf(record: OtlpRecord): string | null {
  const id = textAt(record, 'ai.operationId')
  return (id === undefined ? textAt(record, 'gen_ai.operation.name') : kinds.get(id) ?? id) ?? null
}

function modern(span: SpanRecord): ActionSaid[] {
  switch (textAt(span, 'gen_ai.operation.name')) {
    case 'execute_tool':
      // Only written when the tool's own function has come back (`onToolExecutionEnd`).
      return [{ ...toolCall(span), ...(span.attributes.has('gen_ai.execute_tool.duration') && { started: span.start }) }]
    case 'chat': {
      const denials = new Map(denied(span).map((denial) => [denial.callId, denial]))
      return messageActions(span).map((action) => {
        // A tool may run while the answer still streams: it was asked for some time since the request.
        if (action.part?.startsWith('asked:') === true) return { ...action, asked: span.start }
        return denials.get(action.callId) ?? action
      })
    }
    default:
      // What the run as a whole got and gave stands in its chats as well.
      return []
  }
}

/**
 * A refusal is written as a result `{ denied: true, reason? }` (`gen-ai-format-messages.ts`, `execution-denied`). A tool's own
 * result may look so too: it counts only behind a part that asks for approval, which the call must have had.
 */
function denied(span: SpanRecord): ActionSaid[] {
  const messages = items(jsonAt(span, 'gen_ai.input.messages'))
  const last = messages.findLastIndex((message) => member(message, 'role') === 'assistant')
  const parts = items(member(messages[last], 'parts'))
  if (!parts.some((part) => member(part, 'type') === 'tool-approval-request')) return []
  const asked = new Map(parts.filter((part) => member(part, 'type') === 'tool_call').map((part) => [member(part, 'id'), part]))
  return messages.slice(last + 1).flatMap((message) => items(member(message, 'parts'))).flatMap((part) => {
    const [id, response] = [member(part, 'id'), member(part, 'response')]
    const call = asked.get(id)
    if (member(part, 'type') !== 'tool_call_response' || typeof id !== 'string' || call === undefined || !isRefusal(response)) return []
    return [{ operation: nameOf(member(call, 'name')), callId: id, part: `denied:${id}`, asked: null, ...refusal(span, member(response, 'reason')) }]
  })
}

function isRefusal(response: AttributeValue | undefined): boolean {
  return member(response, 'denied') === true && Object.keys(response as object).every((name) => name === 'denied' || name === 'reason')
}

/** The SDK did not call the tool: by a setting of the application, or for want of the user's yes. */
function refusal(span: SpanRecord, reason: AttributeValue | undefined): Pick<ActionSaid, 'decision'> {
  return { decision: { time: span.start, effect: 'deny', pep: 'ai-sdk', enforcement: 'enforced', ...(typeof reason === 'string' && reason !== '' && { reason }) } }
}

const legacy: ReadonlyMap<string, (span: SpanRecord) => ActionSaid[]> = new Map<string, (span: SpanRecord) => ActionSaid[]>([
  ['ai.toolCall', (span) => {
    const [name, args] = [textAt(span, 'ai.toolCall.name'), whole(jsonAt(span, 'ai.toolCall.args'))]
    return [{ operation: name ?? '', isSpan: true, ...(args !== undefined && { arguments: args }), ...endOf(span, span.attributes.get('ai.toolCall.result')) }]
  }],
  ['ai.generateText.doGenerate', answered],
  ['ai.streamText.doStream', answered],
  ['ai.generateText', resumed],
  ['ai.streamText', resumed],
])

/** One request to a model: what is new in it, and the calls that its answer asks for. */
function answered(span: SpanRecord): ActionSaid[] {
  const calls = items(jsonAt(span, 'ai.response.toolCalls')).flatMap((call): ActionSaid[] => {
    const [callId, operation] = [member(call, 'toolCallId'), nameOf(member(call, 'toolName'))]
    const args = whole(parsed(member(call, 'input') ?? member(call, 'args')))
    return typeof callId === 'string' ? [{ operation, callId, part: `asked:${callId}`, ...(args !== undefined && { arguments: args }) }] : []
  })
  const refusals = newest(jsonAt(span, 'ai.prompt.messages')).flatMap((part): ActionSaid[] => {
    const [callId, output] = [member(part, 'toolCallId'), member(part, 'output')]
    if (typeof callId !== 'string' || member(part, 'type') !== 'tool-result' || member(output, 'type') !== 'execution-denied') return []
    return [{ operation: nameOf(member(part, 'toolName')), callId, part: `denied:${callId}`, asked: null, ...refusal(span, member(output, 'reason')) }]
  })
  return [...calls, ...refusals]
}

/** A run that goes on after approval was asked for: the answers stand at the end of its messages. */
function resumed(span: SpanRecord): ActionSaid[] {
  const messages = member(jsonAt(span, 'ai.prompt'), 'messages')
  const requests = new Map(items(messages).flatMap((message) => items(member(message, 'content')))
    .filter((part) => member(part, 'type') === 'tool-approval-request' && member(part, 'isAutomatic') !== true)
    .map((part) => [member(part, 'approvalId'), member(part, 'toolCallId')]))
  return newest(messages).flatMap((part): ActionSaid[] => {
    const [id, approved, reason] = [member(part, 'approvalId'), member(part, 'approved'), member(part, 'reason')]
    const callId = requests.get(id)
    if (member(part, 'type') !== 'tool-approval-response' || typeof id !== 'string' || typeof callId !== 'string' || typeof approved !== 'boolean') return []
    return [{
      operation: '', callId, part: `approval:${callId}`, asked: null, approvalAsked: { time: span.start, id },
      approval: { time: span.start, id, resolution: approved ? 'approved' : 'denied', ...(typeof reason === 'string' && reason !== '' && { reason }) },
    }]
  })
}

/** The parts that were added since the model last spoke. */
function newest(messages: AttributeValue | undefined): readonly AttributeValue[] {
  const all = items(messages)
  return all.slice(all.findLastIndex((message) => member(message, 'role') === 'assistant') + 1).flatMap((message) => items(member(message, 'content')))
}

function nameOf(name: AttributeValue | undefined): string {
  return typeof name === 'string' ? name : ''
}
