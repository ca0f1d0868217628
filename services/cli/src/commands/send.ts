import { createReadStream } from 'node:fs'
import { OnbehalfError } from '@onbehalf/runtime'
import type { Command } from '../command.ts'
import { eventsIn, NotJson, type EventText } from '../server/events-in.ts'
import { Positions } from '../server/position.ts'
import { counted, sayRefused, sayTaken, type RefusedEvent } from '../server/said-of-events.ts'
import { ask, findServer, type Server } from '../server/server.ts'
import type { Terminal } from '../terminal/terminal.ts'

export const send: Command = {
  name: 'send',
  summary: 'Send CloudEvents from a file or the standard input',
  arguments: ['<file|->'],
  about:
    'Sends events to the gateway, in batches, each acknowledged when it is durable. The file is NDJSON (an event a line), one JSON '
    + 'array, or one event. An event that is refused is named with its line and field, and the others are sent all the same; the '
    + 'command then ends with 2. Sending a file again is harmless: the same event counts once.',
  examples: [
    ['onbehalf send events.ndjson', 'Send a file.'],
    ['jq -c ".[]" export.json | onbehalf send -', 'Send what another program writes.'],
  ],
  options: {
    'batch-size': { value: 'events', meaning: 'Events in one request (default 500, at most 10000)' },
    'dry-run': { meaning: 'Read the file and check that it is JSON, and send nothing' },
  },
  async run({ args, options, terminal, env }) {
    const size = batchSize(options['batch-size'])
    const server = options['dry-run'] === undefined ? findServer(env) : null
    const sending = new Sending(server, terminal, options['json'] !== undefined)
    let batch: EventText[] = []
    let length = 0
    for await (const event of eventsIn(textOf(args[0]!))) {
      if (event instanceof NotJson) {
        sending.refuse({ line: event.line, path: '', rule: event.message })
        continue
      }
      // A batch is closed before it gets too large, so that one event more never makes the request refused.
      if (batch.length > 0 && (batch.length >= size || length + event.text.length > batchLengthMax)) {
        await sending.send(batch)
        batch = []
        length = 0
      }
      batch.push(event)
      length += event.text.length
    }
    if (batch.length > 0) await sending.send(batch)
    return sending.done()
  },
}

const batchLengthMax = 1_048_576

/** What has become of the events so far. */
class Sending {
  readonly #positions = new Positions()
  readonly #server: Server | null
  readonly #terminal: Terminal
  readonly #json: boolean
  #accepted = 0
  #refused = 0
  #lastLine = -1

  constructor(server: Server | null, terminal: Terminal, json: boolean) {
    this.#server = server
    this.#terminal = terminal
    this.#json = json
  }

  refuse(refused: RefusedEvent): void {
    if (refused.line !== this.#lastLine) this.#refused++
    this.#lastLine = refused.line
    sayRefused(this.#terminal, this.#json, refused)
  }

  /** A batch is accepted whole or not at all, so what is refused of it is taken out and the rest sent again. */
  async send(batch: readonly EventText[]): Promise<void> {
    let left = [...batch]
    while (left.length > 0) {
      try {
        await this.#post(left)
        return
      } catch (error) {
        const bad = error instanceof OnbehalfError ? refusedOf(error) : null
        if (bad === null) throw this.#withProgress(error)
        for (const { index, path, rule } of bad) this.refuse({ line: left[index]!.line, path, rule })
        const gone = new Set(bad.map(({ index }) => index))
        left = left.filter((_, index) => !gone.has(index))
      }
    }
  }

  async #post(batch: readonly EventText[]): Promise<void> {
    if (this.#server !== null) {
      const { position } = await ask(this.#server, `${this.#server.gatewayUrl}/v1/events`, {
        method: 'POST',
        contentType: 'application/cloudevents-batch+json; charset=utf-8',
        body: `[${batch.map(({ text }) => text).join(',')}]`,
        retries: 20,
        onWait: (seconds, why) => this.#terminal.progress(`waiting ${seconds} s: ${why}`),
      })
      this.#positions.add(position)
    }
    this.#accepted += batch.length
    this.#terminal.progress(`${counted(this.#accepted)} events accepted`)
  }

  #withProgress(error: unknown): unknown {
    if (!(error instanceof OnbehalfError) || this.#accepted === 0) return error
    const next = `${counted(this.#accepted)} events were accepted before. ${error.next} Sending the file again is harmless.`
    return new OnbehalfError(error.code, error.message, { cause: error, details: error.details, next })
  }

  done(): 0 | 2 {
    this.#terminal.progress('')
    const position = this.#positions.toString()
    const accepted = this.#accepted
    if (this.#json) this.#terminal.printJson({ accepted, refused: this.#refused, position })
    else sayTaken(this.#terminal, this.#server === null ? 'read' : 'accepted', { accepted, refused: this.#refused, position })
    return this.#refused === 0 ? 0 : 2
  }
}

/** The events of a refused batch that are at fault, or null if the refusal is about something else. */
function refusedOf({ details }: OnbehalfError): { index: number; path: string; rule: string }[] | null {
  const errors = details['errors']
  if (!Array.isArray(errors) || errors.length === 0 || !errors.every((error) => Number.isInteger(error?.index))) return null
  return errors.map(({ index, path, rule }) => ({ index, path: String(path ?? ''), rule: String(rule ?? '') }))
}

function batchSize(given: string | true | undefined): number {
  if (given === undefined) return 500
  const size = Number(given)
  if (Number.isInteger(size) && size >= 1 && size <= 10_000) return size
  throw new OnbehalfError('usage', `--batch-size must be a whole number from 1 to 10000, not ${JSON.stringify(given)}.`)
}

async function* textOf(file: string): AsyncGenerator<string> {
  const stream = file === '-' ? process.stdin : createReadStream(file)
  stream.setEncoding('utf8')
  try {
    yield* stream as AsyncIterable<string>
  } catch (cause) {
    throw new OnbehalfError('usage', `${file === '-' ? 'The standard input' : file} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'}).`, { cause, next: 'Name a file that is there, or - for the standard input.' })
  }
}
