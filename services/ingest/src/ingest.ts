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
  logger: Logger
  metrics?: Metrics
  /** Milliseconds since 1970. */
  clock?: () => number
  /** After a commit, or when a partition was found to be at its end: whoever waits for positions may look again. */
  onCommitted?: (what: { topic: string; partition: number; nextOffset: bigint | null }) => void
}

/** What the topics hold into the journal. The consumer is the service: start, stop (drains), failed, status. */
export function createIngest(options: IngestOptions): StreamConsumer {
  return options.stream.consumer([...options.topics.keys()], createPartitionHandler(options))
}
