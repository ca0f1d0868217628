import type { HttpServer, Role } from '@onbehalf/runtime'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { problem } from '../documents.ts'

/** The server as routes see it: what a schema says is what a handler gets. */
export type Routes = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

export const routesOf = (app: HttpServer): Routes => app.withTypeProvider<ZodTypeProvider>() as unknown as Routes

/** Who may read: everyone but a credential that may only produce. */
export const readers: readonly Role[] = ['responder', 'auditor', 'admin']

/** For the OpenAPI document; errors never pass a route's schema on their way out. */
export const problems = {
  '4xx': { description: 'A problem document; `code` says which.', content: { 'application/problem+json': { schema: problem } } },
  '5xx': { description: 'A problem document; `code` says which.', content: { 'application/problem+json': { schema: problem } } },
} as const
