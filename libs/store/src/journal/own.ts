import crypto from 'node:crypto'
import { eventTypes, wireType, type CloudEvent, type EventData, type EventType } from '@onbehalf/events'
import type { ClientBase } from 'pg'
import { segmentEntriesMax } from './entry.ts'
import { saltLength } from './segment.ts'

/** What Onbehalf itself says, as `appendOwn` takes it. @param at RFC 3339 */
export function ownEvent<Type extends EventType>(
  source: 'projector' | 'configuration' | 'api' | 'gateway', type: Type, at: string, data: EventData[Type], id: string = crypto.randomUUID(),
): CloudEvent {
  return { specversion: '1.0', id, source: `urn:onbehalf:${source}`, type: wireType(eventTypes[type]), time: at, data }
}

export interface OwnAppended {
  /** Index of the first event in `<tenant>/own`. */
  firstIndex: number
  count: number
  /** RFC 3339 with microseconds, of the last segment. */
  receivedAt: string
}

/**
 * Appends what Onbehalf itself says (CloudEvents of types that it alone writes) to the tenant's own log, inside the
 * caller's transaction; the log's row stays locked until its end. Take locks in this order: bucket or partition, data
 * logs, own logs by tenant. Tenant and log come into being with the first entry.
 */
export async function appendOwn(client: ClientBase, tenant: string, events: readonly object[]): Promise<OwnAppended> {
  let appended: OwnAppended | undefined
  for (let from = 0; from < events.length; from += segmentEntriesMax) {
    const contents = events.slice(from, from + segmentEntriesMax).map((event) => Buffer.from(JSON.stringify(event)))
    const { rows } = await client.query<{ first_index: number; received_at: string }>({
      name: 'append-own',
      text: 'select first_index, received_at from journal.append_own($1, $2, $3)',
      values: [tenant, contents.map(() => crypto.randomBytes(saltLength)), contents],
    })
    const { first_index, received_at } = rows[0]!
    appended = { firstIndex: appended?.firstIndex ?? first_index, count: from + contents.length, receivedAt: received_at }
  }
  if (appended === undefined) throw new TypeError('appendOwn takes at least one event')
  return appended
}
