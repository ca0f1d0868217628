import { foldVersion } from '@onbehalf/store'
import type { Health } from '@onbehalf/runtime'
import type { ReaderPool } from './snapshot.ts'
import { sqlText } from './sql-text.ts'

export interface ReadinessDeps {
  pool: ReaderPool
  /** Names of the migrations that the database lacks; needs the login that owns the schemas, which readers do not have. */
  missingMigrations?: (() => Promise<readonly string[]>) | undefined
  /** Without a projector for longer than this, answers grow stale and we are not ready. */
  projectorAwayMsMax: number
  nowMs?: () => number
}

/** What must hold for answers to be right: a database, our schema in it, read models of our fold, a projector at work. */
export function addReadinessChecks(health: Health, { pool, missingMigrations, projectorAwayMsMax, nowMs = () => performance.now() }: ReadinessDeps): void {
  let seenAtMs = nowMs()

  async function look(): Promise<{ foldVersion: string | null; present: boolean; leaseLeftS: string | null }> {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      return (await client.query({ name: 'read-models-ready', text: readModelsReady })).rows[0]
    } catch (error) {
      broken = error as Error
      throw error
    } finally {
      client.release(broken)
    }
  }

  health.check('database', async () => {
    try {
      const client = await pool.connect()
      client.release()
      return { ok: true }
    } catch {
      return { ok: false, reason: 'the database cannot be reached' }
    }
  })
  if (missingMigrations !== undefined) {
    health.check('schema', async () => {
      const missing = await missingMigrations()
      return missing.length === 0 ? { ok: true } : { ok: false, reason: 'the database has an older schema: run `onbehalf migrate`', missing }
    })
  }
  health.check('read_models', async () => {
    const seen = await look()
    if (!seen.present || seen.foldVersion === null) return { ok: false, reason: 'the read models are not there yet' }
    if (seen.foldVersion !== foldVersion) return { ok: false, reason: `the read models were made by fold ${seen.foldVersion}, and this is fold ${foldVersion}: run \`onbehalf rebuild\`` }
    return { ok: true, fold_version: seen.foldVersion }
  })
  health.check('projector', async () => {
    const { leaseLeftS } = await look()
    const leftMs = leaseLeftS === null ? -Infinity : Number(leaseLeftS) * 1_000
    if (leftMs > 0) seenAtMs = nowMs()
    // A projector that is being replaced is away for some seconds: readers need not go with it.
    const awayMs = Math.round(nowMs() - seenAtMs)
    if (awayMs > projectorAwayMsMax) return { ok: false, reason: `no projector has been at work for ${Math.round(awayMs / 1_000)} s: lineage does not grow` }
    return { ok: true, at_work: leftMs > 0 }
  })
}

const readModelsReady = sqlText('read-models-ready')
