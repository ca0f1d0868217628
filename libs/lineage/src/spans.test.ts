import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meaning, rankOf, type Lineage } from './index.ts'
import { spanHistory } from './testing/span-histories.ts'
import { agentSpan, s, span, toolSpan, traceId } from './testing/spans.ts'
import { alice, configured, decided, requested } from './testing/tell.ts'
import { documentsOf, lazily, lineageOf, lineages, world, type Told } from './testing/world.ts'

const legsOf = ({ legs }: Lineage) => Object.fromEntries(Object.entries(legs).map(([name, { evidence }]) => [name, evidence]))
const all = (told: readonly Told[]) => lineages(world(told))

describe('what spans tell of an action', () => {
  test('M320: an ordinary trace says who acts, for whom, in which session and what came of it; what it does not say is not covered, and nothing is found', () => {
    const action = lineageOf([
      agentSpan(0, s(1), 'Refund bot', { attributes: { 'user.id': 'anna', 'gen_ai.conversation.id': 'chat-7' } }),
      toolSpan(2, s(2), 'stripe.refund', { parent: s(1), call: 'call_1', result: '{"ok":true}' }),
    ])
    expect(action).toMatchObject({
      operation: 'stripe.refund', status: 'succeeded', session: 'chat-7', decision: null, findings: [],
      roles: {
        initiator: { principal: { sub: 'anna', kind: 'user' }, evidence: 'asserted', link: 'inherited' },
        actor: { principal: { iss: 'urn:otel:service:support', sub: 'Refund bot' }, link: 'inherited' },
      },
    })
    expect(legsOf(action)).toEqual({ initiator: 'asserted', delegation: 'not_covered', decision: 'not_covered', approval: 'not_required', execution: 'observed', outcome: 'asserted' })
    expect(action.add_next).toMatch(/policy engine/)
  })

  test('M321: a span that ended without an error does not prove that its tool ran', () => {
    const action = lineageOf([toolSpan(0, s(2), 'pay', { call: 'c' })])
    expect(action).toMatchObject({ status: 'unknown', agreement: 'undetermined', findings: [] })
    expect(legsOf(action)).toMatchObject({ execution: 'inferred', outcome: 'inferred' })
    expect(action.completeness).toEqual({ required: 1, present: 0 })
  })

  test('M321: a denial beside such a span is a denial, and no action that ran although denied', () => {
    const action = lineageOf([toolSpan(2, s(2), 'pay', { attributes: { 'onbehalf.action.id': 'a' } }), decided(1, { effect: 'deny' })])
    expect(action).toMatchObject({ status: 'denied', decision: 'deny', findings: [] })
  })

  test('M322: a span without any id is an action by its span', () => {
    const action = lineageOf([toolSpan(0, s(2), 'pay', { result: 'ok' })])
    expect(action.keys).toEqual([{ kind: 'span', value: s(2), trace: traceId }])
    expect(action.id).toMatch(/^d-/)
    expect(action.legs.execution.link).toBe('derived')
  })

  test('M322: no registered source keeps OpenTelemetry out, for it has none', () => {
    const action = lineageOf([
      configured({ producers: [{ id: 'collector', sources: ['urn:other'], legs: ['execution', 'initiator'] }] }),
      toolSpan(0, s(2), 'pay', { call: 'c', result: 'ok', producer: 'collector', attributes: { 'user.id': 'anna' } }),
    ])
    expect(legsOf(action)).toMatchObject({ execution: 'observed', initiator: 'observed' })
  })

  test('M323: where nothing says which agent acts, the service stands in for it, inferred; the run around it says it, not one elsewhere in the trace', () => {
    const actor = (told: Told[]) => all(told)[0]!.roles.actor
    const tool = toolSpan(5, s(9), 'pay', { parent: s(3), call: 'c' })
    expect(actor([tool])).toMatchObject({ principal: { iss: 'urn:otel:service', sub: 'support' }, evidence: 'inferred' })
    const between = span(1, s(3), { parent: s(1), attributes: { 'session.id': 'chat' } })
    expect(actor([tool, agentSpan(0, s(1), 'Planner')])).toMatchObject({ evidence: 'inferred' })
    expect(actor([tool, between, agentSpan(0, s(1), 'Planner')])).toMatchObject({ principal: { sub: 'Planner' }, evidence: 'asserted', link: 'inherited' })
    expect(actor([tool, agentSpan(0, s(1), 'Planner'), agentSpan(1, s(3), 'Payer', { parent: s(1) })])).toMatchObject({ principal: { sub: 'Payer' } })
  })

  test('M323: a program that does not even name its service loses neither its tool nor the agent around it', () => {
    const service = 'unknown_service:node'
    const tool = toolSpan(2, s(2), 'pay', { parent: s(1), call: 'c', service })
    expect(lineageOf([tool])).toMatchObject({ operation: 'pay', roles: { actor: { principal: { sub: 'unknown_service' }, evidence: 'inferred' } } })
    expect(lineageOf([tool, agentSpan(0, s(1), 'Payer', { service })])).toMatchObject({ operation: 'pay', roles: { actor: { principal: { sub: 'Payer' } } } })
  })

  test('M323: two people named in one trace: whose it is cannot be told', () => {
    const action = lineageOf([
      agentSpan(0, s(1), 'Bot', { attributes: { 'user.id': 'anna' } }), agentSpan(1, s(3), 'Bot', { attributes: { 'user.id': 'svc-account' } }), toolSpan(2, s(2), 'pay', { call: 'c' }),
    ])
    expect(action.roles.initiator.principal).toBeNull()
    expect(action.legs.initiator.reason).toMatch(/anna, svc-account/)
  })

  test('M323: a run resumed in another trace is of the same session', () => {
    const other = 'b'.repeat(32)
    const action = lineageOf([
      agentSpan(0, s(1), 'Bot', { attributes: { 'user.id': 'anna', 'session.id': 'chat' } }),
      toolSpan(90, s(2), 'pay', { trace: other, call: 'c', attributes: { 'session.id': 'chat' } }),
    ])
    expect(action.roles.initiator).toMatchObject({ principal: { sub: 'anna' }, link: 'inherited' })
  })

  test('M323: where initiators have an owner, a stranger\'s span only names somebody', () => {
    const action = lineageOf([
      configured({ producers: [{ id: 'idp', legs: ['initiator'] }] }), agentSpan(0, s(1), 'Bot', { attributes: { 'user.id': 'anna' } }), toolSpan(2, s(2), 'pay', { call: 'c' }),
    ])
    expect(action.legs.initiator).toMatchObject({ evidence: 'missing' })
  })
})

