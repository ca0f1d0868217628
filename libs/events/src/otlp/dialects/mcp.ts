import { jsonAt, textAt, whole } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import type { OtlpRecord, SpanRecord } from '../record.ts'
import { endOf } from './span-end.ts'

/**
 * Model Context Protocol, client and server spans (`docs/gen-ai/mcp.md` of `semantic-conventions-genai`, 2026; before that as
 * RPC spans with `rpc.system`). A `tools/call` is an action: at the client it tells who asks; at the server only that it was
 * carried out, as the server does not know the agent.
 *
 * JSON-RPC ids count from 1 on every connection, so one is a key only together with `mcp.session.id`; since protocol version
 * 2026-07-28 there is none, and the parent span is what joins the two sides. That id is never the session of an agent.
 */
export const mcp: Dialect = {
  name: 'mcp',
  speaks: (record) => record.signal === 'span' && methodOf(record) !== undefined,
  actions: (record) => record.signal === 'span' && methodOf(record) === 'tools/call' ? [toolCall(record)] : [],
  operation: (record) => methodOf(record) ?? null,
}

function methodOf(record: OtlpRecord): string | undefined {
  return textAt(record, 'mcp.method.name') ?? (rpcSystems.has(textAt(record, 'rpc.system') ?? '') ? textAt(record, 'rpc.method') : undefined)
}

const rpcSystems: ReadonlySet<string> = new Set(['mcp'])

function toolCall(span: SpanRecord): ActionSaid {
  const [session, id] = [textAt(span, 'mcp.session.id'), textAt(span, 'jsonrpc.request.id')]
  const named = /^tools\/call (.+)$/.exec(span.name)?.[1]
  const args = whole(jsonAt(span, 'gen_ai.tool.call.arguments'))
  const server = textAt(span, 'server.address')
  const requestId = session !== undefined && id !== undefined ? `mcp/${session}/${id}` : undefined
  const isServer = span.kind === 'server'
  return {
    operation: textAt(span, 'gen_ai.tool.name') ?? named ?? '',
    isSpan: true,
    ...(isServer && { asked: null }),
    ...(requestId !== undefined && requestId.length <= 1_024 && { requestId }),
    ...(!isServer && server !== undefined && { tool: { server } }),
    ...(args !== undefined && { arguments: args }),
    ...endOf(span, jsonAt(span, 'gen_ai.tool.call.result')),
  }
}
