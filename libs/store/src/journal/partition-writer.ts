import crypto from 'node:crypto'
import type { ClientBase, Pool, PoolClient } from 'pg'
import { Tree } from '@onbehalf/ledger'
import { CopyBuffer, copyInto } from '../copy-buffer.ts'
import { sha256 } from '../sha256.ts'
import { sqlFile } from '../sql-file.ts'
import { StoreError } from '../store-error.ts'
import { isId, unassignedTenant, type Entry } from './entry.ts'
import { recoverLogs } from './recover.ts'
import { Salts, seal, type OpenLog, type SealedSegment } from './seal.ts'
import { saltLength } from './segment.ts'
import { timeUs } from './time.ts'

/** Another writer took the partition over: nothing of the batch was stored. */
export class PartitionLost extends StoreError {
  constructor(topic: string, partition: number) {
    super('partition_lost', `Another writer has taken over ${topic}/${partition}.`, { topic, partition })
    this.name = 'PartitionLost'
  }
}

export interface Batch {
  /** In the order of the partition. */
  entries: readonly Entry[]
  /** Where the partition goes on: last offset + 1. */
  nextOffset: bigint
  /** Where the batch began: what `position` is. */
  expectOffset: bigint
  /** Microseconds since 1970, read before the fetch that showed the batch to reach the end of the topic. */
  caughtUpAtUs?: number
  /** The end of the topic that the fetch showed. */
  endOffset?: bigint
}

/** A batch encoded to the last byte; only its writer can commit it, and in order. */
export interface Prepared {
  readonly nextOffset: bigint
  readonly entries: number
  readonly segments: number
  /** Of content, before compression and after. */
  readonly bytes: number
  readonly bytesStored: number
}

export interface PartitionWriterOptions {
  topic: string
  partition: number
  /** Microseconds since 1970. */
  clock?: () => number
  /** Where salts come from: `crypto.randomBytes`, unless a test wants the same leaves twice. */
  random?: (bytes: number) => Buffer
}

/** Takes a partition over: raises its epoch, so that no other writer can commit any more, and recovers its logs. */
export async function openPartition(pool: Pool, options: PartitionWriterOptions): Promise<PartitionWriter> {
  const { topic, partition } = options
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(topic) || !Number.isInteger(partition) || partition < 0) {
    throw new StoreError('journal_misuse', `${topic}/${partition} is not a partition.`, { topic, partition })
  }
  return withClient(pool, async (client) => {
    // Waits for a commit of the former writer that is under way: what is read below is final.
    const { rows } = await client.query<{ epoch: number; next_offset: number | bigint | null }>({
      name: 'take-partition', text: takeSql, values: [topic, partition] })
    const { epoch, next_offset } = rows[0]!
    const logs = new Map<string, OpenLog>()
    for (const { head, tree } of await recoverLogs(client, topic, partition)) {
      const known = logs.get(head.tenant)
      if (known !== undefined && known.generation > head.generation) continue
      logs.set(head.tenant, { tenant: head.tenant, logId: head.logId, generation: head.generation, tree,
        receivedAtUs: head.receivedAt === null ? 0 : timeUs(head.receivedAt), opened: true })
    }
    return new PartitionWriter(pool, options, epoch, next_offset === null ? null : BigInt(next_offset), logs)
  })
}

/**
 * The one writer of a partition. `prepare` is CPU only and may run for the next batch while `commit` of the one before
 * is under way. After any failure the writer is dead: nobody knows what was stored, so open the partition anew, which
 * finds out.
 */
export class PartitionWriter {
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  readonly #pool: Pool
  readonly #clock: () => number
  readonly #random: (bytes: number) => Buffer
  readonly #logs: Map<string, OpenLog>
  #position: bigint | null
  #committed: bigint | null
  #failure: unknown
  #last: Promise<unknown> = Promise.resolve()
  readonly #waiting: EncodedBatch[] = []

