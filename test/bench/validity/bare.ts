import { hash } from 'node:crypto'
import type { ClientBase } from '@onbehalf/store'

/** Whether the yardstick's table holds every event or span, once, with its bytes. */
export async function verifyBare(client: ClientBase, contents: readonly Buffer[]): Promise<string[]> {
  const { rows } = await client.query<{ count: number; ids: number; digest: Buffer }>(
    `select count(*)::int as count, count(distinct id)::int as ids, sha256(string_agg(sha256(raw), '' order by sha256(raw))) as digest from bare`)
  const { count, ids, digest } = rows[0]!
  const expected = hash('sha256', Buffer.concat(contents.map((content) => hash('sha256', content, 'buffer')).sort(Buffer.compare)), 'hex')
  return [
    ...(count === contents.length ? [] : [`bare: ${count} rows of ${contents.length}`]),
    ...(ids === contents.length ? [] : [`bare: ${ids} distinct ids of ${contents.length}`]),
    ...(digest.toString('hex') === expected ? [] : ['bare: the bytes differ from the input']),
  ]
}
