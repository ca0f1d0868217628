import type { FetchControl } from './partition.ts'

/**
 * Finds out whose batch cannot be decoded: kafkajs decodes all partitions of a broker's answer together and does not
 * say where it failed. So one partition is fetched at a time, in turn; the one being fetched when it fails is the one.
 */
export class Isolation {
  /** `topic/partition` of the only one that is fetched now. */
  active: string | null = null
  readonly #waiting: string[] = []
  readonly #controls = new Map<string, FetchControl>()
  /** Brokers whose fetch began, and ended, since `active` was chosen. */
  readonly #started = new Set<number>()
  readonly #ended = new Set<number>()
  readonly #brokers = new Set<number>()

  /** Stands between a partition and its session: it may be fetched when it wants to AND it is its turn. */
  control(key: string, fetch: FetchControl): FetchControl {
    this.#controls.set(key, fetch)
    return {
      seek: (offset) => fetch.seek(offset),
      pause: () => {
        fetch.pause()
        const at = this.#waiting.indexOf(key)
        if (at >= 0) this.#waiting.splice(at, 1)
        if (this.active === key) this.#next()
      },
      resume: () => {
        if (this.active === key) return
        if (!this.#waiting.includes(key)) this.#waiting.push(key)
        if (this.active === null) this.#next()
      },
    }
  }

  fetchStarted(broker: number): void {
    this.#brokers.add(broker)
    this.#started.add(broker)
  }

  /** Once every broker has answered a fetch that began in this turn, the active partition has had its turn. */
  fetchEnded(broker: number): void {
    if (this.#started.has(broker)) this.#ended.add(broker)
    if (this.active === null || [...this.#brokers].some((each) => !this.#ended.has(each))) return
    this.#controls.get(this.active)?.pause()
    this.#waiting.push(this.active)
    this.#next()
  }

  #next() {
    this.#started.clear()
    this.#ended.clear()
    this.active = this.#waiting.shift() ?? null
    if (this.active !== null) this.#controls.get(this.active)?.resume()
  }
}
