import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import kafkajs from 'kafkajs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
// @boundaries-ignore the local broker lives in infra/, which is not a package
import { brokerJars } from '../../../infra/kafka/jars.ts'
// @boundaries-ignore fixtures of tests; the room itself depends on nothing of it
import { useKafka } from '../../testkit/src/kafka.ts'
import { MemoryJournal } from './contract/memory-journal.ts'
import { eventually, numbered, streamContract } from './contract/stream-contract.ts'
import { createKafkaStream, type KafkaConfig } from './kafka/kafka-stream.ts'
import { RecordTooLarge, StreamUnavailable } from './stream-error.ts'
import type { Stream, StreamConsumer } from './stream.ts'

const kafka = useKafka({ users: { alice: 'alice-secret' } })

/** Impatient, so that tests need not wait. */
const quick = (more: Partial<KafkaConfig> = {}): KafkaConfig => ({
  brokers: kafka.brokers,
  groupId: `g-${++groups}-${process.pid}-${Date.now().toString(36)}`,
  sessionTimeoutMs: 4000,
  fetchWaitMs: 100,
  idleMs: 120,
  missingTopicsMs: 200,
  retry: { minMs: 20, maxMs: 300 },
  ...more,
})
let groups = 0

streamContract('Kafka', async () => ({
  stream: createKafkaStream(quick()),
  topic: await kafka.topic({ config: { 'max.message.bytes': '4194304' } }),
  record_bytes_max: 4_194_304,
}))

