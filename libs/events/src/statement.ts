import type { EventData, EventType } from './catalogue/index.ts'

/** What an entry's content is; the journal's word for it stands in the entry text. */
export type EntryKind =
  | 'cloudevent' | 'cloudevent-binary' | 'otlp-span-proto' | 'otlp-span-json' | 'otlp-log-proto' | 'otlp-log-json'
  | 'opa' | 'authzen' | 'cloudtrail' | 'gcp-audit' | 'k8s-audit' | 'agt' | 'own' | 'tombstone' | 'unreadable' | 'lost'

/** CloudEvents 1.0, JSON format. Attributes that are null count as absent (JSON format, section 2.2). */
export interface CloudEvent {
  specversion: '1.0'
  id: string
  source: string
  type: string
  time: string
  subject?: string
  datacontenttype?: string
  traceparent?: string
  tracestate?: string
  sequence?: string
  tenantid?: string
  data: object
  [extension: string]: unknown
}

/** What one entry says of one type. Who said it and where it stands is added by lineage. */
export interface StatementOf<Type extends EventType> {
  /** In its newest version, after upcasting; without `onbehalf.` and the version. */
  type: Type
  /** With the tenant, `source` and `id` are the identity. */
  source: string
  id: string
  /** Canonical RFC 3339 in UTC. */
  time: string
  /** Milliseconds since 1970 with a fraction, for ordering. */
  timeMs: number
  /** As received; fields that we do not know are kept. */
  event: CloudEvent
  data: EventData[Type]
  /** Lower-case hex; of the data, else of `traceparent`. */
  traceId?: string
  spanId?: string
  /** The format that it was mapped from, and its identity derived. Absent: said in the words of the catalogue. */
  mapped?: EntryKind
  /** Taken from structure or timing, not from what the record says: it is shown, and is no evidence. */
  inferred?: true
  /** The span that it names is the action itself, so that the span's ids are a key of it. */
  isSpan?: true
  /** Of the span that it was mapped from; absent where it says that it has none. */
  parentSpanId?: string
}

/** Narrows by `type`. */
export type Statement = { [Type in EventType]: StatementOf<Type> }[EventType]

export interface FieldError {
  /** JSON pointer (RFC 6901) into the event: `/data/delegation_id`, `/time`; empty for the whole event. */
  path: string
  /** A sentence: "must be a string of 1 to 255 characters". */
  rule: string
  /** The offending value, at most 200 characters of it; objects and lists are only named; secrets are not shown. */
  value?: unknown
  /** A relative link to the documentation of the field. */
  docs: string
}

export interface Rejection {
  code: RejectionCode
  message: string
  errors: FieldError[]
}

/** Closed and never reused: rows of the quarantine are grouped by it. */
export const rejectionCodes = [
  'unparsable',
  'invalid',
  'unknown_type',
  'unknown_version',
  'reserved_type',
  'too_large',
  'too_deep',
  'tenant_mismatch',
  'tombstone',
  'unreadable',
  'lost',
  'unsupported_kind',
  'fault',
] as const
export type RejectionCode = (typeof rejectionCodes)[number]

export type Reading = { ok: true; statements: Statement[] } | { ok: false; rejection: Rejection }

export interface ReadContext {
  tenant: string
  /** A credential or a topic. */
  producer: string
  /** Of UTF-8 text, in lower-case hex: what derived ids and digests are made with. */
  sha256: (text: string) => string
  /** `mappings` of the tenant's configuration, by kind: where things stand in documents whose shape their user chose. */
  mappings?: Record<string, Record<string, unknown>[]>
}
