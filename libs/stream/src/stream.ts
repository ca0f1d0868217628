/**
 * The log we consume, as the rest of the product sees it: partitions of records with offsets. Apache Kafka stands
 * behind it (`createKafkaStream`), or a bounded queue in memory (`createEmbeddedStream`). Both keep `SPEC.md`.
 *
 * The truth about how far a partition was consumed is the handler's (it stores the offset in the transaction that
 * stores the records), never the stream's: the stream asks for it at every assignment, and holds every batch to it.
 */

export interface StreamRecord {
  readonly offset: bigint
  readonly key: Buffer | null
  /** Bytes as received; null is a tombstone. A view into the fetched buffer: copy what outlives the batch's commit. */
  readonly value: Buffer | null
  /** In order of arrival; a name may repeat. */
  readonly headers: [name: string, value: Buffer][]
  /** Milliseconds since the epoch, as the record says. */
  readonly timestampMs: number
}

export interface StreamBatch {
  readonly topic: string
  readonly partition: number
  /** What the fetch asked for. Equals the handler's position, or the batch would not have been handed over. */
  readonly fetchedOffset: bigint
  /** Last offset + 1, past control records and holes: the position once this batch is committed. */
  readonly nextOffset: bigint
  /** The log's end (high watermark) that the fetch showed. */
  readonly endOffset: bigint
  /** The clock, read BEFORE the fetch: the log ended at `endOffset` at some moment after it. */
  readonly fetchStartedAtMs: number
  /** May be EMPTY with `nextOffset > fetchedOffset` (transaction markers, aborted records): advance, write nothing. */
  readonly records: readonly StreamRecord[]
  /**
   * To be called after the transaction that holds this batch has committed. In the embedded stream this is what
   * acknowledges the producers; in Kafka it is bookkeeping. Idempotent, ignored after `aborted`.
   */
  committed(): void
  /**
   * To be called when an ACCEPTED batch could not be committed, or it is not known whether it was. The partition is
   * let go of and taken again (`revoked`, back-off, `assigned`), and starts at the offset `assigned` then answers.
   * Same as throwing from the next `batch` or `end`, but at once. Idempotent, ignored after `committed`.
   */
  aborted(cause: unknown): void
}

/**
 * What a consumer (services/ingest) gives. The calls for one partition never overlap; those of different partitions do.
 * `assigned` and `revoked` come in pairs: there is always a `revoked` before the next `assigned` of a partition.
 */
export interface PartitionHandler {
  /**
   * Once per assignment, before any batch. Answers the offset to start from; null: the earliest there is.
   * A throw is retried with back-off, for ever.
   */
  assigned(topic: string, partition: number): Promise<bigint | null>
  /**
   * Resolves when the batch is ACCEPTED: the next fetch starts, while the caller may still be committing (it signals
   * the end by `batch.committed()` or `batch.aborted()`). `{ seek }` drops the batch and repositions the partition.
   * Throwing `PartitionLost`, or anything else, lets go of the partition and takes it again after a back-off.
   */
  batch(batch: StreamBatch): Promise<void | { seek: bigint }>
  /**
   * The partition's log ended at `endOffset` at some moment after `atMs`. Called when a batch shows the end (after
   * `batch` resolved, whether or not it is committed yet) and about once a second while idle. Throws like `batch`.
   */
  end(topic: string, partition: number, endOffset: bigint, atMs: number): Promise<void>
  /** The partition is no longer ours, or will be assigned again. Must finish or abandon what is being committed. */
  revoked(topic: string, partition: number): Promise<void>
  /**
   * The topic now begins after the offset asked for (retention: `asked < earliest`), or ends before it (recreated or
   * restored: `asked > end`). When a broker refused the offset but the topic has grown past it since,
   * `earliest <= asked <= end`: that too is a recreated topic. 'stop' stops the partition for good, see `failed`.
   */
  outOfRange(
    topic: string,
    partition: number,
    asked: bigint,
    earliest: bigint,
    end: bigint,
  ): Promise<{ seek: bigint } | 'stop'>
}

/** One partition as `StreamConsumer.status` shows it. */
export interface PartitionStatus {
  topic: string
  partition: number
  /** 'stopped': for good, as long as this consumer lives; `error` says why. */
  state: 'assigning' | 'consuming' | 'retrying' | 'stopped'
  /** The next offset to fetch; null before the handler answered. */
  position: bigint | null
  error: string | null
}

export interface StreamConsumer {
  /** Resolves once consuming is under way; a broker that cannot be reached is retried for ever, see `status`. */
  start(): Promise<void>
  /** Takes no more, lets the handler finish what it holds (`revoked` for each partition), leaves the group. */
  stop(): Promise<void>
  /**
   * Rejects with `PartitionStopped` the first time a partition stops for good (a batch that cannot be decoded, or
   * `outOfRange` answered 'stop'), while the other partitions are still consumed. Never resolves.
   */
  readonly failed: Promise<never>
  /** For readiness: `connected` is false while the group has not been joined (or no broker answers). */
  status(): { connected: boolean; error: string | null; missingTopics: string[]; partitions: PartitionStatus[] }
}

export interface OutgoingRecord {
  /** Records of one key go to one partition, as Java's default partitioner sends them; null: any partition. */
  key: Buffer | null
  value: Buffer | null
  headers: Record<string, string | Buffer>
}

export interface Produced {
  topic: string
  partition: number
  offset: bigint
}

export interface StreamProducer {
  /**
   * Resolves, with one position per record in the same order, when ALL records are durable (Kafka: acknowledged by
   * all in-sync replicas; embedded: committed by the consumer). Rejects with `RecordTooLarge` before anything is
   * sent, or with `StreamUnavailable` within a bounded time; then some of the records may be durable all the same.
   */
  produce(records: readonly OutgoingRecord[]): Promise<Produced[]>
  /** Sends what is queued, then closes. `produce` rejects afterwards. */
  stop(): Promise<void>
}

export interface TopicEnd {
  partition: number
  /** The first offset still there. */
  earliest: bigint
  /** The offset the next record will get. */
  end: bigint
}

export interface Stream {
  producer(topic: string): StreamProducer
  consumer(topics: readonly string[], handler: PartitionHandler): StreamConsumer
  /** The bounds of each partition now. Rejects with `StreamUnavailable`. */
  ends(topic: string): Promise<TopicEnd[]>
  /** Closes what the stream itself holds open. Producers and consumers are stopped by whoever made them, before. */
  stop(): Promise<void>
}

/** What the streams need of a logger; pino's fits. */
export interface StreamLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silentLogger: StreamLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** The embedded stream's only topic; it has the one partition 0. */
export const embeddedTopic = 'onbehalf.embedded'
