import kafkajs, { type ICustomPartitioner, type Message, type Producer } from 'kafkajs'
import { Serial } from '../serial.ts'
import { RecordTooLarge, StreamUnavailable } from '../stream-error.ts'
import type { OutgoingRecord, Produced, StreamProducer } from '../stream.ts'
import { clientConfig, type KafkaConfig } from './kafka-config.ts'

/** One `produce` that waits for its records. */
interface Call {
  records: readonly OutgoingRecord[]
  sizes: number[]
  bytes: number
  /** The next record to send. */
  sent: number
  produced: Produced[]
  missing: number
  settled: boolean
  resolve(produced: Produced[]): void
  reject(error: unknown): void
}

/** A record on its way: which call it is of, and where in it. */
interface Item {
  call: Call
  index: number
  message: Message
}

/**
 * Concurrent calls share requests: while one is under way, what arrives is gathered for the next (a group commit), so
 * the rate does not hang on the round trip. Requests go one at a time: records of one key stay in order, also retried.
 *
 * Not idempotent in Kafka's sense: kafkajs numbers its batches in a way that does not survive a request whose answer
 * was lost, and then refuses to go on. A record sent twice is harmless: received twice is a fact, and it counts once.
 */
export function createKafkaProducer(config: KafkaConfig, topic: string): StreamProducer {
  const message_bytes_max = config.message_bytes_max ?? 4 * 1024 * 1024
  const record_bytes_max = message_bytes_max - batch_overhead_bytes
  const queue_bytes_max = config.queue_bytes_max ?? 64 * 1024 * 1024
  const timeoutMs = config.produceTimeoutMs ?? 10_000
  const compression = kafkajs.CompressionTypes[compressions[config.compression ?? 'none']]
  const client = new kafkajs.Kafka({ ...clientConfig(config), requestTimeout: timeoutMs })
  const connecting = new Serial()
  const queue: Call[] = []
  let queued_bytes = 0
  let producer: Producer | null = null
  let flushing = false
  let idle: Promise<void> = Promise.resolve()
  let stopped = false

  async function produce(records: readonly OutgoingRecord[]): Promise<Produced[]> {
    if (stopped) throw new StreamUnavailable('The producer has been stopped')
    if (records.length === 0) return []
    const sizes = records.map(sizeOf)
    const tooLarge = sizes.findIndex((size) => size > record_bytes_max)
    if (tooLarge >= 0) throw new RecordTooLarge(tooLarge, sizes[tooLarge]!, record_bytes_max)
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    // One call larger than the whole queue must still be possible, alone.
    if (queued_bytes > 0 && queued_bytes + bytes > queue_bytes_max) {
      throw new StreamUnavailable(`Kafka is slower than what comes: ${queued_bytes} bytes wait to be sent`)
    }
    return await new Promise<Produced[]>((resolve, reject) => {
      const settle = () => {
        call.settled = true
        queued_bytes -= bytes
        clearTimeout(timer)
      }
      const call: Call = {
        records,
        sizes,
        bytes,
        sent: 0,
        produced: Array.from<Produced>({ length: records.length }),
        missing: records.length,
        settled: false,
        resolve(produced) {
          if (call.settled) return
          settle()
          resolve(produced)
        },
        reject(error) {
          if (call.settled) return
          settle()
          reject(error)
        },
      }
      const timer = setTimeout(
        () => call.reject(new StreamUnavailable(`Kafka has not acknowledged within ${timeoutMs} ms`)),
        timeoutMs,
      )
      queued_bytes += bytes
      queue.push(call)
      if (!flushing) idle = flush()
    })
  }

  async function flush() {
    flushing = true
    // One turn later: what is produced in the same turn shares the first request.
    await Promise.resolve()
    for (let items = take(); items.length > 0; items = take()) await deliver(items)
    // In the turn in which nothing was found: what comes next must start another flush.
    flushing = false
  }

  /** What one request holds: up to a megabyte or a thousand records (kafkajs groups them in quadratic time). */
  function take(): Item[] {
    const items: Item[] = []
    let bytes = 0
    while (queue.length > 0) {
      const call = queue[0]!
      for (; !call.settled && call.sent < call.records.length; call.sent++) {
        const size = call.sizes[call.sent]!
        const full = bytes + size > Math.min(record_bytes_max, request_bytes) || items.length >= request_records
        if (items.length > 0 && full) return items
        items.push({ call, index: call.sent, message: messageOf(call.records[call.sent]!) })
        bytes += size
      }
      queue.shift()
    }
    return items
  }

  async function deliver(items: Item[]) {
    let bases: Map<number, bigint>
    try {
      bases = await send(items)
    } catch (error) {
      if (!isTooLarge(error)) {
        const unavailable = new StreamUnavailable('Kafka has not taken the records', error)
        for (const { call } of items) call.reject(unavailable)
      } else if (items.length > 1) {
        // The topic takes less than we were told: halves fit, or show which record does not.
        const half = items.length >> 1
        await deliver(items.slice(0, half))
        await deliver(items.slice(half))
      } else {
        const { call, index } = items[0]!
        call.reject(new RecordTooLarge(index, call.sizes[index]!, record_bytes_max, error))
      }
      return
    }
    for (const { call, index, message } of items) {
      const partition = message.partition!
      const offset = bases.get(partition)!
      bases.set(partition, offset + 1n)
      call.produced[index] = { topic, partition, offset }
      if (--call.missing === 0) call.resolve(call.produced)
    }
  }

  /** Answers the first offset of this request's records in each partition. */
  async function send(items: Item[]): Promise<Map<number, bigint>> {
    const connection = await connect()
    const answers = await connection.send({
      topic,
      acks: -1,
      timeout: timeoutMs,
      compression,
      messages: items.map(({ message }) => message),
    })
    const bases = new Map<number, bigint>()
    for (const { partition, baseOffset } of answers) {
      if (baseOffset !== undefined && BigInt(baseOffset) >= 0n) bases.set(partition, BigInt(baseOffset))
    }
    // When a leader moves during its retry, kafkajs can leave a partition out and still call it a success.
    const silent = items.find(({ message }) => !bases.has(message.partition!))
    if (silent) throw new Error(`No acknowledgement for partition ${silent.message.partition} of ${topic}`)
    return bases
  }

  async function connect(): Promise<Producer> {
    return await connecting.run(async () => {
      if (producer) return producer
      const created = client.producer({
        allowAutoTopicCreation: false,
        createPartitioner: stickyPartitioner,
        metadataMaxAge: 60_000,
      })
      try {
        await created.connect()
      } catch (error) {
        await created.disconnect().catch(() => undefined)
        throw error
      }
      return (producer = created)
    })
  }

  return {
    produce,
    async stop() {
      stopped = true
      await idle
      await connecting.run(async () => producer?.disconnect().catch(() => undefined))
    },
  }
}

const request_bytes = 1_000_000
const request_records = 1000
/** The header of a record batch: what `max.message.bytes` counts besides the records. */
const batch_overhead_bytes = 61
const compressions = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' } as const

/**
 * Java's default for keys (murmur2), and the choice is kept in the message: kafkajs asks again at every retry, and a
 * record without a key would go elsewhere, or nowhere, the second time.
 */
const stickyPartitioner: ICustomPartitioner = () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner()
  return (args) => (args.message.partition ??= choose(args))
}

function messageOf({ key, value, headers }: OutgoingRecord): Message {
  return { key, value, headers }
}

/** At most this many bytes in a record batch: lengths and deltas are variable-length integers of up to 10 bytes. */
function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = 36 + (key?.length ?? 0) + (value?.length ?? 0)
  for (const name of Object.keys(headers)) {
    const header = headers[name]!
    bytes += 10 + Buffer.byteLength(name) + (typeof header === 'string' ? Buffer.byteLength(header) : header.length)
  }
  return bytes
}

function isTooLarge(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { type } = each as { type?: string }
    if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') return true
  }
  return false
}
