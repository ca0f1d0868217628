import { configureTenants } from '../configuration.ts'
import { bytesOnDisk, createDatabase } from '../database.ts'
import { readInput, type InputEvent } from '../input.ts'
import { peakResidentMib } from '../memory.ts'
import { startServices, type Services } from '../services.ts'
import { verifyStored } from '../validity/journal.ts'
import { verifyFindings, verifyLineage } from '../validity/lineage.ts'
import { payloadOf } from './append.ts'
import { ratePerSecond, type Arm } from './arm.ts'
import { measureLatency } from './latency.ts'
import { awaitSettled } from './progress.ts'
import { createTopic, measureFromTopic } from './topic.ts'

/**
 * From a real Kafka topic to committed journal and lineage, with the real ingest and the real projector, each a process
 * of its own. The records stand in the topic before the clock starts, acknowledged by all replicas, in a transaction
 * that is still open: at its commit all of them can be read, by services that are up and warm.
 */
export const pipeline: Arm = async (job) => {
  const { settings } = job
  const input = readInput(job.input, settings)
  const topic = await createTopic(job)
  const database = await createDatabase(job.postgres.url)
  const partitioner = () => ({ message }: { message: { key?: unknown } }) => partitionOf(String(message.key), settings.partitions)
  const events = [...input.warmup, ...input.measured]
  let services: Services | undefined
  try {
    await configureTenants(database.url, input.all.map(({ tenant }) => tenant))
    services = await startServices(job, database.url, topic.name)
    const send = topic.client.producer({ createPartitioner: partitioner })
    await send.connect()
    for (const some of portions(input.warmup)) await send.send({ topic: topic.name, acks: -1, messages: some })
    await services.while(awaitSettled(database.client, input.warmup.length))

    const { cpu, storedAfterS } = await measureFromTopic({ job, database, services, topic, partitioner, messages: portions(input.measured), entries: events.length })

    const payload = payloadOf(events)
    const journal = await bytesOnDisk(database.client, ['journal', 'ledger'])
    const lineage = await bytesOnDisk(database.client, ['lineage'])
    const numbers: Record<string, number> = {
      journal_disk_per_payload: journal / payload,
      all_disk_per_payload: (journal + lineage) / payload,
      journal_rate: input.measured.length / storedAfterS,
    }
    let raised: string[] = []
    if (settings.only.includes('B9') || settings.only.includes('B10')) {
      const rate = settings.rate ?? ratePerSecond({ events: input.measured.length, cpu }) / 2
      const latencies = await services.while(measureLatency({ client: database.client, postgresUrl: database.url, kafka: topic.client, producer: send, topic: topic.name,
        partitions: settings.partitions, rate, input, stored: events.length, violations: { loaded: settings.violations, idle: settings.idle } }))
      Object.assign(numbers, latencies.numbers)
      events.push(...input.loaded, ...input.idle, ...latencies.sent)
      raised = latencies.raised
    }
    numbers['projector_peak_mib'] = peakResidentMib(services.pids['projector']!)
    await send.disconnect()
    await services.stop()
    const problems = [
      ...(await verifyStored(database.client, events, { evidence: true })),
      ...(await verifyLineage(database.client, events)),
      ...(await verifyFindings(database.client, raised)),
    ]
    return { arm: job.arm, round: job.round, events: input.measured.length, cpu, problems, numbers }
  } finally {
    await services?.stop()
    await database.drop()
    await topic.delete()
  }
}

export function messageOf({ key, value }: InputEvent): { key: string; value: Buffer } {
  return { key, value }
}

/** Events of one action stay together. */
export function partitionOf(key: string, partitions: number): number {
  return partitions === 1 ? 0 : Number.parseInt(key.slice(-8), 16) % partitions
}

function* portions(events: readonly InputEvent[]): Generator<{ key: string; value: Buffer }[]> {
  for (let from = 0; from < events.length; from += 1_000) yield events.slice(from, from + 1_000).map(messageOf)
}