describe('Kafka only', () => {
  let journal: MemoryJournal
  let streams: Stream[]
  let consumers: StreamConsumer[]

  beforeEach(() => {
    journal = new MemoryJournal()
    streams = []
    consumers = []
  })

  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()))
    await Promise.all(streams.map((stream) => stream.stop()))
    journal.mustHaveBeenKept()
  })

  function open(config: Partial<KafkaConfig> = {}): Stream {
    const stream = createKafkaStream(quick(config))
    streams.push(stream)
    return stream
  }

  async function consume(topics: string[], config: Partial<KafkaConfig> = {}): Promise<StreamConsumer> {
    const consumer = open(config).consumer(topics, journal.writer())
    consumers.push(consumer)
    await consumer.start()
    return consumer
  }

  const texts = (topic: string) => journal.entries(topic).map(({ value }) => value?.toString() ?? null)
  const sorted = (list: (string | null)[]) => list.toSorted()
  const wanted = (count: number, from = 0) => numbered(from, count).map(({ value }) => value!.toString())

  async function produceForeign(topic: string, from: number, count: number, partition?: number) {
    const producer = kafka.client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    const messages = wanted(count, from).map((value) => ({ value, ...(partition === undefined ? {} : { partition }) }))
    await producer.send({ topic, messages })
    await producer.disconnect()
  }

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'S10: what we compress with %s, the broker takes and we read',
    async (compression) => {
      const topic = await kafka.topic()
      const producer = open({ compression }).producer(topic)
      await producer.produce([...numbered(0, 500), { key: null, value: Buffer.alloc(300_000, 'abc'), headers: {} }])
      await consume([topic])
      await eventually(() => expect(texts(topic)).toEqual([...wanted(500), 'abc'.repeat(100_000)]))
      await producer.stop()
    },
  )

  test('S10: what Java clients compress with each codec, we read', async () => {
    const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
    const topics = await Promise.all(codecs.map(async (codec) => [codec, await kafka.topic()]))
    const dir = await mkdtemp(join(tmpdir(), 'onbehalf-java-'))
    await writeFile(join(dir, 'Produce.java'), javaProducer)
    const pairs = topics.map(([codec, topic]) => `${codec}=${topic}`)
    const classPath = join(await brokerJars(), '*')
    await promisify(execFile)('java', ['-cp', classPath, join(dir, 'Produce.java'), kafka.brokers[0]!, ...pairs])
    await consume(topics.map(([, topic]) => topic!))
    for (const [codec, topic] of topics) {
      const values = Array.from({ length: 2000 }, (_, at) => `${codec} ${at} ${'é'.repeat(at % 50)}`)
      await eventually(() => expect(texts(topic!)).toEqual(values))
      expect(journal.entries(topic!)[7]!.headers).toEqual([['ce_id', Buffer.from('7')]])
    }
  })

  test('S11: two consumers share the partitions, and one that leaves loses and doubles nothing', async () => {
    const topic = await kafka.topic({ partitions: 4 })
    const producer = open().producer(topic)
    const groupId = `shared-${Date.now()}`
    let sent = 0
    let sending = true
    const sender = (async () => {
      while (sending) {
        await producer.produce(numbered(sent, 20, null))
        sent += 20
      }
    })()
    const first = await consume([topic], { groupId })
    const owned = (consumer: StreamConsumer) =>
      consumer.status().partitions.filter(({ state }) => state === 'consuming').length
    await eventually(() => expect(owned(first)).toBe(4))
    const second = await consume([topic], { groupId })
    await eventually(() => expect([owned(first), owned(second)]).toEqual([2, 2]))
    await sleep(300)
    await first.stop()
    await eventually(() => expect(owned(second)).toBe(4))
    const third = await consume([topic], { groupId })
    await eventually(() => expect([owned(second), owned(third)]).toEqual([2, 2]))
    sending = false
    await sender
    // The producer may send again what a busy broker did not acknowledge in time; consumers take each record once.
    await eventually(() => expect([...new Set(sorted(texts(topic)))]).toEqual(sorted(wanted(sent))))
    const places = journal.entries(topic).map(({ partition, offset }) => `${partition}@${offset}`)
    expect(new Set(places).size).toBe(places.length)
    await producer.stop()
  })

  test('S12: a broker killed in mid-stream and started again: nothing is lost or doubled', async () => {
    const topic = await kafka.topic({ partitions: 2 })
    const producer = open({ produceTimeoutMs: 3000 }).producer(topic)
    const consumer = await consume([topic])
    const acknowledged: string[] = []
    let attempts = 0
    let refused = 0
    let sending = true
    const sender = (async () => {
      while (sending) {
        const records = numbered(attempts, 10, null)
        attempts += 10
        try {
          const produced = await producer.produce(records)
          const texts = produced.map(({ partition, offset }, at) => `${partition}@${offset} ${records[at]!.value}`)
          acknowledged.push(...texts)
        } catch (error) {
          expect(error).toBeInstanceOf(StreamUnavailable)
          refused++
        }
      }
    })()
    await eventually(() => expect(texts(topic).length).toBeGreaterThan(200))
    await kafka.broker.kill()
    await eventually(() => expect(refused).toBeGreaterThan(0))
    await eventually(() => expect(consumer.status().connected).toBe(false))
    await kafka.broker.restart()
    const before = acknowledged.length
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(before + 100), 60_000)
    sending = false
    await sender
    const stored = () => journal.entries(topic).map(({ partition, offset, value }) => `${partition}@${offset} ${value}`)
    await eventually(() => {
      const found = new Set(stored())
      expect(acknowledged.filter((each) => !found.has(each))).toEqual([])
    }, 60_000)
    expect(new Set(stored()).size).toBe(stored().length)
    await producer.stop()
  })

  test('S12: without a broker, produce is refused in time, and a consumer starts once there is one', async () => {
    const topic = await kafka.topic()
    await kafka.broker.stop()
    const consumer = await consume([topic])
    const producer = open({ produceTimeoutMs: 1500 }).producer(topic)
    const startedAtMs = Date.now()
    await expect(producer.produce(numbered(0, 1))).rejects.toBeInstanceOf(StreamUnavailable)
    expect(Date.now() - startedAtMs).toBeLessThan(3000)
    await eventually(() => expect(consumer.status().error).toBeTruthy())
    await kafka.broker.restart()
    await eventually(() => expect(consumer.status().connected).toBe(true))
    await producer.produce(numbered(1, 1))
    await eventually(() => expect(texts(topic)).toContain('record 1'))
    await producer.stop()
  })

  test('S13: records deleted before they were read are told of, while running and at a start', async () => {
    const topic = await kafka.topic()
    await produceForeign(topic, 0, 10)
    journal.partitions.set(`${topic}/0`, { epoch: 1, nextOffset: 3n, entries: [] })
    await kafka.deleteRecords(topic, 0, 7n)
    journal.whenOutOfRange = 'earliest'
    await consume([topic])
    await eventually(() => expect(texts(topic)).toEqual(wanted(3, 7)))
    expect(journal.outOfRange).toEqual([{ topic, partition: 0, asked: 3n, earliest: 7n, end: 10n }])
  })

  test('S13: a log that is cut under a running consumer is told of, never passed over', async () => {
    const topic = await kafka.topic()
    await produceForeign(topic, 0, 10)
    journal.whenOutOfRange = 'earliest'
    journal.commitMs = 50
    const consumer = await consume([topic], { fetch_partition_bytes_max: 1 })
    await eventually(() => expect(texts(topic).length).toBe(10))
    // Held up by a commit that fails, while the log grows and is cut past where it stands.
    journal.faults.push('throw', 'throw', 'throw', 'throw', 'throw')
    await produceForeign(topic, 10, 10)
    await eventually(() => expect(consumer.status().partitions[0]!.error).toBeTruthy())
    await kafka.deleteRecords(topic, 0, 20n)
    await produceForeign(topic, 20, 5)
    journal.faults.length = 0
    await eventually(() => expect(texts(topic)).toEqual([...wanted(10), ...wanted(5, 20)]))
    expect(journal.outOfRange).toEqual([{ topic, partition: 0, asked: 10n, earliest: 20n, end: expect.any(BigInt) }])
  })

  test('S13: a recreated topic stops its partition and says so; others go on', async () => {
    const topic = await kafka.topic()
    const other = await kafka.topic()
    await produceForeign(topic, 0, 10)
    const consumer = await consume([topic, other])
    await eventually(() => expect(texts(topic).length).toBe(10))
    await kafka.admin.deleteTopics({ topics: [topic] })
    await sleep(500)
    await kafka.topic({ name: topic })
    await produceForeign(topic, 100, 2)
    await expect(consumer.failed).rejects.toMatchObject({ topic, partition: 0, offset: 10n })
    expect(journal.outOfRange[0]).toEqual({ topic, partition: 0, asked: 10n, earliest: 0n, end: expect.any(BigInt) })
    await produceForeign(other, 0, 3)
    await eventually(() => expect(texts(other)).toEqual(wanted(3)))
    expect(texts(topic)).toEqual(wanted(10))
  })

  test('S13: an offset that the broker refuses goes to the handler before kafkajs can reset it', async () => {
    const topic = await kafka.topic()
    await produceForeign(topic, 0, 3)
    journal.whenOutOfRange = 'earliest'
    const writer = journal.writer()
    const gate = Promise.withResolvers<void>()
    // Never idle, and not assigned anew: only the broker's refusal can tell.
    const consumer = open({ idleMs: 3_600_000 }).consumer([topic], {
      assigned: (...args) => writer.assigned(...args),
      end: (...args) => writer.end(...args),
      revoked: (...args) => writer.revoked(...args),
      outOfRange: (...args) => writer.outOfRange(...args),
      async batch(batch) {
        await gate.promise
        return await writer.batch(batch)
      },
    })
    consumers.push(consumer)
    await consumer.start()
    await eventually(() => expect(consumer.status().partitions[0]?.state).toBe('consuming'))
    // While the first batch is in hand, what comes next is written, and deleted.
    await sleep(300)
    await produceForeign(topic, 3, 10)
    await kafka.deleteRecords(topic, 0, 8n)
    gate.resolve()
    await eventually(() => expect(texts(topic)).toEqual([...wanted(3), ...wanted(5, 8)]))
    expect(journal.outOfRange).toEqual([{ topic, partition: 0, asked: 3n, earliest: 8n, end: 13n }])
    expect(journal.assignments).toBe(1)
  })

  test('S14: transaction markers neither stall it nor leave it one short', async () => {
    const topic = await kafka.topic()
    const transactional = kafka.client.producer({
      transactionalId: `tx-${topic}`,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await transactional.connect()
    await consume([topic])
    const put = async (from: number, count: number, how: 'commit' | 'abort') => {
      const transaction = await transactional.transaction()
      await transaction.send({ topic, messages: wanted(count, from).map((value) => ({ value })) })
      await transaction[how]()
    }
    const caughtUp = async (end: bigint) => {
      await eventually(() => expect(journal.nextOffset(topic, 0)).toBe(end))
      await eventually(() => expect(journal.ends.at(-1)?.endOffset).toBe(end))
    }
    await put(0, 3, 'commit')
    await caughtUp(4n)
    await put(1000, 3, 'abort')
    await caughtUp(8n)
    await put(1010, 1, 'abort')
    await put(1020, 1, 'abort')
    await caughtUp(12n)
    await put(3, 2, 'commit')
    await caughtUp(15n)
    expect(texts(topic)).toEqual(wanted(5))
    await transactional.disconnect()
  })

  test('S14: with a transaction left open, the end is the log\'s and not the last committed', async () => {
    const topic = await kafka.topic()
    const transactional = kafka.client.producer({
      transactionalId: `open-${topic}`,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await transactional.connect()
    await consume([topic])
    const transaction = await transactional.transaction()
    await transaction.send({ topic, messages: [{ value: 'in doubt' }] })
    await produceForeign(topic, 0, 2)
    await eventually(() => expect(journal.ends.at(-1)?.endOffset).toBe(3n))
    expect(journal.nextOffset(topic, 0) ?? 0n).toBeLessThan(3n)
    await transaction.commit()
    await eventually(() => expect(texts(topic)).toEqual(['in doubt', ...wanted(2)]))
    await transactional.disconnect()
  })

  test('S15: a batch that cannot be decoded stops its partition at its offset; others go on', async () => {
    const topic = await kafka.topic({ partitions: 3 })
    const producer = kafka.client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    const gzip = async (from: number, partition: number, marker = '') => {
      const messages = wanted(5, from).map((value) => ({ value: value + marker, partition }))
      await producer.send({ topic, messages, compression: kafkajs.CompressionTypes.GZIP })
    }
    for (let from = 0; from < 30; from += 5) await gzip(from, (from / 5) % 3)
    await gzip(100, 1)
    await producer.disconnect()
    await kafka.broker.stop()
    // As a disk would: bytes in the middle of the second batch of partition 1 (offsets 5 to 9).
    spoilBatch(join(kafka.broker.dir, 'data', `${topic}-1`), 5n)
    await kafka.broker.restart()

    const consumer = await consume([topic])
    await expect(consumer.failed).rejects.toMatchObject({ topic, partition: 1, offset: 5n })
    const good = [...wanted(5, 0), ...wanted(5, 5), ...wanted(5, 10), ...wanted(5, 15), ...wanted(5, 25)]
    await eventually(() => expect(sorted(texts(topic))).toEqual(sorted(good)))
    await produceForeign(topic, 200, 3, 2)
    await eventually(() => expect(sorted(texts(topic))).toEqual(sorted([...good, ...wanted(3, 200)])))
    const stopped = consumer.status().partitions.find(({ partition }) => partition === 1)
    expect(stopped).toMatchObject({ state: 'stopped', position: 5n })
    expect(journal.nextOffset(topic, 1)).toBe(5n)
  })

  test('S6: a topic that takes less than we were told: halves, and the record that does not fit is named', async () => {
    const topic = await kafka.topic({ config: { 'max.message.bytes': '20000' } })
    const producer = open().producer(topic)
    await producer.produce(numbered(0, 2000))
    const large = { key: null, value: Buffer.alloc(30_000), headers: {} }
    const refused = await producer.produce([...numbered(0, 2), large]).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(RecordTooLarge)
    expect((refused as RecordTooLarge).index).toBe(2)
    await producer.stop()
  })

  test('S16: topics that do not exist are awaited, named, and do not keep the others back', async () => {
    const topic = await kafka.topic()
    const later = `${topic}-later`
    await produceForeign(topic, 0, 2)
    const consumer = await consume([topic, later])
    await eventually(() => expect(texts(topic)).toEqual(wanted(2)))
    expect(consumer.status().missingTopics).toEqual([later])
    await kafka.topic({ name: later })
    await produceForeign(later, 0, 2)
    await eventually(() => expect(texts(later)).toEqual(wanted(2)))
    expect(consumer.status().missingTopics).toEqual([])
  })

  test.each(['plain', 'scram-sha-256'] as const)('S17: it signs in by SASL %s', async (mechanism) => {
    const topic = await kafka.topic()
    const sasl = { mechanism, username: 'alice', password: 'alice-secret' }
    const brokers = kafka.broker.saslBrokers
    const producer = open({ brokers, sasl }).producer(topic)
    await producer.produce(numbered(0, 2))
    await consume([topic], { brokers, sasl })
    await eventually(() => expect(texts(topic)).toEqual(wanted(2)))
    const wrong = open({ brokers, sasl: { ...sasl, password: 'not-it' }, produceTimeoutMs: 2000 }).producer(topic)
    await expect(wrong.produce(numbered(0, 1))).rejects.toBeInstanceOf(StreamUnavailable)
    await Promise.all([producer.stop(), wrong.stop()])
  })

  test('S18: ends says where each partition begins and ends', async () => {
    const topic = await kafka.topic({ partitions: 2 })
    await produceForeign(topic, 0, 5, 1)
    await kafka.deleteRecords(topic, 1, 2n)
    expect(await open().ends(topic)).toEqual([
      { partition: 0, earliest: 0n, end: 0n },
      { partition: 1, earliest: 2n, end: 5n },
    ])
    await expect(open().ends('no-such-topic')).rejects.toBeInstanceOf(StreamUnavailable)
  })
})

/** Overwrites bytes in the middle of the record batch that begins at `offset`. */
function spoilBatch(folder: string, offset: bigint) {
  const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.log'))!)
  const log = readFileSync(file)
  for (let at = 0; at < log.length; ) {
    const length = 12 + log.readInt32BE(at + 8)
    if (log.readBigInt64BE(at) === offset) {
      log.fill(0xff, at + 61, at + length)
      writeFileSync(file, log)
      return
    }
    at += length
  }
  throw new Error(`${file} has no batch at ${offset}`)
}

const javaProducer = `
import java.util.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.StringSerializer;

public class Produce {
  public static void main(String[] args) throws Exception {
    for (int i = 1; i < args.length; i++) {
      String[] pair = args[i].split("=");
      Properties p = new Properties();
      p.put("bootstrap.servers", args[0]);
      p.put("compression.type", pair[0]);
      p.put("linger.ms", "20");
      p.put("batch.size", "100000");
      p.put("key.serializer", StringSerializer.class.getName());
      p.put("value.serializer", StringSerializer.class.getName());
      try (KafkaProducer<String, String> producer = new KafkaProducer<>(p)) {
        for (int n = 0; n < 2000; n++) {
          ProducerRecord<String, String> r =
              new ProducerRecord<>(pair[1], "k", pair[0] + " " + n + " " + "\\u00e9".repeat(n % 50));
          r.headers().add("ce_id", String.valueOf(n).getBytes());
          producer.send(r);
        }
      }
    }
  }
}
`
