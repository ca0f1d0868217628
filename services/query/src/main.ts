import { checkExposure, createBootstrapAuthenticate, httpDoor, OnbehalfError, runService, sharedBootstrapToken } from '@onbehalf/runtime'
import { createPool, missingMigrations } from '@onbehalf/store'
import manifest from '../package.json' with { type: 'json' }
import { createQueryApi } from './query-api.ts'

/** The query API as a process of its own, beside a PostgreSQL that ingest and projector fill. */
await runService('query', async ({ config, logger, metrics, health, lifecycle }) => {
  const { postgresUrl: url, host, apiPort: port } = config
  if (url === null) throw new OnbehalfError('postgres_required', 'The query API as a process of its own needs PostgreSQL.')
  checkExposure(host, 'bootstrap', logger)
  const authenticate = createBootstrapAuthenticate(sharedBootstrapToken(config.dataDir, config.bootstrapToken))
  const pool = createPool({ url, role: 'reader', name: 'onbehalf-query' })
  // An idle connection that the server ends is replaced by the pool; unheard, the event would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'the database ended an idle connection'))

  const app = await createQueryApi({ pool, authenticate, logger, metrics, health, version: manifest.version, host })
  lifecycle.add({
    name: 'database',
    async start() {
      const missing = await missingMigrations(pool)
      if (missing.length > 0) throw new OnbehalfError('schema_outdated', `The database lacks ${missing.join(', ')}.`, { details: { missing } })
    },
    stop: () => pool.end(),
  })
  lifecycle.add(httpDoor({ name: 'query api', app, host, port, logger }))
})
