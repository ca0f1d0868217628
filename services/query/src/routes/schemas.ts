import { eventTypes, jsonSchemaOf, wireType, type EventType } from '@onbehalf/events'
import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import { z } from 'zod'
import { pastedId } from '../ids.ts'
import { problems, type Routes } from './route.ts'

const types = Object.keys(eventTypes) as EventType[]

/** `GET /schemas` and `GET /schemas/{type}`: what may be sent. The same as the files of libs/events/schemas. */
export function addSchemaRoutes(app: Routes): void {
  const schemas = new Map<EventType, string>()

  app.get('/schemas', {
    config: { public: true },
    schema: {
      summary: 'The event types',
      tags: ['schemas'],
      response: { 200: z.looseObject({ items: z.array(z.looseObject({ type: z.string(), wire_type: z.string(), title: z.string(), schema: z.string(), docs: z.string() })) }), ...problems },
    },
  }, async () => ({
    items: types.map((type) => ({
      type, wire_type: wireType(eventTypes[type]), title: eventTypes[type].title, schema: `/schemas/${type}`, docs: `/docs/events/${type}`,
    })),
  }))

  app.get('/schemas/:type', {
    config: { public: true },
    schema: {
      summary: 'JSON Schema (2020-12) of an event type',
      description: 'The type may have `onbehalf.` before it, and its version or `.json` after it.',
      tags: ['schemas'],
      params: z.object({ type: pastedId }),
    },
  }, async (request, reply) => {
    const asked = request.params.type
    const name = asked.toLowerCase().replace(/^onbehalf\./, '').replace(/\.json$/, '').replace(/\.v\d{1,3}$/, '')
    const type = types.find((each) => each === name)
    if (type === undefined) {
      const near = nearestName(name.slice(0, 100), types)
      throw new OnbehalfError('not_found', `There is no event type ${JSON.stringify(asked.slice(0, 100))}.${near === null ? '' : ` Did you mean ${near}?`}`, {
        next: '`GET /schemas` lists the types.',
      })
    }
    if (!schemas.has(type)) schemas.set(type, JSON.stringify(jsonSchemaOf(type), null, 2))
    return reply.type('application/schema+json').header('cache-control', 'no-cache').send(schemas.get(type))
  })
}
