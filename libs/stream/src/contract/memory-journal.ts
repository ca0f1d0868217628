import { setTimeout as sleep } from 'node:timers/promises'
import { PartitionLost } from '../stream-error.ts'
import type { PartitionHandler, StreamBatch } from '../stream.ts'

/** One record as it was stored. */
export interface Stored {
  topic: string
  partition: number
  offset: bigint
  key: Buffer | null
  value: Buffer | null
  headers: [string, Buffer][]
  timestampMs: number
}

/** What a test wants to go wrong with the next commits of any writer, first come first served. */
export type CommitFault = 'throw' | 'abort' | 'lost' | 'persisted-but-throw' | 'persisted-but-abort' | 'seek'

/**
 * What services/ingest does with Postgres, in memory: entries and next offset move together, under an epoch and a
 * compare-and-set; a writer accepts one batch while it commits the one before. It also fails the test whenever the
 * stream breaks the contract that `stream.ts` states.
 */
export class MemoryJournal {
  readonly partitions = new Map<string, { epoch: number; nextOffset: bigint; entries: Stored[] }>()
  readonly faults: CommitFault[] = []
  /** What the stream did against the contract; empty, or the test fails. */
  readonly violations: string[] = []
  readonly ends: { topic: string; partition: number; endOffset: bigint; atMs: number; calledAtMs: number }[] = []
  readonly outOfRange: { topic: string; partition: number; asked: bigint; earliest: bigint; end: bigint }[] = []
  assignments = 0
  batches = 0
  /** How long one commit takes. */
  commitMs = 1
  /** What `outOfRange` answers. */
  whenOutOfRange: 'stop' | 'earliest' = 'stop'

  /** Everything stored of a topic, by partition and offset. */
  entries(topic: string): Stored[] {
    return [...this.partitions]
      .filter(([key]) => key.startsWith(`${topic}/`))
      .flatMap(([, { entries }]) => entries)
  }

  nextOffset(topic: string, partition: number): bigint | null {
    return this.partitions.get(`${topic}/${partition}`)?.nextOffset ?? null
  }

  /** Throws if the stream broke its contract in any call. */
  mustHaveBeenKept(): void {
    if (this.violations.length > 0) throw new Error(`The stream broke its contract:\n${this.violations.join('\n')}`)
  }

  /** A new writer, as a new process would be. */
  writer(): PartitionHandler {
    return new Writer(this)
  }
}

interface Assignment {
  epoch: number
  position: bigint | null
  committing: Promise<void>
  failure: { cause: unknown } | null
}

class Writer implements PartitionHandler {
  readonly #journal: MemoryJournal
  readonly #assignments = new Map<string, Assignment>()
  readonly #busy = new Set<string>()

  constructor(journal: MemoryJournal) {
    this.#journal = journal
  }

