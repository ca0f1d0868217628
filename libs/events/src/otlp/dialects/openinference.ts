import type { PrincipalInput } from '../../blocks.ts'
import { items, jsonAt, member, parsed, textAt } from '../attribute.ts'
import type { ActionSaid, Dialect, RunSaid } from '../dialect.ts'
import { agentNamed } from '../map-record.ts'
import type { AttributeValue, OtlpRecord, SpanRecord } from '../record.ts'
import { toolMessageOf } from './langchain-message.ts'
import { errorOf } from './span-end.ts'

/**
 * OpenInference (Arize; `spec/semantic_conventions.md`), as its instrumentations of LangChain and the OpenAI Agents SDK write
 * it. A TOOL span is a tool call, with an id only where a message in its output has one. Its output proves nothing: a
 * guardrail's answer stands there as well, under status OK.
 */
export const openinference: Dialect = {
  name: 'openinference',
  speaks: (record) => record.signal === 'span' && record.attributes.has('openinference.span.kind'),
  actions: (record) => {
    if (record.signal !== 'span') return []
    if (isReview(record)) return reviewed(record)
    return kindOf(record) === 'TOOL' && handoffOf(record) === null && !isListing(record) ? [toolCall(record)] : []
  },
  run: (record) => {
    const handoff = record.signal === 'span' ? handoffOf(record) : null
    if (handoff) return { agent: agentNamed(record, handoff.to), handedOverBy: agentNamed(record, handoff.from) }
    const agent = langchainAgentOf(record)
    if (agent) return { agent }
    return kindOf(record) === 'AGENT' ? nodeOf(record) : null
  },
  operation: (record) => kinds.get(kindOf(record) ?? '') ?? kindOf(record)?.toLowerCase() ?? null,
}

/** Of a graph in which agents are nodes; of other spans the node is a step and no agent. */
function nodeOf(record: OtlpRecord): RunSaid {
  const [node, above] = [textAt(record, 'graph.node.id'), textAt(record, 'graph.node.parent_id')]
  return { ...(node !== undefined && { agent: agentNamed(record, node) }), ...(above !== undefined && { handedOverBy: agentNamed(record, above) }) }
}

/** As the GenAI conventions call it. */
const kinds: ReadonlyMap<string, string> = new Map([['TOOL', 'execute_tool'], ['AGENT', 'invoke_agent'], ['LLM', 'chat'], ['EMBEDDING', 'embeddings'], ['RETRIEVER', 'retrieval']])

function kindOf(record: OtlpRecord): string | undefined {
  return textAt(record, 'openinference.span.kind')
}

function toolCall(span: SpanRecord): ActionSaid {
  const message = toolMessageOf(jsonAt(span, 'output.value'))
  const [given, callId, agent] = [jsonAt(span, 'input.value'), member(message, 'tool_call_id'), langchainAgentOf(span)]
  return {
    operation: textAt(span, 'tool.name') ?? span.name,
    isSpan: true,
    ...(typeof callId === 'string' && { callId }),
    ...(agent && { agent }),
    // The only argument of a call may stand here without its name.
    ...(typeof given === 'object' && given !== null && !Array.isArray(given) && { arguments: given }),
    ...endOf(span, message),
  }
}

function endOf(span: SpanRecord, message: AttributeValue | undefined): Partial<ActionSaid> {
  const time = span.end
  const error = errorOf(span)
  if (error !== null) return rejectionOf(span) ?? { ended: { time, status: 'failed', error } }
  const [status, result] = [member(message, 'status'), member(message, 'content')]
  const said = { time, ...(result !== undefined && result !== null && { result }) }
  if (status === 'error') return { ended: { ...said, status: 'failed' } }
  if (status === 'success') return { started: span.start, ended: { ...said, status: 'succeeded' } }
  return { ended: { time, status: 'succeeded', inferred: true } }
}

// OpenAI Agents SDK

const ofAgentsSdk = (record: OtlpRecord): boolean => record.scope.name.endsWith('openinference-instrumentation-openai-agents') || record.scope.name === 'openinference.instrumentation.openai_agents'

