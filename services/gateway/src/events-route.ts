import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { HttpServer, Identity } from '@onbehalf/runtime'
import type { OutgoingRecord } from '@onbehalf/stream'
import { contentMode, type ContentMode } from './content-mode.ts'
import { entriesOf } from './entries.ts'
import { bodyHint } from './hints.ts'
import { createIdempotencyCache, idempotencyKey } from './idempotency.ts'
import type { Intake } from './intake.ts'
import { formatPosition } from './position.ts'
import { refusalOf, type Refused } from './refusal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** How the request carries its events; set before the body is read. */
    contentMode: ContentMode
  }
}

/** The 202 answer of `POST /v1/events`. */
export interface Accepted {
  accepted: number
  /** `<topic>/<partition>@<offset>,…`: what `?at_least=` of the query API takes. */
  position: string
}

/** CloudEvents over HTTP: `POST /v1/events`. A batch is taken as a whole or not at all. */
export function addEventsRoute(app: HttpServer, { intake, docsBase }: { intake: Intake; docsBase: () => string }): void {
  const { limits } = intake
  const answers = createIdempotencyCache<Accepted>({ keysMax: limits.idempotency_keys_max, ageMsMax: limits.idempotency_age_ms_max })

  app.decorateRequest('contentMode', null as unknown as ContentMode)
  app.post('/v1/events', {
    config: { roles: ['producer'], bodyBytesMax: limits.request_bytes_max },
    onRequest: async (request) => {
      request.contentMode = contentMode(request.headers)
    },
  }, async (request, reply) => {
    const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0)
    const key = idempotencyKey(request.headers['idempotency-key'])
    const work = () => accept(request.contentMode, request.raw.rawHeaders, body, request.identity)
    const { tenant, producer } = request.identity
    const accepted = key === null ? await work() : await answers.once({ tenant, producer, key }, digestOf(request.headers, body), work)
    return reply.code(202).send(accepted)
  })

  async function accept(mode: ContentMode, rawHeaders: readonly string[], body: Buffer, identity: Identity): Promise<Accepted> {
    const produced = await intake.write(judgeAll(mode, rawHeaders, body, identity))
    intake.count(identity, mode, produced.length)
    return { accepted: produced.length, position: formatPosition(produced) }
  }

  /** @throws OnbehalfError naming every event that is rejected */
  function judgeAll(mode: ContentMode, rawHeaders: readonly string[], body: Buffer, identity: Identity): OutgoingRecord[] {
    const entries = entriesOf(mode, rawHeaders, body, limits.batch_events_max)
    const refused: Refused[] = []
    const records = entries.map(({ kind, content }, index) => {
      const verdict = intake.judge(kind, content, identity)
      if (!verdict.ok) refused.push({ index, rejection: verdict.rejection })
      return verdict.record
    })
    if (refused.length > 0) {
      const next = bodyHint(body)
      throw refusalOf(refused, { errorsListedMax: limits.errors_listed_max, events: entries.length, docsBase: docsBase(), ...(next === undefined ? {} : { next }) })
    }
    return records
  }
}

/** All that makes a request what it is: its attributes and its body. Lengths keep two headers from looking like one. */
function digestOf(headers: IncomingHttpHeaders, body: Buffer): string {
  const hash = createHash('sha256')
  for (const name of Object.keys(headers).toSorted()) {
    if (name === 'content-type' || name.startsWith('ce-')) hash.update(JSON.stringify([name, headers[name]]))
  }
  return hash.update('\n').update(body).digest('hex')
}
