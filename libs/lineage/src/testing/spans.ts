import { at } from './tell.ts'
import type { Told } from './world.ts'

interface SpanSaid {
  trace?: string
  parent?: string
  name?: string
  kind?: number
  /** Seconds. */
  end?: number
  /** 0 unset, 1 ok, 2 error */
  status?: number
  service?: string
  producer?: string
  attributes?: Record<string, string | number | boolean>
}

export const traceId = 'a'.repeat(32)
/** `s(1)` is `0000000000000001`. */
export const s = (n: number): string => String(n).padStart(16, '0')

let serial = 0

/** One span as an OpenTelemetry SDK exports it, in OTLP/JSON. */
export function span(seconds: number, id: string, { trace = traceId, parent, name = 'span', kind = 1, end = seconds + 1, status = 0, service = 'support', producer = 'default', attributes = {} }: SpanSaid = {}): Told {
  const nanos = (text: string) => `${Date.parse(text)}000000`
  const valueOf = (value: string | number | boolean) => typeof value === 'string' ? { stringValue: value } : typeof value === 'boolean' ? { boolValue: value } : { intValue: String(value) }
  const json = {
    resourceSpans: [{
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ scope: { name: 'test' }, spans: [{
        traceId: trace, spanId: id, ...(parent !== undefined && { parentSpanId: parent }), name, kind, startTimeUnixNano: nanos(at(seconds)), endTimeUnixNano: nanos(at(end)),
        status: { code: status }, attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) })),
      }] }],
    }],
  }
  return { log: 'default/onbehalf.embedded/0', index: 1_000_000 + ++serial, received_at: at(end).replace('Z', '000Z'), producer, event: undefined as never, record: { kind: 'otlp-span-json', json } }
}

/** The span of a tool call, by the GenAI conventions. */
export const toolSpan = (seconds: number, id: string, tool: string, { call, result, ...said }: SpanSaid & { call?: string; result?: string } = {}) =>
  span(seconds, id, { name: `execute_tool ${tool}`, ...said, attributes: {
    'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool, ...(call !== undefined && { 'gen_ai.tool.call.id': call }), ...(result !== undefined && { 'gen_ai.tool.call.result': result }), ...said.attributes,
  } })

/** The run of an agent, by the same. */
export const agentSpan = (seconds: number, id: string, agent: string, said: SpanSaid = {}) =>
  span(seconds, id, { name: `invoke_agent ${agent}`, end: seconds + 60, ...said, attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': agent, ...said.attributes } })
