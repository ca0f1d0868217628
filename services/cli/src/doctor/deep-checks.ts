import { defaultProjection, verifyReadModels } from '@onbehalf/projector'
import { verifyJournal } from '@onbehalf/store'
import { progressText } from '../commands/rebuild.ts'
import { withBuilders, withClient } from '../instance/database.ts'
import type { Check } from './checks.ts'
import type { Problem } from './problem.ts'

/** Every row of the read models against what the journal says. */
export async function checkReadModels(url: string, onProgress: (text: string) => void): Promise<Check> {
  const textOf = progressText()
  const { entries, differences, stale } = await withBuilders(url, (clients) => verifyReadModels({
    ...defaultProjection, ...clients, onProgress: (progress) => onProgress(`read models: ${textOf(progress)}`),
  }))
  const unfinished = stale === 0 ? '' : `; ${stale.toLocaleString('en')} things are still to be derived again, so that actions were not compared`
  return {
    check: 'read models',
    detail: `folded ${entries.toLocaleString('en')} entries again and compared every row${unfinished}`,
    problems: differences.map(({ table, what, row }) => ({
      table,
      ...placeOf(row),
      what: what === 'extra' ? `a row that the journal does not say: ${short(row)}` : `a row is missing that the journal says: ${short(row)}`,
      row,
    })),
  }
}

function placeOf(row: Record<string, unknown>): { log?: string; index?: number } {
  if (typeof row['log_id'] !== 'string') return {}
  const index = row['first_index']
  return { log: `${String(row['tenant'])}/${row['log_id']}`, ...(index === undefined ? {} : { index: Number(index) }) }
}

function short(row: Record<string, unknown>): string {
  const text = Object.entries(row).map(([name, value]) => `${name} ${Buffer.isBuffer(value) ? value.toString('hex') : typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join(', ')
  return text.length > 160 ? `${text.slice(0, 159)}…` : text
}

/** Every byte of the journal: segments, commitments, trees, tiles, heads. */
export async function checkJournal(url: string, onProgress: (text: string) => void): Promise<Check> {
  return withClient(url, async (client) => {
    const problems: Problem[] = []
    const verification = verifyJournal(client, {
      progress: ({ entries, bytes, logs }) => onProgress(`journal: ${entries.toLocaleString('en')} entries, ${Math.round(bytes / 1_048_576).toLocaleString('en')} MiB, ${logs.toLocaleString('en')} logs done`),
    })
    let more = 0
    for await (const { log, index, check, message } of verification) {
      if (problems.length < problemsMax) problems.push({ log, ...(index === undefined ? {} : { index }), kind: check, what: message })
      else more++
    }
    if (more > 0) problems.push({ what: `and ${more.toLocaleString('en')} more problems of the journal` })
    const { entries, logs, segments, tiles } = verification.totals
    const count = (n: number) => n.toLocaleString('en')
    return { check: 'journal', detail: `recomputed ${count(entries)} entries in ${count(segments)} segments, and ${count(tiles)} tiles, of ${count(logs)} logs`, problems }
  })
}

/** A journal that was destroyed must not fill the memory with its description. */
const problemsMax = 1_000
