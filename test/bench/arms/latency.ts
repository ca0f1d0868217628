import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka, Producer } from 'kafkajs'
import type { ClientBase } from '@onbehalf/store'
import { createRandom } from '@onbehalf/testkit'
import { percentile } from '../statistics.ts'
import type { Input, InputEvent } from '../input.ts'
import { violation, type Violation } from '../stories.ts'
import { messageOf, partitionOf } from './pipeline.ts'
import { awaitSettled } from './progress.ts'
import { watchFindings } from './violations.ts'

export interface LatencyOptions {
  /** Observes how far the read models are. */
  client: ClientBase
  postgresUrl: string
  kafka: Kafka
  producer: Producer
  topic: string
  partitions: number
  /** Events per second, whatever comes back: an open loop. */
  rate: number
  input: Input
  /** Entries in the journal now, all of them queryable. */
  stored: number
  /** How many findings are raised under load, and how many beside the single events. */
  violations: { loaded: number; idle: number }
}

export interface Latencies {
  numbers: Record<string, number>
  /** What was sent besides the input. */
  sent: InputEvent[]
  /** The findings that must stand now. */
  raised: string[]
}

/**
 * From the append in Kafka (the broker's clock, out of its acknowledgement) to the moment at which the read models were
 * seen to have taken the entry in, and for what violates a rule, at which the finding was seen to be committed: under
 * load, and now and then. An upper bound by the pace of looking.
 */
export async function measureLatency(options: LatencyOptions): Promise<Latencies> {
  const { rate, input, client, postgresUrl, violations } = options
  let { stored } = options
  // What leads up to the violations is there long before: what they rest on may have left the projector's memory.
  const stories = Array.from({ length: violations.loaded + violations.idle }, (_, turn) => violation(turn, Date.now()))
  const ahead = stories.flatMap((story) => story.ahead)
  for (let from = 0; from < ahead.length; from += 500) await sendAll(options, ahead.slice(from, from + 500), Date.now(), () => undefined)
  await awaitSettled(client, (stored += ahead.length))

  const half = async (paceMs: number, count: number, some: Violation[], send: (report: Report) => Promise<void>, violate: Violate) => {
    const watch = await watchFindings(postgresUrl, paceMs)
    try {
      const seen: Promise<number>[] = []
      const latencies = await observed({ ...options, stored }, paceMs, async (report) => {
        await Promise.all([send(report), violate(some, async (each) => {
          await sendAll(options, [each.violating], Date.now(), (appended) => {
            report(appended)
            seen.push(watch.seen(each.id).then((seenMs) => seenMs - appended.atMs))
          })
        })])
      })
      const findingsMs = await Promise.all(seen)
      await awaitSettled(client, (stored += count + some.length))
      return { ...latencies, findingsMs }
    } finally {
      await watch.stop()
    }
  }
  const everyMs = (input.loaded.length / rate) * (1_000 / violations.loaded)
  const loaded = await half(4, input.loaded.length, stories.slice(0, violations.loaded), (report) => sendAtRate(options, input.loaded, rate, report),
    (some, send) => evenly(some, everyMs, send))
  const idle = await half(1, input.idle.length, stories.slice(violations.loaded), (report) => sendNowAndThen(options, input.idle, report),
    (some, send) => nowAndThen(some, 2, send))
  return {
    numbers: {
      loaded_rate: rate, loaded_p50_ms: percentile(loaded.latenciesMs, 50), loaded_p99_ms: percentile(loaded.latenciesMs, 99),
      producer_late_p99_ms: percentile(loaded.latesMs, 99),
      idle_p50_ms: percentile(idle.latenciesMs, 50), idle_p99_ms: percentile(idle.latenciesMs, 99),
      finding_loaded_p50_ms: percentile(loaded.findingsMs, 50), finding_loaded_p99_ms: percentile(loaded.findingsMs, 99),
      finding_idle_p50_ms: percentile(idle.findingsMs, 50), finding_idle_p99_ms: percentile(idle.findingsMs, 99),
    },
    sent: [...ahead, ...stories.map(({ violating }) => violating)],
    raised: stories.map(({ id }) => id),
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
type Violate = (some: readonly Violation[], send: (violation: Violation) => Promise<void>) => Promise<void>

async function observed(options: LatencyOptions, paceMs: number, send: (report: Report) => Promise<void>):
Promise<{ latenciesMs: number[]; latesMs: number[] }> {
  const { client, topic, partitions, stored } = options
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
  await nowAndThen(events, 1, (event) => sendAll(options, [event], Date.now(), report))
}

/** One after the other, with some 200 ms between. */
async function nowAndThen<Each>(all: readonly Each[], seed: number, send: (each: Each) => Promise<void>): Promise<void> {
  const random = createRandom(seed)
  for (const each of all) {
    await sleep(100 + random.int(200))
    await send(each)
  }
}

/** By the clock, whatever comes back. */
async function evenly<Each>(all: readonly Each[], everyMs: number, send: (each: Each) => Promise<void>): Promise<void> {
  const startedAt = performance.now()
  const sends: Promise<void>[] = []
  for (const [i, each] of all.entries()) {
    await sleep(Math.max(0, startedAt + (i + 0.5) * everyMs - performance.now()))
    sends.push(send(each))
  }
  await Promise.all(sends)
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
