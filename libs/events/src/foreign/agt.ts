import { canonicalJson } from '../canonical-json.ts'
import type { EventData } from '../catalogue/index.ts'
import type { Told } from '../mapped/told.ts'
import { timeOf } from '../time.ts'
import { refuse, rules, type Mapper } from './mapper.ts'
import { at, defined, firstOf, idAt, isFields, lineOf, nameAt, nameOf, textOf, type Fields } from './pick.ts'

const page = 'agt'

/**
 * Microsoft agent-governance-toolkit: audit entries and governance events as its packages write them, by their source and
 * `docs/specs/AUDIT-COMPLIANCE-1.0.md` (sections 4 and 6): Agent Mesh (`entry_id`, `agent_did`), the same as a CloudEvent
 * (`ai.agentmesh.*`), Agent OS (`agent_id`, no id), TypeScript, Go, Rust and .NET (a hash), governance events (`event_id`).
 */
export const mapAgt: Mapper = (record, { sha256 }) => {
  const data = firstOf(['data', 'Data', 'attributes', 'metadata'].map((name) => (isFields(record[name]) ? record[name] : undefined))) ?? {}
  const look = (meaning: keyof typeof spelled) => firstOf(spelled[meaning].map((name) => nameAt(record, name) ?? nameAt(data, name)))
  const agent = look('agent')
  if (agent === undefined) return refuse(page, ['agent_did'], 'must name the agent, as agent_did or agent_id', undefined)
  const time = timeFrom(look('time'))
  if (time === undefined) return refuse(page, ['timestamp'], rules.time, look('time'))

  const own = firstOf(ids.map((name) => idAt(record, name)))
  const id = own ?? `agt-${sha256(canonicalJson(record)).slice(0, 32)}`
  const mapped = { ok: true as const, source: 'urn:agt', id }
  const type = typeFrom(record, look('type'))
  const verdict = verdictOf(type, look('decision'), at(data, 'allowed'), look('outcome'))
  const operation = lineOf(firstOf([nameAt(data, 'tool_name'), nameAt(record, 'action'), nameAt(record, 'Action'), nameAt(data, 'action')]))
  const isAction = actions.has(type) && verdict?.effect !== 'deny' && operation !== undefined
  if (!verdict && !isAction) return { ...mapped, told: [] }

  const principal = { sub: agent, kind: 'agent' as const }
  const resource = nameAt(record, 'resource')
  const links = linksOf(look, id)
  const hash = nameAt(record, 'arguments_hash') ?? nameAt(data, 'arguments_hash')
  // Its canonical JSON is Python's, not RFC 8785: such a digest compares with its like only.
  const digest = hash !== undefined && /^[0-9a-f]{64}$/.test(hash) ? { arguments_digest: `sha-256:${hash}`, arguments_projection: 'agt' } : {}
  const about = defined({ resource: resource === undefined ? undefined : { type: 'resource', id: resource } })
  const told: Told[] = []
  if (isAction)
    told.push({ type: 'action.requested', time: timeFrom(nameAt(record, 'issued_at') ?? nameAt(data, 'issued_at')) ?? time, data: { ...links, agent: principal, operation, ...about, ...digest } })
  if (verdict) {
    // .NET writes a violation beside the blocked call that it is about: it names no call of its own.
    const isEcho = type === 'policyviolation' && record['EventId'] !== undefined
    told.push({
      type: 'decision.recorded', time,
      data: {
        ...links, decision_id: idAt(data, 'decision_id') ?? id, effect: verdict.effect, phase: 'runtime', pdp: 'agent-governance-toolkit',
        ...(verdict.requiresApproval && { requires_approval: {} }), policies: policiesOf(look), ...reasonsOf(look, verdict.said),
        evaluated: { actor: principal, ...(!isEcho && defined({ operation })), ...about, ...digest },
      },
    })
  }
  const approver = nameAt(record, 'approver_did') ?? nameAt(data, 'approver_did')
  if (approver !== undefined && verdict?.effect !== 'deny')
    told.push({ type: 'approval.resolved', time, data: { ...links, approval_id: id, resolution: 'approved', approver: { sub: approver, kind: 'unknown' }, ...digest } })
  const status = statuses.get(look('outcome')?.toLowerCase())
  if (isAction && status !== undefined)
    told.push({ type: 'action.completed', time: timeFrom(nameAt(record, 'completed_at') ?? nameAt(data, 'completed_at')) ?? time, data: { ...links, status, ...digest } })
  return { ...mapped, told }
}

