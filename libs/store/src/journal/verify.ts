import type { ClientBase } from 'pg'
import { sqlFile } from '../sql-file.ts'
import { LogVerifier, type LogTotals } from './verify-log.ts'
import { readHeads, readPartitions, type LogHead, type PartitionPosition } from './read.ts'

/** What can be wrong. */
export type Check =
  /** An entry's salt and content do not give its commitment: a byte was changed. */
  | 'commitment'
  /** An entry is not what the ledger has at its index: kind, producer, time or commitment was changed. */
  | 'entry'
  /** An entry is one that the ledger has at another index. */
  | 'order'
  /** Entries that the head counts, or that stand between others, are not there. */
  | 'gap'
  /** A segment that overlaps another, or lies beyond the head. */
  | 'extra'
  /** A segment that contradicts itself: its count, its run-length texts, its lengths. */
  | 'segment'
  /** A tile is missing, wrong, or beyond the head. */
  | 'tile'
  /** Size, root or peaks of the head are not those of its entries. */
  | 'head'
  /** received_at decreases. */
  | 'time'
  /** Source offsets decrease, or the partition is not past them. */
  | 'offset'
  /** A log without `log.opened`, or a `log.opened` without its log. */
  | 'opened'

export interface Problem {
  check: Check
  /** `<tenant>/<log id>`. */
  log: string
  /** Of the first entry concerned. */
  index?: number
  /** A sentence. */
  message: string
}

export interface JournalTotals extends LogTotals {
  logs: number
  problems: number
}

export interface VerifyOptions {
  /** Only this tenant. */
  tenant?: string
  /** About once per hundred segments. */
  progress?: (totals: Readonly<JournalTotals>) => void
}

export interface JournalVerification extends AsyncIterable<Problem> {
  /** Complete when the iteration has ended. */
  readonly totals: Readonly<JournalTotals>
}

/**
 * The checker of the journal: reads every log, recomputes every hash, and names what is not as it must be. Bounded memory;
 * writers may go on meanwhile. Needs a role that sees every tenant (the owner, notary, projector), or one tenant as its
 * reader. It is part of the product (`onbehalf doctor`) and the oracle of every fault test.
 */
export function verifyJournal(client: ClientBase, options: VerifyOptions = {}): JournalVerification {
  const totals: JournalTotals = { logs: 0, segments: 0, entries: 0, erased: 0, bytes: 0, tiles: 0, problems: 0 }
  return {
    totals,
    async *[Symbol.asyncIterator]() {
      for await (const problem of problemsOf(client, options, totals)) {
        totals.problems++
        yield problem
      }
    },
  }
}

async function* problemsOf(client: ClientBase, { tenant, progress }: VerifyOptions, totals: JournalTotals):
AsyncGenerator<Problem> {
  // One statement, so that the heads belong together; partitions after it, so that they are not behind them.
  const heads = await readHeads(client, tenant)
  const partitions = new Map((await readPartitions(client)).map((each) => [`${each.topic}/${each.partition}`, each]))
  const report = () => progress?.(totals)
  for (const logs of Map.groupBy(heads, (head) => head.tenant).values()) {
    const opened = new Set<string>()
    for (const head of logs) {
      const verifier = new LogVerifier(client, head, totals, report, opened)
      yield* verifier.problems()
      yield* pastOffsets(head, verifier.lastOffset, partitions)
      totals.logs++
      report()
    }
    yield* unopened(logs, opened)
  }
  if (tenant !== undefined) return
  const strays = await client.query<{ tenant: string; log_id: string }>(straysSql)
  for (const row of strays.rows) {
    // A log that was opened after the heads were read has a head by now, and is none of these.
    const log = `${row.tenant}/${row.log_id}`
    yield { check: 'head', log, message: `There are segments or tiles of ${log}, but no head.` }
  }
}

function* pastOffsets(head: LogHead, last: bigint | null, partitions: Map<string, PartitionPosition>): Generator<Problem> {
  if (head.topic === null || last === null) return
  const next = partitions.get(`${head.topic}/${head.partition}`)?.nextOffset ?? null
  if (next !== null && next > last) return
  yield { check: 'offset', log: head.origin, index: head.size - 1,
    message: `The partition's next_offset is ${next ?? 'not set'}, but offset ${last} is in the log: it would be read again.` }
}

function* unopened(logs: readonly LogHead[], opened: ReadonlySet<string>): Generator<Problem> {
  const present = new Set(logs.map((head) => head.origin))
  for (const log of present) {
    if (!opened.has(log)) yield { check: 'opened', log, message: 'No log.opened entry in the tenant\'s own log names this log.' }
  }
  for (const log of opened) {
    if (!present.has(log)) yield { check: 'opened', log, message: 'A log.opened entry names this log, but it has no head: it was withheld.' }
  }
}

const straysSql = sqlFile(import.meta.url, 'sql/verify-strays.sql')