  /** Use `openPartition`. */
  constructor(pool: Pool, options: PartitionWriterOptions, epoch: number, nextOffset: bigint | null,
    logs: Map<string, OpenLog>) {
    this.#pool = pool
    this.topic = options.topic
    this.partition = options.partition
    this.#clock = options.clock ?? (() => Date.now() * 1000)
    this.#random = options.random ?? crypto.randomBytes
    this.epoch = epoch
    this.#position = nextOffset
    this.#committed = nextOffset
    this.#logs = logs
  }

  /** Where the next batch begins: after what was prepared. Null: the partition was never read. */
  get position(): bigint | null {
    return this.#position
  }

  /** Where a new writer would begin: after what was committed. */
  get committed(): bigint | null {
    return this.#committed
  }

  get dead(): boolean {
    return this.#failure !== undefined
  }

  /** Salts, hashes, compresses and encodes a batch, and moves on. Throws `journal_misuse` for a batch out of order. */
  prepare(batch: Batch): Prepared {
    this.#assertAlive()
    if ((this.#position !== null && batch.expectOffset !== this.#position) || batch.nextOffset < batch.expectOffset) {
      throw new StoreError('journal_misuse', `A batch from ${batch.expectOffset} to ${batch.nextOffset} does not follow `
        + `${this.#position}.`, { topic: this.topic, partition: this.partition })
    }
    this.#assertEntries(batch)
    try {
      const encoded = this.#encode(batch)
      this.#waiting.push(encoded)
      this.#position = batch.nextOffset
      return encoded
    } catch (cause) {
      // Trees may have grown by half a batch.
      this.#failure = cause
      throw cause
    }
  }

  /** Stores a prepared batch in one transaction. Throws `PartitionLost`, or what went wrong; the writer is then dead. */
  commit(prepared: Prepared): Promise<void> {
    return this.#inTurn(async (client) => {
      const batch = this.#waiting.shift()
      if (batch === undefined || batch !== prepared) {
        throw new StoreError('journal_misuse', 'Batches are committed in the order in which they were prepared.')
      }
      await this.#store(client, batch)
      this.#committed = batch.nextOffset
    })
  }

  /**
   * Says that at `atUs` the topic ended at `endOffset`. Counts as caught up if all of it is committed, and never takes
   * back what was said. Throws `PartitionLost`.
   */
  caughtUp(atUs: number, endOffset: bigint): Promise<void> {
    return this.#inTurn(async (client) => {
      const { rowCount } = await client.query({ name: 'caught-up', text: caughtUpSql,
        values: [this.topic, this.partition, this.epoch, atUs, endOffset] })
      if (rowCount !== 1) throw new PartitionLost(this.topic, this.partition)
    })
  }

  /**
   * The entries that say, in every data log of the partition, that records `from` … `to` (excluded) are gone: the topic
   * begins after the position. To be prepared as a batch of their own, before anything else.
   */
  lostEntries(from: bigint, to: bigint, reason = 'retention'): Entry[] {
    const content = Buffer.from(JSON.stringify({ topic: this.topic, partition: this.partition, from: `${from}`, to: `${to}`, reason }))
    const tenants = this.#logs.size > 0 ? [...this.#logs.keys()].sort() : [unassignedTenant]
    return tenants.map((tenant) => ({ tenant, kind: 'lost', producer: 'onbehalf', content, offset: from }))
  }

  #encode(batch: Batch): EncodedBatch {
    const nowUs = this.#clock()
    const salts = new Salts(this.#random(batch.entries.length * saltLength))
    const sealed: SealedSegment[] = []
    const heads: HeadChange[] = []
    const opened: OpenLog[] = []
    for (const [tenant, entries] of byTenant(batch.entries)) {
      let log = this.#logs.get(tenant)
      if (log === undefined) {
        log = { tenant, logId: `${this.topic}/${this.partition}`, generation: 0, tree: new Tree(sha256), receivedAtUs: 0,
          opened: true }
        this.#logs.set(tenant, log)
        opened.push(log)
      }
      const sizeBefore = log.tree.size
      for (const segment of seal(log, entries, salts, nowUs)) sealed.push(segment)
      heads.push({ log, sizeBefore, size: log.tree.size, root: hex(log.tree.root()), frontier: hex(log.tree.frontier().join('')),
        receivedAtUs: log.receivedAtUs })
    }
    // Locks are taken in this order.
    heads.sort((a, b) => (a.log.tenant < b.log.tenant ? -1 : 1))
    opened.sort((a, b) => (a.tenant < b.tenant ? -1 : 1))
    return {
      nextOffset: batch.nextOffset,
      expectOffset: this.#position,
      caughtUpAtUs: batch.caughtUpAtUs !== undefined && batch.endOffset !== undefined && batch.nextOffset >= batch.endOffset
        ? batch.caughtUpAtUs : null,
      endOffset: batch.endOffset ?? null,
      entries: batch.entries.length,
      segments: sealed.length,
      bytes: batch.entries.reduce((sum, entry) => sum + entry.content.length, 0),
      bytesStored: sealed.reduce((sum, segment) => sum + segment.content.length, 0),
      opened,
      heads,
      segmentRows: sealed.length === 0 ? null : encodeSegments(sealed),
      tileRows: encodeTiles(heads.map((head) => head.log)),
    }
  }

  /** Lock order: partition, data logs by tenant, own logs by tenant. */
  async #store(client: ClientBase, batch: EncodedBatch): Promise<void> {
    const { topic, partition } = this
    await client.query('begin')
    const moved = await client.query({ name: 'move-partition', text: moveSql, values: [topic, partition, this.epoch,
      batch.expectOffset, batch.nextOffset, batch.caughtUpAtUs, batch.endOffset] })
    if (moved.rowCount !== 1) {
      await client.query('rollback')
      throw new PartitionLost(topic, partition)
    }
    const { heads, opened } = batch
    const joined = <T>(of: readonly T[], text: (each: T) => string | number) => of.map(text).join('\x1f')
    if (opened.length > 0) {
      const made = await client.query({ name: 'open-logs', text: openSql,
        values: [joined(opened, (log) => log.tenant), opened[0]!.logId, topic, partition] })
      if (made.rowCount !== opened.length) throw this.#headsMoved()
    }
    if (heads.length > 0) {
      const advanced = await client.query({ name: 'advance-heads', text: advanceSql, values: [
        joined(heads, (head) => head.log.tenant), joined(heads, (head) => head.log.logId),
        joined(heads, (head) => head.sizeBefore), joined(heads, (head) => head.size), joined(heads, (head) => head.root),
        joined(heads, (head) => head.frontier), joined(heads, (head) => head.receivedAtUs)] })
      if (advanced.rowCount !== heads.length) throw this.#headsMoved()
    }
    if (batch.segmentRows !== null) await copyInto(client, segmentColumns, batch.segmentRows)
    if (batch.tileRows !== null) await copyInto(client, tileColumns, batch.tileRows)
    if (opened.length > 0) {
      await client.query({ name: 'say-opened', text: sayOpenedSql,
        values: [joined(opened, (log) => log.tenant), opened[0]!.logId, topic, partition] })
    }
    // The point of no return: before it nothing is stored, after it everything is, whether or not we hear of it.
    await client.query('commit')
    // Projectors in other processes are woken. Outside the transaction: NOTIFY within it would make the commits of all
    // partitions queue behind one another. Lost with a crash, and then they look by themselves.
    await client.query({ name: 'wake', text: `select pg_notify('onbehalf_journal', '')` }).catch(() => undefined)
  }

  /** One transaction after the other; after a failure none. */
  #inTurn(work: (client: ClientBase) => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => {
      this.#assertAlive()
      try {
        await withClient(this.#pool, work)
      } catch (cause) {
        this.#failure = cause
        throw cause
      }
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }

  #assertAlive(): void {
    if (this.#failure === undefined) return
    if (this.#failure instanceof PartitionLost) throw new PartitionLost(this.topic, this.partition)
    throw new StoreError('writer_dead', `The writer of ${this.topic}/${this.partition} failed before; open the partition anew.`,
      { topic: this.topic, partition: this.partition }, this.#failure)
  }

  #assertEntries(batch: Batch): void {
    let offset = batch.expectOffset
    for (const entry of batch.entries) {
      if (!isId(entry.tenant) || !isId(entry.producer) || entry.offset < offset || entry.offset >= batch.nextOffset) {
        throw new StoreError('journal_misuse', `An entry of ${entry.tenant}, ${entry.producer} at ${entry.offset} does not `
          + `belong into a batch from ${offset} to ${batch.nextOffset}.`, { topic: this.topic, partition: this.partition })
      }
      offset = entry.offset
    }
  }

  #headsMoved(): StoreError {
    return new StoreError('journal_damaged', `A log of ${this.topic}/${this.partition} is not as its writer left it. `
      + 'Run `onbehalf doctor`.', { topic: this.topic, partition: this.partition })
  }
}

