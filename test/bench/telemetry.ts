import { createRandom, type Random } from '@onbehalf/testkit'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'

/** As many as the batch processors of the SDKs hand over at once (OTEL_BSP_MAX_EXPORT_BATCH_SIZE). */
export const spansPerRequest = 512

/**
 * Export requests in protobuf, written by the official exporter's serializer, one after the other: agents of several services
 * that think, call tools and hand over to one another, by the GenAI conventions, some 800 bytes a span. A request is of one
 * service, and has spans of runs that go on at the same time, in the order in which they end. The same seed gives the same
 * bytes for ever.
 */
export function createTelemetry(seed: number): { request(spans: number): Buffer } {
  const random = createRandom(seed)
  const sources = services.map((service) => spansOf(service, random.fork(service)))
  let turn = 0
  return {
    request(spans) {
      const source = sources[turn++ % sources.length]!
      return Buffer.from(ProtobufTraceSerializer.serializeRequest(Array.from({ length: spans }, () => source.next().value as ReadableSpan))!)
    },
  }
}

/** Each call of a tool has an id of this form, in its own span and in the message that asked for it. */
export const callIds = /call_[2-9a-z]{24}/g

type ReadableSpan = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number]

const services = ['support-eu', 'support-us', 'billing', 'research', 'onboarding']
const agents = ['planner', 'refunds', 'researcher', 'writer', 'reviewer', 'scheduler']
const tools = ['crm.update_contact', 'stripe.refund', 'mail.send', 'files.read', 'calendar.book', 'search.web']
const models = ['gpt-5.2', 'gpt-5.2-mini', 'claude-opus-5']
const words = ['the', 'customer', 'asked', 'for', 'an', 'invoice', 'refund', 'of', 'order', 'which', 'arrived', 'late', 'please', 'confirm', 'address', 'before', 'shipping', 'again', 'and', 'tell', 'account', 'manager']
const runsAtOnce = 8
const failedShare = 0.03
const handedOverShare = 0.25

/** All spans of one process, for ever. */
function* spansOf(service: string, random: Random): Generator<ReadableSpan> {
  const attributes = { 'service.name': service, 'service.version': '4.11.0', 'telemetry.sdk.language': 'nodejs', 'telemetry.sdk.name': 'opentelemetry', 'telemetry.sdk.version': '3.1.0', 'host.name': `${service}-7d9f` }
  const resource = { attributes, asyncAttributesPending: false, getRawAttributes: () => Object.entries(attributes), merge: () => resource } as unknown as ReadableSpan['resource']
  const clock = { ms: Date.UTC(2026, 10, 23, 6) }
  const runs = Array.from({ length: runsAtOnce }, () => runOf(random, clock))
  for (let turn = 0; ; turn = (turn + 1) % runsAtOnce) {
    let next = runs[turn]!.next()
    if (next.done === true) next = (runs[turn] = runOf(random, clock)).next()
    yield readable(next.value as Span, resource)
  }
}

interface Span {
  traceId: string
  spanId: string
  parent: string | undefined
  name: string
  client: boolean
  startMs: number
  endMs: number
  failed: boolean
  attributes: Record<string, string | number | string[]>
}

