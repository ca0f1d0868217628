import type { CloudEvent, EventData, EventType, Parent, PrincipalInput, Resource, Scope } from '@onbehalf/events'
import type { Random } from './random.ts'

/** The types that the fold of an action and its context reads. */
export const spokenTypes = [
  'session.started', 'session.ended', 'delegation.granted', 'delegation.revoked', 'action.requested', 'decision.recorded',
  'approval.requested', 'approval.resolved', 'action.started', 'action.completed', 'outcome.observed',
  'outcome.compensated', 'source.heartbeat', 'source.gap',
] as const satisfies readonly EventType[]
export type SpokenType = (typeof spokenTypes)[number]

/** Any valid event of `type`: every optional field is there or not, and strings hold what people paste. */
export function anyEvent(random: Random, type: SpokenType, atMs: number): CloudEvent {
  return envelopeOf(random, type, atMs, makers[type](random, atMs))
}

export interface EnvelopeOptions {
  source?: string
  id?: string
  traceparent?: string | null
}

export function envelopeOf(random: Random, type: EventType, atMs: number, data: object, options: EnvelopeOptions = {}): CloudEvent {
  const traceparent = options.traceparent === undefined
    ? maybe(random, () => `00-${random.hex(32)}-${random.hex(16)}-0${random.int(2)}`)
    : options.traceparent ?? undefined
  return {
    specversion: '1.0',
    id: options.id ?? random.uuid7(atMs),
    source: options.source ?? random.pick(someSources),
    type: `onbehalf.${type}.v1`,
    time: timeText(random, atMs),
    ...optional(random, { datacontenttype: () => 'application/json', subject: () => `action/${random.word(6)}` }),
    ...(traceparent === undefined ? {} : { traceparent }),
    data,
  }
}

/** Strings that break what was written for ASCII; all are valid in an event. */
export const awkwardNames = [
  'Ada', 'Zoë Ångström', '李小龍', 'مريم', '👩‍💻 Dev', 'O\'Brien "the boss"', '<script>alert(1)</script>', '; drop table facts; --',
  '../../etc/passwd', 'a'.repeat(200), '\u202etxt.exe', '{{7*7}}', '%s%n', ' leading and trailing ',
]

const someSources = ['urn:gateway:eu-1', 'urn:gateway:eu-2', '/agents/refund-bot', 'https://pdp.example/eu?zone=1#a']

/** The same moment, in one of the forms that RFC 3339 allows. */
function timeText(random: Random, atMs: number): string {
  const utc = new Date(atMs).toISOString()
  if (random.chance(0.8)) return utc
  const minutes = random.pick([60, -300, 330, 0])
  const local = new Date(atMs + minutes * 60_000).toISOString().slice(0, -1)
  const sign = minutes < 0 ? '-' : '+'
  const two = (value: number) => String(Math.abs(value)).padStart(2, '0')
  return `${local}${sign}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`
}

const maybe = <T>(random: Random, make: () => T, probability = 0.5): T | undefined => (random.chance(probability) ? make() : undefined)

/** The members that the dice allow; those left out are not there at all. */
function optional<T extends Record<string, () => unknown>>(random: Random, makers: T): { [K in keyof T]?: ReturnType<T[K]> } {
  const made: Record<string, unknown> = {}
  for (const [name, make] of Object.entries(makers)) if (random.chance(0.5)) made[name] = make()
  return made as { [K in keyof T]?: ReturnType<T[K]> }
}

const id = (random: Random, stem: string) => `${stem}-${random.word(6)}`

function principal(random: Random, kind: PrincipalInput['kind'] = random.pick(['user', 'agent', 'service', 'workload', 'organization', 'schedule', 'unknown'])): PrincipalInput {
  return {
    sub: `${kind}:${random.word(4)}`,
    kind,
    ...optional(random, { iss: () => 'https://idp.example', name: () => random.pick(awkwardNames), instance: () => random.hex(8) }),
  }
}

