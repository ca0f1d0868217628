import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Batch, type Consumer, type EachBatchPayload, type KafkaMessage, type LogEntry } from 'kafkajs'
import { backOffMs } from '../back-off.ts'
import { BatchUndecodable, PartitionStopped } from '../stream-error.ts'
import { type PartitionHandler, silentLogger, type StreamConsumer } from '../stream.ts'
import { Isolation } from './isolation.ts'
import { clientConfig, type KafkaConfig } from './kafka-config.ts'
import { KafkaRecord } from './kafka-record.ts'
import type { LogEnds } from './log-ends.ts'
import { type FetchControl, Partition } from './partition.ts'

const defaultRetry = { minMs: 500, maxMs: 30_000 }

/**
 * Consumes topics as a member of a group. One kafkajs consumer is one SESSION; whatever ends it (the broker is gone, a
 * batch cannot be decoded, a missing topic has appeared) the next session starts after a back-off, for ever. Positions
 * live in `Partition`, which outlives sessions; kafkajs's own offsets are never committed and never believed.
 */
export function createKafkaConsumer(
  config: KafkaConfig,
  ends: LogEnds,
  topics: readonly string[],
  handler: PartitionHandler,
): StreamConsumer {
  const logger = config.logger ?? silentLogger
  const retry = config.retry ?? defaultRetry
  const partitions = new Map<string, Partition>()
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => undefined)
  const stopping = new AbortController()
  const stopped = Promise.withResolvers<void>()
  let running: Promise<void> | null = null
  let connected = false
  let lastError: string | null = null
  let missing: string[] = []
  /** Set after a batch could not be decoded: the next session finds out whose it is. */
  let isolate = false

  const deps = {
    handler,
    logger,
    retry,
    stopped: (error: PartitionStopped) => failure.reject(error),
    async bounds(topic: string, partition: number) {
      const found = (await ends.ends(topic)).find((each) => each.partition === partition)
      if (!found) throw new Error(`${topic} has no partition ${partition}`)
      return found
    },
  }

  function partitionOf(topic: string, partition: number): Partition {
    const key = `${topic}/${partition}`
    let found = partitions.get(key)
    if (!found) partitions.set(key, (found = new Partition(topic, partition, deps)))
    return found
  }

  async function run() {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      const startedAtMs = Date.now()
      try {
        await session()
      } catch (error) {
        lastError = describe(error)
        // A session that held for a while starts the back-off anew, and finding a broken batch is no outage.
        if (Date.now() - startedAtMs > 60_000 || isolate) attempt = 0
        const waitMs = backOffMs(retry, attempt)
        logger.warn({ err: error, wait_ms: waitMs }, 'The connection to Kafka is gone; it is made again')
        await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      } finally {
        connected = false
      }
    }
  }

  /** Rejects with what ended it; resolves when stopped, or to start another one at once. */
  async function session() {
    const existing = await ends.existing(topics)
    // From here on `onStop` hears of it; before, nobody did.
    if (stopping.signal.aborted) return
    missing = topics.filter((topic) => !existing.includes(topic))
    if (missing.length > 0) logger.warn({ topics: missing }, 'These topics do not exist yet: declare them')
    const isolation = isolate ? new Isolation() : null
    const ended = Promise.withResolvers<void>()
    // Nothing may reject before somebody waits for it.
    ended.promise.catch(() => undefined)
    const onStop = () => ended.resolve()
    stopping.signal.addEventListener('abort', onStop, { once: true })
    const timers: NodeJS.Timeout[] = []
    timers.push(setTimeout(() => void lookForTopics(), config.missingTopicsMs ?? 10_000))

    async function lookForTopics() {
      if (missing.length === 0) return
      const now = await ends.existing(topics).catch(() => existing)
      if (now.length > existing.length) ended.resolve()
      else timers.push(setTimeout(() => void lookForTopics(), config.missingTopicsMs ?? 10_000))
    }

    const consumer = existing.length > 0 ? createConsumer(isolation !== null, onLog) : null
    let live = true
    /** Per broker, the clock before its latest fetch. */
    const fetchStarts = new Map<number, number>()
    let lastSignMs = Date.now()
    let busy = 0

    function onLog({ log }: LogEntry) {
      // The one sign kafkajs gives, BEFORE it resets anything (consumerGroup.recoverFromOffsetOutOfRange).
      if (live && log.message === 'Offset out of range, resetting to default offset') {
        partitions.get(`${log.topic}/${log.partition}`)?.refused()
      }
    }

    function control(topic: string, partition: number): FetchControl {
      const which = [{ topic, partitions: [partition] }]
      const act = (what: () => void) => {
        // A session that is ending has no consumer group any more: there is nothing left to fetch either.
        if (!live) return
        try {
          what()
        } catch (err) {
          logger.debug({ err, topic, partition }, 'The session is ending')
        }
      }
      const pause = () => act(() => consumer!.pause(which))
      const resume = () => act(() => consumer!.resume(which))
      const seek = (offset: bigint) => act(() => consumer!.seek({ topic, partition, offset: String(offset) }))
      return isolation ? isolation.control(`${topic}/${partition}`, { seek, pause, resume }) : { seek, pause, resume }
    }

    function onJoin(assignment: Record<string, number[]>) {
      connected = true
      lastError = null
      fetchStarts.clear()
      const ours = new Set<string>()
      for (const [topic, list] of Object.entries(assignment)) {
        for (const partition of list) {
          ours.add(`${topic}/${partition}`)
          const found = partitionOf(topic, partition)
          if (found.state !== 'released') void found.release()
          found.take(control(topic, partition))
        }
      }
      for (const [key, partition] of partitions) if (!ours.has(key)) void partition.release()
      logger.info({ assignment }, 'Joined the group')
    }

    /** The earliest of the latest fetches: which broker a batch came from is not said, and earlier is always true. */
    function fetchStartedAtMs(): number {
      return fetchStarts.size === 0 ? 0 : Math.min(...fetchStarts.values())
    }

    async function eachBatch({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload) {
      const partition = partitions.get(`${batch.topic}/${batch.partition}`)
      if (!live || !partition || isStale()) return
      busy++
      // The handler may take long (a database is away): stay in the group. A rebalance shows at the next heartbeat.
      const beat = setInterval(() => void heartbeat().catch(() => undefined), heartbeatMs(config))
      const next = nextOffset(batch)
      // A broker may read a little past the high watermark that it had noted for the answer.
      const end = BigInt(batch.highWatermark)
      try {
        const goOn = await partition.fetched({
          fetchedOffset: fetchedOffset(batch),
          nextOffset: next,
          endOffset: end > next ? end : next,
          fetchStartedAtMs: fetchStartedAtMs(),
          records: batch.messages.map((message) => new KafkaRecord(message)),
        })
        if (goOn !== null) resolveOffset(String(goOn - 1n))
      } finally {
        clearInterval(beat)
        busy--
        lastSignMs = Date.now()
      }
    }

    /** About once a second: `end` while nothing comes, whether the log still has our offset, signs of life. */
    async function idle() {
      const due = [...partitions.values()].filter(
        (each) => each.state === 'consuming' && Date.now() - each.lastBatchAtMs >= idleMs(config),
      )
      for (const topic of new Set(due.map((each) => each.topic))) {
        const asked = due.filter((each) => each.topic === topic).map((each) => [each, each.position!] as const)
        const atMs = Date.now()
        const bounds = await ends.ends(topic).catch(() => [])
        for (const [partition, position] of asked) {
          const found = bounds.find((each) => each.partition === partition.partition)
          if (live && found) partition.observed(position, found.earliest, found.end, atMs)
        }
      }
      if (busy === 0 && Date.now() - lastSignMs > silence_ms_max) ended.reject(new Error('kafkajs has gone silent'))
      if (live) timers.push(setTimeout(() => void idle(), idleMs(config)))
    }

    try {
      if (consumer) {
        const events = consumer.events
        consumer.on(events.GROUP_JOIN, ({ payload }) => live && onJoin(payload.memberAssignment))
        consumer.on(events.REBALANCING, () => {
          for (const partition of partitions.values()) void partition.release()
        })
        consumer.on(events.FETCH_START, ({ payload }) => {
          lastSignMs = Date.now()
          fetchStarts.set(payload.nodeId, lastSignMs)
          isolation?.fetchStarted(payload.nodeId)
        })
        consumer.on(events.FETCH, ({ payload }) => isolation?.fetchEnded(payload.nodeId))
        consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
          // kafkajs does not hand over a batch of markers and aborted records, but it moves on.
          if (payload.batchSize > 0) return
          const partition = partitions.get(`${payload.topic}/${payload.partition}`)
          const next = BigInt(payload.lastOffset) + 1n
          const end = BigInt(payload.highWatermark)
          partition?.skipped(next, end > next ? end : next, fetchStartedAtMs())
        })
        consumer.on(events.CRASH, ({ payload }) => ended.reject(payload.error))
        await consumer.connect()
        await consumer.subscribe({ topics: existing, fromBeginning: true })
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: config.partitionsAtOnce ?? 8,
          eachBatch,
        })
        timers.push(setTimeout(() => void idle(), idleMs(config)))
        // Nothing more was found wrong for a while: fetch at full size again.
        if (isolation) timers.push(setTimeout(() => ((isolate = false), ended.resolve()), isolation_ms))
      }
      await ended.promise
    } catch (error) {
      if (isUndecodable(error)) {
        if (isolation) await stopCulprit(isolation, error)
        else isolate = true
      }
      throw error
    } finally {
      stopping.signal.removeEventListener('abort', onStop)
      for (const timer of timers) clearTimeout(timer)
      // kafkajs lets go once the batch in hand has been accepted, which is when the partitions may finish.
      await consumer?.disconnect().catch((err) => logger.debug({ err }, 'Leaving the group failed'))
      live = false
      await Promise.all([...partitions.values()].map((partition) => partition.release()))
    }
  }

  /** Only one partition was being fetched, one record batch at a time: the batch at its position is the broken one. */
  async function stopCulprit(isolation: Isolation, error: unknown) {
    const partition = partitions.get(isolation.active ?? '')
    if (!partition) return
    await partition.settled()
    partition.stop('the record batch there cannot be decoded', error)
    isolate = false
  }

  function createConsumer(small: boolean, onLog: (entry: LogEntry) => void): Consumer {
    return new kafkajs.Kafka(clientConfig(config, onLog)).consumer({
      groupId: config.groupId ?? 'onbehalf-ingest',
      sessionTimeout: config.sessionTimeoutMs ?? 15_000,
      heartbeatInterval: heartbeatMs(config),
      maxWaitTimeInMs: small ? 100 : (config.fetchWaitMs ?? 500),
      minBytes: 1,
      // One byte is less than any record batch, and a broker answers with at least one: with exactly one.
      maxBytesPerPartition: small ? 1 : (config.fetch_partition_bytes_max ?? 4 * 1024 * 1024),
      maxBytes: config.fetch_bytes_max ?? 16 * 1024 * 1024,
      allowAutoTopicCreation: false,
      metadataMaxAge: 60_000,
      // Ours, so that it is the same for every reason a session can end for.
      retry: { initialRetryTime: 100, retries: 3, maxRetryTime: 1000, restartOnFailure: async () => false },
    })
  }

  return {
    async start() {
      running ??= run().finally(() => stopped.resolve())
    },
    async stop() {
      stopping.abort()
      if (running) await stopped.promise
    },
    failed: failure.promise,
    status: () => ({
      connected,
      error: lastError,
      missingTopics: missing,
      partitions: [...partitions.values()].flatMap(({ topic, partition, state, position, error }) =>
        state === 'released' ? [] : [{ topic, partition, state, position, error }],
      ),
    }),
  }
}

