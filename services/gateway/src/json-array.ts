export type Slicing = { ok: true; elements: Uint8Array[] } | { ok: false; at: number; reason: string }

/**
 * The elements of a JSON array as the very bytes that were sent, without the white space around them. Looks at brackets,
 * commas and strings only: together with a strict parse of every element it accepts exactly what a strict parse of the
 * whole accepts (RFC 8259), which is what `json-array.test.ts` states.
 * @param elementsMax more elements are an error
 */
export function sliceJsonArray(body: Uint8Array, elementsMax = Infinity): Slicing {
  // The prototype's search is the fast one; bodies are Buffers, but the signature need not say so.
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const elements: Uint8Array[] = []
  let at = skipSpace(bytes, bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0)
  if (bytes[at] !== openBracket) return { ok: false, at, reason: 'it does not begin with [' }
  at = skipSpace(bytes, at + 1)
  if (bytes[at] === closeBracket) return endOf(bytes, at, elements)
  for (;;) {
    const end = elementEnd(bytes, at)
    if (end < 0) return { ok: false, at: bytes.length, reason: 'it ends in the middle of an element' }
    const element = bytes.subarray(at, trimEnd(bytes, at, end))
    if (element.length === 0) return { ok: false, at, reason: 'an element is missing' }
    if (elements.length >= elementsMax) return { ok: false, at, reason: `it has more than ${elementsMax} elements` }
    elements.push(element)
    if (bytes[end] === closeBracket) return endOf(bytes, end, elements)
    if (bytes[end] !== comma) return { ok: false, at: end, reason: 'a bracket is closed that was not opened' }
    at = skipSpace(bytes, end + 1)
  }
}

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** The array's end at `at`: nothing but white space may follow. */
function endOf(bytes: Buffer, at: number, elements: Uint8Array[]): Slicing {
  const rest = skipSpace(bytes, at + 1)
  return rest === bytes.length ? { ok: true, elements } : { ok: false, at: rest, reason: 'something follows the array' }
}

/** Where the element that begins at `at` ends: at the comma or bracket of the array; -1 where there is neither. */
function elementEnd(bytes: Buffer, at: number): number {
  let depth = 0
  for (let i = at; i < bytes.length; i++) {
    switch (bytes[i]) {
      case quote:
        i = stringEnd(bytes, i)
        if (i < 0) return -1
        break
      case openBracket:
      case openBrace:
        depth++
        break
      case closeBracket:
      case closeBrace:
        if (depth === 0) return i
        depth--
        break
      case comma:
        if (depth === 0) return i
        break
    }
  }
  return -1
}

/** The closing quote of the string that opens at `open`: the first that an even number of backslashes stands before. */
function stringEnd(bytes: Buffer, open: number): number {
  for (let end = bytes.indexOf(quote, open + 1); end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let first = end
    while (bytes[first - 1] === backslash && first - 1 > open) first--
    if ((end - first) % 2 === 0) return end
  }
  return -1
}

function skipSpace(bytes: Buffer, at: number): number {
  while (isSpace(bytes[at])) at++
  return at
}

function trimEnd(bytes: Buffer, from: number, end: number): number {
  while (end > from && isSpace(bytes[end - 1])) end--
  return end
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
