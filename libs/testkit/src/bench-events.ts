import { createHash } from 'node:crypto'
import { createRandom } from './random.ts'

export interface BenchEvent {
  tenant: string
  /** Partition key: events of one action stay together. */
  key: string
  value: Buffer
}

export interface BenchOptions {
  seed?: number
  /** Default 10: `tenant-0` … `tenant-9`. With 1, all are of tenant `default`. */
  tenants?: number
  /** Share of events that are sent again, from among the last 5,000. */
  duplicates?: number
}

/**
 * The events of the benchmark, one after the other: 10 per action, 8 actions interleaved (so that a batch sees most of an
 * action but not all), 805 bytes each on average, a tenant per user. The same options give the same bytes for ever.
 */
export function* benchEvents(count: number, { seed = 1, tenants = 10, duplicates = 0 }: BenchOptions = {}): Generator<BenchEvent> {
  const random = createRandom(seed)
  const lanes: (Lane | null)[] = Array.from({ length: lanesCount }, () => null)
  const recent: BenchEvent[] = []
  let nowMs = Date.UTC(2026, 10, 23, 6, 0, 0)
  /** Contiguous per source of a tenant. */
  const sequences = new Map<string, number>()
  for (let made = 0, turn = 0; made < count; made++) {
    if (duplicates > 0 && recent.length > 10 && random.chance(duplicates)) {
      yield random.pick(recent)
      continue
    }
    const lane = turn % lanesCount
    nowMs += turn++ % 2
    let action = lanes[lane]
    if (!action || action.step === steps.length) {
      const user = random.int(997)
      action = lanes[lane] = {
        step: 0, id: random.uuid7(nowMs), trace: random.hex(32), user, agent: random.int(97), delegations: [random.uuid7(nowMs), random.uuid7(nowMs)],
        decision: random.uuid7(nowMs), approval: random.uuid7(nowMs), digest: `sha-256:${random.hex(64)}`, denied: false, failed: false,
        tool: random.pick(['crm.update_contact', 'stripe.refund', 'mail.send', 'files.read']), customer: String(random.int(5_000)),
      }
    }
    const dice = random.next()
    const [type, data] = steps[action.step++]!(action, dice, () => random.uuid7(nowMs), () => random.hex(64))
    // What was denied does not run, and nothing comes of what failed: no rule has anything to say of it.
    if (type === 'decision.recorded') action.denied = dice < deniedShare
    if (type === 'action.completed') action.failed = action.denied || dice < failedShare
    const tenant = tenants === 1 ? 'default' : `tenant-${action.user % tenants}`
    const source = `urn:gw:eu-${action.agent % 3}`
    const sequence = sequences.get(`${tenant}/${source}`) ?? 0
    sequences.set(`${tenant}/${source}`, sequence + 1)
    const event = {
      specversion: '1.0', id: random.uuid7(nowMs), source, type: `onbehalf.${type}.v1`, time: new Date(nowMs).toISOString(),
      subject: `action/${action.id}`, datacontenttype: 'application/json', traceparent: `00-${action.trace}-${random.hex(16)}-01`,
      sequence: String(sequence).padStart(20, '0'), tenantid: tenant,
      data: { action_id: action.id, session_id: `sess-${action.trace.slice(0, 12)}`, ...data } as Record<string, unknown>,
    }
    const missing = bytesLeast + random.int(bytesSpread) - JSON.stringify(event).length - ',"purpose":""'.length
    if (missing > 0) event.data['purpose'] = Array.from({ length: Math.ceil(missing / 5) + 1 }, () => random.int(4_294_967_296).toString(36)).join(' ').slice(0, missing)
    const bench: BenchEvent = { tenant, key: action.id, value: Buffer.from(JSON.stringify(event)) }
    if (duplicates > 0 && recent.push(bench) > 5_000) recent.shift()
    yield bench
  }
}

