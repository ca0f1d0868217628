import { decodeUtf8 } from '../utf8.ts'
import { Malformed } from './malformed.ts'

/**
 * A strict walk over JSON (RFC 8259) by position: makes nothing, and accepts what `JSON.parse` accepts, down to
 * `depthMax` levels. That the bytes are UTF-8 is for whoever reads the slices to see.
 * @throws Malformed from everything
 */
export class JsonSlices {
  /** Where it is: always at a token, never at white space. */
  at: number
  readonly data: Uint8Array

  constructor(data: Uint8Array) {
    this.data = data
    this.at = data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? 3 : 0
    this.#space()
  }

  /** Whether the next value is an object; an array; null. */
  isObject(): boolean {
    return this.data[this.at] === openBrace
  }

  isList(): boolean {
    return this.data[this.at] === openBracket
  }

  isNull(): boolean {
    return this.data[this.at] === 0x6e
  }

  /**
   * Goes over the members of the object here.
   * @param visit must go over the value, where it is called; gets where the member begins
   */
  members(visit: (name: string | null, from: number) => void): void {
    this.#take(openBrace, 'an object')
    if (this.#took(closeBrace)) return
    do {
      const from = this.at
      this.#string()
      const name = this.#name(from)
      this.#space()
      this.#take(colon, 'a colon')
      visit(name, from)
    } while (this.#took(comma))
    this.#take(closeBrace, 'a comma or the end of the object')
  }

  /** Goes over the elements of the array here. @param visit must go over the element, where it is called */
  elements(visit: (from: number) => void): void {
    this.#take(openBracket, 'a list')
    if (this.#took(closeBracket)) return
    do visit(this.at)
    while (this.#took(comma))
    this.#take(closeBracket, 'a comma or the end of the list')
  }

  /** Goes over the value here; answers where it ends, before any white space. */
  skip(): number {
    const { data } = this
    /** What is open, from the outermost. */
    const open: number[] = []
    for (;;) {
      const byte = data[this.at]
      let end: number
      if (byte === openBrace || byte === openBracket) {
        if (open.length === depthMax) throw new Malformed(`is nested more than ${depthMax} levels deep`, this.at)
        this.#take(byte, '')
        if (data[this.at] !== (byte === openBrace ? closeBrace : closeBracket)) {
          open.push(byte)
          if (byte === openBrace) this.#memberName()
          continue
        }
        end = ++this.at
      } else {
        this.#scalar()
        end = this.at
      }
      this.#space()
      for (;;) {
        const within = open.at(-1)
        if (within === undefined) return end
        if (this.#took(comma)) {
          if (within === openBrace) this.#memberName()
          break
        }
        const close = within === openBrace ? closeBrace : closeBracket
        if (data[this.at] !== close) this.#fail(`a comma or ${within === openBrace ? '}' : ']'}`)
        end = ++this.at
        this.#space()
        open.pop()
      }
    }
  }

  /** Nothing may follow. */
  end(): void {
    if (this.at < this.data.length) this.#fail('the end')
  }

  #memberName(): void {
    this.#string()
    this.#space()
    this.#take(colon, 'a colon')
  }

  #scalar(): void {
    const byte = this.data[this.at]
    if (byte === quote) this.#string()
    else if (byte === 0x74) this.#literal(literals.true)
    else if (byte === 0x66) this.#literal(literals.false)
    else if (byte === 0x6e) this.#literal(literals.null)
    else this.#number()
  }

  #string(): void {
    const { data } = this
    if (data[this.at] !== quote) this.#fail('a string')
    for (let i = this.at + 1; i < data.length; i++) {
      const byte = data[i]!
      if (byte === quote) {
        this.at = i + 1
        return
      }
      if (byte === backslash) {
        const escaped = data[++i]
        if (escaped === 0x75) {
          for (let digit = 0; digit < 4; digit++) if (!isHex(data[++i])) this.#failAt(i, 'four hex digits')
        } else if (escaped === undefined || !escapes.includes(escaped)) this.#failAt(i, 'an escape')
      } else if (byte < 0x20) this.#failAt(i, 'an escape instead of a control character')
    }
    throw new Malformed('is cut short: a string does not end', this.at)
  }

  /** `-? (0 | [1-9][0-9]*) (\. [0-9]+)? ([eE] [+-]? [0-9]+)?` */
  #number(): void {
    const { data } = this
    if (data[this.at] === minus) this.at++
    if (data[this.at] === 0x30) this.at++
    else this.#digits()
    if (data[this.at] === dot) {
      this.at++
      this.#digits()
    }
    if (data[this.at] === 0x65 || data[this.at] === 0x45) {
      this.at++
      if (data[this.at] === plus || data[this.at] === minus) this.at++
      this.#digits()
    }
  }

  #digits(): void {
    const from = this.at
    while (isDigit(this.data[this.at])) this.at++
    if (this.at === from) this.#fail('a value')
  }

  #literal(text: readonly number[]): void {
    for (const [i, byte] of text.entries()) if (this.data[this.at + i] !== byte) this.#fail('a value')
    this.at += text.length
  }

  /** Null for one that is too long to be any that is looked for. */
  #name(from: number): string | null {
    if (this.at - from > nameBytesMax) return null
    const text = decodeUtf8(this.data.subarray(from, this.at))
    return text === null ? null : text.includes('\\') ? JSON.parse(text) as string : text.slice(1, -1)
  }

  #take(byte: number, what: string): void {
    if (!this.#took(byte)) this.#fail(what)
  }

  #took(byte: number): boolean {
    if (this.data[this.at] !== byte) return false
    this.at++
    this.#space()
    return true
  }

  #space(): void {
    while (isSpace(this.data[this.at])) this.at++
  }

  #fail(expected: string): never {
    this.#failAt(this.at, expected)
  }

  #failAt(at: number, expected: string): never {
    throw new Malformed(at >= this.data.length ? `is no JSON: it is cut short` : `is no JSON: ${expected} is expected`, Math.min(at, this.data.length))
  }
}

const depthMax = 1_000
const nameBytesMax = 256
const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const plus = 0x2b
const minus = 0x2d
const dot = 0x2e
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const bytesOf = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0))
const escapes = bytesOf('"\\/bfnrt')
const literals = { true: bytesOf('true'), false: bytesOf('false'), null: bytesOf('null') }

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39
const isHex = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66))
