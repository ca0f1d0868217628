import { createReadModels, createStaging, type ClientBase } from '@onbehalf/store'
import { Projection } from './projection.ts'
import { fill, useReadModels, type RebuildDeps } from './rebuild.ts'

/** One row that differs from what the journal says. */
export interface Difference {
  table: string
  /** `extra`: the journal does not say so. `missing`: it does, and the row is not there. */
  what: 'extra' | 'missing'
  row: Record<string, unknown>
}

const columns = {
  facts: 'tenant, key, log_id, first_index, places',
  links: 'tenant, key, filed',
  actions: 'tenant, key, part, time, last_told, operation, agent, system, initiator, decision, status, agreement, required, present',
  violations: 'tenant, key, part, id, rule, version, severity, explanation, provisional, time, entries, shown_on',
  findings: 'tenant, id, rule, severity, provisional, raised_at, resolved_at, cause, acknowledged, entry',
  dues: 'tenant, clock, at, key, part',
  uses: 'tenant, delegation, key, part',
  sequences: 'tenant, source, first, last, time, text, entry',
  quarantine: 'tenant, producer, reason, kind, count, first_at, last_at, samples',
  cursors: 'tenant, log_id, position',
}

/** Per table and way of differing: more of them say no more. */
const differences_max = 20

/**
 * Checks the live read models against the journal: folds it again, as far as the live cursors stand, beside them and
 * compares row by row. Projectors stand still while the rows are compared.
 */
export async function verifyReadModels(deps: RebuildDeps): Promise<{ entries: number; differences: Difference[]; stale: number }> {
  const { builder, gate } = deps
  await builder.query('begin')
  await builder.query('drop schema if exists lineage_check cascade')
  await createReadModels(builder, 'lineage_check', { unlogged: true })
  await builder.query('commit')
  try {
    await useReadModels('lineage_check', deps)
    await createStaging(builder)
    const projection = new Projection(deps)
    let entries = await fill(projection, builder, deps, await liveCursors(builder))
    await gate.query('begin')
    try {
      await gate.query('select bucket from journal.leases order by bucket for update')
      entries += await fill(projection, builder, deps, await liveCursors(gate))
      const stale = await gate.query<{ count: number }>('select count(*)::int as count from lineage.stale where after is not null')
      const differences: Difference[] = []
      for (const table of Object.keys(columns) as (keyof typeof columns)[]) {
        // Rows that are still to be derived again may differ, and will not when that is done.
        if (stale.rows[0]!.count > 0 && derivedLater.has(table)) continue
        // What was written to a log and is not read back yet stands in the live table only.
        if (table === 'findings' && !(await isReadBack(gate))) continue
        differences.push(...(await compare(gate, table, 'lineage', 'lineage_check', 'extra')))
        differences.push(...(await compare(gate, table, 'lineage_check', 'lineage', 'missing')))
      }
      return { entries, differences, stale: stale.rows[0]!.count }
    } finally {
      await gate.query('rollback')
    }
  } finally {
    await useReadModels('default', deps)
    await builder.query('drop schema if exists lineage_check cascade')
  }
}

/** What is derived again in the background. */
const derivedLater = new Set<keyof typeof columns>(['actions', 'violations', 'findings', 'dues', 'uses'])

async function isReadBack(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ read: boolean }>(
    `select not exists (
       select from journal.logs l left join lineage.cursors c on c.tenant = l.tenant and c.log_id = l.log_id
       where l.log_id = 'own' and l.size > coalesce(c.position, 0)) as read`)
  return rows[0]!.read
}

async function liveCursors(client: ClientBase): Promise<Map<string, number>> {
  const { rows } = await client.query<{ tenant: string; log_id: string; position: number }>(
    'select tenant, log_id, position from lineage.cursors',
  )
  return new Map(rows.map((row) => [`${row.tenant}/${row.log_id}`, Number(row.position)]))
}

async function compare(
  client: ClientBase,
  table: keyof typeof columns,
  one: string,
  other: string,
  what: Difference['what'],
): Promise<Difference[]> {
  const { rows } = await client.query(
    `select ${columns[table]} from ${one}.${table} except all select ${columns[table]} from ${other}.${table}
     order by 1, 2, 3 limit ${differences_max}`,
  )
  return rows.map((row) => ({ table, what, row }))
}
