import { splitOtlp, type EntryKind, type OtlpEncoding, type OtlpSignal as StoredSignal } from '@onbehalf/events'
import { OnbehalfError, type Identity, type Logger } from '@onbehalf/runtime'
import type { OutgoingRecord } from '@onbehalf/stream'
import type { Intake, Verdict } from './intake.ts'

export type OtlpSignal = StoredSignal | 'metrics'

export interface OtlpRequest {
  signal: OtlpSignal
  encoding: OtlpEncoding
  /** An Export…ServiceRequest, its content encoding undone. */
  body: Buffer
  identity: Identity
}

/** Some records can never be taken, and the others are durable. */
export interface PartialSuccess {
  rejected: number
  /** Why, for the developer who reads it: of the first ones. */
  message: string
}

/**
 * Takes a request that came over HTTP or gRPC. Resolves when all that can be taken is durable.
 * @throws OnbehalfError `unparsable` (nothing of it can be read), `bad_request` (every record is rejected), `request_too_large`,
 * `stream_unavailable`, never one that travels as 500: that would make the client drop what it holds
 */
export type AcceptOtlp = (request: OtlpRequest) => Promise<PartialSuccess | null>

export function createOtlpAccept(intake: Intake, logger: Logger): AcceptOtlp {
  const { limits } = intake
  let metricsSeen = false

  async function accept({ signal, encoding, body, identity }: OtlpRequest): Promise<PartialSuccess | null> {
    if (signal === 'metrics') {
      if (!metricsSeen) logger.debug({ producer: identity.producer }, 'metrics are accepted and not kept: they tell of no action')
      metricsSeen = true
      return null
    }
    const split = splitOtlp(body, signal, encoding, limits.otlp_records_max)
    if (!split.ok) {
      const at = split.at === undefined ? '' : ` (at byte ${split.at})`
      if (split.tooMany) throw new OnbehalfError('request_too_large', `The request ${split.rule}${at}.`, { next: `A request may have ${limits.otlp_records_max} records.` })
      throw new OnbehalfError('unparsable', `The request is no Export${names[signal].request}ServiceRequest: it ${split.rule}${at}.`, { next: names[signal].advice })
    }
    const kind: EntryKind = `otlp-${names[signal].kind}-${encoding}`
    const refusals = new Refusals(names[signal].record)
    // Judged and written step by step, so that other requests get their turn between.
    for (let first = 0; first < split.records.length;) {
      const step: OutgoingRecord[] = []
      for (let bytes = 0; first < split.records.length && bytes < stepBytes && step.length < stepRecords; first++) {
        const verdict = intake.judge(kind, split.records[first]!, identity)
        // A fault of ours is no fault of the record: it is kept, and shown in quarantine.
        if (verdict.ok || verdict.rejection.code === 'fault') {
          step.push(verdict.record)
          bytes += split.records[first]!.length
        } else refusals.add(first, verdict.rejection)
      }
      await intake.write(step)
      intake.count(identity, kind, step.length)
    }
    if (refusals.count === 0) return null
    for (const [code, count] of refusals.byCode) intake.countRejected(identity, code, count)
    if (refusals.count === split.records.length) throw new OnbehalfError('bad_request', refusals.message(), { next: 'Nothing of the request was taken.' })
    return { rejected: refusals.count, message: refusals.message() }
  }

  return async (request) => {
    try {
      return await accept(request)
    } catch (error) {
      if (error instanceof OnbehalfError) throw error
      logger.error({ err: error, signal: request.signal, encoding: request.encoding }, 'a fault of ours in taking telemetry')
      throw new OnbehalfError('not_ready', 'The request could not be taken for a reason of ours.', { cause: error, retryAfterS: 5 })
    }
  }
}

const stepBytes = 4 * 1_048_576
const stepRecords = 5_000

const names = {
  traces: { request: 'Trace', kind: 'span', record: 'span', advice: 'Spans go to /v1/traces, log records to /v1/logs.' },
  logs: { request: 'Logs', kind: 'log', record: 'log record', advice: 'Log records go to /v1/logs, spans to /v1/traces.' },
} as const

/** Which records were left out, and the first reasons. */
class Refusals {
  count = 0
  readonly byCode = new Map<string, number>()
  readonly #reasons: string[] = []
  readonly #record: string

  constructor(record: string) {
    this.#record = record
  }

  add(index: number, { code, message, errors }: (Verdict & { ok: false })['rejection']): void {
    this.count++
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1)
    if (this.#reasons.length >= reasonsMax) return
    const [first] = errors
    const why = first === undefined ? message : `${first.path} ${first.rule}`.trim()
    this.#reasons.push(`${this.#record} ${index}: ${why.slice(0, 300)}`)
  }

  message(): string {
    const more = this.count - this.#reasons.length
    return `${this.count} rejected: ${this.#reasons.join('; ')}${more === 0 ? '' : `; and ${more} more`}.`.toWellFormed()
  }
}

const reasonsMax = 5
