import type { KafkaMessage } from 'kafkajs'
import type { StreamRecord } from '../stream.ts'

const none: [string, Buffer][] = []
const emptyValue = Buffer.alloc(0)

/** A view of kafkajs's message: nothing is converted before it is asked for, for this is made once per record. */
export class KafkaRecord implements StreamRecord {
  readonly #message: KafkaMessage

  constructor(message: KafkaMessage) {
    this.#message = message
  }

  get offset(): bigint {
    return BigInt(this.#message.offset)
  }

  get key(): Buffer | null {
    return this.#message.key
  }

  get value(): Buffer | null {
    return this.#message.value
  }

  get timestampMs(): number {
    return Number(this.#message.timestamp)
  }

  /** kafkajs keeps headers by name: repeated names keep their order, and stand where the first of them stood. */
  get headers(): [name: string, value: Buffer][] {
    const headers = this.#message.headers as Record<string, unknown> | undefined
    if (!headers) return none
    const list: [string, Buffer][] = []
    for (const name of Object.keys(headers)) {
      const value = headers[name]
      if (Array.isArray(value)) for (const each of value) list.push([name, (each as Buffer | null) ?? emptyValue])
      else list.push([name, (value as Buffer | null) ?? emptyValue])
    }
    return list
  }
}
