import { kafkaConnection, OnbehalfError, runService } from '@onbehalf/runtime'
import { createPool, missingMigrations, unassignedTenant } from '@onbehalf/store'
import { createKafkaStream } from '@onbehalf/stream'
import { createIngest } from './ingest.ts'
import { defaultTopics, type TopicConfig } from './topics.ts'

/** Ingest as a process of its own: Kafka in front, PostgreSQL behind. */
await runService('ingest', ({ config, logger, metrics, health, lifecycle }) => {
  const { kafka, postgresUrl } = config
  if (kafka === null) throw new OnbehalfError('kafka_required', 'Ingest as a process of its own needs Kafka.')
  if (postgresUrl === null) throw new OnbehalfError('postgres_required', 'Ingest as a process of its own needs PostgreSQL.')
  const pool = createPool({ url: postgresUrl, role: 'writer', name: 'onbehalf-ingest' })
  const stream = createKafkaStream({ ...kafkaConnection(kafka), clientId: 'onbehalf-ingest', logger })
  const topics = new Map(kafka.topics.map((topic) => [topic, configured(topic)]))
  const consumer = createIngest({ pool, stream, topics, logger, metrics,
    isTenant: (tenant) => tenant === 'default' || tenant === unassignedTenant })

  health.check('database', () => pool.query('select').then(() => ({ ok: true })))
  health.check('stream', () => {
    const { connected, error, missingTopics, partitions } = consumer.status()
    const stopped = partitions.filter((each) => each.state === 'stopped').map((each) => `${each.topic}/${each.partition}`)
    const reason = error ?? (missingTopics.length > 0 ? `missing topics: ${missingTopics}` : `stopped: ${stopped}`)
    return connected && missingTopics.length === 0 && stopped.length === 0 ? { ok: true } : { ok: false, reason }
  })
  lifecycle.add({
    name: 'database',
    async start() {
      const missing = await missingMigrations(pool)
      if (missing.length > 0) {
        throw new OnbehalfError('schema_outdated', `The database lacks ${missing.join(', ')}.`, { details: { missing } })
      }
    },
    stop: () => pool.end(),
  })
  lifecycle.add({ name: 'stream', stop: () => stream.stop() })
  lifecycle.add({ name: 'ingest', start: () => consumer.start(), stop: () => consumer.stop(), failed: consumer.failed })
})

function configured(topic: string): TopicConfig {
  if (topic === 'otlp_spans' || topic === 'otlp_logs') {
    throw new OnbehalfError('config_invalid', `Topic ${topic} in ONBEHALF_KAFKA_TOPICS: OTLP over Kafka is not read by this version.`)
  }
  return defaultTopics.get(topic) ?? { kind: 'cloudevents', tenant: 'default', producer: 'default' }
}
