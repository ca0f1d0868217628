import type { PrincipalInput } from '../../blocks.ts'
import { textAt } from '../attribute.ts'
import type { ActionSaid, DecisionSaid, Dialect } from '../dialect.ts'
import { earlier } from '../earlier.ts'
import type { AttributeValue, LogRecord, OtlpRecord } from '../record.ts'

/**
 * OpenAI Codex CLI: log events (`codex-rs/otel/src/events/session_telemetry.rs` of openai/codex, 2026). Output is a preview, so no
 * digest is made of it. The record's own event name is a source line; the event is named by the attribute `event.name`.
 */
export const codex: Dialect = {
  name: 'codex',
  speaks: (record) => record.signal === 'log' && nameOf(record).startsWith('codex.'),
  actions: (record) => {
    const said = record.signal === 'log' ? tellers[nameOf(record)]?.(record) : undefined
    return said === undefined ? [] : [said]
  },
  run: () => ({}),
  initiator: personOf,
}

const tellers: Readonly<Record<string, (record: LogRecord) => ActionSaid>> = {
  'codex.tool_decision': (record) => ({ ...callOf(record), ...verdictOf(record) }),

  'codex.tool_result': (record) => {
    const { time } = record
    const began = earlier(time, record.attributes.get('duration_ms'))
    const said = { ...callOf(record), asked: began }
    const success = record.attributes.get('success')
    if (success === 'true' || success === true) return { ...said, started: began, ended: { time, status: 'succeeded' } }
    if (success !== 'false' && success !== false) return said
    // Failed, and refused before it ran, are told the same way, but for these words.
    const output = record.attributes.get('output')
    if (typeof output === 'string' && refusals.has(output)) return { ...said, ended: { time, status: 'blocked' } }
    return { ...said, ended: { time, status: 'failed', inferred: true } }
  },
}

/** `codex-rs/core/src/tools/{orchestrator,events}.rs`; whole, as a tool's own output may hold them too. */
const refusals: ReadonlySet<string> = new Set(['rejected by user', 'exec command rejected by user', 'patch rejected by user'])

function callOf(record: LogRecord): ActionSaid {
  const [callId, server, args] = [textAt(record, 'call_id'), textAt(record, 'mcp_server'), record.attributes.get('arguments')]
  return {
    operation: textAt(record, 'tool_name') ?? '',
    ...(callId !== undefined && { callId }),
    ...(server !== undefined && { tool: { server } }),
    ...(isObject(args) && { arguments: args }),
  }
}

/**
 * `ReviewDecision` (`codex-rs/protocol/src/protocol.rs`), in lower case and without the underscores that the documentation has.
 * A `network_policy_amendment` may allow or deny: it is none of these.
 */
const verdicts: Readonly<Record<string, { effect: DecisionSaid['effect']; resolution: 'approved' | 'denied' | 'expired'; scope?: 'once' | 'session' }>> = {
  approved: { effect: 'permit', resolution: 'approved' },
  approvedforsession: { effect: 'permit', resolution: 'approved', scope: 'session' },
  approvedexecpolicyamendment: { effect: 'permit', resolution: 'approved' },
  approvedmcppolicyamendment: { effect: 'permit', resolution: 'approved' },
  approvedwithamendment: { effect: 'permit', resolution: 'approved' },
  denied: { effect: 'deny', resolution: 'denied' },
  abort: { effect: 'deny', resolution: 'denied' },
  timedout: { effect: 'indeterminate', resolution: 'expired' },
}

const deciders: Readonly<Record<string, string>> = { user: 'codex:user', config: 'codex:config', automated_reviewer: 'codex:automated-reviewer' }

function verdictOf(record: LogRecord): Pick<ActionSaid, 'decision' | 'approval'> {
  const { time } = record
  const word = textAt(record, 'decision')?.replaceAll('_', '').toLowerCase()
  const verdict = word !== undefined && Object.hasOwn(verdicts, word) ? verdicts[word] : undefined
  if (verdict === undefined) return {}
  const { effect, resolution, scope } = verdict
  const source = textAt(record, 'source')
  const pdp = source !== undefined && Object.hasOwn(deciders, source) ? deciders[source] : undefined
  const approver = personOf(record)
  return {
    decision: { time, effect, ...(pdp !== undefined && { pdp }), pep: 'codex', reason: textAt(record, 'decision')! },
    ...(source === 'user' && { approval: { time, resolution, kind: 'confirmation', ...(scope !== undefined && { scope }), ...(approver && { approver }) } }),
  }
}

function personOf(record: OtlpRecord): PrincipalInput | null {
  const sub = textAt(record, 'user.account_id') ?? textAt(record, 'user.email')
  return sub === undefined ? null : { sub, kind: 'user' }
}

/** A shell command is logged as it would be typed, not as the arguments that were given. */
function isObject(value: AttributeValue | undefined): value is string {
  if (typeof value !== 'string' || !value.startsWith('{')) return false
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}

function nameOf(record: OtlpRecord): string {
  return textAt(record, 'event.name') ?? (record.signal === 'log' ? record.eventName : '')
}
