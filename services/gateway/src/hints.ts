/** What to say to people who came to the wrong door or the wrong path of this one. */
export function gatewayHint(method: string, path: string): string | null {
  const clean = path.toLowerCase().replace(/\/+$/, '')
  if (posted.has(clean)) return `Send it with POST; ${posted.get(clean)}.`
  if (clean === '/v1/events') return 'Events are sent with POST; what came of them is read at the query API, by default on port 4700.'
  if (/^(\/v1)?(\/otlp)?(\/v1)?\/(traces|logs|metrics)$/.test(clean)) return `OTLP is sent to POST /v1/${clean.slice(clean.lastIndexOf('/') + 1)}; OTEL_EXPORTER_OTLP_ENDPOINT is this door's address without a path.`
  if (clean.startsWith('/opentelemetry.proto.collector.')) return 'OTLP over gRPC goes to its own port, by default 4317; here it is http/protobuf: set OTEL_EXPORTER_OTLP_PROTOCOL.'
  if (/^(\/v1)?\/opa(\/|$)|^\/logs$/.test(clean)) return 'OPA decision logs are sent to POST /v1/opa/logs.'
  if (clean === '/v1/records') return 'Foreign records are sent to POST /v1/records/<format>: authzen, cloudtrail, gcp-audit, k8s-audit, agt or opa.'
  if (method === 'POST' && /^(\/v1)?(\/(events?|cloudevents?|ingest))?$/.test(clean)) return 'CloudEvents are sent to POST /v1/events.'
  if (method === 'GET' && (readPaths.test(clean) || !clean.startsWith('/v1'))) return 'This door is for producers; the query API and the console are at another one, by default on port 4700.'
  return null
}

const posted = new Map([
  ['/v1/traces', 'what came of spans is read at the query API, by default on port 4700'],
  ['/v1/logs', 'what came of log records is read at the query API, by default on port 4700'],
  ['/v1/metrics', 'metrics are accepted and not kept'],
  ['/v1/opa/logs', 'it is for OPA\'s decision log uploads'],
  ['/v1/opa/status', 'it is for OPA\'s status updates'],
  ['/v1/import', 'it takes NDJSON of any size'],
])

const readPaths = /^\/v1\/(actions|traces|sessions|delegations|principals|agents|findings|resolve|coverage|tail|evidence|reports|quarantine|rules|config|status)(\/|$)/

/** A better `next` for a body that is something else than a CloudEvent, or undefined. */
export function bodyHint(body: Buffer): string | undefined {
  const start = body.toString('latin1', 0, 4_096)
  if (/"resource(Spans|Logs|Metrics)"\s*:/.test(start)) return 'This looks like OTLP, which goes to /v1/traces or /v1/logs, not to /v1/events.'
  if (/"specversion"\s*:\s*"0\./.test(start)) return 'Send CloudEvents of specversion "1.0"; most SDKs have had it since 2019.'
  if (/"decision_id"\s*:[^]*"(bundles|labels)"\s*:/.test(start)) return 'This looks like an OPA decision log, which goes to /v1/opa/logs.'
  return undefined
}
