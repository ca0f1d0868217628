import { loadConfig } from '@onbehalf/runtime'
import type { Command } from '../command.ts'
import { borrowDatabase, prepareDatabase } from '../instance/database.ts'

export const migrate: Command = {
  name: 'migrate',
  summary: 'Bring the database up to this release',
  arguments: [],
  about:
    'Applies the migrations that the database lacks, each in its own transaction, and makes the read models where there are none. '
    + 'Needs the login that owns the schemas. It may run beside services that work, and any number of times. `up` does it by itself.',
  examples: [['ONBEHALF_POSTGRES_URL=postgres://owner@db/onbehalf onbehalf migrate', 'Before starting services of a new release.']],
  options: {},
  async run({ options, terminal, env }) {
    const { migrations, place } = await borrowDatabase(loadConfig(env), env, async (database) => {
      terminal.progress('migrating …')
      return { ...(await prepareDatabase(database.url)), place: database.place }
    })
    terminal.progress('')
    if (options['json'] !== undefined) terminal.printJson({ applied: migrations })
    else if (migrations.length === 0) terminal.print(`Nothing to do: ${place} is of this release.`)
    else terminal.print(migrations.map((name) => `applied ${name}`).join('\n'))
  },
}