function resource(random: Random): Resource {
  return { type: random.pick(['customer', 'order', 'file']), id: random.pick(['42', '*', 'a/b', '客戶']), ...optional(random, { system: () => 'crm', environment: () => random.pick(['production', 'staging']) }) }
}

function scope(random: Random): Scope {
  return optional(random, {
    actions: () => [random.pick(['stripe.*', 'crm.read', '*'])],
    resources: () => [random.pick(['customer/*', 'order/881'])],
    audience: () => ['stripe'],
    oauth_scopes: () => ['refunds:write'],
    constraints: () => optional(random, { max_uses: () => random.int(5), environment: () => ['production'], data_class: () => [] as string[] }),
  })
}

function parent(random: Random): Parent {
  return random.pick<() => Parent>([
    () => ({ kind: 'root' }),
    () => ({ kind: 'delegation', delegation_id: id(random, 'del') }),
    () => ({ kind: 'external', domain: 'partner.example', ...optional(random, { iss: () => 'https://partner.example', jti: () => random.hex(8) }) }),
    () => ({ kind: 'unknown' }),
  ])()
}

const digest = (random: Random) => `sha-256:${random.hex(64)}`
const soon = (random: Random, atMs: number) => new Date(atMs + random.int(3_600_000)).toISOString()

function links(random: Random) {
  return optional(random, {
    session_id: () => id(random, 'ses'),
    tool_call_id: () => `call_${random.int(3)}`,
    trace_id: () => random.hex(32),
    span_id: () => random.hex(16),
    task_id: () => id(random, 'task'),
    txn: () => id(random, 'txn'),
    request_id: () => id(random, 'req'),
    upstream_request_ids: () => [id(random, 'req'), id(random, 'req')],
    origin: () => optional(random, { ip: () => '192.0.2.7', channel: () => 'chat', host: () => 'agents-1' }),
  })
}

