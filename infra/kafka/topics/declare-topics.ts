import kafkajs, { type Admin, type KafkaConfig } from 'kafkajs'
import { silenceNegativeTimeouts } from '../../../libs/stream/src/kafka/negative-timeouts.ts'
import { type TopicDeclaration, topics as declared } from './topics.ts'

/** What `declareTopics` found; `different` names topic, setting, what is and what is declared. */
export interface DeclaredTopics {
  created: string[]
  different: { topic: string; setting: string; is: string; declared: string }[]
}

/** Makes the topics that are missing. Topics that exist are compared and never changed. */
export async function declareTopics(
  brokers: string[],
  topics: readonly TopicDeclaration[] = declared,
  options: { replication?: number; client?: Omit<KafkaConfig, 'brokers'> } = {},
): Promise<DeclaredTopics> {
  silenceNegativeTimeouts()
  const quiet = { clientId: 'onbehalf-topics', logLevel: kafkajs.logLevel.NOTHING }
  const kafka = new kafkajs.Kafka({ ...quiet, ...options.client, brokers })
  const admin = kafka.admin()
  await admin.connect()
  try {
    const existing = new Set(await admin.listTopics())
    const missing = topics.filter(({ topic }) => !existing.has(topic))
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ topic, partitions, config }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: options.replication ?? 1,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        })),
      })
    }
    const kept = topics.filter(({ topic }) => existing.has(topic))
    return { created: missing.map(({ topic }) => topic), different: await differences(admin, kept) }
  } finally {
    await admin.disconnect()
  }
}

async function differences(admin: Admin, topics: TopicDeclaration[]) {
  const found: DeclaredTopics['different'] = []
  if (topics.length === 0) return found
  const metadata = await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) })
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ topic }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic })),
  })
  for (const { topic, partitions, config } of topics) {
    const is = metadata.topics.find((each) => each.name === topic)?.partitions.length ?? 0
    if (is !== partitions) {
      found.push({ topic, setting: 'partitions', is: String(is), declared: String(partitions) })
    }
    const entries = described.resources.find((each) => each.resourceName === topic)?.configEntries ?? []
    for (const [setting, value] of Object.entries(config)) {
      const current = entries.find((entry) => entry.configName === setting)?.configValue ?? ''
      if (current !== value) found.push({ topic, setting, is: current, declared: value })
    }
  }
  return found
}
