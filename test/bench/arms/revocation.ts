import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, openPartition, type ClientBase } from '@onbehalf/store'
import { startMeter, type CpuUse } from '../cpu.ts'
import { configureTenants } from '../configuration.ts'
import { checkpoint, createDatabase } from '../database.ts'
import type { InputEvent } from '../input.ts'
import { startServices, type Services } from '../services.ts'
import { percentile } from '../statistics.ts'
import { underOneRoot } from '../stories.ts'
import { verifyStored } from '../validity/journal.ts'
import { verifyFindings, verifyLineage } from '../validity/lineage.ts'
import { appendAll, entriesOf } from './append.ts'
import type { Arm } from './arm.ts'
import { awaitSettled } from './progress.ts'

/**
 * A delegation is revoked with many actions behind it, all of which started after that: every one of them is derived
 * again and becomes a finding, by the real projector. Meanwhile the stream goes on in small batches, and how long each
 * waits is watched.
 */
export const revocation: Arm = async (job) => {
  const { dependents, batch } = job.settings
  const database = await createDatabase(job.postgres.url)
  const pool = createPool({ url: database.url, role: 'writer', max: 2 })
  let services: Services | undefined
  try {
    await configureTenants(database.url, ['default'])
    const { delegations, action, revocation: revoked, other } = underOneRoot(Date.now())
    const events: InputEvent[] = []
    const writer = await openPartition(pool, { topic: 'bench', partition: 0 })
    const add = async (some: readonly InputEvent[]) => {
      await appendAll(writer, entriesOf(some, events.length), batch)
      events.push(...some)
    }
    await add([...delegations, ...Array.from({ length: dependents }, (_, i) => action(i)).flat()])
    services = await startServices(job, database.url, null)
    await services.while(awaitSettled(database.client, events.length))

    let others = 0
    const live = async (): Promise<number> => {
      await add(Array.from({ length: liveBatch }, () => other(others++)))
      const waitedMs = await services!.while(untilRead(database.client, events.length))
      await sleep(liveEveryMs)
      return waitedMs
    }
    const calmMs: number[] = []
    for (let i = 0; i < calmBatches; i++) calmMs.push(await live())
    await checkpoint(database.client)
    await services.profile()
    const stop = startMeter({ node: services.pids, postmaster: job.postgres.pid, observers: [database.pid] })
    await add([revoked])
    let cpu: CpuUse | undefined
    const again = awaitSettled(database.client, events.length).then(() => void (cpu = stop()))
    again.catch(() => undefined)
    const waitsMs: number[] = []
    do waitsMs.push(await live())
    while (cpu === undefined && waitsMs.length < liveBatchesMax)
    if (cpu === undefined) throw new Error(`After ${waitsMs.length} live batches, what rests on the revoked root is still not derived again`)
    await services.profile()
    await services.while(awaitSettled(database.client, events.length))
    await services.stop()
    const problems = [
      ...(await verifyStored(database.client, events, { evidence: true })),
      ...(await verifyLineage(database.client, events, { shared: [...delegations, revoked] })),
      ...(await verifyFindings(database.client, Array.from({ length: dependents }, (_, i) => `TIM-02:a-${i}`))),
    ]
    return { arm: job.arm, round: job.round, events: dependents, cpu, problems, numbers: {
      dependents, again_rate: dependents / cpu.seconds,
      live_wait_p50_ms: percentile(waitsMs, 50), live_wait_max_ms: Math.max(...waitsMs), live_wait_calm_max_ms: Math.max(...calmMs),
    } }
  } finally {
    await services?.stop()
    await pool.end()
    await database.drop()
  }
}

/** How long it takes from now until the read models have so many entries. */
async function untilRead(client: ClientBase, entries: number): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const { rows } = await client.query<{ read: number }>({ name: 'read-now',
      text: `select coalesce(sum(position), 0)::float8 as read from lineage.cursors where log_id <> 'own'` })
    if (rows[0]!.read >= entries) return performance.now() - startedAt
    await sleep(2)
  }
}

const liveBatch = 50
const liveEveryMs = 100
const calmBatches = 20
/** Some half an hour: far more than any number of dependents that is sensible here should take. */
const liveBatchesMax = 15_000
