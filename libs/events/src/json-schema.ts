import { z } from 'zod'
import { eventTypes, type EventType } from './catalogue/index.ts'
import { envelope } from './envelope.ts'
import { wireType, type EventDefinition } from './event-type.ts'

/** JSON Schema (2020-12) of a whole event. Where a rule is more than JSON Schema can say, `$comment` says it. */
export function jsonSchemaOf(type: EventType): Record<string, unknown> {
  const definition: EventDefinition = eventTypes[type]
  const event = envelope.extend({
    type: z.literal(wireType(definition)),
    data: definition.schema,
  })
  const { $schema, ...schema } = z.toJSONSchema(event, { io: 'input' }) as Record<string, unknown>
  return { $schema, $id: `/schemas/${type}.json`, title: definition.title, description: definition.doc, ...schema }
}

/** The attributes alone, for the page that documents them. */
export function envelopeSchema(): Record<string, unknown> {
  return z.toJSONSchema(envelope, { io: 'input' }) as Record<string, unknown>
}
