import { asOnbehalfError, type Config } from '@onbehalf/runtime'
import { missingMigrations } from '@onbehalf/store'
import { borrowDatabase, readModelsAreOurs, withClient, type BorrowedDatabase } from '../instance/database.ts'
import { findDataDir } from '../server/server.ts'
import { checkConfiguration } from './configuration.ts'
import { checkJournal, checkReadModels } from './deep-checks.ts'
import type { Problem } from './problem.ts'
import { checkDataDir, checkInstance, checkNode, checkPorts } from './surroundings.ts'

export interface Check {
  check: string
  /** What was found, in a few words. */
  detail: string
  problems: Problem[]
}

export interface CheckOptions {
  config: Config
  env: Record<string, string | undefined>
  deep: boolean
  tell(check: Check): void
  onProgress(text: string): void
}

/** One check after the other, from the outside in. What cannot be checked because of a problem before it is left out. */
export async function runChecks(options: CheckOptions): Promise<void> {
  const { config, env, tell } = options
  const dataDir = findDataDir(config, env)
  tell(checkNode())
  const directory = config.postgresUrl === null ? await checkDataDir(dataDir) : null
  if (directory !== null) tell(directory.check)
  const instance = await checkInstance(dataDir)
  tell(instance.check)
  if (!instance.runs) tell(await checkPorts(config))
  if (directory?.empty === true) return
  try {
    await borrowDatabase(config, env, (database) => checkDatabase(database, options))
  } catch (error) {
    const known = asOnbehalfError(error)
    if (known === null || known.exitCode === 70) throw error
    tell({ check: 'database', detail: 'cannot be used', problems: [{ what: known.message }] })
  }
}

async function checkDatabase({ url, place, runBy }: BorrowedDatabase, { deep, tell, onProgress }: CheckOptions): Promise<void> {
  const found = await withClient(url, async (client) => {
    const server = await client.query<{ version: string; durable: string }>(
      `select current_setting('server_version') as version,
              current_setting('fsync') || ',' || current_setting('full_page_writes') || ',' || current_setting('synchronous_commit') as durable`)
    return { ...server.rows[0]!, missing: await missingMigrations(client) }
  })
  const problems: Problem[] = []
  if (Number.parseInt(found.version, 10) < 17) problems.push({ what: `it is PostgreSQL ${found.version}; 17 or newer is needed` })
  if (found.durable !== 'on,on,on') problems.push({ what: `fsync, full_page_writes and synchronous_commit are ${found.durable}: what was acknowledged may be lost in a crash` })
  tell({ check: 'database', detail: `${place}, PostgreSQL ${found.version}${runBy === null ? '' : `, run by process ${runBy}`}`, problems })
  tell({
    check: 'schema',
    detail: found.missing.length === 0 ? 'of this release' : 'of an older release',
    problems: found.missing.map((name) => ({ what: `migration ${name} is missing; run \`onbehalf migrate\`` })),
  })
  if (found.missing.length > 0) return
  const readModels = await checkFold(url)
  tell(readModels)
  if (readModels.problems.length === 0) tell(await checkConfiguration(url))
  if (!deep) return
  tell(await checkJournal(url, onProgress))
  if (readModels.problems.length === 0) tell(await checkReadModels(url, onProgress))
}

/** Whether they are there, by whose fold they were made, and how far they are behind. */
async function checkFold(url: string): Promise<Check> {
  return withClient(url, async (client) => {
    const made = await client.query<{ fold_version: string }>(`select fold_version from journal.read_models where name = 'lineage'`)
    const by = made.rows[0]?.fold_version
    if (by === undefined) return { check: 'fold', detail: 'are not there', problems: [{ what: 'they were never made; run `onbehalf rebuild`' }] }
    if (!readModelsAreOurs(by)) return { check: 'fold', detail: `made by fold ${by}`, problems: [{ what: 'they were made by another release; run `onbehalf rebuild`' }] }
    const lag = await client.query<{ entries: number; stale: number }>(
      `select coalesce(sum(l.size - coalesce(c.position, 0)), 0)::bigint as entries, (select count(*) from lineage.stale where after is not null)::bigint as stale
       from journal.logs l left join lineage.cursors c on c.tenant = l.tenant and c.log_id = l.log_id`)
    const { entries, stale } = lag.rows[0]!
    const behind = [
      Number(entries) === 0 ? 'level with the journal' : `${Number(entries).toLocaleString('en')} entries behind`,
      Number(stale) === 0 ? null : `${Number(stale).toLocaleString('en')} things to derive again`,
    ].filter((text) => text !== null)
    return { check: 'fold', detail: `fold ${by}, ${behind.join(', ')}`, problems: [] }
  })
}
