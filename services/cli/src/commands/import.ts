import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { OnbehalfError, type ErrorCode } from '@onbehalf/runtime'
import type { Command } from '../command.ts'
import { uploadImport, type ImportCounts, type RefusedLine } from '../server/import-upload.ts'
import { Positions } from '../server/position.ts'
import { counted, sayRefused, sayTaken } from '../server/said-of-events.ts'
import { findServer } from '../server/server.ts'
import type { Terminal } from '../terminal/terminal.ts'

export const importFile: Command = {
  name: 'import',
  summary: 'Import a file of CloudEvents of any size',
  arguments: ['<file|->'],
  about:
    'Streams an NDJSON file (an event a line; plain, gzip or zstd) to the gateway in one request, with bounded memory at both ends. '
    + 'Refused lines are named, the others are taken; the command then ends with 2. When it breaks it goes on by itself where it '
    + 'was, or, with the standard input, says the --from-line to go on with. While it runs, its producer counts as late, not as silent.',
  examples: [
    ['onbehalf import site-north.ndjson.gz', 'Import what an offline site has collected.'],
    ['zcat *.gz | onbehalf import - --key site-north', 'From another program, under a name.'],
    ['onbehalf import big.ndjson --from-line 500001', 'Go on where an earlier one broke.'],
  ],
  options: {
    'from-line': { value: 'number', meaning: 'The first line to import (default 1)' },
    key: { value: 'name', meaning: 'Names the import in the journal (default: a random one)' },
    retries: { value: 'number', meaning: 'How often it goes on after a break (default 20)' },
  },
  async run({ args, options, terminal, env }) {
    const [file] = args as [string]
    const server = findServer(env)
    const key = typeof options['key'] === 'string' ? options['key'] : randomUUID()
    const retries = wholeNumber('retries', options['retries'], 20, 0)
    const report = new Report(terminal, options['json'] !== undefined, wholeNumber('from-line', options['from-line'], 1, 1) - 1)
    for (let attempt = 0; ; attempt++) {
      const linesBefore = report.lines
      let error: OnbehalfError | undefined
      try {
        const { body, encoding } = await opened(file)
        const end = await uploadImport(server, {
          body, encoding, key, fromLine: report.lines + 1, onRefused: (refused) => report.refuse(refused), onProgress: (counts) => report.progress(counts),
        })
        report.settle(end)
        error = end.error
      } catch (failure) {
        if (!(failure instanceof OnbehalfError)) throw failure
        error = failure
      }
      if (error === undefined) return report.done()
      // One that comes forward is one that need not give up.
      if (report.lines > linesBefore) attempt = 0
      if (file === '-' || attempt >= retries || !mayPass.has(error.code)) throw report.withProgress(error)
      const waitS = Math.min(error.retryAfterS ?? 2 ** Math.min(attempt, 4), 30)
      terminal.progress(`waiting ${waitS} s: ${error.message}`)
      await sleep(waitS * 1_000)
    }
  },
}

/** What may be over in a moment. */
const mayPass = new Set<ErrorCode>(['server_unreachable', 'stream_unavailable', 'stopping', 'overloaded', 'rate_limited', 'database_unavailable', 'not_ready', 'request_timeout', 'bad_request'])

/** What has become of the lines, over all attempts. */
class Report {
  /** All lines up to here are dealt with. */
  lines: number
  #accepted = 0
  #refused = 0
  /** The last one that was told as refused: an attempt may go over lines that the one before had told already. */
  #toldLine = 0
  readonly #positions = new Positions()
  readonly #terminal: Terminal
  readonly #json: boolean

  constructor(terminal: Terminal, json: boolean, lines: number) {
    this.#terminal = terminal
    this.#json = json
    this.lines = lines
  }

  refuse({ line, errors }: RefusedLine): void {
    if (line <= this.#toldLine) return
    this.#toldLine = line
    for (const { path, rule } of errors) sayRefused(this.#terminal, this.#json, { line, path, rule })
  }

  progress({ lines, accepted, refused }: ImportCounts): void {
    const also = this.#refused + refused === 0 ? '' : `, ${counted(this.#refused + refused)} refused`
    this.#terminal.progress(`line ${counted(lines)}: ${counted(this.#accepted + accepted)} events accepted${also}`)
  }

  settle({ lines, accepted, refused, position }: ImportCounts): void {
    this.lines = Math.max(this.lines, lines)
    this.#accepted += accepted
    this.#refused += refused
    this.#positions.add(position)
  }

  done(): 0 | 2 {
    this.#terminal.progress('')
    const position = this.#positions.toString()
    if (this.#json) this.#terminal.printJson({ lines: this.lines, accepted: this.#accepted, refused: this.#refused, position })
    else sayTaken(this.#terminal, 'accepted', { accepted: this.#accepted, refused: this.#refused, position })
    return this.#refused === 0 ? 0 : 2
  }

  withProgress(error: OnbehalfError): OnbehalfError {
    if (this.lines === 0) return error
    this.#terminal.progress('')
    const next = `Everything up to line ${this.lines} is dealt with (${counted(this.#accepted)} accepted, ${counted(this.#refused)} refused): go on with --from-line ${this.lines + 1}. ${error.next}`
    return new OnbehalfError(error.code, error.message, { cause: error, details: error.details, next })
  }
}

/** The file from its beginning, and how it is packed, by its first bytes. */
async function opened(file: string): Promise<{ body: AsyncIterable<Buffer>; encoding: 'gzip' | 'zstd' | null }> {
  const pieces = (file === '-' ? process.stdin : createReadStream(file))[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let first: IteratorResult<Buffer>
  try {
    first = await pieces.next()
  } catch (cause) {
    throw new OnbehalfError('usage', `${file === '-' ? 'The standard input' : file} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'}).`, { cause, next: 'Name a file that is there, or - for the standard input.' })
  }
  async function* body(): AsyncGenerator<Buffer> {
    try {
      for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value
    } finally {
      await pieces.return?.()
    }
  }
  const begins = (magic: Buffer) => first.done !== true && first.value.subarray(0, magic.length).equals(magic)
  return { body: body(), encoding: packings.find(([, magic]) => begins(magic))?.[0] ?? null }
}

/** RFC 1952 section 2.3.1, RFC 8878 section 3.1.1. */
const packings: ['gzip' | 'zstd', Buffer][] = [['gzip', Buffer.from([0x1f, 0x8b])], ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])]]

function wholeNumber(name: string, given: string | true | undefined, byDefault: number, min: number): number {
  if (given === undefined) return byDefault
  const value = Number(given)
  if (Number.isSafeInteger(value) && value >= min) return value
  throw new OnbehalfError('usage', `--${name} must be a whole number from ${min}, not ${JSON.stringify(given)}.`)
}
