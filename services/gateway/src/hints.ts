/** What to say to people who came to the wrong door or the wrong path of this one. */
export function gatewayHint(method: string, path: string): string | null {
  const clean = path.toLowerCase().replace(/\/+$/, '')
  if (/^\/v1\/(traces|logs|metrics)$/.test(clean)) return 'OTLP is not taken by this version yet; send CloudEvents to POST /v1/events.'
  if (clean === '/v1/events') return 'Events are sent with POST; what came of them is read at the query API, by default on port 4700.'
  if (method === 'POST' && /^(\/v1)?(\/(events?|cloudevents?|ingest))?$/.test(clean)) return 'CloudEvents are sent to POST /v1/events.'
  if (method === 'GET' && (readPaths.test(clean) || !clean.startsWith('/v1'))) return 'This door is for producers; the query API and the console are at another one, by default on port 4700.'
  return null
}

const readPaths = /^\/v1\/(actions|traces|sessions|delegations|principals|agents|findings|resolve|coverage|tail|evidence|reports|quarantine|rules|config|status)(\/|$)/

/** A better `next` for a body that is something else than a CloudEvent, or undefined. */
export function bodyHint(body: Buffer): string | undefined {
  const start = body.toString('latin1', 0, 4_096)
  if (/"resource(Spans|Logs|Metrics)"\s*:/.test(start)) return 'This looks like OTLP, which goes to /v1/traces or /v1/logs, not to /v1/events.'
  if (/"specversion"\s*:\s*"0\./.test(start)) return 'Send CloudEvents of specversion "1.0"; most SDKs have had it since 2019.'
  if (/"decision_id"\s*:[^]*"(bundles|labels)"\s*:/.test(start)) return 'This looks like an OPA decision log, which goes to /v1/opa/logs.'
  return undefined
}
