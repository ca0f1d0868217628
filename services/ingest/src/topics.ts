import type { TopicSetting } from '@onbehalf/events'

/** What a topic's records are and, except on the gateway's own topic, whose: a payload never says whose it is. */
export type TopicConfig =
  /** Headers `onbehalf-tenant`, `-producer`, `-kind` are believed: only the gateway's principal may write here. */
  | { kind: 'gateway' }
  /**
   * `cloudevents`: structured or binary mode, told apart by record. `otlp_spans`, `otlp_logs`: what an OpenTelemetry Collector
   * writes, protobuf or JSON, told apart by record. Any other: each record is one entry of that kind.
   */
  | TopicSetting

/** What is read without any configuration; the last is the embedded stream's. */
export const defaultTopics: ReadonlyMap<string, TopicConfig> = new Map<string, TopicConfig>([
  ['onbehalf.gateway', { kind: 'gateway' }],
  ['onbehalf.events', { kind: 'cloudevents', tenant: 'default', producer: 'default' }],
  ['onbehalf.embedded', { kind: 'gateway' }],
])

/**
 * What is read: the topics of the environment, and those of the configuration document, which also says what the former
 * hold. The gateway's own topic is what it is.
 */
export function topicsOf(names: readonly string[], configured: ReadonlyMap<string, TopicSetting>): Map<string, TopicConfig> {
  const topics = new Map(names.map((name) => [name, byName(name)]))
  for (const [name, { kind, tenant, producer }] of configured) {
    if (topics.get(name)?.kind !== 'gateway') topics.set(name, { kind, tenant, producer })
  }
  return topics
}

/** The names that a Collector's kafka exporter gives its topics say what they hold. */
function byName(name: string): TopicConfig {
  const kind = name === 'otlp_spans' || name === 'otlp_logs' ? name : 'cloudevents'
  return defaultTopics.get(name) ?? { kind, tenant: 'default', producer: 'default' }
}