/** One meaning, as the packages spell it. */
const spelled = {
  time: ['timestamp', 'occurred_at', 'Timestamp', 'time'],
  type: ['event_type', 'kind', 'Type', 'type'],
  agent: ['agent_did', 'AgentId', 'agentId', 'agent_id', 'source'],
  decision: ['policy_decision', 'decision', 'Decision', 'policy_verdict', 'action_taken'],
  outcome: ['outcome'],
  session: ['session_id', 'SessionId', 'sessionId', 'sessionid'],
  trace: ['trace_id', 'traceid'],
  span: ['span_id'],
  policy: ['policy_name', 'PolicyName', 'policy_id', 'matched_rule'],
  version: ['policy_version'],
  reason: ['reason', 'violation_reason'],
  rule: ['matched_rule'],
  call: ['tool_call_id'],
  action: ['action_id'],
  request: ['request_id'],
} as const satisfies Record<string, readonly string[]>
type Look = (meaning: keyof typeof spelled) => string | undefined

const ids = ['entry_id', 'event_id', 'EventId', 'id', 'hash', 'Hash']

/** `GovernanceEventType` of .NET, which is written as a number unless told otherwise. */
const numbered = ['policycheck', 'policyviolation', 'toolcallblocked', 'checkpointcreated', 'driftdetected', 'trustverified', 'trustfailed', 'agentregistered']

/** `ai.agentmesh.tool.invoked`, `POLICY_CHECK` and `PolicyCheck` as one word each. */
function typeFrom(record: Fields, said: string | undefined): string {
  if (typeof record['Type'] === 'number') return numbered[record['Type']] ?? ''
  return (said ?? '').toLowerCase().replace(/^ai\.agentmesh\./, '').replaceAll(/[^a-z]/g, '')
}

const actions = new Set(['agentaction', 'toolinvocation', 'toolinvoked', 'mcptoolcall', 'resourceaccess'])
const denials = new Set(['toolblocked', 'toolcallblocked', 'policyviolation'])

interface Verdict {
  effect: EventData['decision.recorded']['effect']
  requiresApproval: boolean
  said: string
}

const verdicts = new Map<string, [effect: Verdict['effect'], requiresApproval?: true]>([
  ['allow', ['permit']], ['allowed', ['permit']], ['permit', ['permit']], ['warn', ['permit']], ['log', ['permit']], ['audit', ['permit']],
  ['deny', ['deny']], ['denied', ['deny']], ['block', ['deny']], ['blocked', ['deny']], ['rate_limit', ['deny']], ['ratelimit', ['deny']],
  ['review', ['permit', true]], ['escalate', ['permit', true]], ['requires_approval', ['permit', true]], ['require_approval', ['permit', true]],
])

function verdictOf(type: string, said: string | undefined, allowed: unknown, outcome: string | undefined): Verdict | null {
  if (said !== undefined) {
    const [effect, requiresApproval = false] = verdicts.get(said.toLowerCase()) ?? ['indeterminate']
    return { effect, requiresApproval, said }
  }
  if (typeof allowed === 'boolean') return { effect: allowed ? 'permit' : 'deny', requiresApproval: false, said: allowed ? 'allowed' : 'denied' }
  if (denials.has(type) || outcome?.toLowerCase() === 'denied') return { effect: 'deny', requiresApproval: false, said: type }
  return null
}

const statuses = new Map<string | undefined, 'succeeded' | 'failed'>([['success', 'succeeded'], ['failure', 'failed'], ['error', 'failed']])

/** A call that has no id of its own is known by the entry that tells of it. */
function linksOf(look: Look, id: string) {
  const hex = (text: string | undefined, length: number) => (text !== undefined && text.length === length && /^(?!0+$)[0-9a-f]+$/i.test(text) ? text.toLowerCase() : undefined)
  const bounded = (text: string | undefined) => (text !== undefined && text.length <= 255 ? text : undefined)
  const trace_id = hex(look('trace'), 32)
  const session_id = bounded(look('session'))
  const [call, request] = [look('call'), look('request')]
  const hasScope = session_id !== undefined || trace_id !== undefined
  return defined({
    action_id: bounded(look('action')), session_id, trace_id, span_id: trace_id === undefined ? undefined : hex(look('span'), 16),
    tool_call_id: call ?? (hasScope ? id : undefined), request_id: request ?? (call === undefined && !hasScope ? id : undefined),
  })
}

function policiesOf(look: Look): EventData['decision.recorded']['policies'] {
  const [id, version] = [nameOf(look('policy')), look('version')]
  return id === undefined ? [] : [{ id, ...defined({ version }) }]
}

function reasonsOf(look: Look, said: string): Pick<EventData['decision.recorded'], 'reasons'> {
  const text = textOf(look('reason'))
  const code = lineOf(look('rule')) ?? lineOf(said)
  return code === undefined ? {} : { reasons: [{ code, ...defined({ text }) }] }
}

/**
 * The specification says UTC, and Python writes no offset where it knows of none; the CloudEvents of Agent Mesh put a `Z`
 * behind an offset.
 */
function timeFrom(said: string | undefined): string | undefined {
  if (said === undefined) return undefined
  const text = said.replace(/([+-]\d{2}:\d{2})Z$/, '$1').replace(/^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?)$/, '$1Z')
  return timeOf(text) === null ? undefined : text
}
