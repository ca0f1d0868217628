import type { Read } from '@onbehalf/events'
import { createHttpServer, type Authenticate, type DocsBase, type HttpServer, type Logger, type Metrics } from '@onbehalf/runtime'
import type { StreamProducer } from '@onbehalf/stream'
import { addBodies } from './request-body.ts'
import { addEventsRoute } from './events-route.ts'
import { addForeignRoutes } from './foreign-routes.ts'
import { gatewayHint } from './hints.ts'
import { addImportRoute } from './import-route.ts'
import type { RecordImport } from './import-log.ts'
import { createIntake, type SourceRegistrations } from './intake.ts'
import { defaultLimits, type GatewayLimits } from './limits.ts'
import { createOtlpAccept } from './otlp-accept.ts'
import { createOtlpGrpc, type OtlpGrpc } from './otlp-grpc.ts'
import { addOtlpRoutes, writeOtlpProblem } from './otlp-http.ts'
import { addRateLimits, chargeRefusal } from './rate-limits.ts'

export interface GatewayDeps {
  producer: Pick<StreamProducer, 'produce'>
  authenticate: Authenticate
  /** Left out: every producer may speak for every source. */
  registrations?: SourceRegistrations
  /** The one door of libs/events: what it rejects here would be in quarantine had it come over Kafka. */
  read: Read
  /** Left out: where imports begin and end is not written down. */
  recordImport?: RecordImport
  logger: Logger
  metrics: Metrics
  limits?: Partial<GatewayLimits>
  /** The address it will be bound to, see `createHttpServer`. */
  host?: string
  docsBase?: DocsBase
}

/** The door for producers, in its two forms. They share how much may be in hand, and what is refused. */
export interface Gateway {
  http: HttpServer
  grpc: OtlpGrpc
}

/** Takes CloudEvents, telemetry, foreign records and imports. It acknowledges what is durable, and refuses what `read` refuses. */
export function createGateway({ authenticate, logger, metrics, host, docsBase = '', recordImport, ...deps }: GatewayDeps): Gateway {
  const limits: GatewayLimits = { ...defaultLimits, ...deps.limits }
  const intake = createIntake({ ...deps, logger, metrics, limits })
  const refusedTotal = metrics.counter('gateway_refused_total', 'Requests that were refused, by code.', ['tenant', 'producer', 'code'])
  const refused = (code: string, identity: { tenant: string; producer: string } | null) => {
    refusedTotal.inc({ tenant: identity?.tenant ?? '', producer: identity?.producer ?? '', code })
    chargeRefusal(intake.rates, code, identity)
  }

  const http = createHttpServer({
    name: 'gateway', logger, metrics, authenticate, docsBase, ...(host === undefined ? {} : { host }),
    bodyBytesMax: limits.request_bytes_max,
    // Bodies have their own time (`addBodies`), because an import may take as long as it likes.
    requestTimeoutMs: 0,
    notFoundHint: gatewayHint,
    writeProblem: writeOtlpProblem,
    onRefused: (code, { identity }) => refused(code, identity),
  })
  addRateLimits(http, intake.rates)
  addBodies(http, intake)
  const docs = () => (typeof docsBase === 'function' ? docsBase() : docsBase)
  addEventsRoute(http, { intake, docsBase: docs })
  addForeignRoutes(http, { intake, docsBase: docs })
  addImportRoute(http, { intake, logger, docsBase: docs, ...(recordImport && { recordImport }) })
  const accept = createOtlpAccept(intake, logger)
  addOtlpRoutes(http, { accept, bodyBytesMax: limits.records_request_bytes_max })

  const grpc = createOtlpGrpc({ accept, authenticate, inFlight: intake.inFlight, rates: intake.rates, requestBytesMax: limits.records_request_bytes_max, requestMsMax: limits.request_ms_max, logger, onRefused: refused })
  return { http, grpc }
}
