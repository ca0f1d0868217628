import { createHash } from 'node:crypto'
import type { Statement } from '@onbehalf/events'

/** A tenant is in at most so many partitions, so that reading it back touches few logs. */
const bucketsPerTenant = 16

/**
 * The record's key: the tenant and a bucket of what the entry is part of, so that one story tends to stay in one log.
 * Nothing may depend on it: stories whose events name different ids are spread, and their meaning is the same.
 */
export function partitionKey(tenant: string, statements: readonly Statement[]): Buffer {
  const bucket = createHash('sha256').update(storyOf(statements)).digest()[0]! % bucketsPerTenant
  return Buffer.from(`${tenant}/${bucket}`)
}

/** Trace, session, action; for entries that name none of them their source, which keeps a source's events together. */
function storyOf(statements: readonly Statement[]): string {
  for (const { traceId, data } of statements) {
    const { session_id, action_id } = data as { session_id?: unknown; action_id?: unknown }
    for (const id of [traceId, session_id, action_id]) {
      if (typeof id === 'string' && id !== '') return id
    }
  }
  return statements[0]?.source ?? ''
}
