import { frameBinary } from '@onbehalf/events'
import { entryKinds } from '@onbehalf/ledger'
import type { EntryKind } from '@onbehalf/ledger'
import { isId, unassignedTenant, type Entry } from '@onbehalf/store'
import type { StreamRecord } from '@onbehalf/stream'
import type { TopicConfig } from './topics.ts'

/**
 * One record to its entry. Nothing is parsed and nothing refused: a poison record, a tombstone, a stranger are entries
 * like any other, and `read` says later what is wrong with them.
 */
export function split(record: StreamRecord, topic: TopicConfig, isTenant: (tenant: string) => boolean): Entry {
  const entry = topic.kind === 'gateway' ? fromGateway(record)
    : topic.kind === 'cloudevents' ? cloudEvent(record, topic.tenant, topic.producer)
    : plain(record, topic.kind, topic.tenant, topic.producer)
  if (!isTenant(entry.tenant)) entry.tenant = unassignedTenant
  return entry
}

const nothing = Buffer.alloc(0)

/** The gateway has split already: one record is one entry, its content as it goes into the journal. */
function fromGateway(record: StreamRecord): Entry {
  const tenant = only(record, 'onbehalf-tenant')
  const producer = only(record, 'onbehalf-producer')
  const kind = only(record, 'onbehalf-kind')
  if (tenant === null || producer === null || !isId(tenant) || !isId(producer) || !isForeignKind(kind)) {
    return { tenant: unassignedTenant, kind: 'unreadable', producer: unassignedTenant, content: record.value ?? nothing,
      offset: record.offset }
  }
  return plain(record, kind, tenant, producer)
}

/** CloudEvents Kafka binding 1.0, section 3: the content type decides first, then the attributes in headers. */
function cloudEvent(record: StreamRecord, tenant: string, producer: string): Entry {
  let structured = false
  let binary = false
  for (const [name, value] of record.headers) {
    const lower = name.toLowerCase()
    if (lower === 'content-type') structured ||= value.toString('latin1', 0, 23).toLowerCase() === 'application/cloudevents'
    else if (lower === 'ce_specversion') binary = true
  }
  if (structured || !binary) return plain(record, 'cloudevent', tenant, producer)
  return { tenant, kind: 'cloudevent-binary', producer, offset: record.offset,
    content: frameBinary(record.headers, record.value ?? nothing) }
}

function plain(record: StreamRecord, kind: EntryKind, tenant: string, producer: string): Entry {
  const { value, offset } = record
  return value === null ? { tenant, kind: 'tombstone', producer, content: nothing, offset }
    : { tenant, kind, producer, content: value, offset }
}

/** The header's value, if the record has it exactly once. */
function only(record: StreamRecord, name: string): string | null {
  let found: string | null = null
  for (const [each, value] of record.headers) {
    if (each !== name) continue
    if (found !== null) return null
    found = value.toString('latin1')
  }
  return found
}

/** Kinds that only the journal itself writes cannot be claimed. */
const foreignKinds: ReadonlySet<string> = new Set(entryKinds.filter((kind) => kind !== 'own' && kind !== 'lost'))

function isForeignKind(kind: string | null): kind is EntryKind {
  return kind !== null && foreignKinds.has(kind)
}
