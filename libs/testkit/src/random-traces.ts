import type { RawEntry } from './lineages-of.ts'
import type { Random } from './random.ts'

/**
 * Spans as frameworks leave them: agents within agents, tool calls with and without call ids, clients and servers below them,
 * identity at the root, somewhere or nowhere, sessions over several traces, parents that never come. Few ids, so that
 * they meet.
 */
export function randomTraces(random: Random, spans: number): RawEntry[] {
  const traces = [random.hex(32), random.hex(32)]
  const ids = Array.from({ length: 9 }, () => random.hex(16))
  const calls = [random.word(6), random.word(6)]
  const sessions = [`chat-${random.word(6)}`, `chat-${random.word(6)}`]
  const atMs = Date.UTC(2026, 10, 24, 9)
  return Array.from({ length: spans }, (): RawEntry => {
    const [what, spanId, startMs] = [random.pick(['agent', 'tool', 'tool', 'tool', 'client', 'server', 'other'] as const), random.pick(ids), atMs + random.int(20_000)]
    const parent = random.pick([undefined, ...ids])
    const tool = random.pick(['pay', 'pay', 'mail'])
    const attributes: Record<string, string> = {
      ...(random.chance(0.2) && { 'user.id': random.pick(['anna', 'ben']) }),
      ...(random.chance(0.3) && { 'session.id': random.pick(sessions) }),
      ...(what === 'agent' && { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': random.pick(['Planner', 'Payer']) }),
      ...(what === 'tool' && { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool }),
      ...(what === 'tool' && random.chance(0.5) && { 'gen_ai.tool.call.id': random.pick(calls) }),
      ...(what === 'tool' && random.chance(0.5) && { 'gen_ai.tool.call.result': 'ok' }),
      ...((what === 'client' || what === 'server') && { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': tool }),
    }
    const json = { resourceSpans: [{
      resource: { attributes: [text('service.name', what === 'server' ? 'tools' : 'support')] },
      scopeSpans: [{ scope: { name: 'random' }, spans: [{
        traceId: random.pick([traces[0]!, traces[0]!, traces[1]!]), spanId, ...(parent !== undefined && parent !== spanId && { parentSpanId: parent }),
        name: what, kind: what === 'server' ? 2 : what === 'client' ? 3 : 1, startTimeUnixNano: `${startMs}000000`, endTimeUnixNano: `${startMs + random.int(5_000)}000000`,
        status: { code: random.pick([0, 0, 1, 2]) }, attributes: Object.entries(attributes).map(([key, value]) => text(key, value)),
      }] }],
    }] }
    return { kind: 'otlp-span-json', content: Buffer.from(JSON.stringify(json)) }
  })
}

const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
