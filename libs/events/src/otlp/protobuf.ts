import { decodeUtf8Value } from '../utf8.ts'
import { Malformed } from './malformed.ts'
import { integerOf } from './wire-values.ts'

/** Wire types (protobuf.dev, "Encoding"). Groups (3 and 4) are of proto2 and refused. */
export const varint = 0
export const fixed64 = 1
export const bytes = 2
export const fixed32 = 5
const wireNames: Record<number, string> = { [varint]: 'a varint', [fixed64]: '8 bytes', [bytes]: 'a length and bytes', [fixed32]: '4 bytes' }

export function wireName(wire: number): string {
  return wireNames[wire] ?? `wire type ${wire}`
}

/** Goes over the fields of one message, by position: copies nothing, follows nothing. @throws Malformed from everything */
export class Fields {
  /** Of the field that `next` has found: number, wire type, where its tag begins, where its value begins and ends. */
  number = 0
  wire = 0
  from = 0
  at = 0
  to: number

  readonly #data: Uint8Array
  readonly #end: number

  constructor(data: Uint8Array, from = 0, to = data.length) {
    this.#data = data
    this.to = from
    this.#end = to
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.to >= this.#end) return false
    this.from = this.to
    const tag = this.#length(this.from, 'a tag')
    this.number = Math.floor(tag / 8)
    this.wire = tag % 8
    if (this.number === 0 || this.number > numberMax) throw new Malformed(`has field number ${this.number}; 1 to ${numberMax} are allowed`, this.from)
    const end = this.#valueEnd()
    if (end > this.#end) throw new Malformed(`is cut short: field ${this.number} ends ${end - this.#end} bytes after the message`, this.from)
    this.to = end
    return true
  }

  /** The fields of the message that this field is. */
  message(): Fields {
    this.expect(bytes)
    return new Fields(this.#data, this.at, this.to)
  }

  slice(): Uint8Array {
    this.expect(bytes)
    return this.#data.subarray(this.at, this.to)
  }

  /** Null where it is not UTF-8. */
  text(): string | null {
    this.expect(bytes)
    const length = this.to - this.at
    if (length > 32) return decodeUtf8Value(this.#data.subarray(this.at, this.to))
    let text = ''
    for (let i = this.at; i < this.to; i++) {
      const byte = this.#data[i]!
      if (byte >= 0x80) return decodeUtf8Value(this.#data.subarray(this.at, this.to))
      text += String.fromCharCode(byte)
    }
    return text
  }

  /** `int64`, `uint32`, `bool` or an enum: a number, or decimal text where a double cannot hold it. */
  integer(): number | string {
    this.expect(varint)
    const length = this.to - this.at
    if (length <= 7) return this.#low(length)
    let value = 0n
    for (let i = 0; i < length; i++) value |= BigInt(this.#data[this.at + i]! & 0x7f) << BigInt(7 * i)
    return integerOf(BigInt.asIntN(64, value))
  }

  double(): number {
    this.expect(fixed64)
    for (let i = 0; i < 8; i++) scratch.setUint8(i, this.#data[this.at + i]!)
    return scratch.getFloat64(0, true)
  }

  unsigned64(): bigint {
    this.expect(fixed64)
    for (let i = 0; i < 8; i++) scratch.setUint8(i, this.#data[this.at + i]!)
    return scratch.getBigUint64(0, true)
  }

  expect(wire: number): void {
    if (this.wire !== wire) throw new Malformed(`has field ${this.number} as ${wireName(this.wire)}, and it must be ${wireName(wire)}`, this.from)
  }

  #valueEnd(): number {
    switch (this.wire) {
      case varint:
        return this.#varintEnd(this.at)
      case fixed64:
        return this.at + 8
      case bytes: {
        const length = this.#length(this.at, 'a length')
        return this.at + length
      }
      case fixed32:
        return this.at + 4
      default:
        throw new Malformed(`has field ${this.number} with wire type ${this.wire}, which proto3 does not have`, this.from)
    }
  }

  /** The varint at `from`, as a number that is exact below 2^53; `at` goes behind it. */
  #length(from: number, what: string): number {
    const first = this.#data[from]!
    if (from < this.#end && first < 0x80) {
      this.at = from + 1
      return first
    }
    const end = this.#varintEnd(from)
    if (end > this.#end) throw new Malformed(`is cut short in ${what}`, from)
    this.at = from
    const value = this.#low(end - from)
    this.at = end
    return value
  }

  /** Behind the last byte of the varint; one more than the end of the message where that comes first. */
  #varintEnd(from: number): number {
    const stop = Math.min(this.#end, from + varintBytesMax)
    for (let i = from; i < stop; i++) if (this.#data[i]! < 0x80) return i + 1
    if (stop === this.#end) return stop + 1
    throw new Malformed(`has a varint of more than ${varintBytesMax} bytes`, from)
  }

  #low(length: number): number {
    let value = 0
    for (let i = length - 1; i >= 0; i--) value = value * 128 + (this.#data[this.at + i]! & 0x7f)
    return value
  }
}

const numberMax = 2 ** 29 - 1
const varintBytesMax = 10
const scratch = new DataView(new ArrayBuffer(8))

export function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length++
  return length
}

/** Writes a varint and answers where it ends. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) target[at++] = rest % 128 | 0x80
  target[at++] = rest
  return at
}
