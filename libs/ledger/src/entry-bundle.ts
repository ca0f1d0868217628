import { readAscii, writeAscii } from './ascii.ts'
import { LedgerError } from './ledger-error.ts'
import { tileWidthMax } from './tiles.ts'

/**
 * The entry texts behind one level-0 tile, C2SP tlog-tiles: each with its length in front, uint16 big-endian. Throws
 * `bundle_malformed` unless 1 to 256 entries of at most 65,535 bytes, `entry_malformed` for a text that is not ASCII.
 */
export function entryBundle(texts: readonly string[]): Uint8Array {
  assertCount(texts.length)
  const bytes = new Uint8Array(texts.reduce((length, text) => length + lengthBytes + text.length, 0))
  let at = 0
  for (const [entry, text] of texts.entries()) {
    if (text.length > entryBytesMax) {
      throw malformed(`entry ${entry} has ${text.length} bytes, more than ${entryBytesMax}`, { entry })
    }
    bytes[at] = text.length >> 8
    bytes[at + 1] = text.length & 0xff
    writeAscii(text, bytes, at + lengthBytes)
    at += lengthBytes + text.length
  }
  return bytes
}

/** The strict inverse; with `width`, the bundle must have exactly that many entries. Throws `bundle_malformed`. */
export function parseEntryBundle(bytes: Uint8Array, width?: number): string[] {
  const texts: string[] = []
  let at = 0
  while (at < bytes.length) {
    const entry = texts.length
    const from = at + lengthBytes
    if (from > bytes.length) throw malformed(`the length of entry ${entry} is cut off`, { entry, at })
    const to = from + ((bytes[at]! << 8) | bytes[at + 1]!)
    if (to > bytes.length) {
      throw malformed(`entry ${entry} has ${bytes.length - from} of its ${to - from} bytes`, { entry, at })
    }
    const text = readAscii(bytes, from, to)
    if (text === undefined) throw malformed(`entry ${entry} is not ASCII`, { entry, at })
    texts.push(text)
    assertCount(texts.length)
    at = to
  }
  assertCount(texts.length)
  if (width !== undefined && texts.length !== width) {
    throw malformed(`the bundle has ${texts.length} entries, not ${width}`, { entries: texts.length, width })
  }
  return texts
}

const lengthBytes = 2
const entryBytesMax = 65_535

function assertCount(entries: number): void {
  if (entries >= 1 && entries <= tileWidthMax) return
  throw malformed(`a bundle has 1 to ${tileWidthMax} entries, not ${entries === 0 ? 'none' : 'more'}`, { entries })
}

function malformed(message: string, details: Record<string, number>): LedgerError {
  return new LedgerError('bundle_malformed', message, details)
}
