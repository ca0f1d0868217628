/** What the Encoding Standard gives every JavaScript engine; no types of Node or the browser are needed for it. */
declare const TextDecoder: new (label: string, options: { fatal: boolean; ignoreBOM?: boolean }) => { decode(bytes: Uint8Array): string }
declare const TextEncoder: new () => { encode(text: string): Uint8Array }

const decoder = new TextDecoder('utf-8', { fatal: true })
const exactDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Null where the bytes are not UTF-8. A byte order mark at the start is dropped, as RFC 8259 section 8.1 allows. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** A value rather than a document: a byte order mark is a character of it. Null where the bytes are not UTF-8. */
export function decodeUtf8Value(bytes: Uint8Array): string | null {
  try {
    return exactDecoder.decode(bytes)
  } catch {
    return null
  }
}

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}
