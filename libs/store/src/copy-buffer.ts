import { pipeline } from 'node:stream/promises'
import type { ClientBase } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

/**
 * Rows for `copy … from stdin (format binary)`, encoded by hand into one growing buffer: the driver's own parameters
 * cost many times as much. PostgreSQL documentation, COPY, "Binary Format".
 */
export class CopyBuffer {
  #bytes: Buffer
  #at: number
  #rows = 0

  /** @param bytes_expected what the rows will need, if it is known: saves growing */
  constructor(bytes_expected = 1 << 16) {
    this.#bytes = Buffer.allocUnsafe(bytes_expected + 64)
    this.#at = signature.copy(this.#bytes)
  }

  get rows(): number {
    return this.#rows
  }

  row(columns: number): this {
    this.#room(2)
    this.#at = this.#bytes.writeInt16BE(columns, this.#at)
    this.#rows++
    return this
  }

  /** ASCII only: ids, run-length texts. */
  ascii(value: string): this {
    this.#length(value.length)
    this.#at += this.#bytes.write(value, this.#at, 'latin1')
    return this
  }

  text(value: string | null): this {
    if (value === null) return this.null()
    // UTF-8 takes at most three bytes for a UTF-16 code unit.
    this.#room(4 + value.length * 3)
    const length = this.#bytes.write(value, this.#at + 4, 'utf8')
    this.#at = this.#bytes.writeInt32BE(length, this.#at) + length
    return this
  }

  null(): this {
    this.#room(4)
    this.#at = this.#bytes.writeInt32BE(-1, this.#at)
    return this
  }

  int2Array(values: readonly number[]): this {
    this.#length(20 + values.length * 6)
    const bytes = this.#bytes
    let at = this.#at
    for (const word of [1 /* dimension */, 0 /* no nulls */, int2Oid, values.length, 1 /* lower bound */]) at = bytes.writeInt32BE(word, at)
    for (const value of values) at = bytes.writeInt16BE(value, bytes.writeInt32BE(2, at))
    this.#at = at
    return this
  }

  int2(value: number): this {
    this.#length(2)
    this.#at = this.#bytes.writeInt16BE(value, this.#at)
    return this
  }

  int4(value: number): this {
    this.#length(4)
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
    return this
  }

  int8(value: number): this {
    this.#length(8)
    this.#at = this.#bytes.writeInt32BE(Math.floor(value / 2 ** 32), this.#at)
    this.#at = this.#bytes.writeUInt32BE(((value % 2 ** 32) + 2 ** 32) % 2 ** 32, this.#at)
    return this
  }

  /** @param us microseconds since 1970 */
  timestamptz(us: number): this {
    return this.int8(us - postgresEpochUs)
  }

  bool(value: boolean): this {
    this.#length(1)
    this.#bytes[this.#at++] = value ? 1 : 0
    return this
  }

  /** @param json a JSON text */
  jsonb(json: string): this {
    this.#room(5 + json.length * 3)
    // The binary form of jsonb is a version, 1, and the text.
    this.#bytes[this.#at + 4] = 1
    const length = 1 + this.#bytes.write(json, this.#at + 5, 'utf8')
    this.#at = this.#bytes.writeInt32BE(length, this.#at) + length
    return this
  }

  bytea(value: Uint8Array): this {
    this.#length(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
    return this
  }

  /** A bytea given as text of one character per byte. */
  latin1(value: string): this {
    return this.ascii(value)
  }

  /** The whole stream. Nothing may be added afterwards. */
  finish(): Buffer {
    this.#room(2)
    this.#at = this.#bytes.writeInt16BE(-1, this.#at)
    return this.#bytes.subarray(0, this.#at)
  }

  #length(bytes: number): void {
    this.#room(4 + bytes)
    this.#at = this.#bytes.writeInt32BE(bytes, this.#at)
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }
}

/** @param into `table (columns)` */
export async function copyInto(client: ClientBase, into: string, rows: Buffer): Promise<void> {
  await pipeline([rows], client.query(copyFrom(`copy ${into} from stdin (format binary)`)))
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const int2Oid = 21
const postgresEpochUs = Date.UTC(2000, 0, 1) * 1000
