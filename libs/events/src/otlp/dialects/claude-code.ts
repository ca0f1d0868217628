import type { PrincipalInput } from '../../blocks.ts'
import { isUsable, jsonAt, member, textAt } from '../attribute.ts'
import type { ActionSaid, DecisionSaid, Dialect } from '../dialect.ts'
import { earlier } from '../earlier.ts'
import type { OtlpRecord } from '../record.ts'

/**
 * Claude Code: log events and, in beta, spans (code.claude.com/docs/en/monitoring-usage; attribute names as the package
 * `@anthropic-ai/claude-code` 2.1.331 writes them). A tool's input and output are cut before they are sent, so no digest is
 * made of them. `user.id` is an installation, the person is `user.account_uuid`.
 */
export const claudeCode: Dialect = {
  name: 'claude-code',
  speaks: (record) => record.scope.name.startsWith('com.anthropic.claude_code') || nameOf(record).startsWith('claude_code.'),
  actions: (record) => {
    const said = tellers[nameOf(record)]?.(record)
    return said === undefined ? [] : [said]
  },
  // A subagent is the same software under the same account.
  run: (record) => {
    const parent = textAt(record, 'parent_agent_id')
    return { agent: agentOf(record, textAt(record, 'agent_id')), ...(parent !== undefined && { handedOverBy: agentOf(record, parent) }) }
  },
  operation: (record) => textAt(record, 'span.type') ?? null,
  initiator: personOf,
  // The conversation of a subagent's spans is the subagent.
  session: (record) => textAt(record, 'session.id'),
}

const tellers: Readonly<Record<string, (record: OtlpRecord) => ActionSaid>> = {
  'claude_code.tool_decision': (record) => ({ ...callOf(record), ...verdictOf(record, 'decision', 'source', timeOf(record)) }),

  'claude_code.tool_result': (record) => {
    const [time, duration] = [timeOf(record), record.attributes.get('duration_ms')]
    const began = earlier(time, duration)
    // Refused, so it did not run: that is all that this event tells of it.
    if (textAt(record, 'decision_type') === 'reject') return { ...callOf(record), ...verdictOf(record, 'decision_type', 'decision_source', time), ended: { time, status: 'blocked' } }
    return { ...callOf(record), asked: began, ...endedOf(record, began, time) }
  },

  // Stands for the whole call, the waiting included, and ends UNSET however the call ended.
  'claude_code.tool': (record) => ({ ...callOf(record), isSpan: true }),

  'claude_code.tool.blocked_on_user': (record) => ({ ...callOf(record), asked: null, isStage: true, ...verdictOf(record, 'decision', 'source', timeOf(record)) }),

  'claude_code.tool.execution': (record) => ({ ...callOf(record), asked: null, isStage: true, ...(record.signal === 'span' && endedOf(record, record.start, record.end)) }),
}

function callOf(record: OtlpRecord): ActionSaid {
  const callId = textAt(record, 'tool_use_id') ?? textAt(record, 'gen_ai.tool.call.id')
  const parameters = jsonAt(record, 'tool_parameters')
  const [server, tool] = [member(parameters, 'mcp_server_name') ?? textAt(record, 'anthropic.mcp.server.name'), member(parameters, 'mcp_tool_name')]
  const name = textAt(record, 'tool_name') ?? ''
  return {
    // Events call every MCP tool `mcp_tool`, unless details are on; spans have its whole name.
    operation: name === 'mcp_tool' && typeof server === 'string' && typeof tool === 'string' ? `mcp__${server}__${tool}` : name,
    agent: agentOf(record, textAt(record, 'agent_id')),
    ...(callId !== undefined && { callId }),
    ...(typeof server === 'string' && isUsable(server) && { tool: { server } }),
  }
}

function endedOf(record: OtlpRecord, started: string, time: string): Pick<ActionSaid, 'started' | 'ended'> {
  const success = record.attributes.get('success')
  if (success === 'true' || success === true) return { started, ended: { time, status: 'succeeded' } }
  if (success !== 'false' && success !== false) return {}
  const [type, message] = [textAt(record, 'error_type') ?? textAt(record, 'error_class') ?? textAt(record, 'error.type') ?? 'error', record.attributes.get('error')]
  return { ended: { time, status: 'failed', error: { type, ...(typeof message === 'string' && message !== '' && { message }) } } }
}

/** Who decided, by `source`; what a person says, at the prompt or by a rule that she saved there, is her confirmation too. */
const sources: Readonly<Record<string, { pdp?: string; resolution?: 'approved' | 'denied' | 'cancelled' }>> = {
  config: { pdp: 'claude-code:config' },
  hook: { pdp: 'claude-code:hook' },
  classifier: { pdp: 'claude-code:classifier' },
  user_permanent: { pdp: 'claude-code:user', resolution: 'approved' },
  user_temporary: { pdp: 'claude-code:user', resolution: 'approved' },
  user_reject: { pdp: 'claude-code:user', resolution: 'denied' },
  user_abort: { pdp: 'claude-code:user', resolution: 'cancelled' },
}

const effects: Readonly<Record<string, DecisionSaid['effect']>> = { accept: 'permit', reject: 'deny' }

function verdictOf(record: OtlpRecord, decision: string, source: string, time: string): Pick<ActionSaid, 'decision' | 'approval'> {
  const effect = effects[textAt(record, decision) ?? '']
  if (effect === undefined) return {}
  const from = textAt(record, source)
  const { pdp, resolution } = (from !== undefined && Object.hasOwn(sources, from) && sources[from]) || {}
  const approver = personOf(record)
  const isHers = resolution !== undefined && (resolution === 'approved') === (effect === 'permit')
  return {
    decision: { time, effect, ...(pdp !== undefined && { pdp }), pep: 'claude-code', ...(from !== undefined && { reason: from }) },
    ...(isHers && { approval: { time, resolution, kind: 'confirmation', ...(approver && { approver }), reason: from! } }),
  }
}

function personOf(record: OtlpRecord): PrincipalInput | null {
  const sub = textAt(record, 'user.account_uuid') ?? textAt(record, 'user.account_id') ?? textAt(record, 'user.email')
  return sub === undefined ? null : { sub, kind: 'user' }
}

function agentOf({ resource }: OtlpRecord, instance: string | undefined): PrincipalInput {
  const service = resource.get('service.name')
  const sub = typeof service === 'string' && service !== '' ? service : 'claude-code'
  return { iss: 'urn:otel:service', sub, kind: 'agent', ...(instance !== undefined && { instance }) }
}

/** Of an event: its body, or `event.name` without the prefix. */
function nameOf(record: OtlpRecord): string {
  if (record.signal === 'span') return record.name
  if (typeof record.body === 'string' && record.body.startsWith('claude_code.')) return record.body
  const named = textAt(record, 'event.name') ?? record.eventName
  return named.startsWith('claude_code.') || !record.scope.name.startsWith('com.anthropic.claude_code') ? named : `claude_code.${named}`
}

function timeOf(record: OtlpRecord): string {
  return record.signal === 'span' ? record.end : record.time
}
