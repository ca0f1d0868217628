import { hostname } from 'node:os'
import { OnbehalfError, runService } from '@onbehalf/runtime'
import { createPool, foldVersion, missingMigrations, readFoldVersion } from '@onbehalf/store'
import { createProjector, defaultProjection } from './index.ts'

/** The projector as a process of its own: the journal in PostgreSQL in front, the read models behind. */
await runService('projector', ({ config, logger, metrics, health, lifecycle }) => {
  const { postgresUrl } = config
  if (postgresUrl === null)
    throw new OnbehalfError('postgres_required', 'The projector as a process of its own needs PostgreSQL.')
  const pool = createPool({ url: postgresUrl, role: 'projector', searchPath: 'lineage', name: 'onbehalf-projector' })
  const entries = metrics.counter('projected_entries_total', 'Entries folded into the read models.')
  const projector = createProjector({
    ...defaultProjection,
    pool,
    logger,
    owner: `${hostname()}/${process.pid}`,
    onProgress: (count) => entries.inc(count),
  })

  health.check('database', () => pool.query('select').then(() => ({ ok: true })))
  lifecycle.add({
    name: 'database',
    async start() {
      const missing = await missingMigrations(pool)
      if (missing.length > 0)
        throw new OnbehalfError('schema_outdated', `The database lacks ${missing.join(', ')}.`, { details: { missing } })
      const built = await readFoldVersion(pool)
      if (built !== foldVersion)
        throw new OnbehalfError('schema_outdated', built === null
          ? 'The database has no read models. Run `onbehalf migrate`.'
          : `The read models were built by fold version ${built}, this is ${foldVersion}. Run \`onbehalf rebuild\`.`)
    },
    stop: () => pool.end(),
  })
  lifecycle.add({ name: 'projector', start: async () => projector.start(), stop: () => projector.stop() })
})
