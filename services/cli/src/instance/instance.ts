import { randomUUID } from 'node:crypto'
import { read } from '@onbehalf/events'
import { createGateway, createImportLog, otlpGrpcDoor } from '@onbehalf/gateway'
import { createIngest, topicsOf } from '@onbehalf/ingest'
import { createProjector, defaultProjection, rebuild } from '@onbehalf/projector'
import { createQueryApi } from '@onbehalf/query'
import {
  checkExposure, configurationPart, createAuthenticate, httpDoor, kafkaConnection,
  type Authenticate, type Config, type DataDir, type Door, type Health, type Lifecycle, type Logger, type Metrics,
} from '@onbehalf/runtime'
import {
  createPool, followCredentials, followRegistrations, foldVersion, keepConfiguration, keepCredentials, readConfigurationFile, readHeads, ruleIds, unassignedTenant,
} from '@onbehalf/store'
import { createEmbeddedStream, createKafkaStream, embeddedTopic, type Stream } from '@onbehalf/stream'
import { version } from '../version.ts'
import { openDatabase, prepareDatabase, readModelsAreOurs, releaseLeasesOfTheDead, withBuilders, withClient, type Database } from './database.ts'

export interface InstanceOptions {
  config: Config
  dataDir: DataDir
  logger: Logger
  metrics: Metrics
  health: Health
  lifecycle: Lifecycle
}

/** Everything in one process, once it runs. */
export interface Instance {
  readonly api: Door
  readonly gateway: Door
  readonly otlpGrpc: Door
  /** For people. */
  readonly storage: string
  readonly stream: string
  readonly token: string
  /** Over all tenants. */
  integrity(): Promise<{ logs: number; entries: number }>
}

/**
 * Composes the services in one process and adds them to the lifecycle, in the order in which each needs the one before:
 * database, projector, ingest, doors. They are stopped the other way round, so that what a door has taken is committed,
 * and what is committed is projected, before the database goes.
 */
export function createInstance({ config, dataDir, logger, metrics, health, lifecycle }: InstanceOptions): Instance {
  // Before anything is started: a bad file is told at once.
  if (config.configFile !== null) readConfigurationFile(config.configFile, { rules: ruleIds })
  checkExposure(config.host, 'bootstrap', logger)
  let database: Database | undefined
  let api: Door | undefined
  let gateway: Door | undefined
  let otlpGrpc: Door | undefined
  const url = () => database!.url

  lifecycle.add({ name: 'readiness', quiesce: () => health.drain() })
  lifecycle.add({
    name: 'database',
    async start() {
      database = await openDatabase({ postgresUrl: config.postgresUrl, dataDir: dataDir.path })
      try {
        const { migrations, readModelsBy } = await prepareDatabase(database.url)
        if (migrations.length > 0) logger.info({ migrations }, 'the database was brought up to this release')
        if (!readModelsAreOurs(readModelsBy)) await rebuildReadModels(database.url, readModelsBy, logger)
        if (config.postgresUrl === null) await releaseLeasesOfTheDead(database.url)
      } catch (error) {
        await database.stop()
        throw error
      }
    },
    stop: () => database?.stop(),
    get failed() {
      return database?.failed
    },
  })

  // A pool connects when it is first used, and its URL is known only once the database runs.
  const pools = lazyPools(url, logger)
  lifecycle.add({ name: 'database connections', stop: () => pools.end() })

  const configurationPool = lazily(() => pools.of('writer', 5))
  const registrations = lazily(() => followRegistrations({
    pool: configurationPool(), onError: (error) => logger.warn({ err: error }, 'the configuration could not be read again'),
  }))
  const configuration = keepConfiguration({ pool: configurationPool, file: config.configFile, registrations })
  const credentials = lazily(() => followCredentials({
    pool: configurationPool(), onError: (error) => logger.warn({ err: error }, 'the API keys could not be followed'),
  }))
  const authenticate: Authenticate = (headers) => authenticated()(headers)
  const authenticated = lazily(() => createAuthenticate({ bootstrapToken: dataDir.bootstrapToken, registrations: registrations(), credentials: credentials() }))
  const configured = lazily(() => configurationPart({ configuration, registrations: registrations(), logger }))
  lifecycle.add({ name: 'configuration', start: () => configured().start?.(), stop: () => configured().stop?.() })
  lifecycle.add({ name: 'credentials', start: () => credentials().start(), stop: () => credentials().stop() })

  const projector = lazily(() => createProjector({
    ...defaultProjection, pool: pools.of('projector', 3), logger: logger.child({ part: 'projector' }), owner: `up-${randomUUID()}`, leaseTtlMs: 15_000,
  }))
  lifecycle.add({ name: 'projector', start: () => projector().start(), stop: () => projector().stop() })

  const stream = openStream(config, logger.child({ part: 'stream' }))
  lifecycle.add({ name: 'stream', stop: () => stream.stream.stop() })
  // Those of the configuration are Kafka's; the embedded stream has the one of its own.
  const topics = () => topicsOf(stream.topics, config.kafka === null ? new Map() : registrations().topics())
  const ingest = lazily(() => createIngest({
    pool: pools.of('writer', 8),
    stream: stream.stream,
    topics: topics(),
    isTenant: (tenant) => registrations().hasTenant(tenant) || tenant === unassignedTenant,
    lookAgain: () => registrations().refresh(),
    logger: logger.child({ part: 'ingest' }),
    metrics,
    // The journal has grown: the projector need not wait for its next look.
    onCommitted: () => projector().wake(),
  }))
  lifecycle.add({
    name: 'ingest',
    start: async () => {
      const unread = () => {
        const names = [...registrations().topics().keys()]
        if (config.kafka === null && names.length > 0) logger.warn({ topics: names }, 'the configuration names topics, and there is no Kafka to read them from: set ONBEHALF_KAFKA_BROKERS')
      }
      unread()
      registrations().onChange(unread)
      registrations().onChange(() => void ingest().follow(topics()).catch((error: unknown) => logger.error({ err: error }, 'the topics of the configuration are not read yet')))
      await ingest().start()
    },
    stop: () => ingest().stop(),
    get failed() {
      return ingest().failed
    },
  })
  health.check('stream', () => {
    const { connected, error, missingTopics, partitions } = ingest().status()
    const stopped = partitions.filter(({ state }) => state === 'stopped').map(({ topic, partition }) => `${topic}/${partition}`)
    const reason = error ?? (missingTopics.length > 0 ? `topics that do not exist: ${missingTopics.join(', ')}` : stopped.length > 0 ? `stopped: ${stopped.join(', ')}` : 'not connected')
    return connected && missingTopics.length === 0 && stopped.length === 0 ? { ok: true } : { ok: false, reason }
  })

  const { host } = config
  let apiDoor: ReturnType<typeof httpDoor> | undefined
  lifecycle.add({
    name: 'query api',
    async start() {
      const keys = { ...keepCredentials({ pool: configurationPool, credentials }), registrations: registrations() }
      const app = await createQueryApi({ pool: pools.of('reader', 10), authenticate, configuration, keys, logger: logger.child({ part: 'query' }), metrics, health, version, host })
      apiDoor = httpDoor({ name: 'query api', app, host, port: config.apiPort, logger, opened: (door) => (api = door) })
      await apiDoor.start?.()
    },
    stop: () => apiDoor?.stop?.(),
  })

  const producer = stream.stream.producer(stream.gatewayTopic)
  lifecycle.add({ name: 'producer', stop: () => producer.stop() })
  const imports = lazily(() => pools.of('reader', 2))
  const { http, grpc } = createGateway({
    producer, authenticate, read, logger: logger.child({ part: 'gateway' }), metrics, host, docsBase: () => api?.url ?? '',
    registrations: { maySpeakFor: (...speaking) => registrations().maySpeakFor(...speaking), rateOf: (...seat) => registrations().rateOf(...seat) },
    recordImport: createImportLog(imports),
  })
  lifecycle.add(httpDoor({ name: 'gateway', app: http, host, port: config.otlpHttpPort, logger, opened: (door) => (gateway = door) }))
  lifecycle.add(otlpGrpcDoor({ grpc, host, port: config.otlpGrpcPort, logger, opened: (door) => (otlpGrpc = door) }))

  return {
    get api() {
      return api!
    },
    get gateway() {
      return gateway!
    },
    get otlpGrpc() {
      return otlpGrpc!
    },
    get storage() {
      return database!.place
    },
    stream: stream.name,
    token: dataDir.bootstrapToken,
    integrity: () => withClient(url(), async (client) => {
      const heads = await readHeads(client)
      return { logs: heads.length, entries: heads.reduce((sum, { size }) => sum + Number(size), 0) }
    }),
  }
}

