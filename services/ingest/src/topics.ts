import type { EntryKind } from '@onbehalf/events'

/** What a topic's records are and, except on the gateway's own topic, whose: a payload never says whose it is. */
export type TopicConfig =
  /** Headers `onbehalf-tenant`, `-producer`, `-kind` are believed: only the gateway's principal may write here. */
  | { kind: 'gateway' }
  /** `cloudevents`: structured or binary mode, told apart by record. Any other: each record is one entry of that kind. */
  | { kind: 'cloudevents' | Exclude<EntryKind, 'own' | 'lost' | 'tombstone' | 'cloudevent' | 'cloudevent-binary'>; tenant: string; producer: string }

/** What is read without any configuration; the last is the embedded stream's. */
export const defaultTopics: ReadonlyMap<string, TopicConfig> = new Map<string, TopicConfig>([
  ['onbehalf.gateway', { kind: 'gateway' }],
  ['onbehalf.events', { kind: 'cloudevents', tenant: 'default', producer: 'default' }],
  ['onbehalf.embedded', { kind: 'gateway' }],
])
