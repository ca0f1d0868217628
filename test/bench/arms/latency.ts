import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka, Producer } from 'kafkajs'
import type { ClientBase } from '@onbehalf/store'
import { createRandom } from '@onbehalf/testkit'
import { percentile } from '../statistics.ts'
import type { Input, InputEvent } from '../input.ts'
import { messageOf, partitionOf } from './pipeline.ts'
import { awaitSettled } from './progress.ts'

export interface LatencyOptions {
  /** Observes how far the read models are. */
  client: ClientBase
  kafka: Kafka
  producer: Producer
  topic: string
  partitions: number
  /** Events per second, whatever comes back: an open loop. */
  rate: number
  input: Input
  /** Entries in the journal now, all of them queryable. */
  stored: number
}

/**
 * From the append in Kafka (the broker's clock, out of its acknowledgement) to the moment at which the read models were
 * seen to have taken the entry in: under load, and one event now and then. An upper bound by the pace of looking.
 */
export async function measureLatency(options: LatencyOptions): Promise<Record<string, number>> {
  const { rate, input, client } = options
  const loaded = await observed(options, 4, (appended) => sendAtRate(options, input.loaded, rate, appended), options.stored)
  await awaitSettled(client, options.stored + input.loaded.length)
  const idle = await observed(options, 1, (appended) => sendNowAndThen(options, input.idle, appended), options.stored + input.loaded.length)
  return {
    loaded_rate: rate, loaded_p50_ms: percentile(loaded.latenciesMs, 50), loaded_p99_ms: percentile(loaded.latenciesMs, 99),
    producer_late_p99_ms: percentile(loaded.latesMs, 99),
    idle_p50_ms: percentile(idle.latenciesMs, 50), idle_p99_ms: percentile(idle.latenciesMs, 99),
  }
}

/** Records that the broker has appended: `count` from `offset` on. */
interface Appended {
  partition: number
  offset: number
  count: number
  atMs: number
  /** By how much the broker appended later than was planned. */
  lateMs: number
}

type Report = (appended: Appended) => void

async function observed(options: LatencyOptions, paceMs: number, send: (report: Report) => Promise<void>, stored: number):
Promise<{ latenciesMs: number[]; latesMs: number[] }> {
  const { client, topic, partitions } = options
  // Offsets and indexes of a partition differ by the transaction's markers, which are no entries.
  const ends = await endsOf(options)
  const begin = await positions(client)
  const all: Appended[] = []
  const seen: { atMs: number; position: Map<string, number> }[] = []
  let sent = false
  const watching = (async () => {
    for (;;) {
      const position = await positions(client)
      seen.push({ atMs: Date.now(), position })
      const now = [...position.values()].reduce((sum, each) => sum + each, 0)
      if (sent && now >= stored + all.reduce((sum, { count }) => sum + count, 0)) return
      await sleep(paceMs)
    }
  })()
  await send((appended) => all.push(appended))
  sent = true
  await watching

  const latenciesMs: number[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const log = `${topic}/${partition}`
    let at = 0
    for (const { offset, count, atMs } of all.filter((each) => each.partition === partition).toSorted((a, b) => a.offset - b.offset)) {
      for (let i = 0; i < count; i++) {
        const index = (begin.get(log) ?? 0) + offset + i - ends.get(partition)!
        while ((seen[at]?.position.get(log) ?? 0) <= index) at++
        latenciesMs.push(seen[at]!.atMs - atMs)
      }
    }
  }
  return { latenciesMs, latesMs: all.map(({ lateMs }) => lateMs) }
}

/** Every few milliseconds what is due by the clock, without waiting for acknowledgements. */
async function sendAtRate(options: LatencyOptions, events: readonly InputEvent[], rate: number, report: Report): Promise<void> {
  const startedAtMs = Date.now()
  const sends: Promise<void>[] = []
  for (let sent = 0; sent < events.length;) {
    const due = Math.min(events.length, Math.floor(((Date.now() - startedAtMs) * rate) / 1000))
    if (due > sent) {
      sends.push(sendAll(options, events.slice(sent, due), startedAtMs + ((sent + 1) * 1000) / rate, report))
      sent = due
    }
    await sleep(5)
  }
  await Promise.all(sends)
}

async function sendNowAndThen(options: LatencyOptions, events: readonly InputEvent[], report: Report): Promise<void> {
  const random = createRandom(1)
  for (const event of events) {
    await sleep(100 + random.int(200))
    await sendAll(options, [event], Date.now(), report)
  }
}

async function sendAll({ producer, topic, partitions }: LatencyOptions, events: readonly InputEvent[], plannedMs: number, report: Report): Promise<void> {
  const counts = new Map<number, number>()
  for (const { key } of events) counts.set(partitionOf(key, partitions), (counts.get(partitionOf(key, partitions)) ?? 0) + 1)
  for (const { partition, baseOffset, logAppendTime } of await producer.send({ topic, acks: -1, messages: events.map(messageOf) })) {
    const atMs = Number(logAppendTime)
    report({ partition, offset: Number(baseOffset), count: counts.get(partition)!, atMs, lateMs: atMs - plannedMs })
  }
}

async function positions(client: ClientBase): Promise<Map<string, number>> {
  const { rows } = await client.query<{ log_id: string; position: number }>({ name: 'positions-now',
    text: `select log_id, position from lineage.cursors where log_id <> 'own'` })
  return new Map(rows.map((row) => [row.log_id, Number(row.position)]))
}

async function endsOf({ kafka, topic }: LatencyOptions): Promise<Map<number, number>> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]))
  } finally {
    await admin.disconnect()
  }
}
