import { timeOf } from '@onbehalf/events'
import { byReceipt, byStory, type Fact } from './fact.ts'
import { sourcesKey, ticksSeries } from './key.ts'
import type { Lookup } from './known.ts'
import { retractionsOf } from './retraction.ts'

/** When something may be said to be absent, in the time of a clock: see `Horizon.of`. */
export interface Due {
  /** '' for the horizon itself, else a producer and the delay that it may take. */
  clock: string
  atMs: number
}

/** How long a source that is offline or silent keeps an absence provisional (lineage.md, "the horizon"). */
export const offline_hold_ms = 72 * 3_600_000

/**
 * How far time has gone, as the entries say. `atMs` is the greatest valid tick: at that time nothing more was waiting in any
 * partition than what has been read. -Infinity before the first: nothing is said to be absent.
 */
export class Horizon {
  readonly atMs: number
  readonly #known: Lookup

  /** @param atMs as it would be with a tick at this time */
  constructor(known: Lookup, atMs: number = ticked(known)) {
    this.#known = known
    this.atMs = atMs
  }

  /**
   * The clock of one producer: the horizon, held back to what its heartbeats say is sent (`watermark`, with the delay that
   * it may take) and by an open import of its records; never by more than `offline_hold_ms`.
   */
  of(producer: string, delayMs: number): number {
    const sentMs = this.#sentMs(producer, delayMs)
    return Math.max(Math.min(this.atMs, sentMs + delayMs), this.atMs - offline_hold_ms)
  }

  /** What is due of a clock as written in the read models. */
  ofClock(clock: string): number {
    if (clock === '') return this.atMs
    const cut = clock.lastIndexOf('+')
    return this.of(clock.slice(0, cut), Number(clock.slice(cut + 1)))
  }

  /** Whether a source of a producer went silent before it had sent all of its records from before a time. */
  wentSilentBefore(producer: string, timeMs: number): boolean {
    return watermarksOf(this.#known, producer).some((sentMs) => sentMs < timeMs && sentMs + offline_hold_ms >= timeMs)
  }

  /**
   * Everything before it has been sent, as every source says that beats; Infinity for a producer that never sent a heartbeat.
   * A source that has been silent for longer than it is waited for is gone, and holds nothing any more.
   */
  #sentMs(producer: string, delayMs: number): number {
    const waitedFor = watermarksOf(this.#known, producer).filter((sentMs) => sentMs + delayMs + offline_hold_ms > this.atMs)
    return Math.min(importOf(this.#known, producer), ...waitedFor)
  }
}

export function clockOf(producer: string, delayMs: number): string {
  return `${producer}+${delayMs}`
}

/** The latest heartbeat of each source of a producer that has not been retracted. */
export function beatsOf(known: Lookup, producer: string): Map<string, Fact> {
  const latest = new Map<string, Fact>()
  const retractions = retractionsOf(known)
  for (const series of known.links.get(sourcesKey(producer)) ?? [])
    for (const fact of known.latest.get(series) ?? []) {
      if (fact.type !== 'source.heartbeat' || retractions.has(fact.entry)) continue
      const other = latest.get(fact.source)
      // Of two at one time as in every story; of copies the one that was received first.
      if (!other || (byStory(fact, other) || byReceipt(other.entry, fact.entry)) > 0) latest.set(fact.source, fact)
    }
  return latest
}

/** Up to when each source of a producer has sent everything. */
function watermarksOf(known: Lookup, producer: string): number[] {
  return [...beatsOf(known, producer).values()]
    .flatMap((fact) => (fact.type === 'source.heartbeat' ? [timeOf(fact.data.watermark)!.timeMs] : []))
}

/** An import holds its producer back to its beginning until it has ended. */
function importOf(known: Lookup, producer: string): number {
  const imports = known.facts.get('tenant:import') ?? []
  const ended = new Set(imports.flatMap((fact) => (fact.type === 'import.ended' ? [fact.data.import_id] : [])))
  let openMs = Infinity
  for (const fact of imports)
    if (fact.type === 'import.started' && fact.data.producer === producer && !ended.has(fact.data.import_id)) openMs = Math.min(openMs, fact.timeMs)
  return openMs
}

/** The greatest tick that is valid: whose sizes have been read. */
function ticked(known: Lookup): number {
  let atMs = -Infinity
  for (const fact of known.latest.get(ticksSeries) ?? []) {
    if (fact.type !== 'clock.ticked') continue
    const { at, sizes } = fact.data
    if (known.position && Object.entries(sizes).some(([log, size]) => (known.position!.get(log) ?? 0) < size)) continue
    atMs = Math.max(atMs, timeOf(at)!.timeMs)
  }
  return atMs
}
