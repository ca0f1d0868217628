import { canonicalJson, eventTypes, exampleOf, read, type CloudEvent, type EventType, type Links, type Statement } from '@onbehalf/events'
import { describe, expect, test } from 'vitest'
import { claimants_max, keysOf, principalText, rankOf, resolve } from './index.ts'
import { asked, bot, completed, decided, granted, observed, requested, resolved, started, tell, without } from './testing/tell.ts'
import { lazily, lineageOf, lineageOfId, lineages, sha256, world, type Told } from './testing/world.ts'

const at = (told: Told[], key: string) => resolve(key, world(told).known)
const call = { session_id: 's', tool_call_id: 'c' }
const trace = '7'.repeat(32)
const span = (n: number) => `00-${trace}-${String(n).padStart(16, '0')}-01`

describe('which action a key is about', () => {
  test.each<[string, Told[], string, object]>([
    ['an action id', [requested(0)], 'action:a', { kind: 'one', root: 'action:a' }],
    ['a call that no action claims', [without(decided(0, call), 'action_id')], 'call:s/c', { kind: 'one', root: 'call:s/c' }],
    ['a call that an action claims', [requested(0, call)], 'call:s/c', { kind: 'one', root: 'action:a' }],
    ['a decision that nobody claims', [without(decided(0, { decision_id: 'd' }), 'action_id')], 'decision:d', { kind: 'unbound' }],
    ['a denial that names agent and operation', [without(decided(0, { decision_id: 'd', effect: 'deny', evaluated: { actor: bot, operation: 'pay' } }), 'action_id')], 'decision:d', { kind: 'one', root: 'decision:d' }],
    ['a denial that names the agent only', [without(decided(0, { decision_id: 'd', effect: 'deny', evaluated: { actor: bot } }), 'action_id')], 'decision:d', { kind: 'unbound' }],
    ['a permit that names both', [without(decided(0, { decision_id: 'd', evaluated: { actor: bot, operation: 'pay' } }), 'action_id')], 'decision:d', { kind: 'unbound' }],
    ['an approval that nobody claims', [without(resolved(0), 'action_id')], 'approval:ap', { kind: 'unbound' }],
    ['approval → decision → call → action', [without(decided(0, { decision_id: 'd', approval_id: 'ap' }), 'action_id'), without(decided(0, { decision_id: 'd', ...call }), 'action_id'), started(1, call)], 'approval:ap', { kind: 'one', root: 'action:a' }],
    ['a request id of its producer', [requested(0, { request_id: 'r' })], 'request:p/default/r', { kind: 'one', root: 'action:a' }],
    ['a decision that two actions claim', [requested(0, { decision_id: 'd' }), requested(0, { action_id: 'b', decision_id: 'd' })], 'decision:d', { kind: 'several', roots: ['action:a', 'action:b'] }],
    ['a key that was never seen', [], 'decision:d', { kind: 'unbound' }],
  ])('M30: %s', (_, told, key, then) => {
    expect(at(told, key)).toEqual(then)
  })

  test('M31: an absorbed key answers with the surviving document', () => {
    const attempt = without(decided(1, { decision_id: 'd', effect: 'deny', evaluated: { actor: bot, operation: 'pay' } }), 'action_id')
    const before = lineageOf([attempt])
    expect(before.id).toBe(`d-${sha256(canonicalJson({ kind: 'decision_id', value: 'd' })).slice(0, 32)}`)
    const after = world([attempt, requested(0, { decision_id: 'd' })])
    expect(lazily(after, ['decision:d']).documents.map((d) => d.id)).toEqual(['a'])
    expect(lineages(after)[0]!.decision).toBe('deny')
  })

  test('M32: a key with more than 8 claimants is void, on the way, too; with 8 it is ambiguous', () => {
    const claims = (n: number) => Array.from({ length: n }, (_, i) => requested(0, { action_id: `a${i}`, decision_id: 'd' }))
    const stray = without(decided(1, { decision_id: 'd', approval_id: 'ap' }), 'action_id')
    const eight = at([...claims(claimants_max), stray], 'approval:ap')
    expect(eight).toMatchObject({ kind: 'several' })
    for (const key of ['decision:d', 'approval:ap'])
      expect(at([...claims(claimants_max + 1), stray], key)).toEqual({ kind: 'void', claimants: claimants_max + 1 })
    // Each of them says so.
    for (const { decisions, ambiguous } of lineages(world([...claims(9), stray]))) {
      expect(decisions).toEqual([])
      expect(ambiguous).toEqual([{ kind: 'decision_id', key: 'd', candidates: [] }])
    }
  })

  test('M33: a stray key that two explicit actions share binds neither to the other', () => {
    const told = [requested(0, { upstream_request_ids: ['u'] }), requested(1, { action_id: 'b', upstream_request_ids: ['u'] }), completed(2), completed(3, { action_id: 'b', status: 'failed' })]
    expect(lineages(world(told)).map((d) => [d.id, d.status, d.ambiguous.length])).toEqual([['a', 'succeeded', 0], ['b', 'failed', 0]])
  })

  test('M34: a session claims the call ids that its entries also scope by a trace', () => {
    const told = [requested(0, { ...call, trace_id: trace }), without(decided(1, { trace_id: trace, tool_call_id: 'c', effect: 'deny' }), 'action_id')]
    expect(lineageOf(told)).toMatchObject({ id: 'a', decision: 'deny' })
  })

  test.each<[string, object, object]>([
    ['"/" in a session', { session_id: 'a/b', tool_call_id: 'c' }, { session_id: 'a', tool_call_id: 'b/c' }],
    ['an escape in a session', { session_id: 'a%2Fb', tool_call_id: 'c' }, { session_id: 'a/b', tool_call_id: 'c' }],
    ['":" and "#" in ids', { session_id: 's:1', tool_call_id: '#c' }, { session_id: 's', tool_call_id: '1#c' }],
    ['a session named like a trace scope', { session_id: `t/${trace}`, tool_call_id: 'c' }, { trace_id: trace, tool_call_id: 'c' }],
    ['a producer named like an enforcement point', { pep: 'default', request_id: 'r' }, { request_id: 'r' }],
    ['ids of different kinds', { upstream_request_ids: ['x'] }, { request_id: 'x' }],
  ])('M35: %s never makes two keys one', (_, one, other) => {
    const told = [requested(0, { ...one }), requested(0, { action_id: 'b', ...other })]
    const claimed = world(told).facts.map((fact) => fact.keys.claims)
    if ('pep' in one) return expect(world([decided(0, one), decided(0, other)]).facts.map((f) => f.keys.claims.at(-1))).toEqual(['request:e/default/r', 'request:p/default/r'])
    expect(claimed[0]!.filter((key) => claimed[1]!.includes(key))).toEqual([])
  })

  test('M35: an id that spells the key of a long id does not take over its action', () => {
    const victim = 'v'.repeat(201)
    const told = [
      requested(0, { action_id: victim }), decided(1, { action_id: victim, effect: 'deny' }), started(2, { action_id: victim }),
      requested(3, { action_id: `#${sha256(victim)}`, operation: 'harmless' }),
    ]
    expect(lineages(world(told)).map((d) => d.id).sort()).toEqual([victim, `#${sha256(victim)}`].sort())
  })

  test('M36: keys are bounded: an id of any length makes a key of at most 255 characters', () => {
    const { facts } = world([requested(0, { action_id: 'v'.repeat(255), session_id: 's'.repeat(255), tool_call_id: 'c'.repeat(1_024), request_id: 'r'.repeat(1_024) })])
    for (const { keys } of facts) for (const key of [keys.filed, ...keys.claims, ...keys.mentions]) expect(key.length).toBeLessThan(256)
  })
})

