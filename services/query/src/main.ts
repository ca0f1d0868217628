import { checkExposure, configurationPart, createAuthenticate, httpDoor, OnbehalfError, runService, sharedBootstrapToken } from '@onbehalf/runtime'
import { createPool, followCredentials, followRegistrations, keepConfiguration, keepCredentials, missingMigrations } from '@onbehalf/store'
import manifest from '../package.json' with { type: 'json' }
import { createQueryApi } from './query-api.ts'

/** The query API as a process of its own, beside a PostgreSQL that ingest and projector fill. */
await runService('query', async ({ config, logger, metrics, health, lifecycle }) => {
  const { postgresUrl: url, host, apiPort: port } = config
  if (url === null) throw new OnbehalfError('postgres_required', 'The query API as a process of its own needs PostgreSQL.')
  checkExposure(host, 'bootstrap', logger)
  const pool = createPool({ url, role: 'reader', name: 'onbehalf-query' })
  // An idle connection that the server ends is replaced by the pool; unheard, the event would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'the database ended an idle connection'))

  const registrations = followRegistrations({ pool, onError: (error) => logger.warn({ err: error }, 'the configuration could not be read again') })
  const credentials = followCredentials({ pool, onError: (error) => logger.warn({ err: error }, 'the API keys could not be followed') })
  const authenticate = createAuthenticate({ bootstrapToken: sharedBootstrapToken(config.dataDir, config.bootstrapToken), registrations, credentials })
  // Reading is the reader's, under row-level security; to change the configuration is to write into the journal, and keys are the writer's.
  const writers = createPool({ url, role: 'writer', name: 'onbehalf-query-configuration', max: 2 })
  const configuration = keepConfiguration({ pool: () => writers, file: config.configFile, registrations: () => registrations })
  const keys = { ...keepCredentials({ pool: () => writers, credentials: () => credentials }), registrations }

  const app = await createQueryApi({ pool, authenticate, configuration, keys, logger, metrics, health, version: manifest.version, host })
  lifecycle.add({
    name: 'database',
    async start() {
      const missing = await missingMigrations(pool)
      if (missing.length > 0) throw new OnbehalfError('schema_outdated', `The database lacks ${missing.join(', ')}.`, { details: { missing } })
    },
    stop: async () => {
      await pool.end()
      await writers.end()
    },
  })
  lifecycle.add(configurationPart({ configuration, registrations, logger }))
  lifecycle.add({ name: 'credentials', start: credentials.start, stop: credentials.stop })
  lifecycle.add(httpDoor({ name: 'query api', app, host, port, logger }))
})
