/** Protobuf by hand: fields as bytes, in any order, with any number. */
export interface Field {
  number: number
  /** With tag and length. */
  raw: Buffer
  payload: Buffer
}

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

/** A field with a length. */
export function field(number: number, ...payload: Uint8Array[]): Buffer {
  const content = Buffer.concat(payload)
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content])
}

export function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value))
  return Buffer.concat([varint(number * 8 + 1), bytes])
}

export const number = (at: number, value: number | bigint): Buffer => Buffer.concat([varint(at * 8), varint(value)])

/** The fields of a message that is known to be sound. */
export function fieldsOf(message: Uint8Array): Field[] {
  const bytes = Buffer.from(message)
  const fields: Field[] = []
  for (let at = 0; at < bytes.length;) {
    const from = at
    const read = () => {
      let value = 0n
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes[at++]!
        value |= BigInt(byte & 0x7f) << shift
        if (byte < 0x80) return value
      }
    }
    const tag = Number(read())
    let start = at
    if (tag % 8 === 0) read()
    else if (tag % 8 === 1) at += 8
    else if (tag % 8 === 5) at += 4
    else {
      const length = Number(read())
      start = at
      at += length
    }
    fields.push({ number: Math.floor(tag / 8), raw: bytes.subarray(from, at), payload: bytes.subarray(start, at) })
  }
  return fields
}
