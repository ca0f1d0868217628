import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from '@onbehalf/store'

/**
 * Waits until the journal holds so many entries and the read models have taken in all of them, with nothing stale left
 * to derive again. Answers after how many seconds the journal alone had them.
 */
export async function awaitSettled(client: ClientBase, entries: number): Promise<{ storedAfterS: number }> {
  const startedAt = performance.now()
  let storedAfterS: number | undefined
  let changedAt = startedAt
  let last = ''
  for (;;) {
    const { rows } = await client.query<{ stored: number; queryable: number; stale: boolean }>({ name: 'progress', text: progressSql })
    const { stored, queryable, stale } = rows[0]!
    const now = performance.now()
    if (stored >= entries) storedAfterS ??= (now - startedAt) / 1000
    if (storedAfterS !== undefined && queryable >= stored && !stale) return { storedAfterS }
    if (`${stored} ${queryable}` !== last) {
      last = `${stored} ${queryable}`
      changedAt = now
    } else if (now - changedAt > standstillMsMax) {
      throw new Error(`The pipeline stands still: ${stored} of ${entries} entries stored, ${queryable} queryable`)
    }
    await sleep(pollMs)
  }
}

const pollMs = 10
const standstillMsMax = 60_000

const progressSql = `
  select (select coalesce(sum(size), 0)::float8 from journal.logs where topic is not null) as stored,
    (select coalesce(sum(position), 0)::float8 from lineage.cursors where log_id <> 'own') as queryable,
    exists (select from lineage.stale) as stale`