describe('spans that are one action', () => {
  test('M324: a client span and a server span below the span of a call, of the same tool, are that call', () => {
    const action = lineageOf([
      toolSpan(0, s(1), 'pay', { call: 'c' }),
      span(0.1, s(2), { parent: s(1), kind: 3, name: 'tools/call pay', attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'pay' } }),
      span(0.2, s(3), { parent: s(2), kind: 2, service: 'payments-mcp', name: 'tools/call pay', attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'pay' } }),
    ])
    expect(action.keys.map(({ kind, value }) => [kind, value])).toEqual([['tool_call_id', 'c'], ['span', s(1)], ['span', s(2)], ['span', s(3)]])
  })

  test('M324: a tool that another tool calls is an action of its own', () => {
    expect(all([toolSpan(0, s(1), 'ask_expert', { call: 'c' }), toolSpan(1, s(2), 'search', { parent: s(1) })])).toHaveLength(2)
  })

  test('M325: a span without a call id is the only call of its tool in the trace; of two it cannot be told', () => {
    const call = toolSpan(0, s(1), 'pay', { call: 'c' })
    const loose = span(0.5, s(7), { parent: s(6), name: 'pay', attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'pay' } })
    expect(all([call, loose])).toHaveLength(1)
    expect(all([call, toolSpan(1, s(2), 'pay', { call: 'd' }), loose])).toHaveLength(3)
    expect(all([call, loose, span(0.7, s(8), { parent: s(6), name: 'pay', attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'pay' } })])).toHaveLength(3)
    expect(all([call, { ...loose, record: { ...loose.record!, json: JSON.parse(JSON.stringify(loose.record!.json).replaceAll(traceId, 'c'.repeat(32))) as object } }])).toHaveLength(2)
  })

  test('M326: a call id scoped by its trace is that of the session which the trace is said to be in', () => {
    const inTrace = toolSpan(1, s(2), 'pay', { call: 'c' })
    const inSession = toolSpan(1.1, s(3), 'pay', { trace: 'b'.repeat(32), call: 'c', attributes: { 'session.id': 'chat' } })
    const root = agentSpan(0, s(1), 'Bot', { attributes: { 'session.id': 'chat' } })
    expect(all([inTrace, inSession])).toHaveLength(2)
    const [action, ...others] = all([inTrace, inSession, root])
    expect(others).toEqual([])
    expect(action!.keys).toContainEqual({ kind: 'tool_call_id', value: 'c', trace: traceId })
  })

  test('M326: where only the runs say the session, a call that goes on in another trace of it is one', () => {
    const other = 'b'.repeat(32)
    const told = [
      span(1, s(2), { name: 'chat', attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"pay","arguments":{}}]}]' } }),
      toolSpan(61, s(3), 'pay', { trace: other, call: 'c', result: 'ok' }), agentSpan(0, s(1), 'Bot', { attributes: { 'session.id': 'chat' } }),
    ]
    expect(all(told)).toHaveLength(2)
    const [action, ...others] = all([...told, agentSpan(60, s(4), 'Bot', { trace: other, attributes: { 'session.id': 'chat' } })])
    expect(others).toEqual([])
    expect(action).toMatchObject({ status: 'succeeded', traces: [traceId, other] })
  })

  test('M327: whatever the order, and however often each is sent, the meaning is the same', () => {
    const told = [
      agentSpan(0, s(1), 'Bot', { attributes: { 'user.id': 'anna', 'session.id': 'chat' } }), toolSpan(1, s(2), 'pay', { parent: s(1), call: 'c' }),
      span(1.1, s(3), { parent: s(2), kind: 2, name: 'tools/call pay', attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'pay' } }),
      toolSpan(5, s(4), 'mail', { parent: s(1) }), toolSpan(1.1, s(5), 'pay', { trace: 'b'.repeat(32), call: 'c', attributes: { 'session.id': 'chat' } }),
    ]
    const meant = all(told).map(meaning)
    expect(all(told.toReversed()).map(meaning)).toEqual(meant)
    expect(all([...told, ...told.map((each, i) => ({ ...each, index: 5_000 + i }))]).map(meaning)).toEqual(meant)
  })

  test('M328: an action that both CloudEvents and a span tell of is one, and their two names of the agent are no collision', () => {
    const [action, ...others] = all([requested(0, { initiator: alice }), toolSpan(0, s(2), 'pay', { attributes: { 'onbehalf.action.id': 'a' } })])
    expect(others).toEqual([])
    expect(action!.findings).toEqual([])
  })
})