interface OpenStream {
  stream: Stream
  name: string
  gatewayTopic: string
  /** What is read whatever the configuration says. */
  topics: string[]
}

function openStream({ kafka }: Config, logger: Logger): OpenStream {
  if (kafka === null) {
    return { stream: createEmbeddedStream({ logger }), name: 'embedded', gatewayTopic: embeddedTopic, topics: [embeddedTopic] }
  }
  // What the gateway accepts must be read, whatever else is.
  const names = [...new Set([kafkaGatewayTopic, ...kafka.topics])]
  return {
    stream: createKafkaStream({ ...kafkaConnection(kafka), clientId: 'onbehalf', logger }),
    name: `Kafka ${kafka.brokers.join(',')} (${names.join(', ')})`,
    gatewayTopic: kafkaGatewayTopic,
    topics: names,
  }
}

const kafkaGatewayTopic = 'onbehalf.gateway'

/** Another release's fold made them: what they say may differ from what this one would. */
async function rebuildReadModels(url: string, by: string, logger: Logger): Promise<void> {
  logger.info({ made_by_fold: by, this_fold: foldVersion }, 'the read models were made by another fold: rebuilding them from the journal')
  const { entries } = await withBuilders(url, (clients) => rebuild({ ...defaultProjection, ...clients }))
  logger.info({ entries }, 'the read models are rebuilt')
}

function lazyPools(url: () => string, logger: Logger) {
  const pools: ReturnType<typeof createPool>[] = []
  return {
    of(role: 'writer' | 'projector' | 'reader', max: number) {
      const pool = createPool({ url: url(), role, max, name: `onbehalf-${role}`, ...(role === 'writer' ? {} : { searchPath: 'lineage' as const }) })
      // An idle connection that the server ends is replaced; unheard, the event would end the process.
      pool.on('error', (error) => logger.warn({ err: error }, 'the database ended an idle connection'))
      pools.push(pool)
      return pool
    },
    async end() {
      await Promise.all(pools.map((pool) => pool.end()))
    },
  }
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}
