import { configDocumentOf, read } from '@onbehalf/events'
import { checkExposure, configurationPart, createAuthenticate, httpDoor, kafkaConnection, OnbehalfError, runService, sharedBootstrapToken, type Config, type Lifecycle, type Logger } from '@onbehalf/runtime'
import { createPool, followCredentials, followRegistrations, readConfigurationFile, registrationsOf, ruleIds, type FollowedCredentials, type Registrations } from '@onbehalf/store'
import { createKafkaStream } from '@onbehalf/stream'
import { createGateway } from './gateway.ts'
import { createImportLog, type RecordImport } from './import-log.ts'
import { otlpGrpcDoor } from './otlp-grpc-door.ts'

/** The gateway as a process of its own: HTTP and gRPC in front, Kafka behind. Only its principal may write to this topic. */
const topic = 'onbehalf.gateway'

await runService('gateway', ({ config, logger, metrics, health, lifecycle }) => {
  const { kafka, host, otlpHttpPort, otlpGrpcPort } = config
  if (kafka === null) throw new OnbehalfError('kafka_required', 'The gateway as a process of its own needs Kafka.')
  checkExposure(host, 'bootstrap', logger)
  const { registrations, credentials, recordImport } = database(config, logger, lifecycle)
  const bootstrapToken = sharedBootstrapToken(config.dataDir, config.bootstrapToken)
  const authenticate = createAuthenticate({ bootstrapToken, registrations, ...(credentials && { credentials }) })
  const stream = createKafkaStream({ ...kafkaConnection(kafka), clientId: 'onbehalf-gateway', logger })
  const producer = stream.producer(topic)
  const { http, grpc } = createGateway({ producer, authenticate, registrations, read, logger, metrics, host, ...(recordImport && { recordImport }) })

  health.check('stream', () => stream.ends(topic).then(() => ({ ok: true }), () => ({ ok: false, reason: `topic ${topic} cannot be reached` })))
  lifecycle.add({
    name: 'stream',
    async stop() {
      await producer.stop()
      await stream.stop()
    },
  })
  lifecycle.add(httpDoor({ name: 'gateway', app: http, host, port: otlpHttpPort, logger }))
  lifecycle.add(otlpGrpcDoor({ grpc, host, port: otlpGrpcPort, logger }))
})

/**
 * Who may speak here: followed in the database where there is one, else what the file says at the start, else `default`. Where
 * there is one, there are API keys, and imports are written down as well.
 */
function database({ postgresUrl: url, configFile }: Config, logger: Logger, lifecycle: Lifecycle): { registrations: Registrations; credentials?: FollowedCredentials; recordImport?: RecordImport } {
  if (url !== null) {
    const pool = createPool({ url, role: 'reader', name: 'onbehalf-gateway', max: 5 })
    const registrations = followRegistrations({ pool, onError: (error) => logger.warn({ err: error }, 'the configuration could not be read again') })
    const credentials = followCredentials({ pool, onError: (error) => logger.warn({ err: error }, 'the API keys could not be followed') })
    lifecycle.add({ name: 'database', stop: () => pool.end() })
    lifecycle.add(configurationPart({ registrations, logger }))
    lifecycle.add({ name: 'credentials', start: credentials.start, stop: credentials.stop })
    return { registrations, credentials, recordImport: createImportLog(() => pool) }
  }
  const document = configFile === null ? configDocumentOf([]) : readConfigurationFile(configFile, { rules: ruleIds })
  return { registrations: registrationsOf(() => document) }
}
