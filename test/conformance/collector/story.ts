import { ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace, type Context } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs'
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace'

/** What agents tell a Collector, by the official SDK; the same every time, so that what the Collector makes of it can be kept. */
export interface Story {
  spans: ToldSpan[]
  logs: ToldLog[]
}
export interface ToldSpan {
  traceId: string
  spanId: string
  parentSpanId: string | null
  name: string
  attributes: Record<string, string>
}
export interface ToldLog {
  traceId: string | null
  spanId: string | null
  body: string
}

/**
 * Runs of an agent, each a trace with two tool calls, their spans mixed in one request; and log records of them, and one of
 * no trace at all.
 * @param number tells the ids of one story from those of another, 0 to 99
 */
export function storyOf(number: number, runs = 3): Story {
  const spans: ToldSpan[] = []
  const logs: ToldLog[] = [{ traceId: null, spanId: null, body: `story ${number}: started.` }]
  for (let run = 1; run <= runs; run++) {
    const id = (place: number, length: number) => `${number + 10}${run}${place}`.padStart(length, '0')
    const traceId = id(0, 32)
    const span = (place: number, name: string, attributes: Record<string, string>) =>
      spans.push({ traceId, spanId: id(place, 16), parentSpanId: place === 1 ? null : id(1, 16), name, attributes: { 'gen_ai.conversation.id': `session-${run}`, ...attributes } })
    span(1, 'invoke_agent refunds', { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'refunds', 'user.id': 'u-1' })
    for (const call of [2, 3]) span(call, 'execute_tool payments.refund', { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'payments.refund', 'gen_ai.tool.call.id': `call_${call}` })
    logs.push({ traceId, spanId: id(2, 16), body: `story ${number}: run ${run} refunded.` })
  }
  return { spans, logs }
}

/** Spans of one trace that are no small ones. @param ids as of `storyOf` */
export function largeSpans(number: number, sizes_bytes: number[]): ToldSpan[] {
  const id = (place: number, length: number) => `${number + 10}0${String(place).padStart(4, '0')}`.padStart(length, '0')
  return sizes_bytes.map((size, i) => ({ traceId: id(0, 32), spanId: id(i + 1, 16), parentSpanId: null, name: `prompt ${i}`, attributes: { prompt: 'a'.repeat(size) } }))
}

const resource = () => resourceFromAttributes({ 'service.name': 'refund-service' })
const began_ms = Date.UTC(2026, 0, 1)

/** All in one request; resolves when the exporter has been answered. @throws what the exporter says of it, and else of nothing */
export async function tellSpans(spans: ToldSpan[], exporter: SpanExporter): Promise<void> {
  const next = { traceId: '', spanId: '' }
  const provider = new TracerProvider({
    resource: resource(), spanProcessors: [new BatchSpanProcessor({ exporter })], idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
  })
  const tracer = provider.getTracer('refund-agent', '1.2.3')
  for (const [i, { traceId, spanId, parentSpanId, name, attributes }] of spans.entries()) {
    Object.assign(next, { traceId, spanId })
    const span = tracer.startSpan(name, { startTime: began_ms + i, attributes }, contextOf(traceId, parentSpanId))
    span.setStatus({ code: SpanStatusCode.OK })
    span.end(began_ms + i + 1)
  }
  await provider.forceFlush()
  await provider.shutdown()
}

/** All in one request. */
export async function tellLogs(logs: ToldLog[], exporter: LogRecordExporter): Promise<void> {
  const provider = new LoggerProvider({ resource: resource(), processors: [new BatchLogRecordProcessor({ exporter })] })
  const logger = provider.getLogger('refund-agent', '1.2.3')
  for (const [i, { traceId, spanId, body }] of logs.entries()) {
    const time = began_ms + i
    logger.emit({ timestamp: time, observedTimestamp: time, eventName: 'refund', body, attributes: { 'session.id': 'session-1' }, context: contextOf(traceId, spanId) })
  }
  await provider.forceFlush()
  await provider.shutdown()
}

function contextOf(traceId: string | null, spanId: string | null): Context {
  if (traceId === null || spanId === null) return ROOT_CONTEXT
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED })
}
