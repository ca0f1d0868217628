import { setTimeout as sleep } from 'node:timers/promises'
import zlib from 'node:zlib'
import kafkajs, { type Consumer } from 'kafkajs'
import { entriesOf, type Message } from './received.ts'
import type { Story } from './story.ts'

/** What stands in the topics `otlp_spans` and `otlp_logs`, in order of arrival, read by a client that knows nothing of Onbehalf. */
export class Topics {
  readonly messages: Message[] = []
  /** How many batches came packed with zstd. */
  unpacked = 0
  readonly #consumer: Consumer

  constructor(brokers: string[]) {
    const codecs = kafkajs.CompressionCodecs as Record<number, () => object>
    codecs[kafkajs.CompressionTypes.ZSTD] = () => ({
      decompress: async (data: Buffer) => {
        this.unpacked++
        return zlib.zstdDecompressSync(data)
      },
    })
    const kafka = new kafkajs.Kafka({ brokers, clientId: 'check', logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 50, maxRetryTime: 1_000 } })
    this.#consumer = kafka.consumer({ groupId: 'check' })
  }

  async start(): Promise<void> {
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: ['otlp_spans', 'otlp_logs'], fromBeginning: true })
    await this.#consumer.run({
      eachMessage: async ({ topic, message }) =>
        void this.messages.push({ signal: topic === 'otlp_spans' ? 'traces' : 'logs', key: message.key?.toString() ?? null, value: message.value! }),
    })
  }

  /** All that have come once as many records are there as were told, and a little after: what comes twice must be seen. */
  async take(told: Story): Promise<Message[]> {
    const records = () => this.messages.reduce((sum, { value, signal }) => sum + entriesOf(value, signal).length, 0)
    await until(() => records() >= told.spans.length + told.logs.length)
    await sleep(500)
    return this.messages.splice(0)
  }

  stop = () => this.#consumer.disconnect()
}

/** Returns when it is so, or after a minute: what is then not so is told by who looks. */
export async function until(is: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !is() && Date.now() < deadline;) await sleep(50)
}
