import { setTimeout as sleep } from 'node:timers/promises'
import { JsonLogsSerializer, JsonTraceSerializer, ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { silentLogger } from '@onbehalf/runtime'
import { readFactsAt, readHeads, readSegments, verifyJournal } from '@onbehalf/store'
import { createKafkaStream } from '@onbehalf/stream'
import { createTestDatabase } from '@onbehalf/testkit'
import { useKafka } from '@onbehalf/testkit/kafka'
import { expect, test } from 'vitest'
import { createIngest, type TopicConfig } from './index.ts'
import { someLogs, someSpans } from './testing/telemetry.ts'

const kafka = useKafka()

test('every span and every log record of the messages of a Collector is an entry exactly once, through a restart, and reads to what it says', async () => {
  const [spans, logs] = [await kafka.topic({ partitions: 1 }), await kafka.topic({ partitions: 2 })]
  const topics = new Map<string, TopicConfig>([
    [spans, { kind: 'otlp_spans', tenant: 'acme', producer: 'collector' }],
    [logs, { kind: 'otlp_logs', tenant: 'acme', producer: 'collector' }],
  ])
  const database = await createTestDatabase()
  const pool = database.pool('writer')
  const reader = database.pool()
  const producer = kafka.client.producer()
  await producer.connect()
  const tell = (topic: string, values: Uint8Array[]) => producer.send({ topic, messages: values.map((value) => ({ value: Buffer.from(value) })) })
  const consume = () => {
    const stream = createKafkaStream({ brokers: [...kafka.brokers], clientId: 'test', groupId: `onbehalf-${spans}`, logger: silentLogger(), idleMs: 200 })
    return { stream, ingest: createIngest({ pool, stream, topics, isTenant: () => true, logger: silentLogger() }) }
  }
  const size = async () => (await readHeads(reader, 'acme')).filter(({ topic }) => topic !== null).reduce((sum, head) => sum + Number(head.size), 0)
  const eventually = async (expected: number) => {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline && await size() < expected;) await sleep(50)
    expect(await size()).toBe(expected)
  }

  let running = consume()
  try {
    await running.ingest.start()
    await tell(spans, [ProtobufTraceSerializer.serializeRequest(someSpans(0, 300))!, JsonTraceSerializer.serializeRequest(someSpans(300, 40))!, Buffer.from('hello')])
    await tell(logs, [ProtobufLogsSerializer.serializeRequest(someLogs(0, 25))!, JsonLogsSerializer.serializeRequest(someLogs(25, 5))!])
    await eventually(340 + 1 + 30)
    await running.ingest.stop()
    await running.stream.stop()
    await tell(spans, [ProtobufTraceSerializer.serializeRequest(someSpans(340, 7))!])
    running = consume()
    await running.ingest.start()
    await eventually(340 + 1 + 30 + 7)

    const told: string[] = []
    const refused: string[] = []
    for (const { tenant, logId, topic } of await readHeads(reader, 'acme')) {
      if (topic === null) continue
      let last = -1n
      for (const segment of await readSegments(reader, tenant, logId, 0)) for (let place = 0; place < segment.count; place++) {
        expect(segment.offset(place)! >= last).toBe(true)
        last = segment.offset(place)!
        const reading = readFactsAt(segment, place)
        if ('rejection' in reading) refused.push(`${reading.entry.kind} ${reading.rejection.code}`)
        else if ('facts' in reading) for (const { type, data, spanId } of reading.facts) told.push(`${segment.entry(place).kind} ${type} ${type === 'span.ended' ? data.name : spanId}`)
      }
    }
    const name = (i: number) => `number ${i}.`
    const id = (i: number) => (i + 1).toString(16).padStart(16, '0')
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)
    const isProto = (i: number) => i < 300 || i >= 340
    expect(told.sort()).toEqual([
      ...range(0, 347).flatMap((i) => [`otlp-span-${isProto(i) ? 'proto' : 'json'} span.ended ${name(i)}`, `otlp-span-${isProto(i) ? 'proto' : 'json'} run.described ${id(i)}`]),
      ...range(0, 30).map((i) => `otlp-log-${i < 25 ? 'proto' : 'json'} run.described ${id(i)}`),
    ].sort())
    expect(refused).toEqual(['unreadable unreadable'])
    const client = await reader.connect()
    try {
      for await (const problem of verifyJournal(client)) expect(problem).toBeNull()
    } finally {
      client.release()
    }
  } finally {
    await running.ingest.stop()
    await producer.disconnect()
    await running.stream.stop()
    await database.drop()
  }
})
