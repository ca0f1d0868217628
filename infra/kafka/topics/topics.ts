/** A topic as it is declared. Nothing is auto-created: what is not here, or made by you, does not exist. */
export interface TopicDeclaration {
  topic: string
  partitions: number
  /** Topic-level settings by their Kafka names. */
  config: Record<string, string>
}

const day = 24 * 3600 * 1000
/** The journal is the record; Kafka keeps a week, so that a stopped ingest loses nothing over a long weekend. */
const retention = { 'retention.ms': String(7 * day), 'cleanup.policy': 'delete' }

/** The ACLs that belong to them are in README.md beside this file. */
export const topics: TopicDeclaration[] = [
  // What services/gateway accepted, one record per entry; only its principal may write here.
  { topic: 'onbehalf.gateway', partitions: 6, config: { ...retention, 'max.message.bytes': '4194304' } },
  // CloudEvents from anyone, structured or binary mode.
  { topic: 'onbehalf.events', partitions: 6, config: { ...retention, 'max.message.bytes': '1048588' } },
  // What an unmodified OpenTelemetry Collector's kafka exporter writes.
  { topic: 'otlp_spans', partitions: 6, config: { ...retention, 'max.message.bytes': '1048588' } },
  { topic: 'otlp_logs', partitions: 6, config: { ...retention, 'max.message.bytes': '1048588' } },
]