/** SHA-256 over the values: what a benchmark prints as its input, so that two runs can be compared. */
export function benchDigest(events: Iterable<BenchEvent>): string {
  const hash = createHash('sha256')
  for (const { value } of events) hash.update(value)
  return hash.digest('hex')
}

const lanesCount = 8
const deniedShare = 0.05
const failedShare = 0.03
/** Chosen so that the mean is 805 bytes, the size that the yardsticks of performance.md were measured with. */
const bytesLeast = 607
const bytesSpread = 132

interface Lane {
  step: number
  id: string
  trace: string
  user: number
  agent: number
  delegations: [string, string]
  decision: string
  approval: string
  digest: string
  denied: boolean
  /** Nothing came of it. */
  failed: boolean
  tool: string
  customer: string
}

type Step = (action: Lane, dice: number, uuid: () => string, hex64: () => string) => [type: string, data: object]

const principal = (sub: string, kind: string, name?: string) => ({ iss: 'https://idp.example.com', sub, kind, ...(name === undefined ? {} : { name }) })
const userOf = ({ user }: Lane) => principal(`user:u-${user}`, 'user', `User ${user}`)
const agentOf = ({ agent }: Lane) => principal(`agent:planner-${agent}`, 'agent', `Planner ${agent}`)
const bossOf = ({ user }: Lane) => principal(`user:boss-${user % 7}`, 'user')

const steps: Step[] = [
  (a) => ['delegation.granted', { delegation_id: a.delegations[0], parent: { kind: 'root' }, grantor: userOf(a), delegate: principal('agent:orch', 'agent'), subject: userOf(a), scope: { actions: ['stripe.*', 'crm.*', 'mail.*', 'files.*'], resources: ['customer/*'] }, max_depth: 3, mode: 'delegation' }],
  (a) => ['delegation.granted', { delegation_id: a.delegations[1], parent: { kind: 'delegation', delegation_id: a.delegations[0] }, grantor: principal('agent:orch', 'agent'), delegate: agentOf(a), subject: userOf(a), scope: { actions: [a.tool] }, mode: 'delegation' }],
  (a) => ['action.requested', { agent: agentOf(a), operation: a.tool, tool: { name: a.tool, version: '2.3.1' }, resource: { type: 'customer', id: a.customer }, delegation_id: a.delegations[1], initiator: userOf(a), subject: userOf(a), arguments_digest: a.digest, side_effect: 'write' }],
  (a, dice) => ['decision.recorded', { decision_id: a.decision, effect: dice < deniedShare ? 'deny' : 'permit', phase: 'runtime', policies: [{ id: `pol-${a.user % 31}`, version: '14' }], pdp: 'opa-eu-1', pep: 'gw-eu-2', evaluated: { actor: agentOf(a), operation: a.tool, arguments_digest: a.digest } }],
  (a) => ['approval.requested', { approval_id: a.approval, decision_id: a.decision, arguments_digest: a.digest, approvers: [bossOf(a)] }],
  (a) => ['approval.resolved', { approval_id: a.approval, resolution: 'approved', approver: bossOf(a), arguments_digest: a.digest }],
  (a) => ['action.started', { executor: principal(`svc:tool-runner-${a.agent % 5}`, 'service'), arguments_digest: a.digest }],
  (a, dice, _uuid, hex64) => ['action.completed', { status: a.denied ? 'blocked' : dice < failedShare ? 'failed' : 'succeeded', result_digest: `sha-256:${hex64()}`, upstream_request_ids: [`req_${hex64().slice(0, 16)}`] }],
  (a, _dice, uuid) => ['outcome.observed', { outcome_id: uuid(), observer: principal('svc:ledger', 'service'), observed_effect: a.failed ? 'did_not_occur' : 'occurred', resource: { type: 'customer', id: a.customer } }],
  (a) => ['session.started', { agent: agentOf(a), initiator: userOf(a), trigger: 'interactive' }],
]
