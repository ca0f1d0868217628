import kafkajs from 'kafkajs'
import { silenceNegativeTimeouts } from '@onbehalf/stream'
import { startMeter, type CpuUse } from '../cpu.ts'
import { checkpoint, type BenchDatabase } from '../database.ts'
import type { Services } from '../services.ts'
import type { ArmJob } from './arm.ts'
import { awaitSettled } from './progress.ts'

/** A topic of one arm and round, on a real Kafka. */
export interface Topic {
  name: string
  client: kafkajs.Kafka
  delete(): Promise<void>
}

export async function createTopic({ kafka, settings, arm, round }: ArmJob): Promise<Topic> {
  if (kafka === null) throw new Error(`${arm} needs Kafka`)
  silenceNegativeTimeouts()
  const client = new kafkajs.Kafka({ brokers: kafka.brokers, clientId: 'bench', logLevel: kafkajs.logLevel.NOTHING })
  const name = `bench-${process.pid}-${round}`
  const administer = async (work: (admin: kafkajs.Admin) => Promise<unknown>) => {
    const admin = client.admin()
    await admin.connect()
    await work(admin)
    await admin.disconnect()
  }
  // The broker's clock says when a record was appended: the broker tells it in its acknowledgement.
  await administer((admin) => admin.createTopics({ waitForLeaders: true, topics: [{ topic: name, numPartitions: settings.partitions, replicationFactor: 1,
    configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }] }] }))
  return { name, client, delete: () => administer((admin) => admin.deleteTopics({ topics: [name] }).catch(() => undefined)) }
}

export interface FromTopic {
  job: ArmJob
  database: BenchDatabase
  services: Services
  topic: Topic
  partitioner: kafkajs.ProducerConfig['createPartitioner']
  /** In portions, each sent at once. */
  messages: Iterable<kafkajs.Message[]>
  /** How many there are when all of it is stored, with those from before. */
  entries: number
}

/**
 * Puts records into the topic, acknowledged by all replicas, in a transaction that is still open; the clock runs from its
 * commit, with which all of them can be read, until the read models have taken in every entry and nothing is stale.
 */
export async function measureFromTopic({ job, database, services, topic, partitioner, messages, entries }: FromTopic): Promise<{ cpu: CpuUse; storedAfterS: number }> {
  const producer = topic.client.producer({ transactionalId: topic.name, maxInFlightRequests: 1, idempotent: true, transactionTimeout: 600_000, ...(partitioner && { createPartitioner: partitioner }) })
  await producer.connect()
  const transaction = await producer.transaction()
  for (const some of messages) await transaction.send({ topic: topic.name, acks: -1, messages: some })
  await checkpoint(database.client)
  await services.profile()
  const stop = startMeter({ node: services.pids, postmaster: job.postgres.pid, kafka: job.kafka!.pid, observers: [database.pid] })
  await transaction.commit()
  const { storedAfterS } = await services.while(awaitSettled(database.client, entries))
  const cpu = stop()
  await services.profile()
  await producer.disconnect()
  return { cpu, storedAfterS }
}
