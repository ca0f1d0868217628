import kafkajs from 'kafkajs'
import { silenceNegativeTimeouts } from '@onbehalf/stream'
import { startMeter } from '../cpu.ts'
import { configureTenants } from '../configuration.ts'
import { bytesOnDisk, checkpoint, createDatabase } from '../database.ts'
import { readInput, type InputEvent } from '../input.ts'
import { peakResidentMib } from '../memory.ts'
import { startServices, type Services } from '../services.ts'
import { verifyStored } from '../validity/journal.ts'
import { verifyFindings, verifyLineage } from '../validity/lineage.ts'
import { payloadOf } from './append.ts'
import { ratePerSecond, type Arm } from './arm.ts'
import { measureLatency } from './latency.ts'
import { awaitSettled } from './progress.ts'

/**
 * From a real Kafka topic to committed journal and lineage, with the real ingest and the real projector, each a process
 * of its own. The records stand in the topic before the clock starts, acknowledged by all replicas, in a transaction
 * that is still open: at its commit all of them can be read, by services that are up and warm.
 */
export const pipeline: Arm = async (job) => {
  const { settings, kafka } = job
  if (kafka === null) throw new Error('The pipeline needs Kafka')
  silenceNegativeTimeouts()
  const input = readInput(job.input, settings)
  const database = await createDatabase(job.postgres.url)
  const client = new kafkajs.Kafka({ brokers: kafka.brokers, clientId: 'bench', logLevel: kafkajs.logLevel.NOTHING })
  const topic = `bench-${process.pid}-${job.round}`
  const events = [...input.warmup, ...input.measured]
  let services: Services | undefined
  try {
    await configureTenants(database.url, input.all.map(({ tenant }) => tenant))
    await createTopic(client, topic, settings.partitions)
    services = await startServices(job, database.url, topic)
    const send = client.producer({ createPartitioner: () => ({ message }) => partitionOf(String(message.key), settings.partitions) })
    await send.connect()
    for (const some of chunks(input.warmup)) await send.send({ topic, acks: -1, messages: some.map(messageOf) })
    await services.while(awaitSettled(database.client, input.warmup.length))

    const producer = client.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true, transactionTimeout: 600_000,
      createPartitioner: () => ({ message }) => partitionOf(String(message.key), settings.partitions) })
    await producer.connect()
    const transaction = await producer.transaction()
    for (const some of chunks(input.measured)) await transaction.send({ topic, acks: -1, messages: some.map(messageOf) })
    await checkpoint(database.client)
    await services.profile()
    const stop = startMeter({ node: services.pids, postmaster: job.postgres.pid, kafka: kafka.pid, observers: [database.pid] })
    await transaction.commit()
    const { storedAfterS } = await services.while(awaitSettled(database.client, events.length))
    const cpu = stop()
    await services.profile()
    await producer.disconnect()

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
      const latencies = await services.while(measureLatency({ client: database.client, postgresUrl: database.url, kafka: client, producer: send, topic,
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
    await deleteTopic(client, topic)
  }
}

async function createTopic(client: kafkajs.Kafka, topic: string, partitions: number): Promise<void> {
  const admin = client.admin()
  await admin.connect()
  // The broker's clock says when a record was appended: the broker tells it in its acknowledgement.
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions, replicationFactor: 1,
    configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }] }] })
  await admin.disconnect()
}

async function deleteTopic(client: kafkajs.Kafka, topic: string): Promise<void> {
  const admin = client.admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topic] }).catch(() => undefined)
  await admin.disconnect()
}

export function messageOf({ key, value }: InputEvent): { key: string; value: Buffer } {
  return { key, value }
}

/** Events of one action stay together. */
export function partitionOf(key: string, partitions: number): number {
  return partitions === 1 ? 0 : Number.parseInt(key.slice(-8), 16) % partitions
}

function* chunks(events: readonly InputEvent[]): Generator<InputEvent[]> {
  for (let from = 0; from < events.length; from += 1_000) yield events.slice(from, from + 1_000)
}