  async assigned(topic: string, partition: number): Promise<bigint | null> {
    return await this.#alone(topic, partition, async (key) => {
      this.#must(!this.#assignments.has(key), `${key}: assigned twice without revoked`)
      await sleep(1)
      this.#journal.assignments++
      const stored = this.#journal.partitions.get(key) ?? null
      const epoch = (stored?.epoch ?? 0) + 1
      const position = stored && stored.nextOffset >= 0n ? stored.nextOffset : null
      if (stored) stored.epoch = epoch
      else this.#journal.partitions.set(key, { epoch, nextOffset: -1n, entries: [] })
      this.#assignments.set(key, { epoch, position, committing: Promise.resolve(), failure: null })
      return position
    })
  }

  async batch(batch: StreamBatch): Promise<void | { seek: bigint }> {
    return await this.#alone(batch.topic, batch.partition, async (key) => {
      const assignment = this.#assignments.get(key)
      this.#must(assignment !== undefined, `${key}: batch without assigned`)
      if (!assignment) return
      this.#journal.batches++
      assignment.position ??= batch.fetchedOffset
      this.#checkBatch(key, batch, assignment.position)
      await assignment.committing
      if (assignment.failure) throw assignment.failure.cause
      const fault = batch.records.length > 0 ? this.#journal.faults.shift() : undefined
      if (fault === 'throw') throw new Error('the commit failed and nothing was persisted')
      if (fault === 'lost') throw new PartitionLost(batch.topic, batch.partition)
      if (fault === 'seek') return { seek: batch.fetchedOffset }
      if (fault === 'persisted-but-throw') {
        this.#commit(key, assignment, batch)
        throw new Error('the commit failed but was persisted')
      }
      // Accepted: the next batch may come while this one is being committed.
      assignment.position = batch.nextOffset
      assignment.committing = (async () => {
        await sleep(this.#journal.commitMs)
        try {
          if (fault === 'abort') throw new Error('the commit failed later and nothing was persisted')
          this.#commit(key, assignment, batch)
          if (fault === 'persisted-but-abort') throw new Error('the commit failed later but was persisted')
          batch.committed()
        } catch (cause) {
          assignment.failure = { cause }
          batch.aborted(cause)
        }
      })()
    })
  }

  async end(topic: string, partition: number, endOffset: bigint, atMs: number): Promise<void> {
    await this.#alone(topic, partition, async (key) => {
      const assignment = this.#assignments.get(key)
      this.#must(assignment !== undefined, `${key}: end without assigned`)
      this.#journal.ends.push({ topic, partition, endOffset, atMs, calledAtMs: Date.now() })
      if (assignment?.failure) throw assignment.failure.cause
    })
  }

  async revoked(topic: string, partition: number): Promise<void> {
    await this.#alone(topic, partition, async (key) => {
      const assignment = this.#assignments.get(key)
      this.#must(assignment !== undefined, `${key}: revoked without assigned`)
      await assignment?.committing
      this.#assignments.delete(key)
    })
  }

  async outOfRange(topic: string, partition: number, asked: bigint, earliest: bigint, end: bigint) {
    return await this.#alone(topic, partition, async (key): Promise<{ seek: bigint } | 'stop'> => {
      this.#journal.outOfRange.push({ topic, partition, asked, earliest, end })
      if (this.#journal.whenOutOfRange === 'stop') return 'stop'
      const assignment = this.#assignments.get(key)!
      await assignment.committing
      this.#journal.partitions.get(key)!.nextOffset = earliest
      assignment.position = earliest
      return { seek: earliest }
    })
  }

  #commit(key: string, assignment: Assignment, batch: StreamBatch) {
    const stored = this.#journal.partitions.get(key)!
    const expected = stored.nextOffset < 0n ? batch.fetchedOffset : stored.nextOffset
    if (stored.epoch !== assignment.epoch || expected !== batch.fetchedOffset) {
      throw new PartitionLost(batch.topic, batch.partition)
    }
    stored.nextOffset = batch.nextOffset
    for (const { offset, key, value, headers, timestampMs } of batch.records) {
      stored.entries.push({ topic: batch.topic, partition: batch.partition, offset, key, value, headers, timestampMs })
    }
  }

  #checkBatch(key: string, batch: StreamBatch, position: bigint) {
    const { fetchedOffset, nextOffset, endOffset, records } = batch
    this.#must(fetchedOffset === position, `${key}: fetched at ${fetchedOffset}, not at ${position}`)
    this.#must(nextOffset > fetchedOffset, `${key}: a batch from ${fetchedOffset} to ${nextOffset}`)
    this.#must(nextOffset <= endOffset, `${key}: a batch to ${nextOffset} past the end ${endOffset}`)
    this.#must(batch.fetchStartedAtMs > 0 && batch.fetchStartedAtMs <= Date.now(), `${key}: fetched in the future`)
    let last = fetchedOffset - 1n
    for (const { offset } of records) {
      this.#must(offset > last && offset < nextOffset, `${key}: offset ${offset} after ${last}, before ${nextOffset}`)
      last = offset
    }
  }

  /** Calls for one partition never overlap. */
  async #alone<T>(topic: string, partition: number, work: (key: string) => Promise<T>): Promise<T> {
    const key = `${topic}/${partition}`
    this.#must(!this.#busy.has(key), `${key}: two calls at once`)
    this.#busy.add(key)
    try {
      return await work(key)
    } finally {
      this.#busy.delete(key)
    }
  }

  #must(is: boolean, otherwise: string) {
    if (!is) this.#journal.violations.push(otherwise)
  }
}
