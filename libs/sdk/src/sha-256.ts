/**
 * SHA-256 (FIPS 180-4) of a text's UTF-8, as lower-case hex. Here because it must be synchronous, in Node and in browsers:
 * WebCrypto only knows promises, and a span's attributes are set while it runs.
 */
export function sha256(text: string): string {
  const message = new TextEncoder().encode(text)
  const blocks = padded(message)
  const hash = Uint32Array.from(initial)
  const words = new Uint32Array(64)
  for (let at = 0; at < blocks.byteLength; at += 64) compress(hash, words, blocks, at)
  return [...hash].map((word) => word.toString(16).padStart(8, '0')).join('')
}

/** Section 5.1.1: a one, zeros, and the length in bits as 64 bits. */
function padded(message: Uint8Array): DataView {
  const bytes = new Uint8Array((message.length + 9 + 63) & ~63)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setBigUint64(bytes.length - 8, BigInt(message.length) * 8n)
  return view
}

/** Section 6.2.2. */
function compress(hash: Uint32Array, words: Uint32Array, blocks: DataView, at: number): void {
  for (let t = 0; t < 16; t++) words[t] = blocks.getUint32(at + t * 4)
  for (let t = 16; t < 64; t++) {
    const [w15, w2] = [words[t - 15]!, words[t - 2]!]
    words[t] = words[t - 16]! + words[t - 7]! + (turn(w15, 7) ^ turn(w15, 18) ^ (w15 >>> 3)) + (turn(w2, 17) ^ turn(w2, 19) ^ (w2 >>> 10))
  }
  let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number]
  for (let t = 0; t < 64; t++) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[t]! + words[t]!) | 0
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) hash[i]! += word
}

function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

const primes = firstPrimes(64)
/** Section 5.3.3: the first 32 bits of the fractions of the square roots of the first 8 primes. */
const initial = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)))
/** Section 4.2.2: of the cube roots of the first 64. */
const constants = primes.map((prime) => fraction(Math.cbrt(prime)))

function fraction(root: number): number {
  return ((root - Math.floor(root)) * 2 ** 32) >>> 0
}

function firstPrimes(count: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n)
  return found
}
