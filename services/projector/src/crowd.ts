import { byReceipt, type Fact, type Key } from '@onbehalf/lineage'
import { samples_max, type FactsRow, type QuarantineCase } from '@onbehalf/store'

/**
 * How many entries about one thing are read of one producer in one log; what comes after them is kept in the journal and
 * counted in the quarantine. Deriving takes what is known of a thing whole, so that must have an end; by log and producer,
 * so that the same entries are left out whenever it is folded, and nobody can crowd out what another one says.
 */
export const crowd_max = 1_000
/** Heartbeats of one source in one hour: two or three a second. */
const beats_max = 10_000

/** What of some news about one thing is still let in. */
export function letIn(before: readonly Fact[], news: readonly Fact[]): { kept: readonly Fact[]; left: readonly Fact[] } {
  if (before.length + news.length <= crowd_max) return { kept: news, left: [] }
  const most = news[0]!.type === 'source.heartbeat' ? beats_max : crowd_max
  const counts = new Map<string, number>()
  for (const fact of before) counts.set(senderOf(fact), (counts.get(senderOf(fact)) ?? 0) + 1)
  const [kept, left]: [Fact[], Fact[]] = [[], []]
  for (const fact of news) {
    const sender = senderOf(fact)
    const count = counts.get(sender) ?? 0
    counts.set(sender, count + 1)
    // What Onbehalf itself says is bounded by what it does.
    ;(count < most || fact.entry.kind === 'own' ? kept : left).push(fact)
  }
  return { kept, left }
}

/** Takes what is left out from the index, and counts it in the quarantine. */
export function leaveOut(tenant: string, left: ReadonlyMap<Key, readonly Fact[]>, rows: readonly FactsRow[], cases: QuarantineCase[]): FactsRow[] {
  if (left.size === 0) return rows as FactsRow[]
  const out = new Map<string, Set<number>>()
  for (const [key, facts] of left)
    for (const { entry } of facts) {
      const id = `${key}\n${entry.log}`
      out.set(id, (out.get(id) ?? new Set()).add(entry.index))
      addCase(tenant, entry, cases)
    }
  return rows.flatMap((row) => {
    const indexes = row.tenant === tenant ? out.get(`${row.key}\n${row.tenant}/${row.logId}`) : undefined
    if (indexes === undefined) return [row]
    const places = row.places.filter((place) => !indexes.has(row.firstIndex + place))
    return places.length === 0 ? [] : [{ ...row, places }]
  })
}

/** Read well, and left out of the fold: no rejection of the reader's. */
const reason = `too_many: more than ${crowd_max} entries of one producer about one thing`

function addCase(tenant: string, entry: Fact['entry'], cases: QuarantineCase[]): void {
  const { producer, kind, received_at } = entry
  const known = cases.find((each) => each.tenant === tenant && each.producer === producer && each.reason === reason && each.kind === kind)
  if (!known) {
    cases.push({ tenant, producer, reason, kind, count: 1, firstAt: received_at, lastAt: received_at, samples: [entry] })
    return
  }
  known.count++
  if (received_at < known.firstAt) known.firstAt = received_at
  if (received_at > known.lastAt) known.lastAt = received_at
  known.samples = [...known.samples, entry].sort(byReceipt).slice(0, samples_max)
}

function senderOf({ entry }: Fact): string {
  return `${entry.log}\n${entry.producer}`
}
