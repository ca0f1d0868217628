import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RecordTooLarge, StreamUnavailable } from '../stream-error.ts'
import type { OutgoingRecord, Produced, Stream, StreamConsumer } from '../stream.ts'
import { MemoryJournal } from './memory-journal.ts'

/** A stream to test, with one topic nobody else uses. */
export interface StreamUnderTest {
  stream: Stream
  topic: string
  /** The largest record it takes. */
  record_bytes_max: number
}

/** Waits for something to become true; what it throws last is the failure. */
export async function eventually(check: () => void, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs
  for (;;) {
    try {
      return check()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(20)
    }
  }
}

export const numbered = (from: number, count: number, key: string | null = 'k'): OutgoingRecord[] =>
  Array.from({ length: count }, (_, at) => ({
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(`record ${from + at}`),
    headers: {},
  }))

/** The suite that every implementation passes. Titles carry the invariants of SPEC.md. */
export function streamContract(name: string, open: () => Promise<StreamUnderTest>): void {
  describe(`${name} keeps the stream's contract`, () => {
    let subject: StreamUnderTest
    let journal: MemoryJournal
    let consumers: StreamConsumer[]

    beforeEach(async () => {
      subject = await open()
      journal = new MemoryJournal()
      consumers = []
    })

    afterEach(async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
      await subject.stream.stop()
      journal.mustHaveBeenKept()
    })

    async function consume(): Promise<StreamConsumer> {
      const consumer = subject.stream.consumer([subject.topic], journal.writer())
      consumers.push(consumer)
      await consumer.start()
      return consumer
    }

    const values = () => journal.entries(subject.topic).map(({ value }) => value?.toString() ?? null)
    const wanted = (count: number) => numbered(0, count).map(({ value }) => value!.toString())

    test('S1: records arrive once, in order, at the offsets that produce answered', async () => {
      const producer = subject.stream.producer(subject.topic)
      await consume()
      const produced: Produced[] = []
      for (let from = 0; from < 500; from += 50) produced.push(...(await producer.produce(numbered(from, 50))))
      await eventually(() => expect(values()).toEqual(wanted(500)))
      const stored = journal.entries(subject.topic)
      expect(stored.map(({ topic, partition, offset }) => ({ topic, partition, offset }))).toEqual(produced)
      await producer.stop()
    })

    test('S1: concurrent producers each get the positions of their own records', async () => {
      const producer = subject.stream.producer(subject.topic)
      await consume()
      const calls = Array.from({ length: 40 }, async (_, at) => {
        const records = numbered(at * 1000, 1 + (at % 7))
        return { records, produced: await producer.produce(records) }
      })
      for (const { records, produced } of await Promise.all(calls)) {
        expect(produced.length).toBe(records.length)
        await eventually(() => {
          for (const [at, { partition, offset }] of produced.entries()) {
            const stored = journal.entries(subject.topic)
            const own = stored.find((each) => each.partition === partition && each.offset === offset)
            expect(own?.value).toEqual(records[at]!.value)
          }
        })
      }
      await producer.stop()
    })

    test('S2: consumers that come and go lose nothing and double nothing', async () => {
      const producer = subject.stream.producer(subject.topic)
      journal.commitMs = 5
      let sent = 0
      let sending = true
      const sender = (async () => {
        while (sending) {
          const taken = await producer.produce(numbered(sent, 20)).catch((error: unknown) => {
            // The embedded stream refuses while it is being stopped.
            if (!(error instanceof StreamUnavailable)) throw error
          })
          if (taken) sent += 20
          else await sleep(10)
        }
      })()
      for (let round = 0; round < 4; round++) {
        const consumer = await consume()
        const before = values().length
        await eventually(() => expect(values().length).toBeGreaterThan(before + 40))
        if (round === 3) {
          sending = false
          await sender
        }
        await consumer.stop()
      }
      await consume()
      await eventually(() => expect(values()).toEqual(wanted(sent)))
      await producer.stop()
    })

    test.each(['throw', 'abort', 'lost', 'persisted-but-throw', 'persisted-but-abort', 'seek'] as const)(
      'S3: after a commit that ends in "%s" the partition goes on where the journal stands',
      async (fault) => {
        const producer = subject.stream.producer(subject.topic)
        await consume()
        await producer.produce(numbered(0, 10))
        await eventually(() => expect(values()).toEqual(wanted(10)))
        journal.faults.push(fault, fault)
        await Promise.all([producer.produce(numbered(10, 10)), sleep(5).then(() => producer.produce(numbered(20, 10)))])
        await eventually(() => expect(values()).toEqual(wanted(30)))
        // Where both came as one batch and it was persisted, there is nothing left to fail a second time.
        expect(journal.faults.length).toBeLessThan(2)
        await producer.stop()
      },
    )

    test('S4: null, empty and binary values, keys and headers arrive as they were sent', async () => {
      const producer = subject.stream.producer(subject.topic)
      await consume()
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
      await producer.produce([
        { key: Buffer.from('a'), value: null, headers: {} },
        { key: null, value: Buffer.alloc(0), headers: { empty: Buffer.alloc(0) } },
        { key: bytes, value: bytes, headers: { 'ce_id': 'text', binary: bytes, 'ünï': 'cødé' } },
      ])
      await eventually(() => expect(journal.entries(subject.topic).length).toBe(3))
      const found = journal.entries(subject.topic).map(({ key, value, headers }) => ({ key, value, headers }))
      const byKey = (key: Buffer | null) => found.find((each) => (key === null ? !each.key : each.key?.equals(key)))
      expect(byKey(Buffer.from('a'))).toEqual({ key: Buffer.from('a'), value: null, headers: [] })
      expect(byKey(null)).toEqual({ key: null, value: Buffer.alloc(0), headers: [['empty', Buffer.alloc(0)]] })
      expect(byKey(bytes)).toEqual({
        key: bytes,
        value: bytes,
        headers: [
          ['ce_id', Buffer.from('text')],
          ['binary', bytes],
          ['ünï', Buffer.from('cødé')],
        ],
      })
      await producer.stop()
    })

    test('S5: the end is told when it is reached, and again while idle, by a clock read before', async () => {
      const producer = subject.stream.producer(subject.topic)
      await consume()
      const [, last] = await producer.produce(numbered(0, 2))
      const end = last!.offset + 1n
      const reached = () => journal.ends.filter((each) => each.partition === last!.partition && each.endOffset === end)
      const times = () => reached().map(({ atMs }) => atMs)
      // The end is seen by the fetch that reaches it; that it is told later on, with nothing new, is what idle means.
      await eventually(() => expect((times().at(-1) ?? 0) - (times()[0] ?? 0)).toBeGreaterThan(200))
      expect(times()).toEqual(times().toSorted((a, b) => a - b))
      for (const { atMs, calledAtMs } of journal.ends) expect(atMs).toBeLessThanOrEqual(calledAtMs)
      await producer.stop()
    })

    test('S6: a record that is too large is refused before anything is sent, and says which', async () => {
      const producer = subject.stream.producer(subject.topic)
      await consume()
      const large = { key: null, value: Buffer.alloc(subject.record_bytes_max + 1), headers: {} }
      const refused = await producer.produce([...numbered(0, 3), large]).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(RecordTooLarge)
      expect((refused as RecordTooLarge).index).toBe(3)
      await producer.produce(numbered(0, 1))
      await eventually(() => expect(values()).toEqual(wanted(1)))
      await producer.stop()
    })

    test('S6: many records and large ones are cut into what the topic takes', async () => {
      const producer = subject.stream.producer(subject.topic)
      await consume()
      const large = Buffer.alloc(subject.record_bytes_max - 1000, 7)
      const largest = { key: Buffer.from('k'), value: large, headers: {} }
      const records = [...numbered(0, 3000), largest, ...numbered(3000, 10)]
      const produced = await producer.produce(records)
      const offsets = produced.map(({ offset }) => offset)
      expect(offsets).toEqual(offsets.map((_, at) => offsets[0]! + BigInt(at)))
      await eventually(() => expect(journal.entries(subject.topic).length).toBe(records.length))
      expect(journal.entries(subject.topic)[3000]!.value!.equals(large)).toBe(true)
      await producer.stop()
    })

    test('S7: stop lets the handler finish what it accepted', async () => {
      const producer = subject.stream.producer(subject.topic)
      journal.commitMs = 300
      const consumer = await consume()
      const sent = producer.produce(numbered(0, 5))
      await eventually(() => expect(journal.batches).toBeGreaterThan(0))
      await consumer.stop()
      await sent
      expect(values()).toEqual(wanted(5))
      expect(consumer.status().connected).toBe(false)
      await producer.stop()
      await expect(producer.produce(numbered(0, 1))).rejects.toBeInstanceOf(StreamUnavailable)
    })

    test('S8: the next batch is handed over while the one before is being committed', async () => {
      const producer = subject.stream.producer(subject.topic)
      await consume()
      await producer.produce(numbered(0, 1))
      await eventually(() => expect(values().length).toBe(1))
      journal.commitMs = 200
      const before = journal.batches
      const startedAtMs = Date.now()
      const calls = Array.from({ length: 4 }, (_, at) => sleep(at * 30).then(() => producer.produce(numbered(at, 1))))
      await eventually(() => expect(journal.batches).toBeGreaterThan(before + 1))
      expect(values().length).toBeLessThan(3)
      await Promise.all(calls)
      await eventually(() => expect(values().length).toBe(5))
      expect(Date.now() - startedAtMs).toBeGreaterThan(200)
      await producer.stop()
    })
  })
}
