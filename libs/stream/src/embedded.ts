import { type BackOffBounds, backOffMs } from './back-off.ts'
import { PartitionLost, RecordTooLarge, StreamUnavailable } from './stream-error.ts'
import {
  embeddedTopic,
  type OutgoingRecord,
  type PartitionHandler,
  type PartitionStatus,
  type Produced,
  silentLogger,
  type Stream,
  type StreamBatch,
  type StreamConsumer,
  type StreamLogger,
  type StreamProducer,
  type StreamRecord,
} from './stream.ts'

export interface EmbeddedStreamConfig {
  /** Where offsets begin when the handler has none stored (answers null). Default 0. */
  startOffset?: bigint
  /** Bound of what waits to be committed; beyond it, `StreamUnavailable` at once. Default 64 MiB. */
  queue_bytes_max?: number
  /** One record's key, value and headers. Default 4 MiB, as `onbehalf.gateway` takes. */
  record_bytes_max?: number
  /** Bounds of one batch. Defaults 4 MiB and 4096. */
  batch_bytes_max?: number
  batch_records_max?: number
  /** How many batches may be accepted and not yet committed. Default 2: one being committed, one being prepared. */
  batches_ahead_max?: number
  /** After this, `produce` rejects. Default 10 s. */
  produceTimeoutMs?: number
  /** The pace of `end` while idle. Default 1 s. */
  idleMs?: number
  /** Waits after a failure of the handler. Default 0.1 s to 5 s. */
  retry?: BackOffBounds
  logger?: StreamLogger
}

/** One `produce` that waits until the consumer has committed all its records. */
interface Call {
  produced: Produced[]
  missing: number
  settled: boolean
  resolve(produced: Produced[]): void
  reject(error: unknown): void
}

interface Queued {
  call: Call
  index: number
  record: OutgoingRecord
  bytes: number
  timestampMs: number
}

/** A batch the handler has accepted, or is being offered, whose commit has not been signalled. */
interface Ahead {
  first: bigint
  next: bigint
  items: Queued[]
}

/**
 * The stream of the one-process mode: topic `onbehalf.embedded`, partition 0, a bounded queue in memory. `produce`
 * resolves when the consumer has committed, so what was acknowledged is in the journal, and what was not is the
 * producer's to send again: a crash loses nothing that was acknowledged, and nothing is written twice to disk.
 *
 * Offsets are given when a batch is made, from where the handler says it stands. After a failure the handler is asked
 * again, and its answer decides what became of the batches in doubt: what lies below it is durable and acknowledged,
 * the rest is handed over once more.
 */