interface HeadChange {
  log: OpenLog
  sizeBefore: number
  size: number
  root: string
  frontier: string
  receivedAtUs: number
}

interface EncodedBatch extends Prepared {
  expectOffset: bigint | null
  caughtUpAtUs: number | null
  endOffset: bigint | null
  opened: OpenLog[]
  heads: HeadChange[]
  segmentRows: Buffer | null
  tileRows: Buffer | null
}

function byTenant(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>()
  let group: Entry[] = []
  let tenant = ''
  for (const entry of entries) {
    if (entry.tenant !== tenant) {
      tenant = entry.tenant
      group = groups.get(tenant) ?? []
      if (group.length === 0) groups.set(tenant, group)
    }
    group.push(entry)
  }
  return groups
}

const segmentColumns = 'journal.segments (tenant, log_id, first_index, count, received_at, encoding, kinds, producers, '
  + 'offsets, commitments, content)'

function encodeSegments(segments: readonly SealedSegment[]): Buffer {
  let bytes = 0
  for (const each of segments) bytes += each.content.length + each.commitments.length + each.offsets.length + 512
  const rows = new CopyBuffer(bytes)
  for (const each of segments) {
    rows.row(11).ascii(each.log.tenant).ascii(each.log.logId).int8(each.firstIndex).int4(each.count)
      .timestamptz(each.receivedAtUs).int2(each.encoding).ascii(each.kinds).ascii(each.producers).ascii(each.offsets)
      .bytea(each.commitments).bytea(each.content)
  }
  return rows.finish()
}

