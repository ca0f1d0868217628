import { addHealthRoutes, createHttpServer, type Authenticate, type Health, type HttpServer, type Logger, type Metrics } from '@onbehalf/runtime'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { addOpenApi, addOpenApiPages } from './docs/openapi.ts'
import { addDocsPages } from './docs/pages.ts'
import { createReader } from './reading.ts'
import { addReadinessChecks } from './readiness.ts'
import type { ConfigurationDoor } from './configuration-door.ts'
import type { KeyDoor } from './key-door.ts'
import { createOwnDoor } from './own-entry.ts'
import { addActionRoutes } from './routes/actions.ts'
import { addAgentRoutes } from './routes/agents.ts'
import { addConfigRoutes } from './routes/config.ts'
import { addCoverageRoutes } from './routes/coverage.ts'
import { addEntryRoutes } from './routes/entries.ts'
import { addFindingRoutes } from './routes/findings.ts'
import { addKeyRoutes } from './routes/keys.ts'
import { addQuarantineRoutes } from './routes/quarantine.ts'
import { addRetractionRoutes } from './routes/retractions.ts'
import { routesOf } from './routes/route.ts'
import { addRuleRoutes } from './routes/rules.ts'
import { addSchemaRoutes } from './routes/schemas.ts'
import { addStatusRoutes } from './routes/status.ts'
import { addSurroundingsRoutes } from './routes/surroundings.ts'
import { createSegmentCache } from './segment-cache.ts'
import { createStreams } from './streams.ts'
import type { ReaderPool } from './connection.ts'

export interface QueryApiDeps {
  /** Of connections that are, or may become, onbehalf_reader. */
  pool: ReaderPool
  authenticate: Authenticate
  /** Left out: there is no `/v1/config`. */
  configuration?: ConfigurationDoor
  /** Left out: there is no `/v1/keys`. */
  keys?: KeyDoor
  logger: Logger
  metrics: Metrics
  health: Health
  /** Of the product, for `/v1/status` and the OpenAPI document. */
  version: string
  /** See `createHttpServer`. */
  host?: string
  /** `docs/` of the repository. */
  docs?: URL
  limits?: Partial<QueryLimits>
  nowMs?: () => number
}

export interface QueryLimits {
  /** How long `?at_least=` waits. */
  wait_ms_max: number
  /** Decoded segments kept in memory. */
  cache_bytes_max: number
  /** An erased content is not shown from memory for longer than this. */
  cache_age_ms_max: number
  /** Streamed answers at once; each holds a connection. Keep it below the size of the pool. */
  streams_max: number
  projector_away_ms_max: number
}

export const defaultLimits: QueryLimits = {
  wait_ms_max: 10_000,
  cache_bytes_max: 64 << 20,
  cache_age_ms_max: 15_000,
  streams_max: 4,
  projector_away_ms_max: 60_000,
}

/**
 * The door for who asks: lineage, entries with their proofs, traces, sessions, findings, the inventory, the quarantine, status,
 * and the documentation that every error links to. It reads, as onbehalf_reader, one tenant per request; what is said of a
 * finding or a producer's word it writes into that tenant's own log, and nowhere else.
 */
export async function createQueryApi(deps: QueryApiDeps): Promise<HttpServer> {
  const { pool, authenticate, logger, metrics, health, version, host } = deps
  const limits: QueryLimits = { ...defaultLimits, ...deps.limits }
  const cache = createSegmentCache({ bytesMax: limits.cache_bytes_max, ageMsMax: limits.cache_age_ms_max })
  metrics.gauge('query_segment_cache_bytes', 'Decoded segments that are kept in memory.', [], (gauge) => gauge.set(cache.bytes))
  addReadinessChecks(health, { pool, projectorAwayMsMax: limits.projector_away_ms_max })

  const app = createHttpServer({ name: 'api', logger, metrics, authenticate, notFoundHint, ...(host === undefined ? {} : { host }) })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await addOpenApi(app, { version })

  const nowMs = deps.nowMs ?? Date.now
  const reader = createReader({ pool, cache, waitMsMax: limits.wait_ms_max, nowMs })
  const own = createOwnDoor({ pool, waitMsMax: limits.wait_ms_max, nowMs })
  const streams = createStreams(reader, limits.streams_max)
  await app.register(async (scope) => {
    const routes = routesOf(scope)
    addActionRoutes(routes, reader)
    addEntryRoutes(routes, reader)
    addSurroundingsRoutes(routes, reader, { streams, nowMs })
    addFindingRoutes(routes, reader, { own, nowMs, streams })
    addRuleRoutes(routes, reader, { nowMs })
    addAgentRoutes(routes, reader, { nowMs })
    addCoverageRoutes(routes, reader, { nowMs })
    addRetractionRoutes(routes, reader, own)
    addQuarantineRoutes(routes, reader)
    addStatusRoutes(routes, reader, { version, nowMs })
    addSchemaRoutes(routes)
    if (deps.configuration !== undefined) addConfigRoutes(routes, reader, deps.configuration)
    if (deps.keys !== undefined) addKeyRoutes(routes, reader, { keys: deps.keys, nowMs })
  })
  await addOpenApiPages(app)
  await addDocsPages(app, deps.docs ?? new URL('../../../docs/', import.meta.url))
  addHealthRoutes(app, { health, metrics })
  return app
}

/** For who came to the wrong door. */
function notFoundHint(_method: string, path: string): string | null {
  if (/^\/v1\/(events|traces\/?$|logs|metrics|import|opa)/.test(path) && !/^\/v1\/traces\/./.test(path)) {
    return 'This is the door for questions; events go to the gateway, by default port 4318.'
  }
  return null
}
