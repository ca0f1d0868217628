import { read, type EntryKind, type Statement } from '@onbehalf/events'
import { RunningGateway, token } from '@onbehalf/gateway/testing'
import { sha256Hex } from '@onbehalf/store'
import { diag, DiagLogLevel, SpanStatusCode } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { BatchSpanProcessor, TracerProvider, type IdGenerator, type SpanExporter } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

/** The official JS SDK and its exporters, configured by nothing but the lines that docs/sources/opentelemetry.md has. */
let gateway: RunningGateway
const before = { ...process.env }
beforeEach(async () => {
  await start()
})
afterEach(async () => {
  diag.disable()
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name]
  Object.assign(process.env, before)
  await gateway.stop()
})

async function start(...how: Parameters<RunningGateway['start']>): Promise<void> {
  gateway = await new RunningGateway().start(...how)
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = gateway.url
  process.env['OTEL_EXPORTER_OTLP_HEADERS'] = `authorization=Bearer%20${token}`
}

const exporters: [protocol: string, kind: EntryKind, make: () => SpanExporter][] = [
  ['http/protobuf', 'otlp-span-proto', () => new ProtoExporter()],
  ['http/json', 'otlp-span-json', () => new JsonExporter()],
  ['grpc', 'otlp-span-proto', () => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://${gateway.grpcAddress}`
    return new GrpcExporter()
  }],
]

function providerOf(exporter: SpanExporter, idGenerator?: IdGenerator): TracerProvider {
  return new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'refund-service' }), spanProcessors: [new BatchSpanProcessor({ exporter })], ...(idGenerator && { idGenerator }),
  })
}

/** An ordinary agent run: a span that holds a few others. Answers the ids of all of them. */
function run(provider: TracerProvider, calls = 3): string[] {
  const tracer = provider.getTracer('refund-agent', '1.2.3')
  const spans = [tracer.startSpan('invoke_agent refund-agent', { attributes: { 'gen_ai.operation.name': 'invoke_agent' } })]
  for (let i = 0; i < calls; i++) {
    const span = tracer.startSpan('execute_tool payments.refund', { attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'payments.refund', 'gen_ai.tool.call.id': `call_${i}`, amount: 98.5, list: ['a', 'b'] } })
    span.addEvent('asked', { 'user.id': 'u-1' })
    span.setStatus({ code: SpanStatusCode.OK })
    spans.push(span)
  }
  for (const span of spans.toReversed()) span.end()
  return spans.map((span) => span.spanContext().spanId)
}

/** What the journal holds, read as the projector reads it. */
function statements(): Statement[] {
  return gateway.journal.flatMap((record) => {
    const kind = record.headers.find(([name]) => name === 'onbehalf-kind')![1].toString() as EntryKind
    const reading = read(kind, record.value!, { tenant: 'default', producer: 'default', sha256: sha256Hex })
    if (!reading.ok) throw new Error(reading.rejection.message)
    return reading.statements
  })
}
const spansIn = (): string[] => statements().flatMap((statement) => (statement.type === 'span.ended' ? [statement.spanId!] : []))

describe.each(exporters)('spans over %s', (_protocol, kind, make) => {
  test('are durable when the exporter is done, each an entry of its own', async () => {
    const provider = providerOf(make())
    const sent = run(provider)
    await provider.forceFlush()
    expect(spansIn().toSorted()).toEqual(sent.toSorted())
    expect(new Set(gateway.journal.map((record) => record.headers.find(([name]) => name === 'onbehalf-kind')![1].toString()))).toEqual(new Set([kind]))
    expect(statements().find(({ type }) => type === 'span.ended')!.data).toMatchObject({ service: 'refund-service', scope: 'refund-agent' })
    await provider.shutdown()
  })

  test('packed with gzip', async () => {
    process.env['OTEL_EXPORTER_OTLP_COMPRESSION'] = 'gzip'
    const provider = providerOf(make())
    const sent = run(provider)
    await provider.forceFlush()
    expect(spansIn().toSorted()).toEqual(sent.toSorted())
    await provider.shutdown()
  })

  test('of which some can never be taken: the exporter hears how many and why, and the others are there', async () => {
    const heard: string[] = []
    diag.setLogger({ error: () => {}, warn: (...words) => void heard.push(words.join(' ')), info: () => {}, debug: () => {}, verbose: () => {} }, DiagLogLevel.WARN)
    let made = 0
    const ids: IdGenerator = { generateTraceId: () => '0af7651916cd43dd8448eb211c80319c', generateSpanId: () => (++made).toString(16).padStart(16, '0') }
    const zeroes: IdGenerator = { ...ids, generateSpanId: () => (made++ === 1 ? '0'.repeat(16) : made.toString(16).padStart(16, '0')) }
    const provider = providerOf(make(), zeroes)
    run(provider)
    await provider.forceFlush()
    expect(spansIn()).toHaveLength(3)
    expect(heard.join('\n')).toMatch(/Partial Success.*"rejectedSpans":"?1.*1 rejected: span \d: /)
    await provider.shutdown()
  })

  test('without a credential: the exporter hears it', async () => {
    delete process.env['OTEL_EXPORTER_OTLP_HEADERS']
    const heard: string[] = []
    diag.setLogger({ error: (...words) => void heard.push(words.join(' ')), warn: () => {}, info: () => {}, debug: () => {}, verbose: () => {} }, DiagLogLevel.ERROR)
    const provider = providerOf(make())
    run(provider)
    await provider.forceFlush().catch((error: unknown) => heard.push(String(error)))
    expect(heard.join('\n')).toMatch(/credential|401|Unauthorized|UNAUTHENTICATED/i)
    expect(gateway.journal).toEqual([])
    await provider.shutdown()
  })
})

test.each(exporters.slice(0, 2))('while the stream takes nothing, an exporter over %s holds what it has and sends it again', async (_protocol, _kind, make) => {
  await gateway.stop()
  await start({}, { produceTimeoutMs: 200 })
  gateway.held = []
  const provider = providerOf(make())
  const sent = run(provider)
  const flushed = provider.forceFlush()
  await expect.poll(() => gateway.log.filter((line) => line.includes('did not take the events')).length, { timeout: 5_000 }).toBeGreaterThan(0)
  expect(gateway.journal).toEqual([])
  const { held } = gateway
  gateway.held = null
  for (const batch of held) {
    // What was given up was durable all the same: it is there twice then.
    gateway.journal.push(...batch.records)
    batch.committed()
  }
  await flushed
  // Nothing is lost; and what is there twice has one identity, so it counts once.
  expect(new Set(spansIn())).toEqual(new Set(sent))
  const nodes = statements().filter(({ type }) => type === 'span.ended')
  expect(nodes.length).toBeGreaterThan(sent.length)
  expect(new Set(nodes.map(({ source, id }) => `${source} ${id}`)).size).toBe(sent.length)
  await provider.shutdown()
})

test('log records over http/protobuf', async () => {
  const provider = new LoggerProvider({ resource: resourceFromAttributes({ 'service.name': 'refund-service' }), processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })] })
  const logger = provider.getLogger('refund-agent')
  for (let i = 0; i < 5; i++) logger.emit({ eventName: 'tool.called', body: `call ${i}`, attributes: { 'session.id': 's-1' } })
  await provider.forceFlush()
  expect(gateway.journal).toHaveLength(5)
  expect(() => statements()).not.toThrow()
  await provider.shutdown()
})
