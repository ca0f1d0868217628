import { createStyle, type Style } from './style.ts'
import { visibleJson } from './text.ts'

/** Where a command speaks: answers on the standard output, everything on the way on the standard error. */
export interface Terminal {
  readonly columns: number
  /** For what is printed on the standard output; does nothing where that is no terminal. */
  readonly style: Style
  readonly errorStyle: Style
  print(text: string): void
  printJson(value: unknown): void
  /** On the way: not with `--quiet`. */
  say(text: string): void
  /** How far it is: on a terminal one line that is written over, else a line every few seconds. Empty: done. */
  progress(text: string): void
  /** What is wrong: always. */
  complain(text: string): void
  complainJson(value: unknown): void
  quieted(): Terminal
}

export interface Streams {
  out: { write(text: string): unknown; isTTY?: boolean; columns?: number }
  err: { write(text: string): unknown; isTTY?: boolean }
  env: Record<string, string | undefined>
  now?: () => number
}

const progressEveryMs = 5_000

export function createTerminal({ out, err, env, now = Date.now }: Streams, quiet = false): Terminal {
  // https://no-color.org: present and not empty.
  const coloured = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  let shown = false
  let lastAt = 0
  const clear = () => {
    if (shown) err.write('\r\x1b[K')
    shown = false
  }
  const line = (stream: Streams['err'], text: string) => {
    clear()
    stream.write(`${text}\n`)
  }
  return {
    columns: Math.max(60, Math.min(out.columns ?? 80, 120)),
    style: createStyle(coloured && out.isTTY === true),
    errorStyle: createStyle(coloured && err.isTTY === true),
    print: (text) => line(out, text),
    printJson: (value) => line(out, visibleJson(value)),
    say(text) {
      if (!quiet) line(err, text)
    },
    progress(text) {
      if (quiet) return
      if (err.isTTY === true) {
        clear()
        if (text !== '') err.write(text)
        shown = text !== ''
      } else if (text !== '' && now() - lastAt >= progressEveryMs) {
        if (lastAt > 0) err.write(`${text}\n`)
        lastAt = now()
      }
    },
    complain: (text) => line(err, text),
    complainJson: (value) => line(err, visibleJson(value)),
    quieted: () => createTerminal({ out, err, env, now }, true),
  }
}

/** The terminal of this process. A reader that has gone (`| head`) ends it without a word. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 70))
  }
  return createTerminal({ out: process.stdout, err: process.stderr, env: process.env })
}
