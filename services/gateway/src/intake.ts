import type { EntryKind, Read, ReadContext, Reading } from '@onbehalf/events'
import { createRateLimits, OnbehalfError, withSpan, type Identity, type Logger, type Metrics, type RateLimits } from '@onbehalf/runtime'
import { sha256Hex } from '@onbehalf/store'
import { RecordTooLarge, StreamUnavailable, type OutgoingRecord, type Produced, type StreamProducer } from '@onbehalf/stream'
import { InFlight } from './body.ts'
import type { GatewayLimits } from './limits.ts'
import { partitionKey } from './partition-key.ts'
import type { Refused } from './refusal.ts'

/** What every way in shares: how an entry is judged, how it is written, and how much may be in hand. */
export interface Intake {
  readonly limits: GatewayLimits
  readonly inFlight: InFlight
  /** What producers may still send. `judge` takes from it. */
  readonly rates: RateLimits
  /** Judges one entry as `read` does, and by what the door itself knows: how large it is, and who may say it. */
  judge(kind: EntryKind, content: Uint8Array, identity: Identity): Verdict
  /**
   * Resolves when all records are durable. Many are written in several steps: when one fails, those before it are durable,
   * and sending the request again is harmless.
   * @throws OnbehalfError `stream_unavailable`, `record_too_large`
   */
  write(records: readonly OutgoingRecord[]): Promise<Produced[]>
  /** For the metrics: what was acknowledged. @param mode how it came */
  count(identity: Identity, mode: string, records: number): void
  /** For the metrics: what of a request was refused while the rest was taken. */
  countRejected(identity: Identity, code: string, records: number): void
}

export type Verdict = { ok: true; record: OutgoingRecord } | { ok: false; rejection: Refused['rejection']; record: OutgoingRecord }

/** Which CloudEvents sources a producer is registered for. */
export interface SourceRegistrations {
  maySpeakFor(tenant: string, producer: string, source: string): boolean
  /** Records a second that a producer may send; null: not limited. Left out: none is. */
  rateOf?(tenant: string, producer: string): number | null
}

export interface IntakeDeps {
  producer: Pick<StreamProducer, 'produce'>
  /** Left out: every producer may speak for every source. */
  registrations?: SourceRegistrations
  /** The one door of libs/events: what it rejects here would be in quarantine had it come over Kafka. */
  read: Read
  logger: Logger
  metrics: Metrics
  limits: GatewayLimits
}

export function createIntake({ producer, registrations, read, logger, metrics, limits }: IntakeDeps): Intake {
  const inFlight = new InFlight(limits.in_flight_bytes_max)
  const rates = createRateLimits({ burstS: limits.rate_burst_s, rateOf: (tenant, producer) => registrations?.rateOf?.(tenant, producer) ?? null })
  const acceptedTotal = metrics.counter('gateway_events_accepted_total', 'Events that were acknowledged.', ['tenant', 'producer', 'mode'])
  const rejectedTotal = metrics.counter('gateway_records_rejected_total', 'Records that were left out of requests whose others were taken, by code.', ['tenant', 'producer', 'code'])
  const produceSeconds = metrics.histogram('gateway_produce_seconds', 'Time until the records of a request were durable.')
  metrics.gauge('gateway_in_flight_bytes', 'Bodies of requests in hand.', [], (gauge) => gauge.set(inFlight.bytes))

  async function produce(records: readonly OutgoingRecord[], first: number): Promise<Produced[]> {
    const end = produceSeconds.startTimer()
    try {
      return await withSpan('gateway.produce', { 'onbehalf.records': records.length }, () => producer.produce(records))
    } catch (cause) {
      if (cause instanceof StreamUnavailable) {
        logger.warn({ err: cause }, 'the stream did not take the events of a request')
        throw new OnbehalfError('stream_unavailable', 'The stream did not acknowledge the events in time.', { cause, retryAfterS: 2 })
      }
      if (cause instanceof RecordTooLarge) throw new OnbehalfError('record_too_large', `Event ${first + cause.index} is larger than the stream takes.`, { cause })
      // Whatever it was, nothing was acknowledged: a client that is told 500 drops what it would send again after 503.
      logger.error({ err: cause }, 'producing failed in a way that the stream does not name')
      throw new OnbehalfError('stream_unavailable', 'The events could not be written.', { cause, retryAfterS: 2 })
    } finally {
      end()
    }
  }

  return {
    limits,
    inFlight,
    rates,
    judge(kind, content, identity) {
      rates.charge(identity, 1)
      const bytesMax = kind === 'cloudevent' || kind === 'cloudevent-binary' ? limits.event_bytes_max : limits.record_bytes_max
      const context: ReadContext = { tenant: identity.tenant, producer: identity.producer, sha256: sha256Hex }
      const reading = content.length > bytesMax ? tooLarge(content.length, bytesMax) : read(kind, content, context)
      const record = recordOf(kind, content, identity, reading)
      if (!reading.ok) return { ok: false, rejection: reading.rejection, record }
      const rejection = strangerOf(reading, identity, registrations)
      return rejection === null ? { ok: true, record } : { ok: false, rejection, record }
    },
    async write(records) {
      const produced: Produced[] = []
      for (let first = 0; first < records.length;) {
        const step = stepOf(records, first, limits.step_bytes_max)
        produced.push(...await produce(step, first))
        first += step.length
      }
      return produced
    },
    count({ tenant, producer }, mode, records) {
      acceptedTotal.inc({ tenant, producer, mode }, records)
    },
    countRejected({ tenant, producer }, code, records) {
      rejectedTotal.inc({ tenant, producer, code }, records)
    },
  }
}

/** As many as fit, at least one. */
function stepOf(records: readonly OutgoingRecord[], first: number, bytesMax: number): readonly OutgoingRecord[] {
  let end = first
  for (let bytes = 0; end < records.length; end++) {
    bytes += records[end]!.value?.length ?? 0
    if (bytes > bytesMax && end > first) break
  }
  return first === 0 && end === records.length ? records : records.slice(first, end)
}

function recordOf(kind: EntryKind, content: Uint8Array, { tenant, producer }: Identity, reading: Reading): OutgoingRecord {
  return {
    key: partitionKey(tenant, reading.ok ? reading.statements : []),
    value: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    // Believed on the gateway's own topic alone: only the gateway may write there.
    headers: { 'onbehalf-tenant': tenant, 'onbehalf-producer': producer, 'onbehalf-kind': kind },
  }
}

function tooLarge(bytes: number, bytesMax: number): Reading {
  const message = `has ${bytes} bytes; it may have ${bytesMax}`
  return { ok: false, rejection: { code: 'too_large', message, errors: [] } }
}

/** A source is registered to its producers: nobody else may speak in its name. */
function strangerOf({ statements }: Reading & { ok: true }, { tenant, producer }: Identity, registrations: SourceRegistrations | undefined): Refused['rejection'] | null {
  // OpenTelemetry has no sources: who may send it may send all of it.
  const stranger = statements.find(({ source, mapped }) => mapped?.startsWith('otlp-') !== true && registrations?.maySpeakFor(tenant, producer, source) === false)
  if (stranger === undefined) return null
  const rule = `is not a source of producer ${producer}`
  return { code: 'source_not_registered', message: rule, errors: [{ path: '/source', rule, value: stranger.source.slice(0, 200), docs: '/docs/events/envelope#source' }] }
}
