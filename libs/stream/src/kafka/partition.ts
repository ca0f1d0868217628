import { type BackOffBounds, backOffMs } from '../back-off.ts'
import { Serial } from '../serial.ts'
import { PartitionLost, PartitionStopped } from '../stream-error.ts'
import type { PartitionHandler, PartitionStatus, StreamBatch, StreamLogger, StreamRecord } from '../stream.ts'

/** What a partition does to the consumer session that fetches for it. Calls to a session that has ended do nothing. */
export interface FetchControl {
  seek(offset: bigint): void
  pause(): void
  resume(): void
}

export interface PartitionDeps {
  handler: PartitionHandler
  bounds(topic: string, partition: number): Promise<{ earliest: bigint; end: bigint }>
  stopped(error: PartitionStopped): void
  logger: StreamLogger
  retry: BackOffBounds
}

/** One fetch's records of one partition, and where kafkajs will fetch next. */
export interface Fetched {
  fetchedOffset: bigint
  nextOffset: bigint
  endOffset: bigint
  fetchStartedAtMs: number
  records: readonly StreamRecord[]
}

/**
 * One partition between kafkajs, which fetches, and the handler, which knows how far it is. It holds the position (the
 * only offset the next batch may have been fetched at), and it is what makes the handler's calls for one partition come
 * one after another. Fetching is paused whenever `state` is not 'consuming': no batch comes of an unsettled time.
 */
export class Partition {
  readonly topic: string
  readonly partition: number
  state: PartitionStatus['state'] | 'released' = 'released'
  position: bigint | null = null
  error: string | null = null
  lastBatchAtMs = 0

  readonly #deps: PartitionDeps
  readonly #serial = new Serial()
  #fetch: FetchControl | null = null
  /** Raised whenever what was asked or fetched before must not count any more. */
  #generation = 0
  /** `assigned` was answered and `revoked` not yet called. */
  #held = false
  #failures = 0
  #retryTimer: NodeJS.Timeout | undefined

  constructor(topic: string, partition: number, deps: PartitionDeps) {
    this.topic = topic
    this.partition = partition
    this.#deps = deps
  }

  /** A new assignment: ask the handler where it is, check that the log still has that offset, seek, fetch. */
  take(fetch: FetchControl): void {
    fetch.pause()
    this.#fetch = fetch
    if (this.state === 'stopped') return
    this.#unsettle('assigning')
    void this.#serial.run(() => this.#assign(this.#generation))
  }

  /** The assignment has ended. Resolves when the handler has finished what it held. */
  async release(): Promise<void> {
    this.#fetch = null
    if (this.state !== 'stopped') this.#unsettle('released')
    await this.#serial.run(() => this.#revoke())
  }

