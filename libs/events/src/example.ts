import { eventTypes, type EventType } from './catalogue/index.ts'
import { wireType, type EventDefinition } from './event-type.ts'
import type { CloudEvent } from './statement.ts'

/** A complete, valid event of a type, as the documentation shows it. */
export function exampleOf(type: EventType): CloudEvent {
  const definition: EventDefinition = eventTypes[type]
  return {
    specversion: '1.0',
    id: `evt-${type}`,
    source: definition.saidBy === 'onbehalf' ? 'urn:onbehalf' : 'urn:example:support',
    type: wireType(definition),
    time: '2026-03-01T09:30:00.250Z',
    datacontenttype: 'application/json',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    sequence: '0000000041',
    tenantid: 'default',
    data: definition.example as object,
  }
}
