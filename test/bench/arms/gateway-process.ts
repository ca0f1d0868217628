/** The way in of `onbehalf up`, in a process without its other parts: gateway, embedded stream, ingest. Told and answers by IPC. */
import { read } from '@onbehalf/events'
import { createGateway } from '@onbehalf/gateway'
import { createIngest, defaultTopics } from '@onbehalf/ingest'
import { createBootstrapAuthenticate, createLogger, createMetrics, httpDoor, type Door } from '@onbehalf/runtime'
import { createPool, followRegistrations } from '@onbehalf/store'
import { createEmbeddedStream, embeddedTopic } from '@onbehalf/stream'

export interface GatewayOrder {
  postgresUrl: string
  token: string
}

export interface GatewayAnswer {
  url: string | null
  failure: string | null
}

process.once('message', (order: GatewayOrder) => {
  const answer = (what: GatewayAnswer) => process.send!(what)
  open(order).then(({ url }) => answer({ url, failure: null }), (error: Error) => answer({ url: null, failure: error.stack ?? String(error) }))
})
process.once('disconnect', () => process.exit())

async function open({ postgresUrl, token }: GatewayOrder): Promise<Door> {
  const logger = createLogger({ name: 'bench', level: 'warn', format: 'json' })
  const metrics = createMetrics()
  const pool = createPool({ url: postgresUrl, role: 'writer', name: 'onbehalf-writer', max: 8 })
  // Dropping the database ends its connections.
  pool.on('error', () => undefined)
  const registrations = followRegistrations({ pool, onError: () => undefined })
  await registrations.start()
  const stream = createEmbeddedStream({ logger })
  const topics = new Map([...defaultTopics].filter(([name]) => name === embeddedTopic))
  await createIngest({ pool, stream, topics, isTenant: (tenant) => registrations.hasTenant(tenant), lookAgain: () => registrations.refresh(), logger, metrics }).start()
  const host = '127.0.0.1'
  const { http } = createGateway({ producer: stream.producer(embeddedTopic), authenticate: createBootstrapAuthenticate(token, registrations), registrations, read, logger, metrics, host })
  const opened = Promise.withResolvers<Door>()
  await httpDoor({ name: 'gateway', app: http, host, port: { port: 0, asked: true, variable: '' }, logger, opened: opened.resolve }).start?.()
  return opened.promise
}
