import type { HttpServer } from './http-server.ts'
import type { Metrics } from './metrics.ts'

export interface CheckResult {
  ok: boolean
  /** For a person, when it is not: what is wrong, without secrets. */
  reason?: string
  [fact: string]: unknown
}

export type Check = () => CheckResult | Promise<CheckResult>

export interface Health {
  /** Adds what must hold for the process to be ready. */
  check(name: string, check: Check): void
  /** From now on not ready: the balancer looks elsewhere while we drain. */
  drain(): void
  ready(): Promise<{ ready: boolean; checks: Record<string, CheckResult> }>
}

/** Readiness by named checks; one that throws or takes longer than `checkTimeoutMs` fails. */
export function createHealth({ checkTimeoutMs = 2_000 }: { checkTimeoutMs?: number } = {}): Health {
  const checks = new Map<string, Check>()
  let draining = false
  return {
    check: (name, check) => void checks.set(name, check),
    drain: () => void (draining = true),
    async ready() {
      const results = await Promise.all([...checks].map(async ([name, check]) => [name, await run(check, checkTimeoutMs)] as const))
      if (draining) results.push(['process', { ok: false, reason: 'is stopping' }])
      return { ready: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) }
    },
  }
}

/** `/livez` (the process answers), `/readyz` (it can do its work) and `/metrics`, all without a credential and without ids. */
export function addHealthRoutes(app: HttpServer, { health, metrics }: { health: Health; metrics: Metrics }): void {
  const config = { public: true }
  app.get('/livez', { config }, async () => ({ status: 'ok' }))
  app.get('/readyz', { config }, async (_request, reply) => {
    const { ready, checks } = await health.ready()
    if (!ready) reply.code(503).header('retry-after', '1')
    return { status: ready ? 'ok' : 'not ready', checks }
  })
  app.get('/metrics', { config }, async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()))
}

async function run(check: Check, timeoutMs: number): Promise<CheckResult> {
  const late = Promise.withResolvers<CheckResult>()
  const timer = setTimeout(() => late.resolve({ ok: false, reason: `gave no answer in ${timeoutMs} ms` }), timeoutMs)
  try {
    return await Promise.race([(async () => check())(), late.promise])
  } catch {
    return { ok: false, reason: 'the check itself failed' }
  } finally {
    clearTimeout(timer)
  }
}
