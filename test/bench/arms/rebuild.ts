import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createPool, openPartition } from '@onbehalf/store'
import { startMeter } from '../cpu.ts'
import { configureTenants } from '../configuration.ts'
import { bytesOnDisk, checkpoint, createDatabase } from '../database.ts'
import { readInput } from '../input.ts'
import { peakResidentMib } from '../memory.ts'
import { verifyStored } from '../validity/journal.ts'
import { verifyFindings, verifyLineage } from '../validity/lineage.ts'
import { appendAll, entriesOf, payloadOf } from './append.ts'
import type { Arm } from './arm.ts'
import type { RebuildAnswer, RebuildOrder } from './rebuild-process.ts'

/**
 * `onbehalf rebuild`: fresh read models with all their indexes from the whole journal, switched to at the end. In a
 * process of its own that never saw the input, so that its memory is that of a rebuild.
 */
export const rebuild: Arm = async (job) => {
  const { settings } = job
  const input = readInput(job.input, settings)
  const events = [...input.warmup, ...input.measured]
  const database = await createDatabase(job.postgres.url)
  const builder = fork(new URL(import.meta.resolve('./rebuild-process.ts')))
  try {
    await configureTenants(database.url, events.map(({ tenant }) => tenant))
    const pool = createPool({ url: database.url, role: 'writer', max: 2 })
    const writer = await openPartition(pool, { topic: 'bench', partition: 0 })
    // A small journal first: the compiler of Node is warm afterwards.
    await appendAll(writer, entriesOf(input.warmup, 0), settings.batch)
    await order(builder, { url: database.url, profiles: null, round: job.round })
    await appendAll(writer, entriesOf(input.measured, input.warmup.length), settings.batch)
    await pool.end()
    await checkpoint(database.client)
    const stop = startMeter({ node: { rebuild: builder.pid! }, postmaster: job.postgres.pid, observers: [database.pid] })
    await order(builder, { url: database.url, profiles: job.profiles, round: job.round })
    const cpu = stop()
    const projector_peak_mib = peakResidentMib(builder.pid!)
    const payload = payloadOf(events)
    const journal = await bytesOnDisk(database.client, ['journal', 'ledger'])
    const lineage = await bytesOnDisk(database.client, ['lineage'])
    const problems = [
      ...(await verifyStored(database.client, events, { evidence: true })),
      ...(await verifyLineage(database.client, events)),
      ...(await verifyFindings(database.client, [])),
    ]
    return { arm: job.arm, round: job.round, events: events.length, cpu, problems,
      numbers: { journal_disk_per_payload: journal / payload, all_disk_per_payload: (journal + lineage) / payload, projector_peak_mib } }
  } finally {
    // Dropping the database ends its connections, which it would tell of.
    builder.kill('SIGKILL')
    await database.drop()
  }
}

async function order(builder: ChildProcess, what: RebuildOrder): Promise<void> {
  builder.send(what)
  const ended = once(builder, 'exit').then(([code, signal]) => Promise.reject(new Error(`the rebuild's process ended (${code ?? signal})`)))
  ended.catch(() => undefined)
  const [{ failure }] = (await Promise.race([once(builder, 'message'), ended])) as [RebuildAnswer]
  if (failure !== null) throw new Error(failure)
}
