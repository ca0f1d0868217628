import { configDocumentOf, read } from '@onbehalf/events'
import { checkExposure, configurationPart, createBootstrapAuthenticate, httpDoor, kafkaConnection, OnbehalfError, runService, sharedBootstrapToken, type Config, type Lifecycle, type Logger } from '@onbehalf/runtime'
import { createPool, followRegistrations, readConfigurationFile, registrationsOf, ruleIds, type Registrations } from '@onbehalf/store'
import { createKafkaStream } from '@onbehalf/stream'
import { createGateway } from './gateway.ts'

/** The gateway as a process of its own: HTTP in front, Kafka behind. Only its principal may write to this topic. */
const topic = 'onbehalf.gateway'

await runService('gateway', ({ config, logger, metrics, health, lifecycle }) => {
  const { kafka, host, otlpHttpPort: port } = config
  if (kafka === null) throw new OnbehalfError('kafka_required', 'The gateway as a process of its own needs Kafka.')
  checkExposure(host, 'bootstrap', logger)
  const registrations = registered(config, logger, lifecycle)
  const authenticate = createBootstrapAuthenticate(sharedBootstrapToken(config.dataDir, config.bootstrapToken), registrations)
  const stream = createKafkaStream({ ...kafkaConnection(kafka), clientId: 'onbehalf-gateway', logger })
  const producer = stream.producer(topic)
  const app = createGateway({ producer, authenticate, registrations, read, logger, metrics, host })

  health.check('stream', () => stream.ends(topic).then(() => ({ ok: true }), () => ({ ok: false, reason: `topic ${topic} cannot be reached` })))
  lifecycle.add({
    name: 'stream',
    async stop() {
      await producer.stop()
      await stream.stop()
    },
  })
  lifecycle.add(httpDoor({ name: 'gateway', app, host, port, logger }))
})

/** Who may speak here: followed in the database where there is one, else what the file says at the start, else `default`. */
function registered({ postgresUrl: url, configFile }: Config, logger: Logger, lifecycle: Lifecycle): Registrations {
  if (url !== null) {
    const pool = createPool({ url, role: 'reader', name: 'onbehalf-gateway', max: 2 })
    const registrations = followRegistrations({ pool, onError: (error) => logger.warn({ err: error }, 'the configuration could not be read again') })
    lifecycle.add({ name: 'database', stop: () => pool.end() })
    lifecycle.add(configurationPart({ registrations, logger }))
    return registrations
  }
  const document = configFile === null ? configDocumentOf([]) : readConfigurationFile(configFile, { rules: ruleIds })
  return registrationsOf(() => document)
}
