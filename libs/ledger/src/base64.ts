const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Standard, padded base64 (RFC 4648 §4), the only one the C2SP texts use. */
export function encodeBase64(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 3)
  let text = ''
  for (let at = 0; at < whole; at += 3) {
    const three = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
    text += pairs[three >> 12]! + pairs[three & 0xfff]!
  }
  if (bytes.length - whole === 1) text += pairs[bytes[whole]! << 4]! + '=='
  if (bytes.length - whole === 2) {
    const two = (bytes[whole]! << 8) | bytes[whole + 1]!
    text += pairs[two >> 4]! + alphabet[(two & 0xf) << 2]! + '='
  }
  return text
}

/**
 * The strict inverse: `undefined` for anything `encodeBase64` would not have written (missing padding, white space,
 * leftover bits that are not zero), so that one value has one text and a changed text is never the same proof.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let bits = 0
  let bitCount = 0
  let to = 0
  for (let at = 0; at < text.length - padding; at += 1) {
    const value = values.get(text[at]!)
    if (value === undefined) return undefined
    bits = ((bits << 6) | value) & 0xffff
    bitCount += 6
    if (bitCount >= 8) {
      bitCount -= 8
      bytes[to++] = (bits >> bitCount) & 0xff
    }
  }
  if ((bits & ((1 << bitCount) - 1)) !== 0) return undefined
  return bytes
}

const values = new Map(Array.from(alphabet, (letter, value) => [letter, value]))
// Two letters at a time: an entry's commitment is written once per event, and half the concatenations halve its cost.
const pairs = Array.from({ length: 4096 }, (_, value) => alphabet[value >> 6]! + alphabet[value & 63]!)
