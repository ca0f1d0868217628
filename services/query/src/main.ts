import { checkExposure, createBootstrapAuthenticate, httpDoor, OnbehalfError, runService, sharedBootstrapToken } from '@onbehalf/runtime'
import { createClient, createPool, missingMigrations } from '@onbehalf/store'
import manifest from '../package.json' with { type: 'json' }
import { createQueryApi } from './query-api.ts'

/** The query API as a process of its own, beside a PostgreSQL that ingest and projector fill. */
await runService('query', async ({ config, logger, metrics, health, lifecycle }) => {
  const { postgresUrl, host, apiPort: port } = config
  if (postgresUrl === null) throw new OnbehalfError('postgres_required', 'The query API as a process of its own needs PostgreSQL.')
  const url: string = postgresUrl
  checkExposure(host, 'bootstrap', logger)
  const authenticate = createBootstrapAuthenticate(sharedBootstrapToken(config.dataDir, config.bootstrapToken))
  const pool = createPool({ url, role: 'reader', name: 'onbehalf-query' })
  // An idle connection that the server ends is replaced by the pool; unheard, the event would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'the database ended an idle connection'))

  async function missing(): Promise<string[]> {
    // Readers cannot see the list of migrations; the login itself can.
    const client = createClient({ url, name: 'onbehalf-query-readiness' })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await missingMigrations(client)
    } finally {
      await client.end()
    }
  }

  const app = await createQueryApi({ pool, authenticate, logger, metrics, health, version: manifest.version, host, missingMigrations: missing })
  lifecycle.add({ name: 'database', stop: () => pool.end() })
  lifecycle.add(httpDoor({ name: 'query api', app, host, port, logger }))
})
