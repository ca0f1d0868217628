import { defaultProjection, Projection } from '@onbehalf/projector'
import { createClient, createPool, createStaging, openPartition } from '@onbehalf/store'
import { benchEvents } from '@onbehalf/testkit'
import { startMeter, type CpuUse } from '../cpu.ts'
import { configureTenants } from '../configuration.ts'
import { checkpoint, createDatabase } from '../database.ts'
import { isAboutAnAction, type InputEvent } from '../input.ts'
import { profiled } from '../profiler.ts'
import { verifyCounts } from '../validity/lineage.ts'
import { appendAll, entriesOf } from './append.ts'
import type { Arm } from './arm.ts'

/**
 * What one more event costs the fold and PostgreSQL when little is stored, and when much is: a growing journal, and at
 * each step the CPU time of some events more. They stand in the journal already, so the fold alone is measured, as the
 * live projector does it: two connections, findings written down.
 */
export const history: Arm = async (job) => {
  const { settings } = job
  const sizes = Array.from({ length: settings.steps }, (_, step) => settings.history * settings.growth ** step)
  const measured = Math.ceil(settings.history / 5)
  const database = await createDatabase(job.postgres.url)
  const pool = createPool({ url: database.url, role: 'writer', max: 2 })
  const [client, reader] = [createClient({ url: database.url }), createClient({ url: database.url })]
  try {
    await configureTenants(database.url, Array.from({ length: settings.tenants }, (_, i) => (settings.tenants === 1 ? 'default' : `tenant-${i}`)))
    for (const each of [client, reader]) {
      await each.connect()
      await each.query('set search_path = lineage')
    }
    await createStaging(client)
    const writer = await openPartition(pool, { topic: 'bench', partition: 0 })
    const projection = new Projection({ ...defaultProjection, reader, records: true })
    const world = benchEvents(sizes.at(-1)! + measured, { seed: settings.seed, tenants: settings.tenants })
    const actions = new Set<string>()
    let stored = 0
    const append = async (count: number) => {
      for (const end = stored + count; stored < end;) {
        const some = next(world, Math.min(settings.batch, end - stored))
        await appendAll(writer, entriesOf(some, stored), settings.batch)
        for (const { key, value } of some) if (isAboutAnAction(value)) actions.add(key)
        stored += some.length
      }
    }
    const project = async () => {
      do while (await projection.advance(client, buckets, null)); while (await projection.deriveStale(client, buckets, null))
    }

    const costs: CpuUse[] = []
    for (const size of sizes) {
      await append(size - stored)
      await project()
      await append(measured)
      await checkpoint(database.client)
      const stop = startMeter({ node: { arm: process.pid }, postmaster: job.postgres.pid, observers: [database.pid] })
      costs.push(await profiled(job, `history-${size}`, async () => {
        await project()
        return stop()
      }))
    }
    await client.end()
    await reader.end()
    const us = (seconds: number) => (seconds / measured) * 1e6
    const [first, last] = [costs[0]!, costs.at(-1)!]
    return { arm: job.arm, round: job.round, events: measured, cpu: last,
      problems: await verifyCounts(database.client, { events: stored, actions: actions.size }),
      numbers: {
        first_stored: sizes[0]!, first_us: us(first.node['arm']! + first.postgres), first_node_us: us(first.node['arm']!), first_postgres_us: us(first.postgres),
        last_stored: sizes.at(-1)!, last_us: us(last.node['arm']! + last.postgres), last_node_us: us(last.node['arm']!), last_postgres_us: us(last.postgres),
        cost_ratio: (last.node['arm']! + last.postgres) / (first.node['arm']! + first.postgres),
      } }
  } finally {
    await pool.end()
    await database.drop()
  }
}

const buckets = Array.from({ length: 64 }, (_, bucket) => bucket)

function next(world: Iterator<InputEvent>, count: number): InputEvent[] {
  return Array.from({ length: count }, () => world.next().value as InputEvent)
}