  /** Answers the offset to go on from, or null when the batch did not count and kafkajs must not move on. */
  async fetched(fetched: Fetched): Promise<bigint | null> {
    const generation = this.#generation
    return await this.#serial.run(async () => {
      if (!this.#consuming(generation)) return null
      if (fetched.fetchedOffset !== this.position) {
        await this.#unexpected(fetched.fetchedOffset, generation)
        return null
      }
      return await this.#hand(fetched, generation)
    })
  }

  /** kafkajs passed over records it does not show (transaction markers, aborted ones): the handler moves on with it. */
  skipped(nextOffset: bigint, endOffset: bigint, fetchStartedAtMs: number): void {
    const generation = this.#generation
    void this.#serial.run(async () => {
      const fetchedOffset = this.position
      if (!this.#consuming(generation) || fetchedOffset === null || nextOffset <= fetchedOffset) return
      await this.#hand({ fetchedOffset, nextOffset, endOffset, fetchStartedAtMs, records: [] }, generation)
    })
  }

  /** The broker refused our offset, and kafkajs is about to go to its default: pause before it can. */
  refused(): void {
    if (this.state !== 'consuming') return
    this.#unsettle('assigning')
    const generation = this.#generation
    void this.#serial.run(() => this.#guarded(generation, () => this.#goOutOfRange(generation)))
  }

  /** The log's bounds, read after `atMs`; `asked` is the position as it was before they were read. */
  observed(asked: bigint, earliest: bigint, end: bigint, atMs: number): void {
    const generation = this.#generation
    void this.#serial.run(async () => {
      if (!this.#consuming(generation)) return
      await this.#guarded(generation, async () => {
        if (this.position === asked && (asked < earliest || asked > end)) await this.#goOutOfRange(generation)
        else await this.#deps.handler.end(this.topic, this.partition, end, atMs)
      })
    })
  }

  /** Stops it for good, in this process. */
  stop(reason: string, cause?: unknown): void {
    if (this.state === 'stopped') return
    this.#unsettle('stopped')
    const error = new PartitionStopped(this.topic, this.partition, this.position ?? 0n, reason, cause)
    this.error = error.message
    this.#deps.logger.error({ topic: this.topic, partition: this.partition, err: error }, error.message)
    void this.#serial.run(() => this.#revoke())
    this.#deps.stopped(error)
  }

  /** Resolves when nothing given so far is being worked on. */
  async settled(): Promise<void> {
    await this.#serial.idle()
  }

  async #assign(generation: number) {
    await this.#revoke()
    if (generation !== this.#generation) return
    await this.#guarded(generation, async () => {
      const asked = await this.#deps.handler.assigned(this.topic, this.partition)
      this.#held = true
      if (generation !== this.#generation) return
      this.position = asked
      const { earliest, end } = await this.#deps.bounds(this.topic, this.partition)
      if (generation !== this.#generation) return
      if (asked !== null && (asked < earliest || asked > end)) await this.#goOutOfRange(generation)
      else this.#consumeFrom(asked ?? earliest)
    })
  }

  async #revoke() {
    if (!this.#held) return
    this.#held = false
    try {
      await this.#deps.handler.revoked(this.topic, this.partition)
    } catch (err) {
      this.#deps.logger.warn({ topic: this.topic, partition: this.partition, err }, 'Letting go of a partition failed')
    }
  }

  #consumeFrom(offset: bigint) {
    this.position = offset
    this.state = 'consuming'
    this.error = null
    this.#fetch?.seek(offset)
    this.#fetch?.resume()
  }

  async #hand(fetched: Fetched, generation: number): Promise<bigint | null> {
    this.lastBatchAtMs = Date.now()
    return await this.#guarded(generation, async () => {
      const answer = await this.#deps.handler.batch(this.#batch(fetched, generation))
      if (!this.#consuming(generation)) return null
      if (answer) {
        this.#consumeFrom(answer.seek)
        return null
      }
      this.position = fetched.nextOffset
      this.#failures = 0
      if (fetched.nextOffset >= fetched.endOffset) {
        await this.#deps.handler.end(this.topic, this.partition, fetched.endOffset, fetched.fetchStartedAtMs)
      }
      return fetched.nextOffset
    })
  }

  #batch(fetched: Fetched, generation: number): StreamBatch {
    let settled = false
    return {
      topic: this.topic,
      partition: this.partition,
      ...fetched,
      committed: () => {
        settled = true
      },
      aborted: (cause) => {
        if (!settled && this.#consuming(generation)) this.#trouble(cause)
        settled = true
      },
    }
  }

  /**
   * kafkajs fetched at another offset than ours: a batch that was under way before a seek, or its own reset. Whatever
   * the reason, the batch is dropped; if the log no longer has our offset the handler hears of it, else we seek back.
   */
  async #unexpected(fetchedOffset: bigint, generation: number) {
    await this.#guarded(generation, async () => {
      const asked = this.position!
      const { earliest, end } = await this.#deps.bounds(this.topic, this.partition)
      if (!this.#consuming(generation)) return
      const at = { topic: this.topic, partition: this.partition, position: String(asked) }
      this.#deps.logger.warn({ ...at, fetched: String(fetchedOffset) }, 'Dropped a batch fetched at another offset')
      if (asked < earliest || asked > end) await this.#goOutOfRange(generation)
      else this.#fetch?.seek(asked)
    })
  }

  async #goOutOfRange(generation: number) {
    this.#fetch?.pause()
    this.state = 'assigning'
    const asked = this.position!
    const { earliest, end } = await this.#deps.bounds(this.topic, this.partition)
    const at = { topic: this.topic, partition: this.partition, asked: String(asked) }
    const bounds = { earliest: String(earliest), end: String(end) }
    this.#deps.logger.error({ ...at, ...bounds }, 'The topic does not have the offset that comes next')
    const answer = await this.#deps.handler.outOfRange(this.topic, this.partition, asked, earliest, end)
    if (generation !== this.#generation) return
    if (answer === 'stop') {
      return this.stop(`the topic has offsets ${earliest} to ${end}: it was cut, recreated or restored`)
    }
    this.#consumeFrom(answer.seek)
  }

  /** Runs a step that calls the handler or the broker; if it fails, the partition is let go of and taken again. */
  async #guarded<T>(generation: number, step: () => Promise<T>): Promise<T | null> {
    try {
      return await step()
    } catch (error) {
      if (generation === this.#generation) this.#trouble(error)
      return null
    }
  }

  #trouble(error: unknown) {
    this.#unsettle('retrying')
    const generation = this.#generation
    const waitMs = backOffMs(this.#deps.retry, this.#failures++)
    this.error = error instanceof Error ? error.message : String(error)
    const at = { topic: this.topic, partition: this.partition, err: error, wait_ms: waitMs }
    if (error instanceof PartitionLost) this.#deps.logger.warn(at, 'Another writer has the partition')
    else this.#deps.logger.error(at, 'The partition stands still; it is taken again after a wait')
    void this.#serial.run(() => this.#revoke())
    this.#retryTimer = setTimeout(() => {
      void this.#serial.run(async () => {
        if (generation === this.#generation) await this.#assign(generation)
      })
    }, waitMs)
  }

  #unsettle(state: Partition['state']) {
    clearTimeout(this.#retryTimer)
    this.#generation++
    this.#fetch?.pause()
    this.state = state
  }

  #consuming(generation: number): boolean {
    return generation === this.#generation && this.state === 'consuming'
  }
}
