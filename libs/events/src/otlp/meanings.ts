import { usableText } from './attribute.ts'
import type { Attributes, AttributeValue, OtlpRecord } from './record.ts'

/**
 * Attributes that mean the same in all dialects, the first that is present counts (ingest.md, "Dialects"). GenAI
 * conventions have none for identity, delegation and decisions, so ours come first.
 */
export const meanings = {
  initiator: [
    'onbehalf.initiator.sub', 'user.id', 'user.email', 'user.name', 'enduser.id', 'langfuse.user.id', 'ai.settings.context.userId', 'ai.telemetry.metadata.userId',
    'traceloop.association.properties.user_id', 'mastra.metadata.userId', 'mastra.metadata.resourceId', 'metadata#user_id', 'langsmith.metadata.user_id',
    'user.account_uuid', 'user.account_id',
  ],
  session: [
    'onbehalf.session.id', 'gen_ai.conversation.id', 'session.id', 'langfuse.session.id', 'microsoft.session.id', 'gcp.vertex.agent.session_id',
    'traceloop.association.properties.session_id', 'mastra.metadata.threadId', 'mastra.metadata.sessionId', 'ai.settings.context.sessionId', 'ai.telemetry.metadata.sessionId',
    'langsmith.metadata.session_id', 'langsmith.metadata.thread_id', 'langsmith.metadata.conversation_id',
    'conversation.id', 'thread.id',
  ],
  agentId: ['onbehalf.agent.sub', 'gen_ai.agent.id', 'gen_ai.main_agent.id'],
  agentName: ['gen_ai.agent.name', 'agent.name', 'ai.telemetry.functionId', 'agent_name', 'agent_id'],
  delegatingAgent: ['microsoft.a365.caller.agent.id', 'microsoft.a365.caller.agent.name', 'parent_agent_id'],
  callId: [
    'gen_ai.tool.call.id', 'tool.id', 'tool_call.id', 'ai.toolCall.id', 'tool_use_id', 'call_id',
  ],
  actionId: ['onbehalf.action.id'],
  operation: ['gen_ai.operation.name'],
  originIp: ['client.address', 'source.address'],
  upstreamRequestId: ['http.response.header.request-id', 'http.response.header.x-request-id', 'aws.request_id', 'aws.requestId', 'gcp.request_id'],
} as const satisfies Record<string, readonly string[]>

export type Meaning = keyof typeof meanings

/** The text of the first attribute with this meaning that says anything; those of the record before those of its resource. */
export function said(record: OtlpRecord, meaning: Meaning): string | undefined {
  for (const from of [record.attributes, record.resource])
    for (const name of meanings[meaning]) {
      const text = usableText(firstOf(attribute(from, name)))
      if (text !== undefined) return text
    }
  return undefined
}

/** `name`, or `name#member` for a member of an attribute that holds JSON. */
function attribute(attributes: Attributes, name: string): AttributeValue | undefined {
  const cut = name.indexOf('#')
  if (cut < 0) return attributes.get(name)
  const outer = attributes.get(name.slice(0, cut))
  if (typeof outer === 'string') {
    try {
      return (JSON.parse(outer) as Record<string, AttributeValue> | null)?.[name.slice(cut + 1)]
    } catch {
      return undefined
    }
  }
  return typeof outer === 'object' && outer !== null && !Array.isArray(outer) ? outer[name.slice(cut + 1)] : undefined
}

function firstOf(value: AttributeValue | undefined): AttributeValue | undefined {
  return Array.isArray(value) ? firstOf(value[0]) : value
}