describe('strangers', () => {
  const own = { producer: 'mcp' }
  const evil = { producer: 'evil' }
  const config = configured({ producers: [{ id: 'mcp', legs: ['execution', 'initiator'] }, { id: 'evil', legs: [] }, { id: 'pdp', legs: ['decision'], agents: ['urn:otel:service:support|Bot'] }] })
  const honest = [
    config, agentSpan(0, s(1), 'Bot', { ...own, attributes: { 'user.id': 'anna' } }),
    toolSpan(2, s(2), 'pay', { ...own, parent: s(1), result: 'ok' }), toolSpan(3, s(3), 'pay', { ...own, parent: s(1), call: 'c', result: 'ok' }),
  ]
  const ofOwner = (told: Told[]) => all(told).filter(({ entries }) => entries.some(({ producer }) => producer === 'mcp')).map((lineage) => meaning(lineage))

  test.each<[string, Told[]]>([
    ['spans above take in nothing', [toolSpan(-1, s(1), 'pay', { ...evil, end: 90 })]],
    ['another call of the tool takes in nothing', [toolSpan(1, s(8), 'pay', { ...evil, call: 'zz', end: 90 })]],
    ['nine sessions make nothing void', Array.from({ length: 9 }, (_, i) => [
      span(0, s(20 + i), { ...evil, attributes: { 'session.id': `z${i}` } }), toolSpan(1, s(40 + i), 'pay', { ...evil, trace: 'b'.repeat(32), call: 'c', end: 90, attributes: { 'session.id': `z${i}` } }),
    ]).flat()],
    ['another name for who started it neither outdoes nor blurs the owner\'s', [agentSpan(0, s(1), 'Bot', { ...evil, attributes: { 'user.id': 'mallory' } })]],
    ['another agent leaves the owner of decisions in charge', [agentSpan(0, s(1), 'Other', evil)]],
    ['a session lends nobody its initiator', [span(0, s(1), { ...evil, attributes: { 'session.id': 'of-alice' } })]],
  ])('M330: a stranger\'s %s', (_, told) => {
    const meant = ofOwner(honest)
    expect(meant).toHaveLength(2)
    expect(ofOwner([...honest, ...told])).toEqual(meant)
  })

  test('M331: calls that ran by themselves stay apart: several below one, and one long after the only call', () => {
    const inner = (n: number) => toolSpan(n, s(n), 'pay', { parent: s(1), result: 'ok' })
    expect(all([toolSpan(1, s(1), 'pay', { call: 'c', end: 60 }), inner(2), inner(3), inner(4)])).toHaveLength(4)
    expect(all([toolSpan(1, s(1), 'pay', { call: 'c', result: 'ok' }), toolSpan(3_600, s(9), 'pay', { parent: s(8), result: 'ok' })])).toHaveLength(2)
  })
})

describe('random traces', () => {
  const runs = 300

  test('M329: shuffled and sent twice, random spans mean the same', () => {
    let actions = 0, joined = 0
    fc.assert(fc.property(spanHistory().chain((told) => fc.tuple(fc.constant(told), fc.shuffledSubarray(told, { minLength: told.length }))), ([told, again]) => {
      const meant = all(told)
      expect(all([...again, ...told.slice(0, 3).map((each) => ({ ...each, index: each.index + 9_000_000 }))]).map(meaning).sort()).toEqual(meant.map(meaning).sort())
      actions += meant.length
      joined += meant.filter(({ keys }) => keys.filter(({ kind }) => kind === 'span').length > 1).length
    }), { numRuns: runs })
    // The generator reaches what it is meant to reach.
    expect({ actions: actions > runs, joined: joined > 20 }).toEqual({ actions: true, joined: true })
  })

  test('M329: known only as far as it is asked for, a random trace has the documents of full knowledge', () => {
    fc.assert(fc.property(spanHistory(), (told) => {
      const journal = world(told)
      const keys = [...journal.known.facts.keys()].filter((key) => rankOf(key) > 0)
      for (const key of keys) expect(lazily(journal, [key]).documents).toEqual(documentsOf([key], journal.known))
    }), { numRuns: runs })
  })
})
