import { timeOf } from '@onbehalf/events'
import type { EntryRef } from './document.ts'
import { join, type Fact } from './fact.ts'
import type { Lookup } from './known.ts'
import { remembered } from './remembered.ts'

/** Which entries an administrator has struck through: they stay, are shown, and count for nothing. */
export class Retractions {
  readonly #retracted: Retracted[]

  constructor(retractions: readonly Fact[]) {
    this.#retracted = retractions.flatMap((fact) => {
      if (fact.type !== 'assertion.retracted') return []
      const { producer, positions, received_from, received_to } = fact.data
      return [{
        producer,
        positions: positions ?? null,
        fromMs: received_from === undefined ? -Infinity : timeOf(received_from)!.timeMs,
        toMs: received_to === undefined ? timeOf(fact.entry.received_at)!.timeMs : timeOf(received_to)!.timeMs,
      }]
    })
  }

  get none(): boolean {
    return this.#retracted.length === 0
  }

  /** What stands of what was said of one thing, each fact once. */
  standing(facts: readonly Fact[] = []): Fact[] {
    return join(this.none ? facts : facts.filter((fact) => !this.has(fact.entry)))
  }

  has(entry: EntryRef): boolean {
    return this.#retracted.some(({ producer, positions, fromMs, toMs }) => {
      if (entry.producer !== producer) return false
      if (positions !== null && !positions.some(({ log, from, to }) => log === entry.log && from <= entry.index && entry.index <= to)) return false
      const receivedMs = timeOf(entry.received_at)!.timeMs
      return fromMs <= receivedMs && receivedMs <= toMs
    })
  }
}

export function retractionsOf(known: Pick<Lookup, 'facts'>): Retractions {
  return made(known.facts.get('tenant:assertion'))
}

const made = remembered((facts) => new Retractions(facts))

interface Retracted {
  producer: string
  positions: { log: string; from: number; to: number }[] | null
  fromMs: number
  /** What is received after the retraction itself is never meant by it, unless it says so. */
  toMs: number
}
