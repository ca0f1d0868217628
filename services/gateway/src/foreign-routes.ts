import { splitRecords, type ForeignKind } from '@onbehalf/events'
import { OnbehalfError, type HttpServer } from '@onbehalf/runtime'
import type { Accepted } from './events-route.ts'
import type { Intake, Verdict } from './intake.ts'
import { formatPosition } from './position.ts'
import { refusalOf, type Refused } from './refusal.ts'

interface ForeignDeps {
  intake: Intake
  docsBase: () => string
}

/**
 * Records in formats that are not ours, each kept as its bytes were. `POST /v1/records/<kind>` is for whoever uploads a file or is
 * told to send here, and refuses what `read` refuses. `POST /v1/opa/logs` and `/status` are for OPA itself, which looks at the
 * status code alone and sends a refused upload again for ever: what `read` refuses is kept there, and shown in quarantine, as over
 * Kafka.
 */
export function addForeignRoutes(app: HttpServer, { intake, docsBase }: ForeignDeps): void {
  const { limits } = intake
  const config = { roles: ['producer'] as const, bodyBytesMax: limits.records_request_bytes_max }

  app.post<{ Params: { kind: string }; Body: Buffer | undefined }>('/v1/records/:kind', { config }, async (request, reply): Promise<Accepted> => {
    const { kind } = request.params
    if (!isForeignKind(kind)) throw new OnbehalfError('not_found', `There is no format ${JSON.stringify(kind.slice(0, 40))}.`, { next: `Formats are ${kinds.join(', ')}.` })
    const verdicts = judgeAll(kind, request.body, request.identity)
    const refused = refusedOf(verdicts)
    if (refused.length > 0) throw refusal(refused, verdicts.length)
    const produced = await intake.write(verdicts.map(({ record }) => record))
    intake.count(request.identity, kind, verdicts.length)
    reply.code(202)
    return { accepted: verdicts.length, position: formatPosition(produced) }
  })

  // OPA appends `/logs` and `/status` to the address that it is given.
  for (const path of ['/v1/opa/logs', '/v1/opa/status']) app.post<{ Body: Buffer | undefined }>(path, { config }, async (request) => {
    const verdicts = judgeAll('opa', request.body, request.identity)
    // What the door cannot keep or book is refused all the same: it must be heard that something is set up wrongly.
    const refused = refusedOf(verdicts).filter(({ rejection }) => rejection.code === 'too_large' || rejection.code === 'source_not_registered')
    if (refused.length > 0) throw refusal(refused, verdicts.length)
    await intake.write(verdicts.map(({ record }) => record))
    intake.count(request.identity, 'opa', verdicts.length)
    return {}
  })

  function judgeAll(kind: ForeignKind, body: Buffer | undefined, identity: Parameters<Intake['judge']>[2]): Verdict[] {
    const split = splitRecords(kind, body ?? Buffer.alloc(0))
    if (!split.ok) {
      const at = split.at === undefined ? '' : ` (at byte ${split.at})`
      throw new OnbehalfError('unparsable', `The body ${split.rule}${at}.`, { ...(split.at === undefined ? {} : { details: { at: split.at } }), next: `See /docs/sources/${kind === 'k8s-audit' ? 'kubernetes' : kind} for what may be sent.` })
    }
    return split.records.map((content) => intake.judge(kind, content, identity))
  }

  const refusal = (refused: readonly Refused[], events: number) =>
    refusalOf(refused, { errorsListedMax: limits.errors_listed_max, events, docsBase: docsBase(), what: 'record' })
}

const kinds = ['opa', 'authzen', 'cloudtrail', 'gcp-audit', 'k8s-audit', 'agt'] as const satisfies readonly ForeignKind[]

const isForeignKind = (text: string): text is ForeignKind => (kinds as readonly string[]).includes(text)

const refusedOf = (verdicts: readonly Verdict[]): Refused[] => verdicts.flatMap((verdict, index) => (verdict.ok ? [] : [{ index, rejection: verdict.rejection }]))
