import { openPartition, type Entry, type PartitionWriter } from '@onbehalf/store'
import { batches, type Random, type TestDatabase } from '@onbehalf/testkit'

/** A partition of the stream as the journal writer sees it, and where in it the next record comes. */
export interface Partition {
  writer: PartitionWriter
  offset: bigint
}

export async function openPartitions(database: TestDatabase, count: number): Promise<Partition[]> {
  const pool = database.pool('writer')
  const partitions: Partition[] = []
  for (let partition = 0; partition < count; partition++) partitions.push({ writer: await openPartition(pool, { topic: 'onbehalf.events', partition }), offset: 0n })
  return partitions
}

/** Into the journal, in batches of any size, as tenants come in life: the mixed ones are up to `reach` records apart. */
export async function append(to: Partition, queue: readonly Entry[], random: Random, reach: number): Promise<void> {
  for (const batch of batches(random, interleaved(random, queue, reach), 2_000)) {
    const entries = batch.map((entry) => ({ ...entry, offset: to.offset++ }))
    await to.writer.commit(to.writer.prepare({ entries, expectOffset: to.offset - BigInt(entries.length), nextOffset: to.offset }))
  }
}

/** Neighbouring tenants mixed, far ones not, so that batches hold parts of what one tenant tells. */
function interleaved(random: Random, queue: readonly Entry[], reach: number): Entry[] {
  return queue
    .map((entry, i) => ({ entry, place: i + random.next() * reach }))
    .sort((a, b) => a.place - b.place)
    .map(({ entry }) => entry)
}
