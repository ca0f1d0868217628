import { PartitionLost as WriterLost, openPartition, type Entry, type PartitionWriter } from '@onbehalf/store'
import { PartitionLost, type PartitionHandler, type StreamBatch } from '@onbehalf/stream'
import type { IngestOptions } from './ingest.ts'
import { split } from './split.ts'

/**
 * Partitions of the stream into the journal, exactly once: the journal's `next_offset` moves in the transaction that
 * stores the entries, and a batch that does not begin there is dropped. While one batch is committed, the next is
 * hashed and compressed.
 */
export function createPartitionHandler(options: IngestOptions): PartitionHandler {
  const { pool, logger, clock = Date.now } = options
  const partitions = new Map<string, Assigned>()
  const entriesTotal = options.metrics?.counter('ingest_entries_total', 'Entries committed to the journal', ['topic'])
  const bytesTotal = options.metrics?.counter('ingest_content_bytes_total', 'Bytes of content committed to the journal', ['topic'])
  const commitSeconds = options.metrics?.histogram('ingest_commit_seconds', 'Time of one journal transaction')

  const assignedTo = (topic: string, partition: number): Assigned => {
    const found = partitions.get(`${topic}/${partition}`)
    // The stream pairs `assigned` and `revoked`; without a writer there is nothing to let go of but the partition.
    if (found === undefined) throw new PartitionLost(topic, partition)
    return found
  }

  return {
    async assigned(topic, partition) {
      if (!options.topics.has(topic)) throw new TypeError(`nothing says what topic ${topic} holds`)
      const writer = await openPartition(pool, { topic, partition, clock: () => clock() * 1000 })
      partitions.set(`${topic}/${partition}`, { writer, committing: Promise.resolve(), caughtUpAtMs: 0 })
      logger.info({ topic, partition, epoch: writer.epoch, next_offset: writer.position?.toString() ?? null }, 'partition taken')
      return writer.position
    },

    async batch(batch) {
      const { topic, partition } = batch
      const held = assignedTo(topic, partition)
      const { writer } = held
      try {
        if (writer.position !== null && batch.fetchedOffset !== writer.position && !writer.dead) return { seek: writer.position }
        const prepared = writer.prepare({
          entries: await entriesOf(batch, options),
          expectOffset: batch.fetchedOffset,
          nextOffset: batch.nextOffset,
          caughtUpAtUs: batch.fetchStartedAtMs * 1000,
          endOffset: batch.endOffset,
        })
        await held.committing
        const stop = commitSeconds?.startTimer()
        held.committing = writer.commit(prepared).then(() => {
          stop?.()
          entriesTotal?.inc({ topic }, prepared.entries)
          bytesTotal?.inc({ topic }, prepared.bytes)
          if (batch.nextOffset >= batch.endOffset) held.caughtUpAtMs = batch.fetchStartedAtMs
          batch.committed()
          options.onCommitted?.({ topic, partition, nextOffset: batch.nextOffset })
        })
        // The stream hears of a failure at once; whoever awaits it next hears of it again.
        held.committing.catch((cause: unknown) => batch.aborted(forStream(batch, cause)))
      } catch (cause) {
        throw forStream(batch, cause)
      }
    },

    async end(topic, partition, endOffset, atMs) {
      const held = assignedTo(topic, partition)
      try {
        await held.committing
        // The last batch has said it already, in its own transaction.
        if (atMs <= held.caughtUpAtMs) return
        await held.writer.caughtUp(atMs * 1000, endOffset)
        held.caughtUpAtMs = atMs
        options.onCommitted?.({ topic, partition, nextOffset: held.writer.committed })
      } catch (cause) {
        throw forStream({ topic, partition }, cause)
      }
    },

    async revoked(topic, partition) {
      const held = partitions.get(`${topic}/${partition}`)
      partitions.delete(`${topic}/${partition}`)
      await held?.committing.catch(() => undefined)
    },

    async outOfRange(topic, partition, asked, earliest, end) {
      const { writer } = assignedTo(topic, partition)
      if (writer.position === null) return { seek: earliest }
      if (asked >= earliest || asked !== writer.position) {
        logger.error({ topic, partition, next_offset: `${asked}`, earliest: `${earliest}`, end: `${end}` },
          'the topic ends before the offset that the journal has reached: it was recreated or restored. '
          + 'Nothing more is read from it until an operator decides how its logs go on')
        return 'stop'
      }
      try {
        await writer.commit(writer.prepare({ entries: writer.lostEntries(asked, earliest), expectOffset: asked, nextOffset: earliest }))
      } catch (cause) {
        throw forStream({ topic, partition }, cause)
      }
      logger.error({ topic, partition, from: `${asked}`, to: `${earliest}` }, 'records are gone before they were read; the journal says so')
      return { seek: earliest }
    },
  }
}

/** The entries of a batch. A stranger among the tenants is looked up once more before its entries are nobody's. */
async function entriesOf({ topic, partition, records }: StreamBatch, options: IngestOptions): Promise<Entry[]> {
  const config = options.topics.get(topic)
  // It is read no more: whoever consumes it is about to let go of it.
  if (config === undefined) throw new PartitionLost(topic, partition)
  let strangers = false
  const isTenant = (tenant: string) => options.isTenant(tenant) || !(strangers = true)
  const entries = records.flatMap((record) => split(record, config, isTenant))
  if (!strangers || options.lookAgain === undefined) return entries
  await options.lookAgain()
  return records.flatMap((record) => split(record, config, options.isTenant))
}

interface Assigned {
  writer: PartitionWriter
  /** The commit under way; rejected once one has failed. */
  committing: Promise<void>
  /** The latest time the journal knows the end of the partition was reached at. */
  caughtUpAtMs: number
}

function forStream({ topic, partition }: Pick<StreamBatch, 'topic' | 'partition'>, cause: unknown): unknown {
  return cause instanceof WriterLost ? new PartitionLost(topic, partition, cause) : cause
}
