import type { ClientBase } from 'pg'
import type { Figures, Key } from '@onbehalf/lineage'
import { readHoles } from './sequences.ts'

const lastActed = `
  with recursive reached (system, last) as (
    (select system, (select max(time) from actions b where b.tenant = $1 and b.agent = $2 and b.system = a.system)
     from actions a where tenant = $1 and agent = $2 order by system limit 1)
    union all
    (select n.system, (select max(time) from actions b where b.tenant = $1 and b.agent = $2 and b.system = n.system)
     from reached r cross join lateral (
       select system from actions a where a.tenant = $1 and a.agent = $2 and a.system > r.system order by a.system limit 1) n)
  )
  select (extract(epoch from max(last)) * 1000000)::bigint::text as "lastUs" from reached`

/** What only lists know of some things: when an agent acted last, how often a delegation was used, what a source left out. */
export async function readFigures(client: ClientBase, tenant: string, keys: Iterable<Key>): Promise<Map<Key, Figures>> {
  const figures = new Map<Key, Figures>()
  const limited: Key[] = []
  for (const key of keys) {
    const of: Figures = { lastActedMs: null, uses: 0, holes: [] }
    if (key.startsWith('agent:')) {
      const { rows } = await client.query<{ lastUs: string | null }>({ name: 'last-acted', text: lastActed, values: [tenant, key.slice('agent:'.length)] })
      if (rows[0]!.lastUs !== null) of.lastActedMs = Number(rows[0]!.lastUs) / 1000
    } else if (key.startsWith('delegation:')) limited.push(key)
    else if (key.startsWith('source:')) of.holes = await readHoles(client, tenant, key.slice('source:'.length))
    figures.set(key, of)
  }
  if (limited.length > 0) {
    const { rows } = await client.query<{ delegation: Key; uses: number }>({
      name: 'count-uses',
      text: 'select delegation, count(*)::int as uses from uses where tenant = $1 and delegation = any($2::text[]) group by delegation',
      values: [tenant, limited],
    })
    for (const { delegation, uses } of rows) figures.get(delegation)!.uses = uses
  }
  return figures
}

/** Of which kinds a tenant has any rows at all: where it has none, none need be looked for. */
export async function readPresence(client: ClientBase, tenant: string): Promise<{ violations: boolean; dues: boolean; uses: boolean }> {
  const { rows } = await client.query<{ violations: boolean; dues: boolean; uses: boolean }>({
    name: 'presence',
    text: `select exists (select from violations where tenant = $1) as violations, exists (select from dues where tenant = $1) as dues,
             exists (select from uses where tenant = $1) as uses`,
    values: [tenant],
  })
  return rows[0]!
}
