import type { CloudEvent, EventData, EventType, Leg, Parent, PrincipalInput, Resource, Scope } from '@onbehalf/events'
import type { Random } from './random.ts'

/** One entry of a random world: who sent it, and what it says. */
export interface WorldEntry {
  /** `onbehalf`: an entry of the tenant's own log. */
  producer: string
  event: CloudEvent
}

/** A random world, in the order in which it happened. Its own entries (`onbehalf`) keep this order among themselves. */
export interface WorldOfLies {
  entries: WorldEntry[]
  /** It says something of when entries were received, so its meaning rests on that as well. */
  restsOnReceipt: boolean
}

export interface LiesOptions {
  /** Actions; each brings about seven entries, and what is around them as many again. */
  actions: number
}

/**
 * Agents, delegations, revocations, policies and lies: everything that a rule looks at, in order and out of it. What an
 * action is made of mostly fits together, and each part of it sometimes does not. Ids are few, so that things meet, and
 * times lie on and beside the limits of budgets, so that limits matter. Who speaks is mostly the party that is registered,
 * else whoever is not, and sometimes a liar: it says what is not its to say, takes others' ids, sends others' events again
 * and tells one event in two ways.
 */
export function worldOfLies(random: Random, { actions }: LiesOptions): WorldOfLies {
  const entries: { atMs: number; entry: WorldEntry }[] = []
  let serial = 0
  let restsOnReceipt = false
  const numbers = new Map<string, number>()
  const at = (ms: number) => new Date(ms).toISOString()
  const maybe = <T extends object>(probability: number, make: () => T): Partial<T> => (random.chance(probability) ? make() : {})

  // ── who there is ──
  const users = [person('alice'), person('ben'), person('carol'), { ...person('al'), iss: 'https://id.partner.example' }]
  const agents: PrincipalInput[] = [agent('bot'), agent('helper'), agent('payer', 'https://agents.partner.example'), { sub: 'spiffe://agents.example/runner', kind: 'workload' }]
  /** Somebody's bare id could be anybody's of that name. */
  const bare = (who: PrincipalInput): PrincipalInput => (random.chance(0.07) ? { sub: who.sub, kind: who.kind } : who)
  const user = () => bare(random.pick(users))
  const anAgent = () => bare(random.pick(agents))
  const anybody = () => (random.chance(0.5) ? user() : anAgent())
  const server: PrincipalInput = { iss: 'https://payments.example', sub: 'payments-mcp', kind: 'service' }
  const parties: Record<string, Leg[]> = {
    idp: ['initiator'], sts: ['delegation'], pdp: ['decision'], desk: ['approval'], runner: ['execution'], ledger: ['outcome'],
    hr: ['inventory'], vault: ['grants'], edge: ['heartbeat'],
  }
  const partyOf = (leg: Leg) => Object.keys(parties).find((id) => parties[id]!.includes(leg))!

  const digests = ['a', 'b'].map((digit) => `sha-256:${digit.repeat(64)}`)
  const operations = ['pay', 'pay.refund', 'read']
  const credentials = ['cr0', 'cr1']
  const delegationIds = ['g0', 'g1', 'g2', 'g3'].slice(0, 2 + random.int(3))
  const sessionIds = ['s0', 's1']
  const approvalIds = ['ap0', 'ap1']

  configure()
  surroundings()
  for (let i = 0; i < actions; i++) act(i)
  lie()
  runClock()
  return { entries: entries.sort((a, b) => a.atMs - b.atMs).map(({ entry }) => entry), restsOnReceipt }

  // ── saying ──

  /** Somebody says something: who should, mostly. */
  function say<Type extends EventType>(type: Type, atMs: number, leg: Leg | null, data: EventData[Type], where: { trace?: string; span?: string; by?: string } = {}): WorldEntry {
    const right = leg === null ? 'default' : partyOf(leg)
    const roll = random.next()
    const producer = where.by ?? (roll < 0.68 ? right : roll < 0.9 ? 'default' : roll < 0.97 ? 'liar' : random.pick(Object.keys(parties)))
    const source = random.chance(0.95) ? `urn:world:${producer}` : `urn:world:${right}`
    const number = numbers.get(source) ?? 1
    // Some sources count, and some of those leave a number out.
    const counts = producer === 'runner' || producer === 'edge'
    if (counts) numbers.set(source, number + (random.chance(0.06) ? 2 : 1))
    const entry: WorldEntry = {
      producer,
      event: {
        specversion: '1.0', id: `e${serial++}`, source, type: `onbehalf.${type}.v1`, time: at(atMs),
        ...(counts ? { sequence: String(number).padStart(4, '0') } : {}),
        ...(where.trace === undefined ? {} : { traceparent: `00-${where.trace}-${where.span ?? '9'.repeat(16)}-01` }),
        data,
      },
    }
    entries.push({ atMs, entry })
    return entry
  }

  function own(type: EventType, atMs: number, data: object): void {
    const event: CloudEvent = { specversion: '1.0', id: `o${serial++}`, source: 'urn:onbehalf:world', type: `onbehalf.${type}.v1`, time: at(atMs), data }
    entries.push({ atMs, entry: { producer: 'onbehalf', event } })
  }

  // ── what is configured ──

  function configure(): void {
    if (random.chance(0.08)) return
    own('config.changed', originMs - 1_000_000, { config: configuration() })
    // Later changes count from a time of theirs, some of them from the past.
    while (random.chance(0.25)) own('config.changed', moment(), { config: configuration(), effective_from: at(moment()) })
  }

  function configuration(): object {
    const producers = Object.entries(parties).filter(() => random.chance(0.6)).map(([id, legs]) => ({
      id,
      legs: random.chance(0.1) ? [...legs, random.pick(['outcome', 'heartbeat', 'execution'] as const)] : legs,
      ...maybe(0.25, () => ({ sources: random.pick([[`urn:world:${id}`], [`urn:world:${id}*`, 'urn:other'], ['urn:nowhere:*']]) })),
      ...maybe(0.2, () => ({ agents: random.pick([['bot'], ['https://agents.example|*'], ['helper', 'p*']]) })),
      ...maybe(0.15, () => ({ systems: random.pick([['payments'], ['p*'], ['crm']]) })),
      ...maybe(0.3, () => ({ delay_ms: random.pick([0, 1_000, 60_000]) })),
    }))
    if (random.chance(0.15)) producers.push({ id: 'liar', legs: [random.pick(['outcome', 'heartbeat', 'approval'] as const)] } as (typeof producers)[number])
    if (random.chance(0.15)) producers.push({ id: 'default', legs: [random.pick(['execution', 'decision', 'grants'] as const)] } as (typeof producers)[number])
    return {
      producers,
      budgets: {
        ...maybe(0.5, () => ({ execution_due_ms: 60_000, outcome_due_ms: 60_000 })),
        ...maybe(0.15, () => ({ execution_due_ms: null })),
        ...maybe(0.2, () => ({ context_due_ms: 30_000, decision_due_ms: 10_000 })),
        ...maybe(0.2, () => ({ skew_ms: random.pick([0, 1_000]) })),
        ...maybe(0.2, () => ({ revocation_propagation_ms: random.pick([0, 5_000]) })),
        ...maybe(0.2, () => ({ depth_max: 1 + random.int(2) })),
        ...maybe(0.4, () => ({ credential_age_max_ms: 60_000 })),
        ...maybe(0.4, () => ({ dormant_after_ms: 120_000 })),
      },
      rules: {
        ...Object.fromEntries(['CHN-05', 'CHN-08', 'SCP-06', 'DEC-10', 'OUT-05', 'DOM-03'].filter(() => random.chance(0.5)).map((rule) => [rule, { on: true }])),
        ...maybe(0.1, () => ({ [random.pick(['DEC-01', 'TIM-02', 'CHN-03', 'AGT-04'])]: { on: false } })),
        ...maybe(0.1, () => ({ [random.pick(['DEC-02', 'TIM-07', 'RAT-01', 'INT-01'])]: { severity: 'critical' } })),
      },
    }
  }

  // ── what is around actions ──

  function surroundings(): void {
    for (const who of agents) if (random.chance(0.55)) inventory(who)
    while (random.chance(0.35)) {
      const principals = [random.pick(agents), random.pick(agents)]
      const pair = random.chance(0.5) ? principals : [random.pick(users), random.pick(users)]
      say(random.chance(0.8) ? 'principal.linked' : 'principal.unlinked', before(), 'inventory', { principals: pair, basis: 'directory' })
    }
    while (random.chance(0.4)) {
      const principal = random.chance(0.7) ? user() : anAgent()
      const kind = random.pick(['caep/event-type/session-revoked', 'risc/event-type/account-disabled', 'risc/event-type/account-disabled', 'risc/event-type/account-purged', 'risc/event-type/account-enabled', 'caep/event-type/assurance-level-change'])
      say('signal.received', random.chance(0.7) ? before() : moment(), null, { signal: `https://schemas.openid.net/secevent/${kind}`, principal }, { by: random.pick(['idp', 'default', 'liar']) })
    }
    for (const version of ['1', '2']) if (random.chance(0.35))
      say('policy.published', before(), 'decision', { policy: { id: 'p', version }, ...maybe(0.3, () => ({ effective_from: at(moment()) })) })
    if (random.chance(0.15)) say('policy.retired', moment(), 'decision', { policy: { id: 'p', ...maybe(0.6, () => ({ version: random.pick(['1', '2']) })) } })
    for (const credential_id of credentials) if (random.chance(0.5)) {
      const issue = { credential_id, holder: random.chance(0.8) ? anAgent() : user(), kind: 'key', ...maybe(0.5, () => ({ environment: random.pick(['dev', 'prod']) })) }
      say('credential.issued', before(), 'grants', issue)
      if (random.chance(0.2)) say('credential.revoked', around(), 'grants', issue)
    }
    for (const delegation_id of delegationIds) delegate(delegation_id)
    for (const grant_id of ['j0', 'j1']) if (random.chance(0.35)) access(grant_id)
    for (const session_id of sessionIds) if (random.chance(0.75)) session(session_id)
    for (const id of ['edge', 'pdp', 'runner', 'liar']) if (random.chance(0.25)) beat(id)
    if (random.chance(0.12)) say('source.gap', moment(), null, { dropped: 1 + random.int(3) }, { by: random.pick(['edge', 'runner', 'default']) })
    if (random.chance(0.15)) {
      own('import.started', moment(), { import_id: 'imp', producer: random.pick(['pdp', 'runner', 'default']) })
      if (random.chance(0.6)) own('import.ended', moment() + 60_000, { import_id: 'imp', lines: 3, refused: 0 })
    }
    if (random.chance(0.15)) own('audit.exported', moment() + 120_000, { export_id: 'x', by: users[0]!, ...maybe(0.7, () => ({ from: at(originMs), to: at(originMs + 300_000) })) })
    if (random.chance(0.05)) own('integrity.failed', moment(), { log: 't/onbehalf.events/0', index: 1, check: 'commitment' })
    if (random.chance(0.2)) {
      const everything = random.chance(0.6)
      restsOnReceipt ||= !everything
      own('assertion.retracted', moment() + 200_000, { producer: random.pick(['default', 'liar', 'pdp', 'sts', 'desk']), ...(everything ? { received_to: '2999-01-01T00:00:00Z' } : {}), reason: 'misconfigured', by: users[0]! })
    }
  }

  function inventory(who: PrincipalInput): void {
    const describe = (type: 'agent.registered' | 'agent.updated', atMs: number) => say(type, atMs, 'inventory', {
      agent: bare(who), ...maybe(0.7, () => ({ owner: user() })), ...maybe(0.4, () => ({ sponsor: user() })),
    })
    if (random.chance(0.9)) describe('agent.registered', before())
    if (random.chance(0.2)) describe('agent.updated', random.chance(0.5) ? before() : moment())
    if (random.chance(0.2)) say('agent.suspended', around(), 'inventory', { agent: bare(who) })
    if (random.chance(0.12)) say('agent.reactivated', around(), 'inventory', { agent: who })
    if (random.chance(0.08)) say('agent.retired', around(), 'inventory', { agent: who })
  }

  function scope(): Scope {
    return {
      ...maybe(0.6, () => ({ actions: random.pick([['*'], ['pay*'], ['pay.*'], ['pay', 'read'], ['read']]) })),
      ...maybe(0.3, () => ({ resources: random.pick([['order/*'], ['order/1'], ['customer/*']]) })),
      ...maybe(0.2, () => ({ audience: random.pick([['x'], ['x', 'y']]) })),
      ...maybe(0.2, () => ({ oauth_scopes: random.pick([['r'], ['r', 'w']]) })),
      ...maybe(0.35, () => ({ constraints: { ...maybe(0.6, () => ({ max_uses: random.int(3) })), ...maybe(0.4, () => ({ environment: random.pick([['dev'], ['prod'], ['dev', 'prod']]) })) } })),
    }
  }

  function delegate(delegation_id: string): void {
    const place = delegationIds.indexOf(delegation_id)
    const above: Parent = place > 0 && random.chance(0.7) ? { kind: 'delegation', delegation_id: delegationIds[place - 1]! } : random.pick<Parent>([
      { kind: 'root' }, { kind: 'root' }, { kind: 'root' }, { kind: 'root' }, { kind: 'unknown' }, { kind: 'external', domain: 'partner.example' },
      { kind: 'delegation', delegation_id: random.chance(0.7) ? 'never-granted' : random.pick(delegationIds) },
    ])
    const holder = agents[Math.max(0, place - 1) % agents.length]!
    const grant = (atMs: number): EventData['delegation.granted'] => ({
      delegation_id, parent: above,
      grantor: random.chance(0.8) ? (above.kind === 'delegation' ? holder : users[0]!) : anybody(),
      delegate: random.chance(0.85) ? agents[place % agents.length]! : anybody(),
      subject: random.chance(0.85) ? users[0]! : anybody(),
      mode: random.chance(0.9) ? 'delegation' : random.pick(['impersonation', 'self']),
      ...maybe(0.6, () => ({ scope: scope() })),
      ...maybe(0.25, () => ({ not_before: at(atMs + random.pick([-60_000, 0, 60_000])) })),
      ...maybe(0.35, () => ({ expires_at: at(atMs + random.pick([120_000, 300_000, 3_600_000])) })),
      ...maybe(0.15, () => ({ max_depth: random.int(2) })),
      ...maybe(0.25, () => ({ issuer: random.pick(['https://sts.example', 'https://sts.partner.example']) })),
      ...maybe(0.12, () => ({ exchange: { from_trust_domain: 'agents.example', to_trust_domain: 'agents.partner.example' } })),
    })
    if (random.chance(0.92)) {
      const atMs = before()
      say('delegation.granted', atMs, 'delegation', grant(atMs))
    }
    if (random.chance(0.08)) say('delegation.granted', around(), 'delegation', grant(originMs))
    if (random.chance(0.2)) say('delegation.revoked', around(), 'delegation', { delegation_id, ...maybe(0.5, () => ({ cascade: random.chance(0.4) })) })
  }

  function access(grant_id: string): void {
    const atMs = before()
    say('grant.activated', atMs, 'grants', {
      grant_id, agent: anAgent(), ...maybe(0.4, () => ({ delegation_id: random.pick(delegationIds) })), ...maybe(0.4, () => ({ session_id: random.pick(sessionIds) })),
      ...maybe(0.4, () => ({ expires_at: at(atMs + random.pick([60_000, 200_000, 4_000_000])) })), ...maybe(0.6, () => ({ withdrawal_due: at(atMs + random.pick([60_000, 150_000])) })),
    })
    if (random.chance(0.5)) say('grant.withdrawn', atMs + random.pick([30_000, 65_000, 150_000, 155_001]), 'grants', { grant_id, agent: random.pick(agents) })
  }

  function session(session_id: string): void {
    say('session.started', before(), 'initiator', {
      session_id, agent: anAgent(), trigger: random.pick(['interactive', 'interactive', 'schedule', 'webhook', 'agent', 'autonomous']),
      ...maybe(0.5, () => ({ initiator: random.chance(0.8) ? user() : anAgent() })), ...maybe(0.3, () => ({ trigger_ref: 'nightly' })),
    })
    if (random.chance(0.3)) say('session.ended', around(), 'initiator', { session_id })
  }

  function beat(id: string): void {
    let atMs = moment()
    do {
      const sentMs = atMs - random.pick([0, 1_000, 30_000])
      say('source.heartbeat', atMs, 'heartbeat', {
        watermark: at(sentMs), ...maybe(0.7, () => ({ next_before: at(atMs + random.pick([10_000, 60_000])) })), ...maybe(0.2, () => ({ offline_since: at(sentMs) })),
      }, { by: id })
      atMs += random.pick([30_000, 60_000, 600_000])
    } while (random.chance(0.4))
  }

  // ── an action ──

  function act(n: number): void {
    const action_id = `a${n}`
    const place = random.int(delegationIds.length)
    const who = random.chance(0.85) ? agents[place % agents.length]! : anAgent()
    const operation = random.pick(operations)
    const resource: Resource | undefined = random.chance(0.7)
      ? { type: random.pick(['order', 'customer']), id: '1', ...maybe(0.6, () => ({ system: random.pick(['payments', 'crm']) })), ...maybe(0.4, () => ({ environment: random.pick(['dev', 'prod']) })) } : undefined
    const session_id = random.pick(sessionIds)
    const trace = `${n + 1}`.repeat(32)
    const span = `${n + 1}`.repeat(16)
    const call = { session_id, tool_call_id: random.chance(0.15) ? 'call' : `c${n}` }
    const args = random.chance(0.5) ? { arguments_digest: digests[0]!, ...maybe(0.1, () => ({ arguments_projection: 'masked' })) } : {}
    const credential = maybe(0.4, () => ({ credential_id: random.pick(credentials) }))
    /** Who carries it out knows its id, others that or a call id, or nothing but where they were. */
    const carried = () => ({ action_id, ...maybe(0.5, () => call) })
    const known = () => (random.chance(0.75) ? { action_id } : call)
    const askedMs = moment()
    const startMs = askedMs + random.pick([2_000, 3_000, 4_000, 60_000, 65_000, 100_000])

    const request = (atMs: number, by?: string) => say('action.requested', atMs, 'execution', {
      ...carried(),
      agent: random.chance(0.95) ? who : anAgent(), operation: random.chance(0.97) ? operation : random.pick(operations), ...(resource ? { resource } : {}), ...args, ...credential,
      ...maybe(0.75, () => ({ delegation_id: random.chance(0.9) ? delegationIds[place]! : 'never-granted' })),
      ...maybe(0.5, () => ({ initiator: random.chance(0.8) ? users[0]! : anybody() })), ...maybe(0.4, () => ({ subject: random.chance(0.8) ? users[0]! : anybody() })),
      ...maybe(0.15, () => ({ hop_count: random.int(4) })),
      ...maybe(0.12, () => ({ act: { ...claimed(who), ...maybe(0.5, () => ({ act: claimed(random.pick(agents)) })) } })),
      ...maybe(0.1, () => ({ decision_due: at(askedMs + 5_000) })), ...maybe(0.1, () => ({ outcome_due: at(startMs + 5_000) })),
    }, { trace, span, ...(by === undefined ? {} : { by }) })
    if (random.chance(0.93)) request(askedMs)
    if (random.chance(0.06)) request(askedMs + 1_000)

    let decision_id = 'd-none'
    const decide = (atMs: number, effect: 'permit' | 'deny' | 'indeterminate' | 'not_applicable', more: object = {}) => {
      decision_id = `d${serial}`
      const located = random.chance(0.12)
      say('decision.recorded', atMs, 'decision', {
        decision_id, ...(located ? {} : known()), effect, phase: random.chance(0.85) ? 'runtime' : random.pick(['sign_in', 'post_hoc']),
        policies: random.pick([[{ id: 'p', version: '1' }], [{ id: 'p', version: '1' }], [{ id: 'p', version: '2' }], [{ id: 'p' }], [], [{ id: 'p', version: '1' }, { id: 'q', digest: 'q1' }]]),
        ...maybe(0.7, () => ({ pdp: random.pick(['opa', 'opa', 'cedar']) })),
        ...maybe(0.3, () => ({ enforcement: random.pick(['enforced', 'failed_open', 'failed_closed', 'not_enforced'] as const) })),
        ...maybe(0.25, () => ({ ttl_ms: random.pick([1_000, 60_000]) })),
        ...maybe(0.1, () => ({ cached: true, evaluated_at: at(atMs - random.pick([0, 30_000, 90_000])) })),
        ...maybe(0.6, () => ({ evaluated: {
          ...maybe(0.7, () => ({ actor: random.chance(0.85) ? who : anAgent() })), ...maybe(0.7, () => ({ operation: random.chance(0.9) ? operation : random.pick(operations) })),
          ...maybe(0.3, () => ({ resource: random.chance(0.8) && resource ? resource : { type: 'order', id: '2' } })),
          ...maybe(0.5, () => ({ arguments_digest: random.pick([digests[0]!, digests[0]!, digests[1]!]) })),
        } })),
        ...more,
      }, { trace, span: random.chance(0.8) ? span : '8'.repeat(16) })
    }
    const decidedMs = askedMs + random.pick([500, 1_000, 1_000, 2_000])
    const needs = random.chance(0.35) ? { requires_approval: {
      ...maybe(0.3, () => ({ min: 2 })), ...maybe(0.5, () => ({ separation: true })), ...maybe(0.3, () => ({ approvers: [users[1]!] })),
    } } : {}
    if (random.chance(0.75)) decide(random.chance(0.9) ? decidedMs : startMs + random.pick([5_000, 5_001, 20_000]), random.pick(['permit', 'permit', 'permit', 'permit', 'deny', 'indeterminate', 'not_applicable']), needs)
    if (random.chance(0.2)) decide(decidedMs + random.pick([0, 500, 90_000]), random.pick(['permit', 'deny']))
    if (random.chance(Object.keys(needs).length > 0 ? 0.85 : 0.1)) approve()

    if (random.chance(0.85)) {
      if (random.chance(0.8)) say('action.started', startMs, 'execution', { ...carried(), ...maybe(0.7, () => ({ executor: random.chance(0.9) ? server : who })), ...(random.chance(0.85) ? args : { arguments_digest: digests[1]! }), ...credential }, { trace, span })
      if (random.chance(0.8)) say('action.completed', startMs + random.pick([500, 1_000, -10_000, 70_000]), 'execution', {
        ...carried(), status: random.pick(['succeeded', 'succeeded', 'succeeded', 'succeeded', 'failed', 'blocked', 'cancelled', 'timed_out', 'partial']),
        ...maybe(0.4, () => ({ upstream_request_ids: [`u${n}`] })),
      }, { trace, span })
    }
    if (random.chance(0.35)) say('outcome.observed', startMs + random.pick([1_000, 2_000, 61_000]), 'outcome', {
      ...random.pick<object>([{ action_id }, { upstream_request_ids: [`u${n}`] }, call, {}]), outcome_id: `x${serial}`, observer: server, observed_effect: random.pick(['occurred', 'occurred', 'occurred', 'did_not_occur', 'differs']),
      ...maybe(0.5, () => ({ credential_id: random.pick(credentials) })), ...maybe(0.4, () => ({ resource: { type: 'order', id: '1' } })),
    })
    if (random.chance(0.05)) say('outcome.compensated', startMs + 5_000, 'outcome', { action_id, by_action_id: 'a0' })

    function approve(): void {
      const approval_id = random.pick(approvalIds)
      const key = () => random.pick<object>([{ action_id }, { action_id }, { ...known() }, { decision_id }, {}])
      const askedAtMs = decidedMs + 200
      if (random.chance(0.7)) say('approval.requested', askedAtMs, 'approval', {
        ...key(), approval_id, ...maybe(0.5, () => ({ approvers: [user()] })), ...maybe(0.4, () => ({ expires_at: at(askedAtMs + random.pick([1_000, 60_000])) })), ...maybe(0.4, () => args),
      })
      for (let times = random.pick([0, 1, 1, 1, 2, 2]); times > 0; times--)
        say('approval.resolved', random.chance(0.8) ? askedAtMs + random.pick([100, 300, 1_000]) : startMs + random.pick([5_000, 5_001, 9_000]), 'approval', {
          ...key(), approval_id: random.chance(0.7) ? approval_id : random.pick(approvalIds), resolution: random.pick(['approved', 'approved', 'approved', 'approved', 'denied', 'expired', 'cancelled']),
          ...maybe(0.9, () => ({ approver: random.chance(0.6) ? users[1]! : anybody() })), ...maybe(0.2, () => ({ kind: random.pick(['approval', 'confirmation'] as const) })),
          ...maybe(0.4, () => ({ scope: random.pick(['once', 'session', 'until'] as const) })), ...maybe(0.3, () => ({ max_uses: 1 + random.int(2) })),
          ...maybe(0.3, () => ({ expires_at: at(startMs - random.pick([0, 5_000, 5_001, -60_000])) })), ...maybe(0.3, () => ({ session_id: random.pick(sessionIds) })),
          ...maybe(0.4, () => (random.chance(0.8) ? args : { arguments_digest: digests[1]! })),
        })
    }
  }

  /** The principal as RFC 8693 has it: without a kind. */
  function claimed({ iss, sub }: PrincipalInput): object {
    return { ...(iss === undefined ? {} : { iss }), sub }
  }

  // ── lies ──

  function lie(): void {
    for (const { atMs, entry } of entries.slice()) {
      if (entry.producer === 'onbehalf') continue
      // The same event from somebody else: it takes nothing from whose it is, and gives nothing to who sends it.
      if (random.chance(0.04)) entries.push({ atMs, entry: { producer: random.pick(['liar', 'default', ...Object.keys(parties)]), event: entry.event } })
      // The same id for another content.
      if (random.chance(0.03)) entries.push({ atMs, entry: { producer: entry.producer, event: { ...entry.event, data: { ...entry.event.data, ...changed(entry.event) } } } })
    }
    // A stranger ties the ids of others to an action.
    while (random.chance(0.3)) {
      const stolen = random.pick(entries).entry.event.data as { decision_id?: string; tool_call_id?: string; session_id?: string }
      say('decision.recorded', moment(), 'decision', {
        action_id: `a${random.int(actions)}`, decision_id: stolen.decision_id ?? 'd0', effect: 'deny', phase: 'runtime', policies: [],
        ...(stolen.tool_call_id !== undefined && stolen.session_id !== undefined ? { tool_call_id: stolen.tool_call_id, session_id: stolen.session_id } : {}),
      }, { by: random.pick(['liar', 'liar', 'pdp']) })
    }
  }

  function changed(event: CloudEvent): object {
    const data = event.data as Record<string, unknown>
    if (data['effect'] === 'permit') return { effect: 'deny' }
    if (data['status'] === 'succeeded') return { status: 'failed' }
    if (data['resolution'] === 'approved') return { approver: users[2] }
    if (data['watermark'] !== undefined) return { watermark: at(originMs), next_before: at(originMs + 90_000) }
    return { reason: 'changed', purpose: 'changed' }
  }

  // ── time ──

  function runClock(): void {
    const steps = [0, 9_999, 10_000, 29_999, 60_000, 69_999, 70_000, 130_000, 400_000, 3_600_000, 90_000_000, 73 * 3_600_000, 90 * 86_400_000]
    for (let ticks = random.pick([0, 1, 2, 3]); ticks > 0; ticks--) {
      const atMs = moment() + random.pick(steps)
      own('clock.ticked', atMs, { at: at(atMs), sizes: {} })
    }
  }

  /** When actions happen: on a grid, so that limits are met exactly. */
  function moment(): number {
    return originMs + random.int(13) * 10_000 + (random.chance(0.1) ? random.pick([1, -1]) : 0)
  }

  function before(): number {
    return originMs - 60_000 - random.int(6) * 10_000
  }

  function around(): number {
    return random.chance(0.5) ? before() : moment()
  }
}

const originMs = Date.UTC(2026, 10, 24, 9, 0, 0)

function person(sub: string): PrincipalInput {
  return { iss: 'https://login.example', sub, kind: 'user' }
}

function agent(sub: string, iss = 'https://agents.example'): PrincipalInput {
  return { iss, sub, kind: 'agent' }
}
