import { defaultProjection, rebuild as rebuildReadModels } from '@onbehalf/projector'
import { createClient, createPool, openPartition } from '@onbehalf/store'
import { startMeter } from '../cpu.ts'
import { bytesOnDisk, checkpoint, createDatabase } from '../database.ts'
import { readInput } from '../input.ts'
import { profiled } from '../profiler.ts'
import { verifyStored } from '../validity/journal.ts'
import { verifyLineage } from '../validity/lineage.ts'
import { appendAll, entriesOf, payloadOf } from './append.ts'
import type { Arm } from './arm.ts'

/** `onbehalf rebuild`: fresh read models with all their indexes from the whole journal, switched to at the end. */
export const rebuild: Arm = async (job) => {
  const { settings } = job
  const input = readInput(job.input, settings)
  const events = [...input.warmup, ...input.measured]
  const database = await createDatabase(job.postgres.url)
  try {
    const pool = createPool({ url: database.url, role: 'writer', max: 2 })
    const writer = await openPartition(pool, { topic: 'bench', partition: 0 })
    const clients = [createClient({ url: database.url }), createClient({ url: database.url })] as const
    const [builder, gate] = clients
    for (const client of clients) await client.connect()
    // A small journal first: the compiler of Node is warm afterwards.
    await appendAll(writer, entriesOf(input.warmup, 0), settings.batch)
    await rebuildReadModels({ ...defaultProjection, builder, gate })
    await appendAll(writer, entriesOf(input.measured, input.warmup.length), settings.batch)
    await pool.end()
    await checkpoint(database.client)
    const stop = startMeter({ node: { arm: process.pid }, postmaster: job.postgres.pid, observers: [database.pid] })
    const cpu = await profiled(job, 'rebuild', async () => {
      await rebuildReadModels({ ...defaultProjection, builder, gate })
      return stop()
    })
    for (const client of clients) await client.end()
    const payload = payloadOf(events)
    const journal = await bytesOnDisk(database.client, ['journal', 'ledger'])
    const lineage = await bytesOnDisk(database.client, ['lineage'])
    const problems = [
      ...(await verifyStored(database.client, events, { evidence: true })),
      ...(await verifyLineage(database.client, events)),
    ]
    return { arm: job.arm, round: job.round, events: events.length, cpu, problems,
      numbers: { journal_disk_per_payload: journal / payload, all_disk_per_payload: (journal + lineage) / payload } }
  } finally {
    await database.drop()
  }
}
