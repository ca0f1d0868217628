import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silenceNegativeTimeouts } from '@onbehalf/stream'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { afterAll, beforeAll } from 'vitest'
// @boundaries-ignore the local broker lives in infra/, which is not a package
import { type Broker, type BrokerConfig, startBroker } from '../../../infra/kafka/broker.ts'

/** A real Apache Kafka for the tests of one file. */
export interface KafkaFixture {
  readonly brokers: string[]
  /** To stop, kill and restart it. Refuses when the broker is not ours (`ONBEHALF_TEST_KAFKA_BROKERS`). */
  readonly broker: Broker
  /** A foreign client: plain kafkajs, that knows nothing of this repository. */
  readonly client: Kafka
  readonly admin: Admin
  /** Makes a topic of a name nobody used before, and answers it. */
  topic(options?: { partitions?: number; config?: Record<string, string>; name?: string }): Promise<string>
  /** As retention does: the partition then begins at `before`. */
  deleteRecords(topic: string, partition: number, before: bigint): Promise<void>
}

/**
 * Call it at the top of a test file: the broker starts before the first test and ends after the last, and with the
 * process whatever happens. `ONBEHALF_TEST_KAFKA_BROKERS` names another to use. Never skips: no broker, no green.
 */
export function useKafka(options: Omit<BrokerConfig, 'dir'> = {}): KafkaFixture {
  let broker: Broker | null = null
  let dir: string | null = null
  let fixture: { brokers: string[]; client: Kafka; admin: Admin } | null = null
  const ready = () => {
    if (!fixture) throw new Error('The Kafka fixture is there in tests and hooks, not while a file is being read')
    return fixture
  }

  beforeAll(async () => {
    silenceNegativeTimeouts()
    const given = process.env.ONBEHALF_TEST_KAFKA_BROKERS
    if (!given) {
      dir = await mkdtemp(join(tmpdir(), 'onbehalf-kafka-'))
      broker = await startBroker({ heap_mb: 256, ...options, dir })
    }
    const brokers = given ? given.split(',') : broker!.brokers
    const client = new kafkajs.Kafka({ brokers, clientId: 'a-foreign-client', logLevel: kafkajs.logLevel.NOTHING })
    const admin = client.admin()
    await admin.connect()
    fixture = { brokers, client, admin }
  }, 180_000)

  afterAll(async () => {
    await fixture?.admin.disconnect().catch(() => undefined)
    // Nothing of it is kept, so it need not shut down in order.
    await broker?.kill()
    if (dir) await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }, 60_000)

  return {
    get brokers() {
      return ready().brokers
    },
    get broker() {
      ready()
      if (!broker) throw new Error('This test stops its broker: unset ONBEHALF_TEST_KAFKA_BROKERS')
      return broker
    },
    get client() {
      return ready().client
    },
    get admin() {
      return ready().admin
    },
    async topic({ partitions = 1, config = {}, name } = {}) {
      const topic = name ?? `t-${process.pid}-${++topics}-${Date.now().toString(36)}`
      await ready().admin.createTopics({
        // kafkajs gives up on a broker that does not know the topic yet, instead of asking again.
        waitForLeaders: false,
        topics: [
          {
            topic,
            numPartitions: partitions,
            replicationFactor: 1,
            configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
          },
        ],
      })
      await hasLeaders(ready().admin, topic, partitions)
      return topic
    },
    async deleteRecords(topic, partition, before) {
      // kafkajs deletes only where it knows the leader, and does not ask for it.
      await ready().admin.fetchTopicOffsets(topic)
      await ready().admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
    },
  }
}

let topics = 0

async function hasLeaders(admin: Admin, topic: string, partitions: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const known = await admin.fetchTopicMetadata({ topics: [topic] }).catch((error: unknown) => {
      if (tries === 100) throw error
    })
    const [metadata] = known?.topics ?? []
    if (metadata?.partitions.length === partitions && metadata.partitions.every(({ leader }) => leader >= 0)) return
    if (tries === 100) throw new Error(`topic ${topic} has no leaders after 10 s`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
