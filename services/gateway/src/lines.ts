/** One line of a text, without its end; null in place of one that is too long. */
export interface Line {
  /** Counted from 1. */
  number: number
  bytes: Buffer | null
}

/**
 * Cuts a stream into lines and holds no more than one of them, and one piece of the stream. Lines end with a line feed, with or
 * without a carriage return before it, or with the stream. The numbers count every line; empty ones are left out.
 */
export async function* linesOf(pieces: AsyncIterable<Buffer>, lineBytesMax: number): AsyncGenerator<Line> {
  let number = 0
  let held: Buffer[] = []
  let heldBytes = 0
  const take = (last: Buffer): Line | null => {
    number++
    const bytes = heldBytes + last.length > lineBytesMax ? null : trimmed(held.length === 0 ? last : Buffer.concat([...held, last]), number)
    held = []
    heldBytes = 0
    return bytes?.length === 0 ? null : { number, bytes }
  }
  for await (const piece of pieces) {
    let at = 0
    for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, at)) {
      const line = take(piece.subarray(at, end))
      if (line !== null) yield line
      at = end + 1
    }
    const rest = piece.subarray(at)
    heldBytes += rest.length
    // Of a line that is too long only its length is still of interest.
    if (heldBytes > lineBytesMax) held = []
    else if (rest.length > 0) held.push(rest)
  }
  if (heldBytes > 0) {
    const line = take(empty)
    if (line !== null) yield line
  }
}

const lineFeed = 0x0a
const empty = Buffer.alloc(0)
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

function trimmed(line: Buffer, number: number): Buffer {
  let [from, end] = [number === 1 && line.subarray(0, 3).equals(byteOrderMark) ? 3 : 0, line.length]
  while (end > from && isSpace(line[end - 1]!)) end--
  while (from < end && isSpace(line[from]!)) from++
  return line.subarray(from, end)
}

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d
