import fc from 'fast-check'
import { agentSpan, s, span, toolSpan } from './spans.ts'
import type { Told } from './world.ts'

/**
 * Random traces as frameworks leave them: agents within agents, tool calls with and without call ids, clients and servers below
 * them, identity at the root, somewhere or nowhere, sessions over several traces, parents that never come.
 */
export function spanHistory(): fc.Arbitrary<Told[]> {
  return fc.array(record, { minLength: 1, maxLength: 14 }).map((records) => records.map(toldOf))
}

const record = fc.record({
  what: fc.constantFrom('agent', 'tool', 'tool', 'tool', 'client', 'server', 'other'),
  trace: fc.constantFrom('a', 'a', 'a', 'b'),
  id: fc.integer({ min: 1, max: 9 }),
  parent: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  seconds: fc.integer({ min: 0, max: 20 }),
  tool: fc.constantFrom('pay', 'pay', 'mail'),
  call: fc.option(fc.constantFrom('c1', 'c2'), { nil: undefined }),
  user: fc.option(fc.constantFrom('anna', 'ben'), { nil: undefined }),
  session: fc.option(fc.constantFrom('s1', 's2'), { nil: undefined }),
  agent: fc.constantFrom('Planner', 'Payer'),
  result: fc.boolean(),
  status: fc.constantFrom(0, 0, 1, 2),
})

type Random = typeof record extends fc.Arbitrary<infer Value> ? Value : never

function toldOf({ what, trace, id, parent, seconds, tool, call, user, session, agent, result, status }: Random): Told {
  const attributes = { ...(user !== undefined && { 'user.id': user }), ...(session !== undefined && { 'session.id': session }) }
  const said = { trace: trace.repeat(32), ...(parent !== undefined && parent !== id && { parent: s(parent) }), status, attributes }
  const called = call === undefined ? {} : { call }
  switch (what) {
    case 'agent':
      return agentSpan(seconds, s(id), agent, said)
    case 'tool':
      return toolSpan(seconds, s(id), tool, { ...said, ...called, ...(result && { result: 'ok' }) })
    case 'client':
    case 'server':
      return span(seconds, s(id), { ...said, kind: what === 'client' ? 3 : 2, service: what === 'client' ? 'support' : 'tools', attributes: { ...attributes, 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': tool } })
    default:
      return span(seconds, s(id), said)
  }
}
