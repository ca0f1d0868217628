import { findingsAbout, Resolver, type Figures, type Key } from '@onbehalf/lineage'
import { readFigures, readMissing, sha256Hex, type ClientBase, type DueRow, type ViolationsOf } from '@onbehalf/store'
import type { Folded } from './fold.ts'
import { gather } from './gather.ts'
import type { TenantKnown } from './tenant-known.ts'

/** What the rules find of things that are no action, once the rows that they count are written. */
export interface SubjectsJudged {
  judged: { tenant: string; key: Key }[]
  violations: ViolationsOf[]
  dues: DueRow[]
}

export async function judgeSubjects(client: ClientBase, subjects: Folded['subjects']): Promise<SubjectsJudged> {
  const result: SubjectsJudged = { judged: [], violations: [], dues: [] }
  const byTenant = new Map<string, { known: TenantKnown; keys: Set<Key> }>()
  for (const { tenant, known, keys } of subjects) {
    const all = byTenant.get(tenant) ?? { known, keys: new Set() }
    byTenant.set(tenant, all)
    for (const key of keys) all.keys.add(key)
  }
  for (const [tenant, { known, keys }] of byTenant) {
    const figures = await readFigures(client, tenant, keys)
    for (const [key, found] of await findAll(client, tenant, known, keys, figures)) {
      result.judged.push({ tenant, key })
      if (!found) continue
      const { findings, dues, shownOn, timeMs } = found
      if (findings.length > 0) result.violations.push({ tenant, key, part: '', shownOn, timeMs, findings })
      for (const due of dues) result.dues.push({ tenant, key, part: '', ...due })
    }
    if (result.violations.length > 0) known.has.violations = true
    if (result.dues.length > 0) known.has.dues = true
  }
  return result
}

function findAll(
  client: ClientBase, tenant: string, known: TenantKnown, keys: ReadonlySet<Key>, figures: ReadonlyMap<Key, Figures>,
): Promise<Map<Key, ReturnType<typeof findingsAbout>>> {
  return gather(tenant, known, (wants) => readMissing(client, wants), (lookup) => {
    const resolver = new Resolver(lookup)
    return new Map([...keys].map((key) => [key, findingsAbout(key, figures.get(key)!, lookup, resolver, sha256Hex)]))
  })
}
