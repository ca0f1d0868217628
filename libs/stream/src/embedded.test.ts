import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { MemoryJournal } from './contract/memory-journal.ts'
import { eventually, numbered, streamContract } from './contract/stream-contract.ts'
import { createEmbeddedStream } from './embedded.ts'
import { StreamUnavailable } from './stream-error.ts'
import { embeddedTopic } from './stream.ts'

const quick = { idleMs: 120, retry: { minMs: 5, maxMs: 50 } }

streamContract('the embedded stream', async () => ({
  stream: createEmbeddedStream({ ...quick, record_bytes_max: 100_000, batch_bytes_max: 200_000 }),
  topic: embeddedTopic,
  record_bytes_max: 100_000,
}))

test('S9: produce resolves when the journal has committed, not before', async () => {
  const stream = createEmbeddedStream(quick)
  const journal = new MemoryJournal()
  journal.commitMs = 100
  const producer = stream.producer(embeddedTopic)
  const consumer = stream.consumer([embeddedTopic], journal.writer())
  await consumer.start()
  await producer.produce(numbered(0, 3))
  expect(journal.entries(embeddedTopic).length).toBe(3)
  await consumer.stop()
})

test('S9: offsets go on from the journal', async () => {
  const journal = new MemoryJournal()
  journal.partitions.set(`${embeddedTopic}/0`, { epoch: 7, nextOffset: 41n, entries: [] })
  const stream = createEmbeddedStream(quick)
  const consumer = stream.consumer([embeddedTopic], journal.writer())
  await consumer.start()
  const produced = await stream.producer(embeddedTopic).produce(numbered(0, 2))
  expect(produced.map(({ offset }) => offset)).toEqual([41n, 42n])
  await consumer.stop()
})

test('S9: without a consumer, produce is refused within its time, and leaves nothing behind', async () => {
  const stream = createEmbeddedStream({ ...quick, produceTimeoutMs: 50 })
  const producer = stream.producer(embeddedTopic)
  await expect(producer.produce(numbered(0, 3))).rejects.toBeInstanceOf(StreamUnavailable)
  const journal = new MemoryJournal()
  const consumer = stream.consumer([embeddedTopic], journal.writer())
  await consumer.start()
  await producer.produce(numbered(100, 1))
  expect(journal.entries(embeddedTopic).map(({ value }) => value!.toString())).toEqual(['record 100'])
  await consumer.stop()
})

test('S9: the queue is bounded by bytes, and takes again once there is room', async () => {
  const stream = createEmbeddedStream({ ...quick, queue_bytes_max: 1000 })
  const journal = new MemoryJournal()
  const producer = stream.producer(embeddedTopic)
  const waiting = producer.produce(numbered(0, 15))
  await expect(producer.produce(numbered(15, 15))).rejects.toBeInstanceOf(StreamUnavailable)
  const consumer = stream.consumer([embeddedTopic], journal.writer())
  await consumer.start()
  await waiting
  await producer.produce(numbered(15, 15))
  expect(journal.entries(embeddedTopic).length).toBe(30)
  await consumer.stop()
})

test('S9: what the journal never commits is never acknowledged', async () => {
  const stream = createEmbeddedStream({ ...quick, produceTimeoutMs: 200 })
  const journal = new MemoryJournal()
  journal.faults.push(...Array.from({ length: 1000 }, () => 'throw' as const))
  const consumer = stream.consumer([embeddedTopic], journal.writer())
  await consumer.start()
  const refused = stream.producer(embeddedTopic).produce(numbered(0, 1))
  await expect(refused).rejects.toBeInstanceOf(StreamUnavailable)
  expect(consumer.status()).toMatchObject({ connected: false, error: 'the commit failed and nothing was persisted' })
  const stopped = consumer.stop()
  await Promise.race([stopped, sleep(5000).then(() => Promise.reject(new Error('stop hangs')))])
  expect(journal.entries(embeddedTopic)).toEqual([])
})

test('S9: batches are capped by rows and by bytes', async () => {
  const stream = createEmbeddedStream({ ...quick, batch_records_max: 10, batch_bytes_max: 500 })
  const journal = new MemoryJournal()
  const sizes: number[] = []
  const writer = journal.writer()
  const consumer = stream.consumer([embeddedTopic], {
    assigned: (topic, partition) => writer.assigned(topic, partition),
    end: (...args) => writer.end(...args),
    revoked: (...args) => writer.revoked(...args),
    outOfRange: (...args) => writer.outOfRange(...args),
    batch: (batch) => {
      sizes.push(batch.records.length)
      return writer.batch(batch)
    },
  })
  await consumer.start()
  await stream.producer(embeddedTopic).produce([
    ...numbered(0, 25),
    { key: null, value: Buffer.alloc(450), headers: {} },
    { key: null, value: Buffer.alloc(450), headers: {} },
  ])
  await eventually(() => expect(journal.entries(embeddedTopic).length).toBe(27))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(10)
  expect(sizes.slice(-2)).toEqual([1, 1])
  journal.mustHaveBeenKept()
  await consumer.stop()
})
