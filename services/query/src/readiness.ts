import { foldVersion, missingMigrations, type PoolClient } from '@onbehalf/store'
import type { Health } from '@onbehalf/runtime'
import { connect, type ReaderPool } from './connection.ts'
import { sqlText } from './sql-text.ts'

export interface ReadinessDeps {
  pool: ReaderPool
  /** Without a projector for longer than this, answers grow stale and we are not ready. */
  projectorAwayMsMax: number
  nowMs?: () => number
}

/** What must hold for answers to be right: a database, our schema in it, read models of our fold, a projector at work. */
export function addReadinessChecks(health: Health, { pool, projectorAwayMsMax, nowMs = () => performance.now() }: ReadinessDeps): void {
  let seenAtMs = nowMs()

  async function ask<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    const { client, release } = await connect(pool)
    try {
      const answer = await use(client)
      release()
      return answer
    } catch (error) {
      release(error)
      throw error
    }
  }
  const look = () => ask(async (client) => (await client.query<ReadModels>({ name: 'read-models-ready', text: readModelsReady })).rows[0]!)

  health.check('database', async () => {
    try {
      await ask((client) => client.query('select'))
      return { ok: true }
    } catch {
      return { ok: false, reason: 'the database cannot be reached' }
    }
  })
  health.check('schema', async () => {
    const missing = await ask(missingMigrations)
    return missing.length === 0 ? { ok: true } : { ok: false, reason: 'the database has an older schema: run `onbehalf migrate`', missing }
  })
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

interface ReadModels { foldVersion: string | null; present: boolean; leaseLeftS: string | null }

const readModelsReady = sqlText('read-models-ready')