/** Without a fetch for this long while nothing is being handled, a session is not believed to be alive. */
const silence_ms_max = 120_000
const isolation_ms = 60_000

const idleMs = (config: KafkaConfig) => config.idleMs ?? 1000
const heartbeatMs = (config: KafkaConfig) => Math.min(1000, Math.floor((config.sessionTimeoutMs ?? 15_000) / 4))

/** What the fetch asked for; kafkajs's types leave it out. */
function fetchedOffset(batch: Batch): bigint {
  return BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset)
}

/**
 * Where the fetched record batches end. `lastOffset()` is the last record's, but a compacted batch may end later, and
 * kafkajs would then fetch it once per missing offset.
 */
function nextOffset(batch: Batch): bigint {
  const afterLast = BigInt(batch.lastOffset()) + 1n
  const { rawMessages } = batch as unknown as { rawMessages: KafkaMessage[] }
  const last = rawMessages.at(-1) as { batchContext?: { firstOffset?: string; lastOffsetDelta?: number } } | undefined
  const context = last?.batchContext
  if (context?.firstOffset === undefined || context.lastOffsetDelta === undefined) return afterLast
  const afterBatch = BigInt(context.firstOffset) + BigInt(context.lastOffsetDelta) + 1n
  return afterBatch > afterLast ? afterBatch : afterLast
}

/** Bytes that will be the same at the next attempt, as opposed to a connection that may come back. */
function isUndecodable(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof BatchUndecodable) return true
    // What kafkajs's decoder runs into when lengths are wrong.
    if (/^(RangeError|TypeError|SyntaxError|KafkaJSNotImplemented)$/.test(each.name)) return true
  }
  return false
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
