import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isErrorCode, loadConfig, OnbehalfError, readInstance, type Config, type ErrorCode } from '@onbehalf/runtime'

/** Where a running Onbehalf is, and the credential for it. */
export interface Server {
  apiUrl: string
  gatewayUrl: string
  token: string
  /** As a person at this terminal gets at the token, for lines that are printed to be typed. */
  tokenFrom: string
}

/**
 * `ONBEHALF_URL` and `ONBEHALF_TOKEN` if set, else the instance file of the data directory, which is looked for upwards
 * from here as git does.
 * @throws OnbehalfError `server_unreachable`, `unauthenticated`, `config_invalid`
 */
export function findServer(env: Record<string, string | undefined>): Server {
  const config = loadConfig(env)
  const dataDir = findDataDir(config, env)
  const instance = readInstance(dataDir)
  if (config.url !== null) {
    // The token of an instance is for that instance: it is never sent elsewhere.
    const token = config.token ?? (instance?.api_url === config.url ? instance.token : null)
    if (token === null) throw new OnbehalfError('unauthenticated', 'ONBEHALF_URL is set, and ONBEHALF_TOKEN is not.', { next: 'Set `ONBEHALF_TOKEN` to a credential of that server.' })
    const gateway = new URL(config.url)
    gateway.port = String(config.otlpHttpPort.port)
    return { apiUrl: config.url, gatewayUrl: instance?.api_url === config.url ? instance.otlp_http_url : gateway.origin, token, tokenFrom: '$ONBEHALF_TOKEN' }
  }
  if (instance === null || !isAlive(instance.pid)) {
    const what = instance === null ? `Nothing runs on ${dataDir}` : `The instance of ${dataDir} (process ${instance.pid}) is gone`
    throw new OnbehalfError('server_unreachable', `${what}.`)
  }
  return {
    apiUrl: instance.api_url,
    gatewayUrl: instance.otlp_http_url,
    token: config.token ?? instance.token,
    tokenFrom: config.token === null ? `$(node -p 'require("${join(dataDir, 'instance.json')}").token')` : '$ONBEHALF_TOKEN',
  }
}

/** Whether it is the instance that runs on the data directory of this environment, so that its database may be opened too. */
export function isThisDirectorys({ apiUrl }: Server, env: Record<string, string | undefined>): boolean {
  const instance = readInstance(findDataDir(loadConfig(env), env))
  return instance !== null && instance.api_url === apiUrl && isAlive(instance.pid)
}

/** The data directory that the environment names; a relative default is the nearest one upwards that is there. */
export function findDataDir(config: Pick<Config, 'dataDir'>, env: Record<string, string | undefined>): string {
  const here = resolve(config.dataDir)
  if ((env['ONBEHALF_DATA_DIR'] ?? '') !== '') return here
  for (let at = resolve('.'); ; at = dirname(at)) {
    const candidate = join(at, config.dataDir)
    if (existsSync(candidate)) return candidate
    if (dirname(at) === at) return here
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export interface Request {
  method?: 'GET' | 'POST' | 'PUT'
  headers?: Record<string, string>
  contentType?: string
  body?: Uint8Array | string
  /** Default 60 s. */
  timeoutMs?: number
  /** How often a 429 or 503 is tried again, after the time that it names. Default 0. */
  retries?: number
  onWait?: (seconds: number, why: string) => void
}

/**
 * One request; answers the parsed JSON.
 * @throws OnbehalfError with the code of the server's problem document, or `server_unreachable`
 */
export async function ask(server: Server, url: string, request: Request = {}): Promise<any> {
  return (await askForAnswer(server, url, request)).body
}

/** The same, with the header that a change is made from. */
export async function askForAnswer(server: Server, url: string, request: Request = {}): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await askOnce(server, url, request)
    } catch (error) {
      const waitS = error instanceof OnbehalfError ? error.retryAfterS : undefined
      if (waitS === undefined || attempt >= (request.retries ?? 0)) throw error
      request.onWait?.(waitS, (error as Error).message)
      await sleep(Math.min(waitS, 30) * 1_000)
    }
  }
}

/**
 * Every item of a list, page after page, as far as the reader goes.
 * @param path of the API, with its filter
 */
export async function* itemsOf<T = any>(server: Server, path: string, headers: Record<string, string> = {}): AsyncGenerator<T> {
  for (let url: string | null = `${server.apiUrl}${path}`; url !== null;) {
    const { body, next }: Answer = await askForAnswer(server, url, { headers, retries: 3 })
    yield* body.items as T[]
    url = next
  }
}

interface Answer {
  body: any
  etag: string | null
  /** Where the list goes on, always on the same server. */
  next: string | null
}

async function askOnce(server: Server, url: string, { method = 'GET', headers, contentType, body, timeoutMs = 60_000 }: Request): Promise<Answer> {
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${server.token}`, accept: 'application/json', ...(contentType === undefined ? {} : { 'content-type': contentType }), ...headers },
      ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }),
      // A redirect would carry the token to wherever it points.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    text = await response.text()
  } catch (cause) {
    throw unreachable(url, cause)
  }
  const answer = parsed(text)
  if (response.ok && answer !== undefined) return { body: answer, etag: response.headers.get('etag'), next: nextOf(response.headers.get('link'), url) }
  throw problem(response, answer)
}

/** What `fetch` throws where nobody answers, in words. */
export function unreachable(url: string, cause: unknown): OnbehalfError {
  const why = ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error).name
  return new OnbehalfError('server_unreachable', `${new URL(url).origin} gives no answer (${why}).`, { cause })
}

/** `Link: <…>; rel="next"` (RFC 8288). The token goes to the server that it is for, whatever a link says. */
function nextOf(link: string | null, url: string): string | null {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1]
  if (target === undefined) return null
  const next = new URL(target, url)
  return next.origin === new URL(url).origin ? next.href : null
}

/** What the server says is wrong, as an error with its code. */
export function problem(response: Response, answer: any): OnbehalfError {
  const retryAfter = Number(response.headers.get('retry-after'))
  const retryAfterS = response.headers.has('retry-after') && Number.isFinite(retryAfter) ? retryAfter : undefined
  const code: ErrorCode = typeof answer?.code === 'string' && isErrorCode(answer.code) ? answer.code : byStatus(response.status)
  const { detail, next, type: _type, title: _title, status: _status, code: _code, docs: _docs, ...details } = answer ?? {}
  return new OnbehalfError(code, typeof detail === 'string' ? detail : `The server answered ${response.status} ${response.statusText}.`, {
    details: details as Record<string, unknown>,
    ...(typeof next === 'string' ? { next } : {}),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  })
}

function byStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  if (status === 413) return 'request_too_large'
  if (status === 422) return 'invalid'
  return status >= 500 ? 'not_ready' : 'bad_request'
}

export function parsed(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
