import { configurationPart, kafkaConnection, OnbehalfError, runService } from '@onbehalf/runtime'
import { createPool, followRegistrations, keepConfiguration, missingMigrations, unassignedTenant } from '@onbehalf/store'
import { createKafkaStream } from '@onbehalf/stream'
import { createIngest } from './ingest.ts'
import { topicsOf } from './topics.ts'

/** Ingest as a process of its own: Kafka in front, PostgreSQL behind. */
await runService('ingest', ({ config, logger, metrics, health, lifecycle }) => {
  const { kafka, postgresUrl } = config
  if (kafka === null) throw new OnbehalfError('kafka_required', 'Ingest as a process of its own needs Kafka.')
  if (postgresUrl === null) throw new OnbehalfError('postgres_required', 'Ingest as a process of its own needs PostgreSQL.')
  const pool = createPool({ url: postgresUrl, role: 'writer', name: 'onbehalf-ingest' })
  const stream = createKafkaStream({ ...kafkaConnection(kafka), clientId: 'onbehalf-ingest', logger })
  const registrations = followRegistrations({ pool, onError: (error) => logger.warn({ err: error }, 'the configuration could not be read again') })
  const configuration = keepConfiguration({ pool: () => pool, file: config.configFile, registrations: () => registrations })
  const topics = () => topicsOf(kafka.topics, registrations.topics())
  const consumer = createIngest({ pool, stream, topics: topics(), logger, metrics,
    isTenant: (tenant) => registrations.hasTenant(tenant) || tenant === unassignedTenant,
    lookAgain: () => registrations.refresh() })
  const follow = () => void consumer.follow(topics()).catch((error: unknown) => logger.error({ err: error }, 'the topics of the configuration are not read yet'))
  registrations.onChange(follow)

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
  lifecycle.add(configurationPart({ configuration, registrations, logger }))
  lifecycle.add({ name: 'ingest', start: () => consumer.start(), stop: () => consumer.stop(), failed: consumer.failed })
})
