import type { ClientBase } from 'pg'
import { Tree, hashFromBytes } from '@onbehalf/ledger'
import type { Hash } from '@onbehalf/ledger'
import { sha256 } from '../sha256.ts'
import { sqlFile } from '../sql-file.ts'
import { StoreError } from '../store-error.ts'
import { headOf, type HeadRow, type LogHead } from './read.ts'
import { Segment, type SegmentRow } from './segment.ts'

/** A log's head with its tree, as it stands in the journal. */
export interface RecoveredLog { head: LogHead; tree: Tree }

/**
 * The trees of all logs of a partition, put together from full tiles and the last segments, and held against the stored
 * heads: what is appended to was verified. Three queries however many logs there are. Throws `journal_damaged`.
 */
export async function recoverLogs(client: ClientBase, topic: string, partition: number): Promise<RecoveredLog[]> {
  const values = [topic, partition]
  const heads = await client.query<HeadRow>({ name: 'recover-heads', text: headsSql, values })
  const tails = await client.query<SegmentRow>({ name: 'recover-tails', text: tailsSql, values })
  const roots = await client.query<RootRow>({ name: 'recover-roots', text: rootsSql, values })
  const segmentsOf = Map.groupBy(tails.rows, keyOf)
  const rootsOf = Map.groupBy(roots.rows, keyOf)
  return heads.rows.map((row) => {
    const head = headOf(row)
    return { head, tree: recoverTree(head, segmentsOf.get(keyOf(row)) ?? [], rootsOf.get(keyOf(row)) ?? []) }
  })
}

interface RootRow { tenant: string; log_id: string; level: number; index: number; root: Buffer }

function recoverTree(head: LogHead, segments: SegmentRow[], roots: RootRow[]): Tree {
  try {
    const edges: Hash[][] = [leavesFrom(segments, Math.floor(head.size / 256) * 256)]
    for (const { level, root } of roots) (edges[level + 1] ??= []).push(hashFromBytes(root))
    const tree = Tree.restore(sha256, head.size, Array.from(edges, (edge) => edge ?? []))
    if (tree.root() !== head.rootHash || tree.frontier().join('') !== head.frontier.join('')) {
      throw new Error('tiles and segments do not give the root of the head')
    }
    return tree
  } catch (cause) {
    throw new StoreError('journal_damaged', `Log ${head.origin} cannot be appended to: ${(cause as Error).message}. `
      + 'Run `onbehalf doctor`.', { tenant: head.tenant, log_id: head.logId, size: head.size }, cause)
  }
}

function leavesFrom(rows: SegmentRow[], from: number): Hash[] {
  const leaves: Hash[] = []
  for (const row of rows) {
    const segment = new Segment(row)
    for (let i = Math.max(0, from - segment.firstIndex); i < segment.count; i++) leaves.push(segment.leaf(i))
  }
  return leaves
}

function keyOf(row: { tenant: string; log_id: string }): string {
  return `${row.tenant}/${row.log_id}`
}

const headsSql = sqlFile(import.meta.url, 'sql/recover-heads.sql')
const tailsSql = sqlFile(import.meta.url, 'sql/recover-tails.sql')
const rootsSql = sqlFile(import.meta.url, 'sql/recover-roots.sql')