const makers: { [Type in SpokenType]: (random: Random, atMs: number) => EventData[Type] } = {
  'session.started': (random) => ({
    ...links(random), session_id: id(random, 'ses'), agent: principal(random, 'agent'),
    trigger: random.pick(['interactive', 'schedule', 'webhook', 'agent', 'autonomous']),
    ...optional(random, { initiator: () => principal(random), trigger_ref: () => 'cron-7', purpose: () => random.pick(awkwardNames) }),
  }),
  'session.ended': (random) => ({ ...links(random), session_id: id(random, 'ses'), ...optional(random, { reason: () => 'completed' }) }),
  'delegation.granted': (random, atMs) => ({
    ...links(random), delegation_id: id(random, 'del'), parent: parent(random), grantor: principal(random), delegate: principal(random, 'agent'),
    subject: principal(random), mode: random.pick(['delegation', 'impersonation', 'self']),
    ...optional(random, {
      scope: () => scope(random), not_before: () => new Date(atMs).toISOString(), expires_at: () => soon(random, atMs), max_depth: () => random.int(4),
      purpose: () => random.pick(awkwardNames), consent_ref: () => 'consent-1', issuer: () => 'https://sts.example',
      exchange: () => ({ from_trust_domain: 'a.example', to_trust_domain: 'b.example', ...optional(random, { issued_token: () => ({ iss: 'https://sts.b.example', jti: random.hex(8) }), counterparty_verified: () => true }) }),
    }),
  }),
  'delegation.revoked': (random) => ({
    ...links(random), delegation_id: id(random, 'del'),
    ...optional(random, { by: () => principal(random, 'user'), reason: () => random.pick(awkwardNames), cascade: () => random.chance(0.5) }),
  }),
  'action.requested': (random, atMs) => ({
    ...links(random), action_id: id(random, 'act'), agent: principal(random, 'agent'), operation: random.pick(['stripe.refund', 'crm.read', random.pick(awkwardNames)]),
    ...optional(random, {
      resource: () => resource(random), tool: () => ({ name: 'refund', ...optional(random, { version: () => '2', server: () => 'mcp' }) }), delegation_id: () => id(random, 'del'),
      initiator: () => principal(random), subject: () => principal(random), act: () => ({ sub: 'b', act: { sub: 'a' } }), parent_action_id: () => id(random, 'act'),
      purpose: () => random.pick(awkwardNames), arguments: () => ({ amount: random.int(1_000), note: random.pick(awkwardNames) }), arguments_digest: () => digest(random),
      side_effect: () => random.pick(['none', 'read', 'write', 'irreversible'] as const), decision_due: () => soon(random, atMs), outcome_due: () => soon(random, atMs),
    }),
  }),
  'decision.recorded': (random, atMs) => ({
    ...links(random), decision_id: id(random, 'dec'), effect: random.pick(['permit', 'deny', 'indeterminate', 'not_applicable']),
    phase: random.pick(['sign_in', 'runtime', 'post_hoc']), policies: Array.from({ length: random.int(3) }, () => ({ id: id(random, 'pol'), ...optional(random, { version: () => '7' }) })),
    ...optional(random, {
      action_id: () => id(random, 'act'), pdp: () => 'opa-1', pep: () => 'gw-1', reasons: () => [{ code: 'limit', ...optional(random, { text: () => random.pick(awkwardNames) }) }],
      obligations: () => [{ id: 'log' }], requires_approval: () => optional(random, { approvers: () => [principal(random, 'user')], min: () => 1, separation: () => true }),
      evaluated: () => optional(random, { actor: () => principal(random, 'agent'), subject: () => principal(random), operation: () => 'stripe.refund', resource: () => resource(random), arguments_digest: () => digest(random) }),
      evaluated_at: () => new Date(atMs).toISOString(), enforcement: () => random.pick(['enforced', 'failed_open', 'failed_closed', 'not_enforced'] as const), ttl_ms: () => random.int(60_000), cached: () => false,
    }),
  }),
  'approval.requested': (random, atMs) => ({
    ...links(random), approval_id: id(random, 'apr'),
    ...optional(random, { action_id: () => id(random, 'act'), decision_id: () => id(random, 'dec'), approvers: () => [principal(random, 'user')], expires_at: () => soon(random, atMs), plan: () => ['step 1', { step: 2 }], arguments_digest: () => digest(random) }),
  }),
  'approval.resolved': (random, atMs) => ({
    ...links(random), approval_id: id(random, 'apr'), resolution: random.pick(['approved', 'denied', 'expired', 'cancelled']),
    ...optional(random, {
      kind: () => random.pick(['approval', 'confirmation'] as const), scope: () => random.pick(['once', 'session', 'until'] as const), expires_at: () => soon(random, atMs), max_uses: () => 1,
      approver: () => principal(random, 'user'), channel: () => 'chat', verified_by: () => 'webauthn', reason: () => random.pick(awkwardNames),
    }),
  }),
  'action.started': (random) => ({ ...links(random), action_id: id(random, 'act'), ...optional(random, { executor: () => principal(random, 'service'), arguments_digest: () => digest(random) }) }),
  'action.completed': (random) => ({
    ...links(random), action_id: id(random, 'act'), status: random.pick(['succeeded', 'failed', 'blocked', 'cancelled', 'timed_out', 'partial']),
    ...optional(random, { error: () => ({ type: 'timeout', message: '\u001b[31mred\u001b[0m\nsecond line' }), result_digest: () => digest(random) }),
  }),
  'outcome.observed': (random) => ({
    ...links(random), outcome_id: id(random, 'out'), observer: principal(random, 'service'), observed_effect: random.pick(['occurred', 'did_not_occur', 'differs']),
    ...optional(random, { action_id: () => id(random, 'act'), resource: () => resource(random), digest: () => digest(random), text: () => random.pick(awkwardNames) }),
  }),
  'outcome.compensated': (random) => ({ ...links(random), action_id: id(random, 'act'), by_action_id: id(random, 'act') }),
  'source.heartbeat': (random, atMs) => ({ watermark: new Date(atMs).toISOString(), ...optional(random, { next_before: () => soon(random, atMs) }) }),
  'source.gap': (random) => ({ dropped: random.int(100), ...optional(random, { from_sequence: () => '0001', to_sequence: () => '0009', reason: () => 'queue full' }) }),
}
