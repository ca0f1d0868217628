import type { ClientBase } from 'pg'
import type { EntryRef } from '@onbehalf/lineage'
import type { ActionAddress } from './reader.ts'

export interface ActionListRow extends ActionAddress {
  /** Microseconds since 1970, as text: with key and part, the cursor of the next page. */
  timeUs: string
}

// The row value compares as the index is sorted, so that a page is one range of it.
const beyond = `and (time, key, part) < (timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4, $5)`

/** A page of actions, newest first. Served by actions_by_time. */
export async function listActions(
  client: ClientBase,
  tenant: string,
  after: ActionListRow | undefined,
  limit: number,
): Promise<ActionListRow[]> {
  const { rows } = await client.query<ActionListRow>({
    name: after ? 'list-actions-after' : 'list-actions',
    text: `select key, part, (extract(epoch from time) * 1000000)::bigint::text as "timeUs"
           from actions
           where tenant = $1 ${after ? beyond : ''}
           order by time desc, key desc, part desc limit $2`,
    values: after ? [tenant, limit, after.timeUs, after.key, after.part] : [tenant, limit],
  })
  return rows
}

export interface QuarantineRow {
  producer: string
  reason: string
  kind: string
  count: number
  first_at: string
  last_at: string
  samples: EntryRef[]
}

/** What could not be read, the most recent first. */
export async function listQuarantine(client: ClientBase, tenant: string, limit: number, offset: number): Promise<QuarantineRow[]> {
  const { rows } = await client.query<QuarantineRow>({
    name: 'list-quarantine',
    text: `select producer, reason, kind, count,
             to_char(first_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as first_at,
             to_char(last_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_at, samples
           from quarantine where tenant = $1
           order by last_at desc, producer, reason, kind limit $2 offset $3`,
    values: [tenant, limit, offset],
  })
  return rows
}
