import { setTimeout as sleep } from 'node:timers/promises'
import type { FieldError } from '@onbehalf/events'
import { asOnbehalfError, OnbehalfError, type ErrorCode, type Identity } from '@onbehalf/runtime'
import type { OutgoingRecord, Produced } from '@onbehalf/stream'
import type { Intake } from './intake.ts'
import { linesOf, type Line } from './lines.ts'
import { formatPosition } from './position.ts'
import { toldErrors } from './refusal.ts'

export interface ImportOptions {
  intake: Intake
  identity: Identity
  /** The file, unpacked. */
  pieces: AsyncIterable<Buffer>
  /** The first line that counts; those before it are only counted. */
  fromLine: number
  docsBase: string
  /** Aborted when the server stops. */
  stopping: AbortSignal
  /** One line of the report. @param skippable may be left out when the reader is slow */
  say: (line: ImportSays, skippable?: 'skippable') => void
}

export interface ImportCounts {
  /** All lines up to here are dealt with: an import that breaks goes on with the next one. */
  lines: number
  accepted: number
  refused: number
  position: string
}

export type ImportSays =
  | { line: number; errors: (FieldError & { code: ErrorCode })[] }
  | ImportCounts

/** How an import ended; without an error it is done. */
export interface ImportEnd extends ImportCounts {
  error?: OnbehalfError
}

/**
 * Reads CloudEvents, one a line, judges them and writes them step by step; while one step is being written, the next one is read,
 * and no more: the client is held back by its own connection. Never throws.
 */
export async function runImport({ intake, identity, pieces, fromLine, docsBase, stopping, say }: ImportOptions): Promise<ImportEnd> {
  const { limits } = intake
  const progress = new Progress()
  let step = new Step()
  let writing: Promise<void> = Promise.resolve()

  const write = async (full: Step): Promise<void> => {
    await withinBudget(() => intake.rates.check(identity), stopping)
    const produced = full.records.length === 0 ? [] : await writePatiently(intake, full.records, limits.import_outage_ms_max, stopping)
    intake.count(identity, 'import', full.records.length)
    progress.add(full, produced)
    say(progress.counts(), 'skippable')
  }
  const handOver = async (): Promise<void> => {
    await writing
    // A file may be larger than any budget: it comes in as fast as its producer may send.
    await sleep(intake.rates.delayMs(identity), undefined, { signal: stopping }).catch(() => undefined)
    writing = write(step)
    // It is waited for in a moment; until then its failure is not unheard.
    writing.catch(() => undefined)
    step = new Step()
  }

  try {
    for await (const line of linesOf(pieces, limits.event_bytes_max)) {
      if (stopping.aborted) throw new OnbehalfError('stopping', 'The server is stopping.', { retryAfterS: 5 })
      if (line.number < fromLine) {
        step.lastLine = line.number
        continue
      }
      take(line)
      if (step.records.length >= limits.import_step_lines_max || step.bytes >= limits.import_step_bytes_max) await handOver()
    }
    await handOver()
    await writing
    return progress.counts()
  } catch (error) {
    // What is on its way counts, if it arrives.
    await writing.catch(() => undefined)
    return { ...progress.counts(), error: asOnbehalfError(error) ?? new OnbehalfError('internal', 'The import failed for a reason of ours.', { cause: error }) }
  }

  function take({ number, bytes }: Line): void {
    step.lastLine = number
    const verdict = bytes === null ? null : intake.judge('cloudevent', bytes, identity)
    if (verdict?.ok === true) {
      step.records.push(verdict.record)
      step.bytes += bytes!.length
      return
    }
    step.refused++
    const rejection = verdict?.ok === false ? verdict.rejection : { code: 'too_large', message: `has more than ${limits.event_bytes_max} bytes`, errors: [] }
    if (progress.listed++ < limits.import_refusals_listed_max) say({ line: number, errors: toldErrors(rejection, docsBase).slice(0, 20) })
    intake.countRejected(identity, rejection.code, 1)
  }
}

/** The lines since the step before. */
class Step {
  readonly records: OutgoingRecord[] = []
  bytes = 0
  refused = 0
  lastLine = 0
}

class Progress {
  /** Refused lines that were told, or would have been. */
  listed = 0
  #lines = 0
  #accepted = 0
  #refused = 0
  readonly #greatest = new Map<string, Produced>()

  add({ lastLine, records, refused }: Step, produced: readonly Produced[]): void {
    this.#lines = Math.max(this.#lines, lastLine)
    this.#accepted += records.length
    this.#refused += refused
    for (const place of produced) {
      const name = `${place.topic}/${place.partition}`
      const known = this.#greatest.get(name)
      if (known === undefined || place.offset > known.offset) this.#greatest.set(name, place)
    }
  }

  counts(): ImportCounts {
    return { lines: this.#lines, accepted: this.#accepted, refused: this.#refused, position: formatPosition([...this.#greatest.values()]) }
  }
}

/** A producer that is limited imports as slowly as it may send. */
async function withinBudget(check: () => void, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof OnbehalfError) || error.code !== 'rate_limited') throw error
      await sleep(Math.min(error.retryAfterS ?? 1, 1) * 1_000)
    }
  }
}

/** A stream that is full or away for a while is waited for: an import is long, and nobody looks at it all the time. */
async function writePatiently(intake: Intake, records: readonly OutgoingRecord[], outageMsMax: number, stopping: AbortSignal): Promise<Produced[]> {
  const deadline = performance.now() + outageMsMax
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 2_000)) {
    try {
      return await intake.write(records)
    } catch (error) {
      if (!(error instanceof OnbehalfError) || error.code !== 'stream_unavailable' || stopping.aborted || performance.now() + waitMs > deadline) throw error
      await sleep(waitMs)
    }
  }
}
