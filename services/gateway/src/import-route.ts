import { randomUUID } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { OnbehalfError, type HttpServer, type Logger } from '@onbehalf/runtime'
import type { FastifyRequest } from 'fastify'
import { requireEncoding, unpacked } from './body.ts'
import { idempotencyKey } from './idempotency.ts'
import { runImport, type ImportEnd, type ImportSays } from './import.ts'
import type { RecordImport } from './import-log.ts'
import type { Intake } from './intake.ts'
import { mediaType } from './media-type.ts'

interface ImportRouteDeps {
  intake: Intake
  recordImport?: RecordImport
  logger: Logger
  docsBase: () => string
}

/**
 * `POST /v1/import`: CloudEvents as NDJSON, plain or packed, of any size. The answer begins at once and is NDJSON itself: refused
 * lines, how far it is, and at the end whether it is done. What was taken stays taken when it breaks; `?from_line=` goes on.
 */
export function addImportRoute(app: HttpServer, { intake, recordImport = async () => undefined, logger, docsBase }: ImportRouteDeps): void {
  const { limits } = intake
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort())

  app.post<{ Querystring: { from_line?: unknown } }>('/v1/import', {
    config: { roles: ['producer'], streamed: true },
    onRequest: async ({ headers }) => {
      requireLines(headers['content-type'])
      requireEncoding(headers['content-encoding'])
    },
  }, async (request, reply) => {
    const fromLine = lineNumber(request.query.from_line)
    const importId = importIdOf(request)
    const { identity } = request
    const lease = (request.lease = intake.inFlight.open())
    lease.grow(3 * limits.import_step_bytes_max)
    const begun = { import_id: importId, producer: identity.producer }
    try {
      await recordImport(identity.tenant, { type: 'import.started', data: begun })
    } catch (cause) {
      logger.error({ err: cause }, 'that an import begins could not be written down')
      throw new OnbehalfError('database_unavailable', 'That the import begins could not be written down.', { cause, retryAfterS: 2 })
    }

    const report = new PassThrough()
    const say = (line: object) => void report.write(`${JSON.stringify(line)}\n`)
    say({ import_id: importId, from_line: fromLine })
    void run().catch((error: unknown) => {
      logger.error({ err: error, import_id: importId }, 'a fault of ours in an import')
      report.destroy(error as Error)
    })
    return reply.code(200).type('application/x-ndjson').send(report)

    async function run(): Promise<void> {
      const pieces = unpacked((request.body as FastifyRequest['raw'] | undefined) ?? request.raw, {
        encoding: request.headers['content-encoding'], waitMsMax: () => limits.import_idle_ms_max,
      })
      let toldAt = performance.now()
      const end = await runImport({
        intake, identity, fromLine, pieces, docsBase: docsBase(), stopping: stopping.signal,
        say(line: ImportSays, skippable) {
          if (skippable && (report.writableNeedDrain || performance.now() - toldAt < progressEveryMs)) return
          if (skippable) toldAt = performance.now()
          say(line)
        },
      })
      await ended(end)
      const { error, ...counts } = end
      say(error === undefined ? { done: true, import_id: importId, ...counts } : { done: false, import_id: importId, ...counts, error: toldError(error) })
      report.end()
      if (error !== undefined) logger.warn({ err: error, import_id: importId, ...counts }, 'an import broke off')
    }

    /** Without it the producer would count as late for ever, so it is tried for a while. */
    async function ended({ lines, refused }: ImportEnd): Promise<void> {
      for (let attempt = 1; ; attempt++) {
        try {
          return await recordImport(identity.tenant, { type: 'import.ended', data: { import_id: importId, lines, refused } })
        } catch (error) {
          if (attempt === endAttempts) return logger.error({ err: error, import_id: importId }, 'that an import has ended could not be written down')
          await sleep(250 * attempt)
        }
      }
    }
  })
}

const progressEveryMs = 500
const endAttempts = 5

const acceptedTypes = ['application/x-ndjson', 'application/ndjson', 'application/jsonl']

function requireLines(contentType = ''): void {
  if (acceptedTypes.includes(mediaType(contentType).type)) return
  throw new OnbehalfError('unsupported_media_type', 'An import is one CloudEvent a line.', {
    details: { accepted: acceptedTypes }, next: `Send it as ${acceptedTypes[0]}; a file that is packed with gzip or zstd says so in content-encoding.`,
  })
}

/** The key names the import, and each attempt is told from the others: one that has ended holds nothing open. */
function importIdOf({ headers }: FastifyRequest): string {
  const key = idempotencyKey(headers['idempotency-key'])
  return key === null ? randomUUID() : `${key.slice(0, 240)}/${randomUUID().slice(0, 8)}`
}

function lineNumber(given: unknown): number {
  if (given === undefined) return 1
  const line = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : 0
  if (line < 1) throw new OnbehalfError('invalid_request', 'from_line must be a whole number from 1 on.')
  return line
}

const toldError = ({ code, message, next }: OnbehalfError) => ({ code, message, next })
