import { hash } from 'node:crypto'
import type { ClientBase } from '@onbehalf/store'
import type { InputEvent } from '../input.ts'

/** Whether the yardstick's table holds every event, once, with its bytes. */
export async function verifyBare(client: ClientBase, events: readonly InputEvent[]): Promise<string[]> {
  const { rows } = await client.query<{ count: number; ids: number; digest: Buffer }>(
    `select count(*)::int as count, count(distinct id)::int as ids, sha256(string_agg(sha256(raw), '' order by sha256(raw))) as digest from bare`)
  const { count, ids, digest } = rows[0]!
  const expected = hash('sha256', Buffer.concat(events.map(({ value }) => hash('sha256', value, 'buffer')).sort(Buffer.compare)), 'hex')
  return [
    ...(count === events.length ? [] : [`bare: ${count} rows of ${events.length}`]),
    ...(ids === events.length ? [] : [`bare: ${ids} distinct ids of ${events.length}`]),
    ...(digest.toString('hex') === expected ? [] : ['bare: the bytes differ from the input']),
  ]
}
