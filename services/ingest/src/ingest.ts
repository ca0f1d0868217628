import type { Logger, Metrics } from '@onbehalf/runtime'
import type { createPool } from '@onbehalf/store'
import type { Stream, StreamConsumer } from '@onbehalf/stream'
import { createPartitionHandler } from './partition-handler.ts'
import type { TopicConfig } from './topics.ts'

export interface IngestOptions {
  /** Of role `writer`; one connection per partition that commits at a time. */
  pool: ReturnType<typeof createPool>
  stream: Pick<Stream, 'consumer'>
  topics: ReadonlyMap<string, TopicConfig>
  /** Entries of other tenants go to `_unassigned`. */
  isTenant: (tenant: string) => boolean
  /**
   * Called when a tenant is not known: reads the configuration again. What the gateway has accepted for a tenant that was
   * made a moment ago must not be booked on nobody.
   */
  lookAgain?: () => Promise<unknown>
  logger: Logger
  metrics?: Metrics
  /** Milliseconds since 1970. */
  clock?: () => number
  /** After a commit, or when a partition was found to be at its end: whoever waits for positions may look again. */
  onCommitted?: (what: { topic: string; partition: number; nextOffset: bigint | null }) => void
}

export interface Ingest extends StreamConsumer {
  /** Reads these topics from now on. Where only what a topic holds is new, reading goes on; else it is begun anew. */
  follow(topics: ReadonlyMap<string, TopicConfig>): Promise<void>
}

/** What the topics hold into the journal. The consumer is the service: start, stop (drains), failed, status. */
export function createIngest(options: IngestOptions): Ingest {
  let { topics } = options
  const handler = createPartitionHandler({
    ...options,
    get topics() {
      return topics
    },
  })
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => undefined) // Who does not listen must not be ended by it.
  let consumer = consume()
  let running = false
  let turn: Promise<unknown> = Promise.resolve()

  function consume(): StreamConsumer {
    const made = options.stream.consumer([...topics.keys()], handler)
    made.failed.catch(failure.reject)
    return made
  }

  /** One after the other: a consumer that is being exchanged is neither started nor stopped by anybody else. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }

  return {
    start: () => inTurn(async () => {
      running = true
      await consumer.start()
    }),
    stop: () => inTurn(async () => {
      running = false
      await consumer.stop()
    }),
    follow: (next) => inTurn(async () => {
      const same = next.size === topics.size && [...next.keys()].every((topic) => topics.has(topic))
      if (!same && running) await consumer.stop()
      topics = next
      if (same) return
      consumer = consume()
      if (running) await consumer.start()
    }),
    failed: failure.promise,
    status: () => consumer.status(),
  }
}