/** One run of an agent: it thinks, calls a tool or has another agent call one, until it answers. Its own span ends last. */
function* runOf(random: Random, clock: { ms: number }): Generator<Span> {
  const [traceId, root, beganMs] = [random.hex(32), random.hex(16), (clock.ms += random.between(1, 40))]
  let nowMs = beganMs
  const [agent, model, user] = [random.pick(agents), random.pick(models), `u-${random.int(997)}`]
  const conversation = `conv_${random.word(24)}`
  const span = (name: string, parent: string | undefined, attributes: Span['attributes'], more: Partial<Span> = {}): Span => {
    const startMs = (nowMs += random.between(1, 40))
    return { traceId, spanId: random.hex(16), parent, name, client: false, startMs, endMs: (nowMs += random.between(50, 3_000)), failed: false, ...more,
      attributes: { 'gen_ai.conversation.id': conversation, ...attributes } }
  }
  const chat = (by: string, parent: string, asks: { tool: string; id: string; args: object } | null): Span => span(`chat ${model}`, parent, {
    'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': model, 'gen_ai.response.model': `${model}-2026-08-01`,
    'gen_ai.response.id': `chatcmpl-${random.word(29)}`, 'gen_ai.response.finish_reasons': [asks === null ? 'stop' : 'tool_calls'], 'gen_ai.agent.name': by,
    'gen_ai.usage.input_tokens': random.between(200, 9_000), 'gen_ai.usage.output_tokens': random.between(20, 700), 'server.address': 'api.openai.com', 'server.port': 443,
    'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', finish_reason: asks === null ? 'stop' : 'tool_call',
      parts: [asks === null ? { type: 'text', content: text(random, 30) } : { type: 'tool_call', id: asks.id, name: asks.tool, arguments: asks.args }] }]),
  }, { client: true })
  const call = (by: string, parent: string, { tool, id, args }: { tool: string; id: string; args: object }): Span => {
    const failed = random.chance(failedShare)
    return span(`execute_tool ${tool}`, parent, {
      'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool, 'gen_ai.tool.type': 'function', 'gen_ai.tool.call.id': id, 'gen_ai.agent.name': by,
      'gen_ai.tool.description': `What ${tool} does for the ${text(random, 4)}`, 'gen_ai.tool.call.arguments': JSON.stringify(args),
      ...(failed ? { 'error.type': 'timeout' } : { 'gen_ai.tool.call.result': JSON.stringify({ status: 'done', reference: random.hex(24), note: text(random, 16) }) }),
    }, { failed })
  }
  const asking = () => ({ tool: random.pick(tools), id: `call_${random.word(24)}`, args: { customer: String(random.int(5_000)), amount: random.int(10_000), reason: text(random, 8) } })

  for (let turns = random.between(2, 4); turns > 0; turns--) {
    const wanted = asking()
    if (random.chance(handedOverShare)) {
      const [other, inner, startMs] = [random.pick(agents), random.hex(16), nowMs]
      yield chat(other, inner, wanted)
      yield call(other, inner, wanted)
      yield span(`invoke_agent ${other}`, root, { ...invoked(other, model), 'gen_ai.caller.type': 'agent', 'gen_ai.caller.name': agent }, { spanId: inner, startMs })
    } else {
      yield chat(agent, root, wanted)
      yield call(agent, root, wanted)
    }
  }
  yield chat(agent, root, null)
  yield span(`invoke_agent ${agent}`, undefined, { ...invoked(agent, model), 'user.id': user }, { spanId: root, startMs: beganMs })
}

function invoked(agent: string, model: string): Span['attributes'] {
  return { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': model, 'gen_ai.agent.name': agent, 'gen_ai.agent.id': `asst_${agent}`,
    'gen_ai.agent.description': `An agent that looks after everything about ${agent}, and asks before it changes anything that a customer sees` }
}

function text(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.pick(words)).join(' ')
}

function readable({ traceId, spanId, parent, name, client, startMs, endMs, failed, attributes }: Span, resource: ReadableSpan['resource']): ReadableSpan {
  return {
    name, kind: client ? 2 : 0, resource, instrumentationScope: { name: '@example/instrumentation-agents', version: '0.9.2' },
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }), ...(parent !== undefined && { parentSpanContext: { traceId, spanId: parent, traceFlags: 1 } }),
    startTime: hrTime(startMs), endTime: hrTime(endMs), duration: hrTime(endMs - startMs), ended: true, status: failed ? { code: 2, message: 'timed out' } : { code: 0 },
    attributes, events: [], links: [], droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0,
  } as unknown as ReadableSpan
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): [number, number] {
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000]
}