export function createEmbeddedStream(config: EmbeddedStreamConfig = {}): Stream {
  const queue_bytes_max = config.queue_bytes_max ?? 64 * 1024 * 1024
  const record_bytes_max = config.record_bytes_max ?? 4 * 1024 * 1024
  const batch_bytes_max = config.batch_bytes_max ?? 4 * 1024 * 1024
  const batch_records_max = config.batch_records_max ?? 4096
  const batches_ahead_max = config.batches_ahead_max ?? 2
  const timeoutMs = config.produceTimeoutMs ?? 10_000
  const idleMs = config.idleMs ?? 1000
  const retry = config.retry ?? { minMs: 100, maxMs: 5000 }
  const logger = config.logger ?? silentLogger

  /** Not yet given to the handler, oldest first; `head` is the first that counts. */
  let queue: Queued[] = []
  let head = 0
  let queued_bytes = 0
  /** Records in the queue whose call has been given up. */
  let given_up = 0
  let position = config.startOffset ?? 0n
  let consumerTaken = false
  /** The consumer is finishing what is queued: taking more would keep it from ever ending. */
  let draining = false
  /** Wakes the consumer; replaced while one runs. */
  let wake = () => {}

  function produceOn(stopped: () => boolean) {
    return async (records: readonly OutgoingRecord[]): Promise<Produced[]> => {
      if (stopped()) throw new StreamUnavailable('The producer has been stopped')
      if (draining) throw new StreamUnavailable('The stream is being stopped')
      if (records.length === 0) return []
      const sizes = records.map(sizeOf)
      const tooLarge = sizes.findIndex((size) => size > record_bytes_max)
      if (tooLarge >= 0) throw new RecordTooLarge(tooLarge, sizes[tooLarge]!, record_bytes_max)
      const bytes = sizes.reduce((sum, size) => sum + size, 0)
      // One call larger than the whole queue must still be possible, alone.
      if (queued_bytes > 0 && queued_bytes + bytes > queue_bytes_max) {
        throw new StreamUnavailable(`The journal is slower than what comes: ${queued_bytes} bytes wait to be committed`)
      }
      return await new Promise<Produced[]>((resolve, reject) => {
        const settle = (finish: () => void) => {
          if (call.settled) return
          call.settled = true
          queued_bytes -= bytes
          clearTimeout(timer)
          finish()
        }
        const call: Call = {
          produced: Array.from<Produced>({ length: records.length }),
          missing: records.length,
          settled: false,
          resolve: (produced) => settle(() => resolve(produced)),
          reject: (error) => settle(() => reject(error)),
        }
        const timer = setTimeout(() => {
          call.reject(new StreamUnavailable(`The journal has not committed within ${timeoutMs} ms`))
          forget(records.length)
        }, timeoutMs)
        queued_bytes += bytes
        const timestampMs = Date.now()
        for (let index = 0; index < records.length; index++) {
          queue.push({ call, index, record: records[index]!, bytes: sizes[index]!, timestampMs })
        }
        wake()
      })
    }
  }

  /** With nobody consuming, what was given up must not pile up; swept when it is half of the queue. */
  function forget(count: number) {
    given_up += count
    if (given_up * 2 < queue.length - head) return
    queue = queue.slice(head).filter(({ call }) => !call.settled)
    head = 0
    given_up = 0
  }

  /** What one batch holds. A call that has been given up is left out, unless part of it is already on its way. */
  function takeItems(): Queued[] {
    const items: Queued[] = []
    let bytes = 0
    while (head < queue.length && items.length < batch_records_max) {
      const item = queue[head]!
      if (items.length > 0 && bytes + item.bytes > batch_bytes_max) break
      head++
      if (item.call.settled) continue
      items.push(item)
      bytes += item.bytes
    }
    if (head > 1024 && head * 2 > queue.length) {
      queue = queue.slice(head)
      head = 0
    }
    return items
  }

  function acknowledge(items: Queued[], first: bigint) {
    items.forEach(({ call, index }, at) => {
      call.produced[index] = { topic: embeddedTopic, partition: 0, offset: first + BigInt(at) }
      if (--call.missing === 0) call.resolve(call.produced)
    })
  }

  function createConsumer(handler: PartitionHandler): StreamConsumer {
    const stopping = new AbortController()
    const failure = Promise.withResolvers<never>()
    failure.promise.catch(() => undefined)
    let running: Promise<void> | null = null
    let state: PartitionStatus['state'] = 'assigning'
    let connected = false
    let error: string | null = null
    let held = false
    /** Raised when what was handed over before must not be signalled any more. */
    let generation = 0
    let ahead: Ahead[] = []
    let failures = 0
    let trouble: { cause: unknown } | null = null

    async function run() {
      while (!stopping.signal.aborted || (state === 'consuming' && pending())) {
        try {
          trouble = null
          await assign()
          state = 'consuming'
          error = null
          await consume()
        } catch (cause) {
          await fail(cause)
        }
      }
      await revoke()
    }

    const pending = () => head < queue.length || ahead.length > 0

    /** The handler says where it stands: that settles what was in doubt. */
    async function assign() {
      await revoke()
      const stored = await handler.assigned(embeddedTopic, 0)
      held = true
      if (stored !== null) position = stored
      else if (ahead.length > 0) position = ahead[0]!.first
      const again: Queued[] = []
      for (const { first, items } of ahead) {
        const durable = items.filter((_, at) => first + BigInt(at) < position)
        acknowledge(durable, first)
        again.push(...items.slice(durable.length))
      }
      ahead = []
      queue = [...again, ...queue.slice(head)]
      head = 0
    }

    /** Until stopped and drained. Throws what the handler throws. */
    async function consume() {
      const mine = generation
      // Told at once that this is the end of what there was, then whenever it is the end again, then once a second.
      let endDueAtMs = 0
      for (;;) {
        if (trouble) throw trouble.cause
        const atMs = Date.now()
        const items = ahead.length < batches_ahead_max ? takeItems() : []
        if (items.length > 0) {
          await hand(items, atMs, mine)
          endDueAtMs = 0
          continue
        }
        if (stopping.signal.aborted && !pending()) return
        if (!pending() && atMs >= endDueAtMs) {
          await handler.end(embeddedTopic, 0, position, atMs)
          endDueAtMs = atMs + idleMs
          continue
        }
        await sleepUntilWoken(Math.max(1, Math.min(idleMs, endDueAtMs - atMs || idleMs)))
      }
    }

    async function hand(items: Queued[], fetchStartedAtMs: number, mine: number) {
      const first = position
      const entry: Ahead = { first, next: first + BigInt(items.length), items }
      ahead.push(entry)
      let settled = false
      const batch: StreamBatch = {
        topic: embeddedTopic,
        partition: 0,
        fetchedOffset: first,
        nextOffset: entry.next,
        endOffset: entry.next + BigInt(queue.length - head),
        fetchStartedAtMs,
        records: items.map(({ record, timestampMs }, at) => toRecord(record, first + BigInt(at), timestampMs)),
        committed: () => {
          if (settled || mine !== generation) return
          settled = true
          // Commits are in order: this one says that those before it are durable too.
          while (ahead.length > 0 && ahead[0]!.next <= entry.next) {
            const done = ahead.shift()!
            acknowledge(done.items, done.first)
          }
          failures = 0
          wake()
        },
        aborted: (cause) => {
          if (settled || mine !== generation) return
          settled = true
          trouble ??= { cause }
          wake()
        },
      }
      const answer = await handler.batch(batch)
      if (!answer) {
        position = entry.next
        return
      }
      // The handler stands elsewhere: the batch is dropped, and made anew from there.
      if (settled) return
      settled = true
      ahead = ahead.filter((each) => each !== entry)
      queue = [...items, ...queue.slice(head)]
      head = 0
      position = answer.seek
    }

    async function fail(cause: unknown) {
      state = 'retrying'
      error = cause instanceof Error ? cause.message : String(cause)
      const waitMs = backOffMs(retry, failures++)
      const at = { topic: embeddedTopic, partition: 0, err: cause, wait_ms: waitMs }
      if (cause instanceof PartitionLost) logger.warn(at, 'Another writer has the partition')
      else logger.error(at, 'The partition stands still; it is taken again after a wait')
      await revoke()
      // Stopping does not wait for a handler that cannot commit: the producers hear that it is not durable.
      if (stopping.signal.aborted) return rejectAll('The stream was stopped before the journal had committed')
      const over = Date.now() + waitMs
      while (!stopping.signal.aborted && Date.now() < over) await sleepUntilWoken(over - Date.now(), false)
      state = 'assigning'
    }

    async function revoke() {
      if (!held) return
      held = false
      try {
        await handler.revoked(embeddedTopic, 0)
      } catch (err) {
        logger.warn({ topic: embeddedTopic, partition: 0, err }, 'Letting go of a partition failed')
      }
      // `revoked` finishes or abandons what is being committed; what it finished has been acknowledged by now.
      generation++
    }

    function rejectAll(message: string) {
      const waiting = [...ahead.flatMap((each) => each.items), ...queue.slice(head)]
      ahead = []
      queue = []
      head = 0
      for (const { call } of waiting) call.reject(new StreamUnavailable(message))
    }

    async function sleepUntilWoken(ms: number, byRecords = true) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, ms)
        function done() {
          clearTimeout(timer)
          stopping.signal.removeEventListener('abort', done)
          wake = () => {}
          resolve()
        }
        stopping.signal.addEventListener('abort', done, { once: true })
        if (byRecords) wake = done
      })
    }

    return {
      async start() {
        connected = true
        running ??= run()
      },
      async stop() {
        draining = true
        stopping.abort()
        wake()
        await running
        rejectAll('The stream has been stopped')
        connected = false
        consumerTaken = false
      },
      failed: failure.promise,
      status: () => ({
        connected: connected && state === 'consuming',
        error,
        missingTopics: [],
        partitions: [{ topic: embeddedTopic, partition: 0, state, position, error }],
      }),
    }
  }

  return {
    producer(topic): StreamProducer {
      requireTopic(topic)
      let stopped = false
      const waiting = new Set<Promise<unknown>>()
      const produce = produceOn(() => stopped)
      return {
        produce(records) {
          const result = produce(records)
          const settled = result.then(
            () => void waiting.delete(settled),
            () => void waiting.delete(settled),
          )
          waiting.add(settled)
          return result
        },
        async stop() {
          stopped = true
          await Promise.all(waiting)
        },
      }
    },
    consumer(topics, handler) {
      for (const topic of topics) requireTopic(topic)
      if (consumerTaken) throw new Error('The embedded stream has one consumer at a time')
      consumerTaken = true
      draining = false
      return createConsumer(handler)
    },
    async ends(topic) {
      requireTopic(topic)
      return [{ partition: 0, earliest: position, end: position + BigInt(queue.length - head) }]
    },
    async stop() {},
  }
}

function requireTopic(topic: string) {
  if (topic !== embeddedTopic) throw new Error(`The embedded stream has the topic ${embeddedTopic} only, not ${topic}`)
}

function toRecord({ key, value, headers }: OutgoingRecord, offset: bigint, timestampMs: number): StreamRecord {
  const list = Object.entries(headers).map(([name, header]): [string, Buffer] => [
    name,
    typeof header === 'string' ? Buffer.from(header) : header,
  ])
  return { offset, key, value, headers: list, timestampMs }
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = 36 + (key?.length ?? 0) + (value?.length ?? 0)
  for (const name of Object.keys(headers)) {
    const header = headers[name]!
    bytes += 10 + Buffer.byteLength(name) + (typeof header === 'string' ? Buffer.byteLength(header) : header.length)
  }
  return bytes
}
