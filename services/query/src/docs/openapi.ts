import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { HttpServer } from '@onbehalf/runtime'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

/** Must be registered before the routes that it describes. */
export async function addOpenApi(app: HttpServer, { version }: { version: string }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Onbehalf query API', version,
        description: 'Who did what, on whose behalf, by which decision, and what came of it. '
          + '[How to use it](/docs/api) · [the errors](/docs/errors) · [the events](/docs/events)',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'The bootstrap token or an API key.' } } },
      security: [{ bearer: [] }],
      tags: [
        { name: 'lineage', description: 'What the journal means' },
        { name: 'findings', description: 'What the rules have found' },
        { name: 'inventory', description: 'Who acts, and how well it is seen' },
        { name: 'access', description: 'Keys for who speaks and who asks' },
        { name: 'operations', description: 'How it is doing' },
        { name: 'schemas', description: 'What may be sent' },
      ],
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document as never)
      if (document.route.config?.public !== true) return { schema, url }
      // Without a credential; what operates a service has no schema of its own.
      return { schema: { tags: ['operations'], ...schema, security: [] }, url }
    },
    transformObject: jsonSchemaTransformObject,
  })
}

/** `/openapi.json`, and `/docs`: a page that shows it, whose every asset comes from here. */
export async function addOpenApiPages(app: HttpServer): Promise<void> {
  app.get('/openapi.json', { config: { public: true }, schema: { hide: true } as object }, async () => app.swagger())
  await app.register(async (pages) => {
    // The page says nothing that the source does not; what it is used with needs a credential.
    pages.addHook('onRoute', (route) => {
      route.config = { ...route.config, public: true }
    })
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: uiPolicy,
      uiConfig: { docExpansion: 'list', persistAuthorization: false, tryItOutEnabled: true },
      theme: { title: 'Onbehalf API' },
    })
  })
}

/** Swagger UI styles its elements in place and draws its icons from data: URLs; scripts and requests stay here. */
const uiPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
