import type { Lineage } from '@onbehalf/lineage'
import { rebuild, verifyReadModels, type ProjectionOptions } from '@onbehalf/projector'
import { createStaging, ensureReadModels, listActions, readActionsAt, type ClientBase } from '@onbehalf/store'
import type { TestDatabase } from '@onbehalf/testkit'

/** What one projector folds when it is the only one. */
export const everyBucket = Array.from({ length: 64 }, (_, bucket) => bucket)

/** @returns a connection for a projector to write the read models with, and one to read the journal with */
export async function openReadModels(database: TestDatabase): Promise<{ client: ClientBase; reader: ClientBase }> {
  await ensureReadModels(await database.client())
  const [client, reader] = [await database.client(), await database.client()]
  for (const each of [client, reader]) await each.query('set search_path = lineage')
  await createStaging(client)
  return { client, reader }
}

export async function rebuildAll(database: TestDatabase, options: ProjectionOptions): Promise<void> {
  const [builder, gate] = [await database.client(), await database.client()]
  await rebuild({ ...options, builder, gate })
}

export async function verifyAll(database: TestDatabase, options: ProjectionOptions): ReturnType<typeof verifyReadModels> {
  const [builder, gate] = [await database.client(), await database.client()]
  return verifyReadModels({ ...options, builder, gate })
}

export async function lineagesIn(client: ClientBase, tenant: string): Promise<Lineage[]> {
  return readActionsAt({ client, tenant }, await listActions(client, tenant, undefined, 10_000))
}
