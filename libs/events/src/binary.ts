import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** Name and value as they came. In Kafka binary mode attributes are `ce_<name>`, in plain UTF-8. */
export type Header = [name: string, value: Uint8Array]

/**
 * The content of a `cloudevent-binary` entry: uint32be header count; per header uint32be-length-prefixed name and
 * value; then the value of the record.
 */
export function frameBinary(headers: readonly Header[], value: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [uint32(headers.length)]
  for (const [name, headerValue] of headers) {
    const bytes = encodeUtf8(name)
    parts.push(uint32(bytes.length), bytes, uint32(headerValue.length), headerValue)
  }
  parts.push(value)
  const framed = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    framed.set(part, at)
    at += part.length
  }
  return framed
}

/** The inverse of `frameBinary`, without copying; null where the bytes are no such frame. */
export function parseBinary(content: Uint8Array): { headers: Header[]; value: Uint8Array } | null {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const headers: Header[] = []
  let at = 0
  const number = (): number | null => {
    if (at + 4 > content.length) return null
    at += 4
    return view.getUint32(at - 4)
  }
  const bytes = (): Uint8Array | null => {
    const length = number()
    if (length === null || length > content.length - at) return null
    at += length
    return content.subarray(at - length, at)
  }
  const count = number()
  if (count === null || count > content.length / 8) return null
  for (let i = 0; i < count; i++) {
    const nameBytes = bytes()
    const value = bytes()
    const name = nameBytes && decodeUtf8(nameBytes)
    if (name === null || value === null) return null
    headers.push([name, value])
  }
  return { headers, value: content.subarray(at) }
}

/**
 * HTTP binary mode to Kafka binary mode, so that one event has one form in the journal whichever way it came:
 * `ce-id` becomes `ce_id`, and values are unquoted and percent-decoded (CloudEvents HTTP binding, section 3.1.3.2).
 * A `%` that starts no escape is kept as it is. Headers that are not the event's are left out.
 *
 * @param headers as Node gives them: one character per byte of the value
 */
export function fromHttpHeaders(headers: Iterable<readonly [name: string, value: string]>): Header[] {
  const kept: Header[] = []
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (lower.startsWith('ce-')) kept.push([`ce_${lower.slice(3)}`, percentDecode(unquote(value))])
    else if (lower === 'content-type') kept.push([lower, Uint8Array.from(value, (c) => c.charCodeAt(0) & 0xff)])
  }
  return kept
}

function unquote(value: string): string {
  const quoted = /^\s*"((?:[^"\\]|\\.)*)"\s*$/s.exec(value)
  return quoted ? quoted[1]!.replace(/\\(.)/gs, '$1') : value
}

function percentDecode(value: string): Uint8Array {
  const bytes: number[] = []
  for (let i = 0; i < value.length; i++) {
    const escape = value[i] === '%' && /^[0-9A-Fa-f]{2}$/.test(value.slice(i + 1, i + 3))
    bytes.push(escape ? Number.parseInt(value.slice(i + 1, i + 3), 16) : value.charCodeAt(i) & 0xff)
    if (escape) i += 2
  }
  return Uint8Array.from(bytes)
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
