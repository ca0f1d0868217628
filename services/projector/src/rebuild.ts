import { createReadModels, createStaging, recordTransitions, switchReadModels, transitionsOf, type ClientBase } from '@onbehalf/store'
import { Projection, type ProjectionOptions } from './projection.ts'

export interface RebuildDeps extends ProjectionOptions {
  /** Connections of the migrating login: one fills the new read models, one holds the gate at the switch. */
  builder: ClientBase
  gate: ClientBase
  /** A third one reads ahead: a rebuild takes two thirds of the time. */
  reader?: ClientBase
  onProgress?: (progress: { entries: number; total: number }) => void
}

/**
 * Builds the read models anew from the journal beside the live ones, then puts them in their place. Live projectors go
 * on meanwhile; they stand still only while the last entries are caught up, and then begin again from the new cursors.
 */
export async function rebuild(deps: RebuildDeps): Promise<{ entries: number }> {
  const { builder, gate } = deps
  await builder.query('begin')
  await builder.query('drop schema if exists lineage_next cascade')
  await createReadModels(builder, 'lineage_next')
  await builder.query('commit')
  await useReadModels('lineage_next', deps)
  await createStaging(builder)
  const projection = new Projection(deps)
  let entries = await fill(projection, builder, deps)

  await gate.query('begin')
  try {
    await closeGate(gate)
    entries += await fill(projection, builder, deps)
    await useReadModels('default', deps)
    // What today's rules find and the log does not say yet, and the other way round.
    await gate.query('set local search_path = lineage_next')
    await recordTransitions(gate, await transitionsOf(gate, 'all'), 'fold_changed', new Date().toISOString())
    await gate.query('set local search_path = default')
    await switchReadModels(gate)
    await gate.query('commit')
  } catch (error) {
    await gate.query('rollback').catch(() => undefined)
    throw error
  }
  return { entries }
}

/** Which read models the connections that fill them look at. */
export async function useReadModels(
  schema: 'lineage_next' | 'lineage_check' | 'default',
  { builder, reader }: Pick<RebuildDeps, 'builder' | 'reader'>,
): Promise<void> {
  for (const client of [builder, reader]) await client?.query(`set search_path = ${schema}`)
}

/**
 * Until this transaction ends, no projector writes: each locks its leases first. Afterwards all of them find their
 * leases changed, forget what they know and read the cursors again.
 */
export async function closeGate(gate: ClientBase): Promise<void> {
  await gate.query('select bucket from journal.leases order by bucket for update')
  await gate.query(`update journal.leases set epoch = epoch + 1, owner = null, lease_until = '-infinity'`)
}

/** Takes steps until nothing is ahead and nothing is stale. */
export async function fill(
  projection: Projection,
  client: ClientBase,
  deps: Pick<RebuildDeps, 'onProgress'>,
  bound?: ReadonlyMap<string, number>,
): Promise<number> {
  const buckets = Array.from({ length: 64 }, (_, bucket) => bucket)
  const { rows } = await client.query<{ total: number }>('select coalesce(sum(size), 0)::bigint as total from journal.logs')
  let entries = 0
  for (;;) {
    const progress = await projection.advance(client, buckets, null, bound)
    if (progress) {
      entries += progress.entries
      deps.onProgress?.({ entries, total: Number(rows[0]!.total) })
      continue
    }
    // Nobody waits here for what is live: all of it before the journal is looked at again.
    let behind = false
    while (await projection.deriveStale(client, buckets, null)) behind = true
    while (await projection.deriveDue(client, buckets, null)) behind = true
    if (!behind) return entries
  }
}
