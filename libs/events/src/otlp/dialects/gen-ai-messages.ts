import { items, jsonAt, member, parsed, whole } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import type { AttributeValue, OtlpRecord } from '../record.ts'
import { denies } from './denial-words.ts'

/**
 * Tool calls inside the messages of a model or agent: `gen_ai.input.messages` and `gen_ai.output.messages` (GenAI
 * conventions, JSON schemas of both), as attributes, in the body or the events of a record, structured or as JSON text; and
 * the events of conventions up to 1.36 (`gen_ai.choice`, `gen_ai.tool.message`).
 *
 * A `tool_call` in an output tells that a call was asked for. A `tool_call_response` tells that it has come to an end: the
 * tool may have run with no span of its own. Whether it went well is not said. Every later request repeats the history.
 */
export const genAiMessages: Dialect = {
  name: 'gen-ai-messages',
  speaks: (record) => attributeNames.some((name) => record.attributes.has(name) || member(bodyOf(record), name) !== undefined) || legacy.has(nameOf(record)),
  actions: messageActions,
}

const attributeNames = ['gen_ai.input.messages', 'gen_ai.output.messages'] as const

export function messageActions(record: OtlpRecord): ActionSaid[] {
  const [inputs, outputs] = attributeNames.map((name) => [...given(record, name)])
  const began = record.signal === 'span' ? record.start : record.time
  const answered = record.signal === 'span' ? record.end : record.time
  const said = new Map<string, ActionSaid>()
  const add = (action: ActionSaid | null): void => {
    if (action !== null && !said.has(action.part!)) said.set(action.part!, action)
  }
  for (const part of newest(inputs!).flatMap(partsOf)) add(response(part, began, record))
  for (const part of outputs!.flatMap(partsOf)) {
    // In the course of it: what is streamed may have run before the answer has ended.
    add(request(part, began))
    add(response(part, answered, record))
  }
  for (const action of legacy.get(nameOf(record))?.(bodyOf(record), answered, record) ?? []) add(action)
  return [...said.values()]
}

/** What was added since the model last spoke; some frameworks give its turns another role, so its calls mark them as well. */
function newest(messages: readonly AttributeValue[]): readonly AttributeValue[] {
  const last = messages.findLastIndex((message) => member(message, 'role') === 'assistant' || partsOf(message).some((part) => member(part, 'type') === 'tool_call'))
  return messages.slice(last + 1)
}

function request(part: AttributeValue, asked: string): ActionSaid | null {
  const [type, name] = [member(part, 'type'), member(part, 'name')]
  if (!(type === 'tool_call' || type === 'server_tool_call') || typeof name !== 'string') return null
  return requested(name, member(part, 'id'), member(part, 'arguments'), asked)
}

function response(part: AttributeValue, time: string, record: OtlpRecord): ActionSaid | null {
  const type = member(part, 'type')
  if (type !== 'tool_call_response' && type !== 'server_tool_call_response') return null
  // `result` is what the conventions' own examples and early instrumentations write.
  return responded(member(part, 'id'), member(part, 'response') ?? member(part, 'result'), time, record)
}

function requested(operation: string, id: AttributeValue | undefined, given: AttributeValue | undefined, asked: string): ActionSaid | null {
  const callId = idOf(id)
  if (callId === undefined) return null
  const args = whole(given)
  return { operation, callId, part: `asked:${callId}`, asked, ...(args !== undefined && { arguments: args }) }
}

function responded(id: AttributeValue | undefined, given: AttributeValue | undefined, time: string, record: OtlpRecord): ActionSaid | null {
  const callId = idOf(id)
  if (callId === undefined) return null
  const said = { operation: '', callId, part: `answered:${callId}`, asked: null }
  if (denies(record, given)) return { ...said, approval: { time, resolution: 'denied' }, ended: { time, status: 'blocked' } }
  const result = whole(given)
  return { ...said, ended: { time, status: 'succeeded', inferred: true, ...(result !== undefined && { result }) } }
}

/** The conventions' own example has a blank in front of one. */
function idOf(id: AttributeValue | undefined): string | undefined {
  return typeof id === 'string' && id.trim() !== '' ? id.trim() : undefined
}

/** Event bodies up to semantic conventions 1.36 (`gen-ai-events.md`): what is new in a request, and what is repeated, look alike. */
const legacy: ReadonlyMap<string, (body: AttributeValue, time: string, record: OtlpRecord) => (ActionSaid | null)[]> = new Map([
  ['gen_ai.choice', (body, time) => items(member(member(body, 'message'), 'tool_calls') ?? member(body, 'tool_calls')).map((call) => functionCall(call, time))],
  ['gen_ai.tool.message', (body, time, record) => [responded(member(body, 'id'), member(body, 'content'), time, record)]],
])

function functionCall(call: AttributeValue, time: string): ActionSaid | null {
  const called = member(call, 'function')
  const name = member(called, 'name')
  return typeof name === 'string' ? requested(name, member(call, 'id'), member(called, 'arguments'), time) : null
}

function* given(record: OtlpRecord, name: string): Generator<AttributeValue> {
  yield* items(jsonAt(record, name))
  yield* items(parsed(member(bodyOf(record), name)))
  if (record.signal === 'span') for (const { attributes } of record.events) yield* items(parsed(attributes.get(name)))
}

function partsOf(message: AttributeValue): readonly AttributeValue[] {
  return items(member(message, 'parts'))
}

function bodyOf(record: OtlpRecord): AttributeValue {
  return record.signal === 'log' ? parsed(record.body) ?? null : null
}

function nameOf(record: OtlpRecord): string {
  if (record.signal === 'span') return ''
  const named = record.attributes.get('event.name')
  return typeof named === 'string' ? named : record.eventName
}
