/** One event of a file, as the bytes that stand there. */
export interface EventText {
  text: string
  /** Where it begins, counted from 1. */
  line: number
}

/** What stands in the file is not JSON. */
export class NotJson extends Error {
  readonly line: number

  constructor(line: number, why: string) {
    super(why)
    this.name = 'NotJson'
    this.line = line
  }
}

/** Longest event: what is larger cannot be one, and memory stays bounded. In UTF-16 code units. */
const eventLengthMax = 4 * 1_048_576

/**
 * Cuts a stream of text into events without holding more than one of them: NDJSON, one JSON array, or one event that may
 * be written over many lines. What it is shows in the first character and, for objects, in whether the first line is whole.
 * A line of NDJSON that is not JSON is yielded as an error and the next one goes on; a broken array ends the reading.
 */
export async function* eventsIn(chunks: AsyncIterable<string>): AsyncGenerator<EventText | NotJson> {
  const source = new Source(chunks)
  const first = await source.firstCharacter()
  if (first === '') return
  yield* first === '[' ? arrayElements(source) : lines(source)
}

async function* lines(source: Source): AsyncGenerator<EventText | NotJson> {
  let whole = false
  for (;;) {
    const start = source.line
    const line = await source.readLine()
    if (line === null) return
    if (line.trim() === '') continue
    if (isJson(line)) {
      whole = true
      yield { text: line, line: start }
    } else if (!whole && line.trimStart().startsWith('{')) {
      // The first one is not whole in its line: then the file is one event, written for people.
      const rest = await source.readRest()
      const text = rest === null ? null : `${line}\n${rest}`
      yield text !== null && isJson(text) ? { text, line: start } : new NotJson(start, text === null ? tooLong : `is not JSON: ${whyNot(text ?? line)}`)
      return
    } else {
      whole = true
      yield new NotJson(start, line.length >= eventLengthMax ? tooLong : `is not JSON: ${whyNot(line)}`)
    }
  }
}

async function* arrayElements(source: Source): AsyncGenerator<EventText | NotJson> {
  let depth = 0
  let inString = false
  let escaped = false
  let text = ''
  let start = 1
  let expected: 'element' | 'comma' = 'element'
  await source.skip('[')
  for (;;) {
    const line = source.line
    const next = source.next()
    const char = next instanceof Promise ? await next : next
    if (char === null) {
      yield new NotJson(line, 'the array is not closed: the file ends in the middle')
      return
    }
    if (depth === 0 && !inString) {
      if (/\s/.test(char)) continue
      if (char === ']') {
        if (await source.firstCharacter() !== '') yield new NotJson(source.line, 'there is something behind the end of the array')
        return
      }
      if (char === ',' && expected === 'comma') {
        expected = 'element'
        continue
      }
      if (expected === 'comma') {
        yield new NotJson(line, `there should be a comma or the end of the array, not ${JSON.stringify(char)}`)
        return
      }
      if (char !== '{') {
        yield new NotJson(line, `an element must be an event, a JSON object; this one begins with ${JSON.stringify(char)}`)
        return
      }
      text = ''
      start = line
    }
    text += char
    if (inString) {
      if (escaped) escaped = false
      else if (char === '\\') escaped = true
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    if (text.length > eventLengthMax) {
      yield new NotJson(start, tooLong)
      return
    }
    if (depth === 0 && !inString) {
      yield isJson(text) ? { text, line: start } : new NotJson(start, `is not JSON: ${whyNot(text)}`)
      expected = 'comma'
    }
  }
}

const tooLong = 'is longer than any event may be (1 MiB)'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function whyNot(text: string): string {
  try {
    JSON.parse(text)
    return ''
  } catch (error) {
    return (error as Error).message.split(/, "|\(line/)[0]!.trim()
  }
}

/** Characters of a stream, with the line they stand in. */
class Source {
  line = 1
  readonly #chunks: AsyncIterator<string>
  #buffer = ''
  #at = 0

  constructor(chunks: AsyncIterable<string>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#chunks.next()
    if (done) return false
    this.#buffer = this.#buffer.slice(this.#at) + value
    this.#at = 0
    return true
  }

  /** The next character, without being taken; blanks before it are. Empty at the end. */
  async firstCharacter(): Promise<string> {
    for (;;) {
      while (this.#at < this.#buffer.length) {
        const char = this.#buffer[this.#at]!
        if (!/[\s\ufeff]/.test(char)) return char
        if (char === '\n') this.line++
        this.#at++
      }
      if (!(await this.#more())) return ''
    }
  }

  async skip(char: string): Promise<void> {
    if ((await this.firstCharacter()) === char) this.#at++
  }

  /** Synchronous as long as there is something in hand: an await per character would cost more than the network. */
  next(): string | null | Promise<string | null> {
    if (this.#at < this.#buffer.length) return this.#take()
    return this.#more().then((more) => (more ? this.next() : null))
  }

  #take(): string {
    const char = this.#buffer[this.#at++]!
    if (char === '\n') this.line++
    return char
  }

  /** Without its end; null at the end of the stream. A line that is too long is cut and the rest of it dropped. */
  async readLine(): Promise<string | null> {
    let out = ''
    for (;;) {
      const end = this.#buffer.indexOf('\n', this.#at)
      const piece = this.#buffer.slice(this.#at, end === -1 ? undefined : end)
      if (out.length < eventLengthMax) out = (out + piece).slice(0, eventLengthMax)
      if (end !== -1) {
        this.#at = end + 1
        this.line++
        return out.replace(/\r$/, '')
      }
      this.#at = this.#buffer.length
      if (!(await this.#more())) return piece === '' && out === '' ? null : out
    }
  }

  /** Everything that is left, or null if that is longer than an event may be. */
  async readRest(): Promise<string | null> {
    let out = ''
    for (let line = await this.readLine(); line !== null; line = await this.readLine()) {
      out += `${line}\n`
      if (out.length > eventLengthMax) return null
    }
    return out
  }
}
