import { frameBinary, sniffEncoding, splitOtlp, splitRecords, type ForeignKind, type OtlpSignal } from '@onbehalf/events'
import { entryKinds } from '@onbehalf/ledger'
import type { EntryKind } from '@onbehalf/ledger'
import { isId, unassignedTenant, type Entry } from '@onbehalf/store'
import type { StreamRecord } from '@onbehalf/stream'
import type { TopicConfig } from './topics.ts'

/**
 * One record to its entries: one, or as many as a message of OTLP has spans or log records; never none. Nothing is parsed
 * and nothing refused: a poison record, a tombstone, a stranger are entries like any other, and `read` says later what is
 * wrong with them.
 */
export function split(record: StreamRecord, topic: TopicConfig, isTenant: (tenant: string) => boolean): Entry[] {
  const entries = entriesOf(record, topic)
  for (const entry of entries) if (!isTenant(entry.tenant)) entry.tenant = unassignedTenant
  return entries
}

function entriesOf(record: StreamRecord, topic: TopicConfig): Entry[] {
  switch (topic.kind) {
    case 'gateway':
      return [fromGateway(record)]
    case 'cloudevents':
      return [cloudEvent(record, topic.tenant, topic.producer)]
    case 'otlp_spans':
      return otlp(record, 'traces', 'span', topic.tenant, topic.producer)
    case 'otlp_logs':
      return otlp(record, 'logs', 'log', topic.tenant, topic.producer)
    default:
      return foreign(record, topic.kind, topic.tenant, topic.producer)
  }
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

/**
 * A message of a Collector's kafka exporter holds many spans or log records; each is an entry, at the offset of the message.
 * One that cannot be cut is an entry whole, and so is one that holds no record: it was received.
 */
function otlp(record: StreamRecord, signal: OtlpSignal, what: 'span' | 'log', tenant: string, producer: string): Entry[] {
  const { value, offset } = record
  if (value === null) return [plain(record, 'tombstone', tenant, producer)]
  const encoding = sniffEncoding(value)
  const cut = splitOtlp(value, signal, encoding, messageRecordsMax)
  if (!cut.ok) return [plain(record, 'unreadable', tenant, producer)]
  const kind = `otlp-${what}-${encoding}` as const
  if (cut.records.length === 0) return [plain(record, kind, tenant, producer)]
  return cut.records.map((content) => ({ tenant, kind, producer, content, offset }))
}

/** A message may hold one record of an audit log or several, as it comes from its cloud; each is an entry. What cannot be cut is one whole. */
function foreign(record: StreamRecord, kind: ForeignKind, tenant: string, producer: string): Entry[] {
  const { value, offset } = record
  const cut = value === null ? null : splitRecords(kind, value)
  if (cut === null || !cut.ok || cut.records.length === 0) return [plain(record, kind, tenant, producer)]
  return cut.records.map((content) => ({ tenant, kind, producer, content: Buffer.from(content.buffer, content.byteOffset, content.byteLength), offset }))
}

/** Far more than a message of the size that brokers take by default (1 MiB) can hold of whole spans. */
const messageRecordsMax = 100_000

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
