import type { ClientBase } from 'pg'

/** A bucket of tenants held by one projector; `epoch` changes with the holder. */
export interface Lease {
  bucket: number
  epoch: number
}

/** Another projector holds a bucket now: what was computed for it must not be written. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'
}

/**
 * Takes free or expired buckets up to this projector's fair share, renews those it holds and lets go of what is more than
 * that: a newcomer is counted as soon as it has asked once, and gets its share when the others renew.
 */
export async function renewLeases(client: ClientBase, owner: string, ttlMs: number): Promise<Lease[]> {
  await client.query('begin')
  try {
    const { rows } = await client.query<{ bucket: number; epoch: number; owner: string | null; live: boolean }>({
      name: 'lock-leases',
      text: `select bucket, epoch, owner, lease_until > clock_timestamp() as live
             from journal.leases order by bucket for update`,
    })
    await client.query({
      name: 'say-alive',
      text: `insert into journal.projectors (owner, alive_until) values ($1, clock_timestamp() + $2 * interval '1 millisecond')
             on conflict on constraint projectors_pk do update set alive_until = excluded.alive_until`,
      values: [owner, ttlMs],
    })
    const alive = await client.query<{ count: number }>({
      name: 'count-alive',
      text: `with dead as (delete from journal.projectors where alive_until < clock_timestamp() - interval '1 minute')
             select count(*)::int as count from journal.projectors where alive_until > clock_timestamp()`,
    })
    const share = Math.ceil(rows.length / alive.rows[0]!.count)
    const mine = rows.filter((row) => row.live && row.owner === owner).slice(0, share)
    const taken = rows.filter((row) => !row.live).slice(0, share - mine.length)
    const released = rows.filter((row) => row.live && row.owner === owner).slice(share)
    if (released.length > 0) await setLeases(client, released.map((row) => row.bucket), null, 0, 0)
    if (mine.length > 0) await setLeases(client, mine.map((row) => row.bucket), owner, ttlMs, 0)
    if (taken.length > 0) await setLeases(client, taken.map((row) => row.bucket), owner, ttlMs, 1)
    await client.query('commit')
    return [
      ...mine.map((row) => ({ bucket: row.bucket, epoch: row.epoch })),
      ...taken.map((row) => ({ bucket: row.bucket, epoch: row.epoch + 1 })),
    ]
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Gives all leases back, so that the next projector need not wait for them to expire. */
export async function releaseLeases(client: ClientBase, owner: string): Promise<void> {
  await client.query(`update journal.leases set owner = null, lease_until = '-infinity' where owner = $1`, [owner])
  await client.query('delete from journal.projectors where owner = $1', [owner])
}

/** First statement of a projector's transaction: locks its buckets and rolls back if one has changed hands. */
export async function lockLeases(client: ClientBase, leases: readonly Lease[]): Promise<void> {
  const sorted = [...leases].sort((a, b) => a.bucket - b.bucket)
  const { rows } = await client.query<{ bucket: number; epoch: number }>({
    name: 'check-leases',
    text: `select bucket, epoch from journal.leases where bucket = any($1::smallint[]) order by bucket for share`,
    values: [sorted.map((lease) => lease.bucket)],
  })
  const held = rows.length === sorted.length && rows.every((row, i) => Number(row.epoch) === sorted[i]!.epoch)
  if (!held) throw new LeaseLost('another projector has taken over')
}

async function setLeases(
  client: ClientBase,
  buckets: number[],
  owner: string | null,
  ttlMs: number,
  raise: number,
): Promise<void> {
  await client.query({
    name: 'set-leases',
    text: `update journal.leases
           set owner = $2, epoch = epoch + $4,
               lease_until = case when $2::text is null then '-infinity' else clock_timestamp() + $3 * interval '1 millisecond' end
           where bucket = any($1::smallint[])`,
    values: [buckets, owner, ttlMs, raise],
  })
}
