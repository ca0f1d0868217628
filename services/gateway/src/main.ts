import { read } from '@onbehalf/events'
import { checkExposure, createBootstrapAuthenticate, httpDoor, kafkaConnection, OnbehalfError, runService, sharedBootstrapToken } from '@onbehalf/runtime'
import { createKafkaStream } from '@onbehalf/stream'
import { createGateway } from './gateway.ts'

/** The gateway as a process of its own: HTTP in front, Kafka behind. Only its principal may write to this topic. */
const topic = 'onbehalf.gateway'

await runService('gateway', ({ config, logger, metrics, health, lifecycle }) => {
  const { kafka, host, otlpHttpPort: port } = config
  if (kafka === null) throw new OnbehalfError('kafka_required', 'The gateway as a process of its own needs Kafka.')
  checkExposure(host, 'bootstrap', logger)
  const authenticate = createBootstrapAuthenticate(sharedBootstrapToken(config.dataDir, config.bootstrapToken))
  const stream = createKafkaStream({ ...kafkaConnection(kafka), clientId: 'onbehalf-gateway', logger })
  const producer = stream.producer(topic)
  const app = createGateway({ producer, authenticate, read, logger, metrics, host })

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
