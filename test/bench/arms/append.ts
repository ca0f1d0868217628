import { createPool, openPartition, type Entry, type PartitionWriter } from '@onbehalf/store'
import { startMeter } from '../cpu.ts'
import { bytesOnDisk, checkpoint, createDatabase } from '../database.ts'
import { readInput, type InputEvent } from '../input.ts'
import { profiled } from '../profiler.ts'
import { verifyStored } from '../validity/journal.ts'
import type { Arm } from './arm.ts'

/** The journal alone: salts, hashes, tree, heads, offsets, compression; one batch is sealed while the one before commits. */
export const append: Arm = async (job) => {
  const evidence = job.arm === 'append'
  const { settings } = job
  const input = readInput(job.input, settings)
  const warmup = entriesOf(input.warmup, 0)
  const measured = entriesOf(input.measured, warmup.length)
  const database = await createDatabase(job.postgres.url)
  try {
    // Without evidence there is no commitment to store.
    if (!evidence) await database.client.query('alter table journal.segments drop constraint segments_commitments')
    const pool = createPool({ url: database.url, role: 'writer', max: 2 })
    const writer = await openPartition(pool, { topic: 'bench', partition: 0, ...(evidence ? {} : { random: (bytes) => Buffer.alloc(bytes) }) })
    await appendAll(writer, warmup, settings.batch)
    await checkpoint(database.client)
    const stop = startMeter({ node: { arm: process.pid }, postmaster: job.postgres.pid, observers: [database.pid] })
    const cpu = await profiled(job, job.arm, async () => {
      await appendAll(writer, measured, settings.batch)
      return stop()
    })
    await pool.end()
    const events = [...input.warmup, ...input.measured]
    const journal = await bytesOnDisk(database.client, ['journal', 'ledger'])
    const problems = await verifyStored(database.client, events, { evidence })
    return { arm: job.arm, round: job.round, events: measured.length, cpu, problems,
      numbers: { journal_disk_per_payload: journal / payloadOf(events) } }
  } finally {
    await database.drop()
  }
}

/** As the ingest hands them over, from the writer's position on. */
export async function appendAll(writer: PartitionWriter, entries: readonly Entry[], batch: number): Promise<void> {
  let stored = Promise.resolve()
  for (let from = 0; from < entries.length; from += batch) {
    const some = entries.slice(from, from + batch)
    const prepared = writer.prepare({ entries: some, expectOffset: some[0]!.offset, nextOffset: some.at(-1)!.offset + 1n })
    await stored
    stored = writer.commit(prepared)
  }
  await stored
}

export function entriesOf(events: readonly InputEvent[], firstOffset: number): Entry[] {
  return events.map(({ tenant, value }, i) => ({ tenant, kind: 'cloudevent', producer: 'default', content: value, offset: BigInt(firstOffset + i) }))
}

export function payloadOf(events: readonly InputEvent[]): number {
  return events.reduce((sum, { value }) => sum + value.length, 0)
}