describe('what an entry is filed under', () => {
  test.each<[string, { iss?: string; sub: string }, string]>([
    ['plain', { iss: 'https://a.example', sub: 'bot' }, 'https://a.example|bot'],
    ['without issuer', { sub: 'bot' }, '|bot'],
    ['"|" in the issuer', { iss: 'a|b', sub: 'c' }, 'a%7Cb|c'],
    ['"|" in the subject', { iss: 'a', sub: 'b|c' }, 'a|b%7Cc'],
    ['"|" in the subject, without issuer', { sub: 'a|b' }, '|a%7Cb'],
    ['an escape in the issuer', { iss: 'a%7Cb', sub: 'c' }, 'a%257Cb|c'],
    ['"%" in the subject', { iss: 'a', sub: '100%' }, 'a|100%25'],
    ['both in both', { iss: '%|', sub: '|%' }, '%25%7C|%7C%25'],
  ])('M79: no two principals have one text: %s', (_, principal, text) => {
    expect(principalText({ ...principal, kind: 'user' })).toBe(text)
    // Nothing is lost: what was written can be read again.
    const [iss, sub, ...more] = text.split('|').map((part) => part.replaceAll('%7C', '|').replaceAll('%25', '%'))
    expect([iss, sub, more]).toEqual([principal.iss ?? '', principal.sub, []])
  })

  const filedUnder: Record<string, EventType[]> = {
    session: ['session.started', 'session.ended', 'run.described'],
    spans: ['span.ended'],
    delegation: ['delegation.granted', 'delegation.revoked'],
    agent: ['agent.registered', 'agent.updated', 'agent.suspended', 'agent.reactivated', 'agent.retired'],
    principal: ['principal.described', 'signal.received'],
    identity: ['principal.linked', 'principal.unlinked'],
    grant: ['grant.activated', 'grant.withdrawn'],
    credential: ['credential.issued', 'credential.revoked'],
    policy: ['policy.published', 'policy.retired'],
    source: ['source.gap'],
    beats: ['source.heartbeat'],
    ticks: ['clock.ticked'],
    finding: ['finding.acknowledged', 'finding.raised', 'finding.resolved'],
    log: ['integrity.failed'],
    tenant: [
      'assertion.retracted', 'audit.exported', 'audit.read', 'config.changed', 'content.erased', 'hold.placed', 'hold.released',
      'import.ended', 'import.started', 'key.rotated', 'log.opened', 'retention.applied',
    ],
    action: [
      'action.requested', 'action.started', 'action.completed', 'decision.recorded', 'approval.requested', 'approval.resolved',
      'outcome.observed', 'outcome.compensated',
    ],
  }
  const kinds = Object.entries(filedUnder).flatMap(([kind, types]) => types.map((type) => [type, kind] as const))

  test.each(kinds)('M80: the example of %s is filed under a key of kind %s', (type, kind) => {
    const event = exampleOf(type)
    const producer = eventTypes[type].saidBy === 'onbehalf' ? 'onbehalf' : 'default'
    for (const statement of statementsOf(type, event, producer)) {
      const { filed, claims, mentions } = keysOf(statement, producer, sha256)
      expect(filed.slice(0, filed.indexOf(':'))).toBe(kind)
      expect(filed.length).toBeGreaterThan(kind.length + 1)
      for (const key of [filed, ...claims, ...mentions]) expect(key).not.toMatch(/undefined|\[object/)
      if (kind === 'action') for (const key of claims) expect(rankOf(key)).toBeGreaterThan(rankOf(filed))
    }
  })

  /** What a mapper makes of a record cannot be said otherwise: its example is put into the form that it gives. */
  function statementsOf(type: EventType, event: CloudEvent, producer: string): Statement[] {
    if (eventTypes[type].saidBy === 'mapping') {
      const { trace_id, span_id } = event.data as Links
      return [{ type, source: event.source, id: event.id, time: event.time, timeMs: Date.parse(event.time), event, data: event.data, traceId: trace_id, spanId: span_id, mapped: 'otlp-span-proto' } as unknown as Statement]
    }
    const reading = read(producer === 'onbehalf' ? 'own' : 'cloudevent', new TextEncoder().encode(JSON.stringify(event)), { tenant: 'default', producer, sha256 })
    if (!reading.ok) throw new Error(JSON.stringify(reading.rejection))
    return reading.statements
  }

  test('M80: and so is every type of the catalogue', () => {
    expect(kinds.map(([type]) => type).sort()).toEqual(Object.keys(eventTypes).sort())
  })
})

describe('located facts', () => {
  test.each<[string, Told, boolean]>([
    ['a decision on its span', without(decided(1, {}, { traceparent: span(1) }), 'action_id'), true],
    ['an approval on its span', without(asked(1, {}, { traceparent: span(1) }), 'action_id'), true],
    ['a decision on another span', without(decided(1, {}, { traceparent: span(2) }), 'action_id'), false],
    ['an outcome on its span', without(observed(1, {}, { traceparent: span(1) }), 'action_id'), false],
    ['a delegation on its span', granted(1, 'g', { kind: 'root' }, {}, { traceparent: span(1) }), false],
  ])('M37: %s', (_, stray, there) => {
    const lineage = lineageOf([requested(0, {}, { traceparent: span(1) }), stray])
    expect(lineage.entries.length).toBe(there ? 2 : 1)
  })

  test('M37: what a key binds is not located elsewhere', () => {
    const told = [requested(0, {}, { traceparent: span(1) }), requested(0, { action_id: 'b' }), decided(1, { action_id: 'b' }, { traceparent: span(1) })]
    expect(lineageOfId(told, 'a').decisions).toEqual([])
  })

  test('M38: two actions on one span: ambiguous on both, and a deny counts against both', () => {
    const told = [requested(0, {}, { traceparent: span(1) }), requested(0, { action_id: 'b' }, { traceparent: span(1) }), without(decided(1, { effect: 'deny' }, { traceparent: span(1) }), 'action_id')]
    expect(lineages(world(told)).map((d) => [d.decision, d.legs.decision.evidence])).toEqual([['deny', 'ambiguous'], ['deny', 'ambiguous']])
  })
})

describe('a call id that is used again', () => {
  const turn = (t: number, status = 'succeeded'): Told[] => [
    tell('action.requested', t, { action_id: 'x', agent: bot, operation: `op${t}`, ...call }, { id: `r${t}`, anonymous: true }),
    tell('action.started', t + 1, { action_id: 'x', ...call }, { anonymous: true }),
    tell('action.completed', t + 2, { action_id: 'x', status, ...call }, { anonymous: true }),
  ]

  test('M39: a request or start after an end begins a new action, keyed also by the fact that began it', () => {
    const told = [...turn(0), ...turn(10, 'failed'), without(decided(11, { effect: 'deny', ...call }), 'action_id')]
    for (const order of [told, told.toReversed()]) {
      const documents = lineages(world(order))
      expect(documents.map((d) => [d.operation, d.status, d.decision])).toEqual([['op0', 'succeeded', null], ['op10', 'failed', 'deny']])
      const key = { kind: 'tool_call_id', value: 'c', session: 's' }
      expect(documents.map((d) => d.id)).toEqual([key, { ...key, fact: 'urn:test\nr10' }].map((k) => `d-${sha256(canonicalJson(k)).slice(0, 32)}`))
    }
  })

  test('M39: what comes after an end and begins nothing stays with what has ended', () => {
    expect(lineageOf([...turn(0), without(decided(9, call), 'action_id')]).decisions).toHaveLength(1)
  })

  test('M39: a start before any end does not split', () => {
    expect(lineageOf([...turn(0).slice(0, 2), ...turn(10)]).executions).toHaveLength(3)
  })
})

describe('bad and extreme times', () => {
  test('M40: the years 0 and 9999 order the story as any other', () => {
    const when = (told: Told, time: string): Told => ({ ...told, event: { ...told.event, time } })
    const told = [when(completed(1), '9999-12-31T23:59:59.999999999Z'), when(requested(0), '0000-01-01T00:00:00Z'), decided(5)]
    for (const order of [told, told.toReversed()])
      expect(lineageOf(order)).toMatchObject({ time: '0000-01-01T00:00:00Z', decision: 'permit', agreement: 'agree' })
  })
})
