/**
 * The little of the protobuf wire format (https://protobuf.dev/programming-guides/encoding/) that answers need. As proto3 says,
 * a field with its default value is left out.
 */
export function int64Field(number: number, value: number): Buffer {
  return value === 0 ? empty : Buffer.concat([varint(number << 3), varint(value)])
}

export function textField(number: number, value: string): Buffer {
  return value === '' ? empty : messageField(number, Buffer.from(value))
}

/** Also for an empty message, which is not the same as none. */
export function messageField(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content])
}

const empty = Buffer.alloc(0)

/** @param value a whole number from 0 to 2^53 - 1 */
function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 128)
  }
}
