/**
 * The sample configurations of infra/otel against a real Collector, a real Apache Kafka and a real gateway. Run by check.sh.
 * Usage: node check.ts <the Collector's binary> [--capture]     --capture writes captured/ anew
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RunningGateway, headerOf, token } from '@onbehalf/gateway/testing'
import { silenceNegativeTimeouts } from '@onbehalf/stream'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
// @boundaries-ignore the local broker is nobody's package
import { startBroker } from '../../../infra/kafka/broker.ts'
// @boundaries-ignore nor are the topics
import { declareTopics } from '../../../infra/kafka/topics/declare-topics.ts'
import { Collector } from './collector.ts'
import { nodeOf, wrongIn, type Message } from './received.ts'
import { largeSpans, storyOf, tellLogs, tellSpans, type Story } from './story.ts'
import { Topics, until } from './topics.ts'

const [given, flag] = process.argv.slice(2)
if (given === undefined) throw new Error("Usage: node check.ts <the Collector's binary> [--capture]")
const binary = resolve(given)
const otel = resolve(import.meta.dirname, '../../../infra/otel')
const kafkaYaml = join(otel, 'collector.yaml')
const httpYaml = join(otel, 'collector-http.yaml')
const work = mkdtempSync(join(tmpdir(), 'onbehalf-collector-'))
const url = (collector: Collector, path: string) => ({ url: `${collector.http}${path}` })
let failed = 0
let passed = 0

silenceNegativeTimeouts()

try {
  checkTheFiles()
  await checkKafka()
  await checkHttp()
} finally {
  rmSync(work, { recursive: true, force: true, maxRetries: 5 })
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

function checkTheFiles(): void {
  const login = { tls: { insecure_skip_verify: true }, auth: { sasl: { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } } }
  const validate = (configs: string[], env: Record<string, string> = {}) => {
    try {
      execFileSync(binary, ['validate', ...configs.flatMap((config) => ['--config', config])], { env: { ...process.env, OTELCOL_QUEUE_DIR: join(work, 'none'), ...env }, stdio: 'pipe' })
      return []
    } catch (error) {
      return [String((error as { stderr: Buffer }).stderr)]
    }
  }
  tell('collector.yaml is valid', validate([kafkaYaml]))
  tell('collector.yaml is valid with a login to the brokers', validate([kafkaYaml, `yaml:${JSON.stringify({ exporters: { kafka: login } })}`]))
  tell('collector-http.yaml is valid', validate([httpYaml], { OTELCOL_ONBEHALF_URL: 'http://localhost:4318', OTELCOL_ONBEHALF_TOKEN: 't' }))
  tell('collector-http.yaml without an address is refused', validate([httpYaml]).length === 1 ? [] : ['it was taken'])
}

async function checkKafka(): Promise<void> {
  const broker = await startBroker({ dir: join(work, 'broker'), heap_mb: 256 })
  const queue = join(work, 'kafka-queue')
  // Twice the same: that several with commas between are several shows if they are not.
  const env = { ONBEHALF_KAFKA_BROKERS: [...broker.brokers, ...broker.brokers].join(','), OTELCOL_QUEUE_DIR: queue }
  const collector = new Collector({ binary, configs: [kafkaYaml], env, log: join(work, 'collector.log') })
  const inJson = new Collector({
    binary, configs: [kafkaYaml, 'yaml:exporters::kafka: { traces: { encoding: otlp_json }, logs: { encoding: otlp_json } }'],
    env: { ...env, OTELCOL_QUEUE_DIR: join(work, 'json-queue') }, log: join(work, 'collector-json.log'),
  })
  const small = new Collector({
    binary, configs: [kafkaYaml, 'yaml:exporters::kafka::sending_queue::queue_size: 2000'], env: { ...env, OTELCOL_QUEUE_DIR: join(work, 'small-queue') }, log: join(work, 'collector-small.log'),
  })
  await declareTopics(broker.brokers)
  const topics = new Topics(broker.brokers)
  try {
    await topics.start()
    await collector.start()

    const story = storyOf(0)
    await tellSpans(story.spans, new ProtoExporter(url(collector, '/v1/traces')))
    await tellLogs(story.logs, new OTLPLogExporter(url(collector, '/v1/logs')))
    const messages = await topics.take(story)
    tell('over http/protobuf: every span and log record is an entry exactly once, a trace is the key of its messages', wrongIn(messages, story))
    tell('messages are packed with zstd', topics.unpacked > 0 ? [] : ['no batch was'])
    if (flag === '--capture') capture('proto', messages)

    const others = [
      [1, 'grpc', new GrpcExporter({ url: collector.grpc })],
      [2, 'http/json', new JsonExporter(url(collector, '/v1/traces'))],
    ] as const
    for (const [number, protocol, exporter] of others) {
      const { spans } = storyOf(number)
      await tellSpans(spans, exporter)
      tell(`over ${protocol}: every span is an entry exactly once`, wrongIn(await topics.take({ spans, logs: [] }), { spans, logs: [] }))
    }

    const large = { spans: largeSpans(3, Array.from({ length: 60 }, () => 100_000)), logs: [] }
    await tellSpans(large.spans, new GrpcExporter({ url: collector.grpc, timeoutMillis: 30_000 }))
    const cut = await topics.take(large)
    const whole = cut.filter(({ value }) => value.length >= 1_000_000).map(({ value }) => `a message has ${value.length} bytes`)
    tell('6 MB of one trace in one request arrive in messages below 1 MB', [...wrongIn(cut, large), ...whole])

    const full = { spans: largeSpans(4, [100, 940_000, 100]), logs: [] }
    await tellSpans(full.spans, new ProtoExporter(url(collector, '/v1/traces')))
    tell('a span of 940,000 bytes arrives, and those beside it', wrongIn(await topics.take(full), full))

    // What infra/otel/README.md says of spans that no message can hold: it is no wish of ours, and this says when it changes.
    const [before, , after] = largeSpans(5, [100, 2_000_000, 100])
    await tellSpans(largeSpans(5, [100, 2_000_000, 100]), new ProtoExporter(url(collector, '/v1/traces')))
    const left = { spans: [before!], logs: [] }
    tell('of a request with a span of 2 MB, what stands before it arrives', wrongIn(await topics.take(left), left))
    tell('and the Collector says that it dropped one', /size is greater than max size/.test(collector.log) ? [] : ['it says nothing'])
    await sleep(1_000)
    tell('what stands behind it is lost', topics.messages.length === 0 ? [] : [`${after!.spanId} is there after all: say so in infra/otel/README.md`])

    await broker.kill()
    await small.start()
    const span = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'a'.repeat(900), startTimeUnixNano: '1', endTimeUnixNano: '2' }
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })
    const answers: number[] = []
    for (let i = 0; i < 4; i++) answers.push((await fetch(`${small.http}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status)
    tell('a full queue refuses, so that an exporter keeps what it has', answers.join() === '200,200,503,503' ? [] : [`the answers are ${answers.join()}`])
    await small.end('SIGKILL')

    const [held, queued] = [storyOf(6), storyOf(7)]
    await tellSpans(held.spans, new ProtoExporter(url(collector, '/v1/traces')))
    await collector.end('SIGKILL')
    await collector.start()
    await tellLogs(queued.logs, new OTLPLogExporter(url(collector, '/v1/logs')))
    await collector.end('SIGKILL')
    await broker.restart()
    await collector.start()
    const late = { spans: held.spans, logs: queued.logs }
    tell('no broker, and the Collector killed twice: what exporters were told is taken arrives', lostIn(await topics.take(late), late))
    await collector.end('SIGTERM')

    await inJson.start()
    await tellSpans(story.spans, new ProtoExporter(url(inJson, '/v1/traces')))
    await tellLogs(story.logs, new OTLPLogExporter(url(inJson, '/v1/logs')))
    const json = await topics.take(story)
    tell('in otlp_json: the same', wrongIn(json, story, 'json'))
    if (flag === '--capture') capture('json', json)
  } catch (error) {
    tell('the Collector writes to Kafka', [String(error), collector.log.slice(-4_000)])
  } finally {
    await collector.end('SIGKILL')
    await inJson.end('SIGKILL')
    await small.end('SIGKILL')
    await topics.stop()
    await broker.kill()
  }
}

async function checkHttp(): Promise<void> {
  const gateway = await new RunningGateway().start({}, { produceTimeoutMs: 500 })
  const env = { OTELCOL_ONBEHALF_URL: gateway.url, OTELCOL_ONBEHALF_TOKEN: token, OTELCOL_QUEUE_DIR: join(work, 'http-queue') }
  const collector = new Collector({ binary, configs: [httpYaml], env, log: join(work, 'collector-http.log') })
  const stranger = new Collector({ binary, configs: [httpYaml], env: { ...env, OTELCOL_ONBEHALF_TOKEN: 'wrong', OTELCOL_QUEUE_DIR: join(work, 'stranger-queue') }, log: join(work, 'stranger.log') })
  /** Each entry of the gateway as if it were a message of its own. */
  const entries = (): Message[] => gateway.journal.map((record) => {
    const signal = headerOf(record, 'onbehalf-kind')!.startsWith('otlp-span') ? 'traces' : 'logs'
    return { signal, value: record.value!, key: signal === 'traces' ? nodeOf(record.value!).traceId : storyOf(0).logs.find(({ body }) => record.value!.includes(body))?.traceId ?? null }
  })
  try {
    await collector.start()
    const story = storyOf(0)
    await tellSpans(story.spans, new GrpcExporter({ url: collector.grpc }))
    await tellLogs(story.logs, new OTLPLogExporter(url(collector, '/v1/logs')))
    await until(() => gateway.journal.length >= story.spans.length + story.logs.length)
    tell('over OTLP/HTTP: every span and log record is an entry exactly once', wrongIn(entries(), story))

    gateway.journal.length = 0
    gateway.held = []
    const late = { spans: storyOf(1).spans, logs: [] }
    await tellSpans(late.spans, new ProtoExporter(url(collector, '/v1/traces')))
    await until(() => gateway.held!.length > 0)
    await collector.end('SIGKILL')
    gateway.held = null
    await collector.start()
    await until(() => gateway.journal.length >= late.spans.length)
    tell('while the gateway takes nothing, and the Collector killed: what exporters were told is taken arrives', lostIn(entries(), late))

    await stranger.start()
    await tellSpans(storyOf(2).spans, new ProtoExporter(url(stranger, '/v1/traces')))
    await until(() => stranger.log.includes('401'))
    tell('a wrong token is told in the log of the Collector, and not tried again', /Permanent error.*401|401.*not retryable/i.test(stranger.log) ? [] : [stranger.log.slice(-2_000)])
  } catch (error) {
    tell('the Collector sends to the gateway', [String(error), collector.log.slice(-4_000)])
  } finally {
    await collector.end('SIGKILL')
    await stranger.end('SIGKILL')
    await gateway.stop()
  }
}

/** Where an outage is in the way, something may be there twice, which counts once; nothing may be missing. */
function lostIn(messages: Message[], told: Story): string[] {
  return wrongIn(messages, told).filter((wrong) => !/is there [2-9]\d* times/.test(wrong))
}

function tell(what: string, wrong: string[]): void {
  if (wrong.length === 0) passed++
  else failed++
  console.log(`${wrong.length === 0 ? 'ok    ' : 'FAILED'} ${what}${wrong.slice(0, 10).map((line) => `\n         ${line}`).join('')}`)
}

/** One file a message, named by what the reader cannot see in it: signal and key. */
function capture(encoding: string, messages: Message[]): void {
  const folder = join(import.meta.dirname, 'captured', encoding)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const order = (message: Message) => `${message.signal} ${message.key} ${message.value.toString('latin1')}`
  for (const [i, message] of messages.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)).entries()) {
    writeFileSync(join(folder, `${String(i).padStart(2, '0')}.${message.signal}.${message.key ?? 'none'}.bin`), message.value)
  }
}