/** The words that the SDK writes into the error of a call which the user refused (`runner/toolExecution`, 0.20). */
function rejectionOf(span: SpanRecord): Partial<ActionSaid> | null {
  if (!ofAgentsSdk(span)) return null
  const said = /(\{"tool_name":.*\})$/s.exec(span.statusMessage)?.[1]
  const error = member(parsed(said), 'error')
  const callId = typeof error === 'string' ? /^Tool execution for (.+) was manually rejected by user\.$/.exec(error)?.[1] : undefined
  return callId === undefined ? null : { callId, approval: { time: span.end, resolution: 'denied' }, ended: { time: span.end, status: 'blocked' } }
}

/** A handoff is written as a tool; the agents stand in its input and output. */
function handoffOf(span: SpanRecord): { from: string; to: string } | null {
  if (!ofAgentsSdk(span) || !(textAt(span, 'tool.name') ?? '').startsWith('handoff_to_')) return null
  const [from, to] = [member(jsonAt(span, 'input.value'), 'from_agent'), member(jsonAt(span, 'output.value'), 'to_agent')]
  return typeof from === 'string' && typeof to === 'string' ? { from, to } : null
}

/** The tools of an MCP server are listed, none is called. */
function isListing(span: SpanRecord): boolean {
  return ofAgentsSdk(span) && span.name === 'mcp_tools'
}

// LangChain and LangGraph

/** `createAgent` writes the agent's name into the metadata of everything that runs in it. */
function langchainAgentOf(record: OtlpRecord): PrincipalInput | undefined {
  const name = member(jsonAt(record, 'metadata'), 'lc_agent_name')
  return typeof name === 'string' && name !== '' ? agentNamed(record, name) : undefined
}

/** LangChain's human-in-the-loop middleware (`langchain/agents/middleware/hitl`, 1.5) looks at calls after the model has asked for them. */
function isReview(span: SpanRecord): boolean {
  return span.scope.name.includes('langchain') && span.name === 'HumanInTheLoopMiddleware.after_model'
}

/**
 * It interrupts with the calls that need a yes; after the answer it ends, and every call that was rejected has a tool message
 * with an error. What was let through looks like what nobody was asked for.
 */
function reviewed(span: SpanRecord): ActionSaid[] {
  const calls = callsOf(items(member(jsonAt(span, 'input.value'), 'messages')))
  const agent = langchainAgentOf(span)
  const actionOf = (call: AttributeValue, callId: string): ActionSaid => ({
    operation: member(call, 'name') as string, callId, part: callId, ...(agent && { agent }), ...(member(call, 'args') !== undefined && { arguments: member(call, 'args')! }),
  })
  if (span.status === 'error') {
    const requests = items(parsed(span.statusMessage.split('\n\nGraphInterrupt: ')[0])).flatMap((interrupt) => items(member(member(interrupt, 'value'), 'actionRequests')))
    return requests.flatMap((request): ActionSaid[] => {
      const asked = [...calls].filter(([, call]) => member(call, 'name') === member(request, 'name'))
      // Two calls of one tool: the interrupt has no ids to tell them apart.
      if (asked.length !== 1) return []
      const [callId, call] = asked[0]!
      return [{ ...actionOf(call, callId), approvalAsked: { time: span.end } }]
    })
  }
  return items(member(jsonAt(span, 'output.value'), 'messages')).flatMap((message): ActionSaid[] => {
    const said = toolMessageOf(message)
    const [callId, reason] = [member(said, 'tool_call_id'), member(said, 'content')]
    if (typeof callId !== 'string' || member(said, 'status') !== 'error') return []
    const operation = member(said, 'name')
    return [{
      operation: typeof operation === 'string' ? operation : '', callId, part: callId, asked: null, ...(agent && { agent }),
      approval: { time: span.end, resolution: 'denied', ...(typeof reason === 'string' && { reason }) },
      ended: { time: span.end, status: 'blocked' },
    }]
  })
}

/** The calls that the last turn of the model asked for, by id. */
function callsOf(messages: readonly AttributeValue[]): Map<string, AttributeValue> {
  const last = messages.findLast((message) => items(member(message, 'id')).at(-1) === 'AIMessage' || member(message, 'type') === 'ai')
  const calls = items(member(member(last, 'kwargs') ?? last, 'tool_calls'))
  return new Map(calls.flatMap((call) => {
    const id = member(call, 'id')
    return typeof id === 'string' && typeof member(call, 'name') === 'string' ? [[id, call] as const] : []
  }))
}
