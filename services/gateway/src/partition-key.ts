import { createHash } from 'node:crypto'
import type { Statement } from '@onbehalf/events'

/** A tenant is in at most so many partitions, so that reading it back touches few logs. */
const bucketsPerTenant = 16

/**
 * The record's key: the tenant and a bucket of what the event is part of, so that one story tends to stay in one log.
 * Nothing may depend on it: stories whose events name different ids are spread, and their meaning is the same.
 */
export function partitionKey(tenant: string, statement: Statement | undefined): Buffer {
  const story = storyOf(statement)
  const bucket = createHash('sha256').update(story).digest()[0]! % bucketsPerTenant
  return Buffer.from(`${tenant}/${bucket}`)
}

/** Trace, session, action; for events that name none of them their source, which keeps a source's events together. */
function storyOf(statement: Statement | undefined): string {
  if (statement === undefined) return ''
  const data = statement.data as { session_id?: unknown; action_id?: unknown }
  for (const id of [statement.traceId, data.session_id, data.action_id]) {
    if (typeof id === 'string' && id !== '') return id
  }
  return statement.source
}
