import kafkajs, { type KafkaConfig as ClientConfig } from 'kafkajs'
import { Serial } from '../serial.ts'
import { StreamUnavailable } from '../stream-error.ts'
import type { TopicEnd } from '../stream.ts'

/** The part of kafkajs's Cluster (2.2.4, src/cluster/index.js) that is used here. */
interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  metadata(query: { topics: string[] }): Promise<{ topicMetadata: { topic: string }[] }>
  findTopicPartitionMetadata(topic: string): { partitionId: number }[]
  fetchTopicsOffset(
    topics: { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
}

/**
 * Where each partition's log begins and ends. kafkajs's admin asks for the end that a `read_committed` reader sees (the
 * last stable offset): with a transaction left open, that end stands still while acknowledged records pile up after it,
 * and ingest would call itself caught up. So the cluster is made here with `read_uncommitted` (0), through the one
 * constructor kafkajs keeps to itself; the version is pinned, and a test asks for the difference.
 */
export class LogEnds {
  readonly #client: ClientConfig
  readonly #serial = new Serial()
  #cluster: Cluster | null = null

  constructor(client: ClientConfig) {
    this.#client = client
  }

  /** Rejects with `StreamUnavailable`, also when the topic does not exist. */
  async ends(topic: string): Promise<TopicEnd[]> {
    return await this.#ask(async (cluster) => {
      await cluster.addTargetTopic(topic)
      await cluster.refreshMetadataIfNecessary()
      const found = cluster.findTopicPartitionMetadata(topic)
      const partitions = found.map(({ partitionId }) => ({ partition: partitionId }))
      const [latest] = await cluster.fetchTopicsOffset([{ topic, fromBeginning: false, partitions }])
      const [earliest] = await cluster.fetchTopicsOffset([{ topic, fromBeginning: true, partitions }])
      const begins = new Map(earliest?.partitions.map((each) => [each.partition, each.offset]))
      return (latest?.partitions ?? [])
        .map(({ partition, offset }) => ({
          partition,
          earliest: BigInt(begins.get(partition) ?? 0),
          end: BigInt(offset),
        }))
        .sort((a, b) => a.partition - b.partition)
    })
  }

  /** Those of `topics` that exist. */
  async existing(topics: readonly string[]): Promise<string[]> {
    return await this.#ask(async (cluster) => {
      const { topicMetadata } = await cluster.metadata({ topics: [] })
      const names = new Set(topicMetadata.map(({ topic }) => topic))
      return topics.filter((topic) => names.has(topic))
    })
  }

  async close(): Promise<void> {
    await this.#serial.run(() => this.#drop())
  }

  /** One question at a time; after any failure the next one starts from a fresh connection. */
  async #ask<T>(question: (cluster: Cluster) => Promise<T>): Promise<T> {
    return await this.#serial.run(async () => {
      try {
        if (!this.#cluster) {
          const cluster = createCluster(this.#client)
          this.#cluster = cluster
          await cluster.connect()
        }
        return await question(this.#cluster)
      } catch (cause) {
        await this.#drop()
        throw new StreamUnavailable('Kafka does not say where its topics begin and end', cause)
      }
    })
  }

  async #drop() {
    const cluster = this.#cluster
    this.#cluster = null
    await cluster?.disconnect().catch(() => undefined)
  }
}

function createCluster(client: ClientConfig): Cluster {
  const kafka = new kafkajs.Kafka(client)
  const symbol = Object.getOwnPropertySymbols(kafka).find((each) => each.description === 'private:Kafka:createCluster')
  if (!symbol) throw new Error('This kafkajs is not the 2.2.4 that log-ends.ts was written for')
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol]!
  return create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false, isolationLevel: 0 })
}