const tileColumns = 'ledger.tiles (tenant, log_id, level, index, hashes, root)'

function encodeTiles(logs: readonly OpenLog[]): Buffer | null {
  const rows = new CopyBuffer()
  for (const { tenant, logId, tree } of logs) {
    for (const { level, index, hashes, root } of tree.takeTiles()) {
      rows.row(6).ascii(tenant).ascii(logId).int2(level).int8(index).latin1(hashes.join('')).latin1(root)
    }
  }
  return rows.rows === 0 ? null : rows.finish()
}

function hex(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('hex')
}

async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let failed: unknown
  try {
    return await work(client)
  } catch (cause) {
    failed = cause
    throw cause
  } finally {
    // A connection on which something failed may be in the middle of it.
    client.release(failed !== undefined)
  }
}

const takeSql = sqlFile(import.meta.url, 'sql/take-partition.sql')
const moveSql = sqlFile(import.meta.url, 'sql/move-partition.sql')
const openSql = sqlFile(import.meta.url, 'sql/open-logs.sql')
const advanceSql = sqlFile(import.meta.url, 'sql/advance-heads.sql')
const sayOpenedSql = sqlFile(import.meta.url, 'sql/say-opened.sql')
const caughtUpSql = sqlFile(import.meta.url, 'sql/caught-up.sql')
