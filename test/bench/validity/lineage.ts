import { hash } from 'node:crypto'
import type { CloudEvent } from '@onbehalf/events'
import { contextKey, meaning } from '@onbehalf/lineage'
import { readActionsUnder, sha256Hex, type ClientBase } from '@onbehalf/store'
import { lineagesOf } from '@onbehalf/testkit'
import type { InputEvent } from '../input.ts'

/**
 * Whether the read models are those of the events: every entry read and filed, a row for every action, nothing in
 * quarantine or left to do; and for a sample of actions that the product answers what a fold of their events in memory
 * says, compared by the SHA-256 over their meaning.
 */
export async function verifyLineage(client: ClientBase, events: readonly InputEvent[]): Promise<string[]> {
  const problems: string[] = []
  const { rows } = await client.query<Record<'behind' | 'stale' | 'quarantined' | 'filed' | 'actions', number>>(countsSql)
  const counts = rows[0]!
  const actions = new Set(events.filter(({ value }) => isAboutAnAction(value)).map(({ key }) => key)).size
  for (const name of ['behind', 'stale', 'quarantined'] as const) if (counts[name] !== 0) problems.push(`lineage: ${counts[name]} ${name}`)
  if (counts.filed !== events.length) problems.push(`lineage: ${counts.filed} entries filed of ${events.length}`)
  if (counts.actions !== actions) problems.push(`lineage: ${counts.actions} actions of ${actions}`)

  for (const [tenant, sample] of sampleOf(events)) {
    const expected = lineagesOf(sample.map(({ value }) => JSON.parse(value.toString()) as CloudEvent), { tenant })
    const found = await answers(client, tenant, new Set(sample.map(({ key }) => key)))
    if (digestOf(expected.map(meaning)) !== digestOf(found.map(meaning))) problems.push(`lineage: the digest of ${tenant} differs from that of a fold in memory`)
  }
  return problems
}

/** All events of about `actions_max` actions, spread over the input, of up to three tenants. An action shares nothing with others. */
function sampleOf(events: readonly InputEvent[]): Map<string, InputEvent[]> {
  const sample = new Map<string, InputEvent[]>()
  const keys = [...new Set(events.map(({ key }) => key))]
  const every = Math.ceil(keys.length / actions_max)
  const chosen = new Set(keys.filter((_, i) => i % every === 0))
  for (const event of events) {
    if (!chosen.has(event.key)) continue
    const of = sample.get(event.tenant)
    if (of !== undefined) of.push(event)
    else if (sample.size < tenants_max) sample.set(event.tenant, [event])
  }
  return sample
}

async function answers(client: ClientBase, tenant: string, ids: ReadonlySet<string>) {
  await client.query('begin isolation level repeatable read read only')
  await client.query('set local search_path = lineage')
  try {
    return await readActionsUnder({ client, tenant }, [...ids].map((id) => contextKey('action', id, sha256Hex)))
  } finally {
    await client.query('rollback')
  }
}

/** Delegations and sessions are filed under keys of their own. */
function isAboutAnAction(value: Buffer): boolean {
  return !value.includes('"type":"onbehalf.delegation.') && !value.includes('"type":"onbehalf.session.')
}

function digestOf(lines: readonly string[]): string {
  return hash('sha256', lines.toSorted().join('\n'), 'hex')
}

const countsSql = `
  select
    (select count(*)::int from journal.logs l
     left join lineage.cursors c on c.tenant = l.tenant and c.log_id = l.log_id
     where l.size > coalesce(c.position, 0)) as behind,
    (select count(*)::int from lineage.stale) as stale,
    (select coalesce(sum(count), 0)::int from lineage.quarantine) as quarantined,
    (select count(*)::int from lineage.actions) as actions,
    (select count(*)::int from (
       select distinct tenant, log_id, first_index, place from lineage.facts, unnest(places) as place where log_id <> 'own') f) as filed`

const actions_max = 500
const tenants_max = 3
